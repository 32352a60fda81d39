// PatchableFile: an OutputFile that can replace bytes which it took earlier. Regular files can, pipes and devices
// cannot.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace smcli {

class PatchableFile {
 public:
  virtual ~PatchableFile() = default;
  virtual bool patchable() const = 0;
  // Bytes that were appended before; patchable() only.
  virtual Status Replace(uint64_t offset, std::string_view bytes) = 0;
};

// Null where this file cannot.
inline PatchableFile* AsPatchable(OutputFile& file) {
  auto* const patchable = dynamic_cast<PatchableFile*>(&file);
  return patchable != nullptr && patchable->patchable() ? patchable : nullptr;
}

}  // namespace smcli
