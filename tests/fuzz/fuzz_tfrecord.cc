// TFRecord files, compressed ones too: all records, over damaged ones.
#include "formats/tfrecord.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smcli;
  auto reader = TfRecordReader::Open(MappedFile::Of(std::string(reinterpret_cast<const char*>(data), size)), 1 << 24);
  if (!reader.ok()) return 0;
  while (true) {
    const auto record = reader->Next();
    if (record.ok() && !*record) return 0;
  }
}
