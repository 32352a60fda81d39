// Tables. The input is taken twice: as a whole file, and as the contents of one block, with the checksum and the frame
// that a fuzzer would hardly find.
#include "base/crc32c.h"
#include "table/table.h"

namespace {

using namespace smcli;

void Walk(const MappedFile& file) {
  const auto table = Table::Open(file);
  if (!table.ok()) return;
  TableCursor cursor(*table);
  int count = 0;
  while (cursor.Next() && ++count < 1000) (void)table->Find(cursor.key()).ok();
  (void)cursor.TakeStatus().ok();
  (void)table->Find("m").ok();
}

std::string Framed(std::string contents) {
  contents += static_cast<char>(kRawBlock);
  const uint32_t crc = MaskCrc(Crc32c(contents));
  return contents.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
}

// As the index block, and as the data block of an index with one entry.
void WalkBlock(const std::string& contents) {
  Walk(MappedFile::Of(Framed(contents) + EncodeFooter({{0, contents.size()}, {0, contents.size()}})));
  std::string handle;
  AppendHandle({0, contents.size()}, handle);
  std::string index = std::string("\0\2", 2) + static_cast<char>(handle.size()) + "\xff\xff" + handle;
  index.append("\0\0\0\0\1\0\0\0", 8);
  const std::string data = Framed(contents);
  Walk(MappedFile::Of(data + Framed(index) + EncodeFooter({{data.size(), index.size()}, {data.size(), index.size()}})));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Walk(MappedFile::Of(bytes));
  WalkBlock(bytes);
  return 0;
}
