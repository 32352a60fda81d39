// safetensors files: every tensor is read.
#include "formats/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smcli;
  const auto file = SafetensorsReader::Open(MappedFile::Of(std::string(reinterpret_cast<const char*>(data), size)));
  if (!file.ok()) return 0;
  for (const SafetensorsEntry& entry : file->entries()) (void)file->Read(entry).ok();
  return 0;
}
