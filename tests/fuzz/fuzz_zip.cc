// Zip archives: every member is read, as bytes and as an array.
#include "formats/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smcli;
  const MappedFile file = MappedFile::Of(std::string(reinterpret_cast<const char*>(data), size));
  const auto zip = ZipReader::Open(file);
  if (!zip.ok()) return 0;
  for (const ZipMember& member : zip->members()) (void)zip->Read(member).ok();
  const auto npz = NpzReader::Open(file);
  for (const std::string& name : npz->names()) (void)npz->Read(name).ok();
  return 0;
}
