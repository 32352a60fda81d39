// .npy files, with and without a meaning for raw bytes; what is read is written and read again.
#include <cstdlib>

#include "formats/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smcli;
  const MappedFile file = MappedFile::Of(std::string(reinterpret_cast<const char*>(data), size));
  for (const DataType raw : {DataType::kInvalid, DataType::kBfloat16, DataType::kFloat8E5m2}) {
    const auto tensor = ReadNpy(file, raw);
    if (!tensor.ok()) continue;
    const auto image = MakeNpy(*tensor);
    if (!image.ok()) std::abort();
    const auto again = ReadNpy(MappedFile::Of(image->header + std::string(image->data)));
    if (!again.ok() || again->shape() != tensor->shape()) std::abort();
  }
  return 0;
}
