#include "table/block.h"

#include <snappy.h>

#include "base/crc32c.h"
#include "support/catch.h"

namespace smcli {
namespace {

// A file that begins with the block: contents, type, checksum, and room for a footer.
MappedFile FileOf(const std::string& contents, char type = 0) {
  std::string bytes = contents + type;
  const uint32_t crc = MaskCrc(Crc32c(bytes));
  bytes.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
  return MappedFile::Of(bytes + std::string(kFooterSize, '\0'));
}

std::string Restarts(std::initializer_list<uint32_t> offsets) {
  std::string bytes;
  for (const uint32_t offset : offsets) bytes.append(reinterpret_cast<const char*>(&offset), sizeof(offset));
  const auto count = static_cast<uint32_t>(offsets.size());
  return bytes.append(reinterpret_cast<const char*>(&count), sizeof(count));
}

Result<std::string> Keys(const std::string& contents) {
  SMCLI_ASSIGN_OR_RETURN(Block block, Block::Read(FileOf(contents), {0, contents.size()}));
  BlockCursor cursor(std::move(block));
  std::string keys;
  while (cursor.Next()) keys.append(cursor.key()).append(",");
  SMCLI_RETURN_IF_ERROR(cursor.status());
  return keys;
}

std::string Entry(char shared, std::string_view unshared, std::string_view value = "") {
  std::string bytes = {shared, static_cast<char>(unshared.size()), static_cast<char>(value.size())};
  return bytes.append(unshared).append(value);
}

TEST_CASE("keys are put together from their prefixes") {
  CHECK(Value(Keys(Entry(0, "abc") + Entry(2, "d") + Entry(3, "e") + Restarts({0}))) == "abc,abd,abde,");
  CHECK(Value(Keys(Restarts({0}))).empty());
  CHECK(Value(Keys(Restarts({}))).empty());
}

TEST_CASE("malformed entries and restarts are refused") {
  const std::string overrun = std::string(
      "\0\xff\xff\xff\xff\x0f\x02"
      "ab",
      9);
  for (const std::string& contents :
       {Entry(1, "a") + Restarts({0}), Entry(0, "abc") + Entry(4, "d") + Restarts({0}),
        std::string("\0\5\0a", 4) + Restarts({0}), overrun + Restarts({0}),
        Entry(0, "b") + Entry(0, "a") + Restarts({0}), Entry(0, "a") + Entry(1, "") + Restarts({0}),
        std::string("\x80", 1) + Restarts({0}), Entry(0, "a") + Restarts({4}),
        Entry(0, "a") + Restarts({0, 0xffffffffu}), std::string("\1\0\0", 3), std::string("\1\0\0\0", 4),
        std::string("\xff\xff\xff\xff", 4), std::string()}) {
    CHECK_FAILS(Keys(contents), ErrorKind::kInvalidModel, "BlockBadEntry");
  }
}

TEST_CASE("seeking finds the first key that is not below the target") {
  std::string contents, restarts;
  std::vector<uint32_t> offsets;
  for (char c = 'b'; c <= 'y'; c = static_cast<char>(c + 2)) {
    if (c % 3 == 0) offsets.push_back(static_cast<uint32_t>(contents.size()));
    if (contents.empty()) offsets = {0};
    contents += Entry(0, std::string(1, c), std::string(1, c));
  }
  for (const uint32_t offset : offsets) restarts.append(reinterpret_cast<const char*>(&offset), sizeof(offset));
  const auto count = static_cast<uint32_t>(offsets.size());
  contents += restarts.append(reinterpret_cast<const char*>(&count), sizeof(count));
  const Block block = Value(Block::Read(FileOf(contents), {0, contents.size()}));
  for (char c = 'a'; c <= 'x'; ++c) {
    BlockCursor cursor(block);
    REQUIRE(cursor.Seek(std::string(1, c)));
    CHECK(cursor.key() == std::string(1, static_cast<char>(c % 2 == 0 ? c : c + 1)));
    CHECK(cursor.value() == cursor.key());
  }
  BlockCursor cursor(block);
  CHECK_FALSE(cursor.Seek("y"));
  REQUIRE_OK(cursor.status());
  CHECK(cursor.Seek(""));
  CHECK(cursor.key() == "b");
}

TEST_CASE("checksum, type and place of a block are checked") {
  const std::string contents = Entry(0, "a") + Restarts({0});
  CHECK_FAILS(Block::Read(FileOf(contents), {0, 1000}), ErrorKind::kInvalidModel, "BlockTruncated");
  CHECK_FAILS(Block::Read(FileOf(contents), {UINT64_MAX, 8}), ErrorKind::kInvalidModel, "BlockTruncated");
  CHECK_FAILS(Block::Read(FileOf(contents), {0, UINT64_MAX}), ErrorKind::kInvalidModel, "BlockTruncated");
  CHECK_FAILS(Block::Read(FileOf(contents), {0, contents.size() - 1}), ErrorKind::kInvalidModel,
              "BlockChecksumMismatch");
  CHECK_FAILS(Block::Read(FileOf(contents, 2), {0, contents.size()}), ErrorKind::kInvalidModel, "type 2");
}

TEST_CASE("Snappy blocks are undone, and bad ones refused before memory is taken") {
  std::string compressed;
  const std::string contents = Entry(0, "aaaaaaaaaaaaaaaaaaaaaaaa") + Restarts({0});
  snappy::Compress(contents.data(), contents.size(), &compressed);
  const Block block = Value(Block::Read(FileOf(compressed, 1), {0, compressed.size()}));
  CHECK(block.entries() == contents.substr(0, contents.size() - 8));
  for (const std::string& bad : {std::string(), std::string("\xff\xff\xff\xff\x0f\0a", 7),
                                 std::string("\x05\x10"
                                             "abcd",
                                             6),
                                 std::string("\x04\x01\x05", 3), compressed.substr(0, compressed.size() - 1)}) {
    CHECK_FAILS(Block::Read(FileOf(bad, 1), {0, bad.size()}), ErrorKind::kInvalidModel, "SnappyCorrupt");
  }
}

}  // namespace
}  // namespace smcli
