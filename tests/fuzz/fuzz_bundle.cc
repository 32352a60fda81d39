// Checkpoints. The input is a list of length-prefixed strings: the bytes of the data file, then keys and values by
// turns, from which a table with sound checksums is built. It is read as a tensor bundle and as a V1 checkpoint.
#include <map>

#include "base/bytes.h"
#include "checkpoint/bundle_reader.h"
#include "support/fake_file_system.h"
#include "table/table_builder.h"

namespace {

using namespace smcli;

void ReadAll(const FileSystem& files, const std::string& prefix) {
  const auto reader = BundleReader::Open(files, prefix);
  if (!reader.ok()) return;
  for (const BundleEntry& entry : (*reader)->entries()) {
    (void)(*reader)->Read(entry).ok();
    (void)(*reader)->Read(entry, {.verify = false}).ok();
  }
  (void)(*reader)->ObjectGraph().ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input({reinterpret_cast<const char*>(data), size});
  FakeFileSystem files;
  files.files["p.data-00000-of-00001"] = input.LengthPrefixed().value_or("");
  std::map<std::string, std::string> entries;
  while (const auto key = input.LengthPrefixed()) {
    const auto value = input.LengthPrefixed();
    if (!value) break;
    entries[std::string(*key)] = *value;
  }
  const auto file = files.Create("p.index");
  TableBuilder builder(**file, {});
  for (const auto& [key, value] : entries) (void)builder.Add(key, value).ok();
  (void)builder.Finish().ok();
  (void)(*file)->Commit().ok();
  files.files["v1"] = files.files["p.index"];
  ReadAll(files, "p");
  ReadAll(files, "v1");
  return 0;
}
