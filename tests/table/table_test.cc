#include "table/table.h"

#include <map>
#include <random>

#include "support/catch.h"
#include "support/fake_file_system.h"
#include "table/table_builder.h"

namespace smcli {
namespace {

using Entries = std::map<std::string, std::string>;

std::string Built(const Entries& entries, const TableBuilder::Options& options = {}) {
  FakeFileSystem files;
  const auto file = Value(files.Create("t"));
  TableBuilder builder(*file, options);
  for (const auto& [key, value] : entries) REQUIRE_OK(builder.Add(key, value));
  REQUIRE_OK(builder.Finish());
  REQUIRE_OK(file->Commit());
  return files.files.at("t");
}

Result<Entries> ReadAll(std::string bytes) {
  SMCLI_ASSIGN_OR_RETURN(const Table table, Table::Open(MappedFile::Of(std::move(bytes))));
  Entries entries;
  TableCursor cursor(table);
  while (cursor.Next()) entries.emplace(cursor.key(), cursor.value());
  SMCLI_RETURN_IF_ERROR(cursor.TakeStatus());
  return entries;
}

Entries RandomEntries(int count, size_t max_value) {
  std::mt19937 random(count);
  Entries entries;
  entries[""] = "header";
  while (entries.size() < static_cast<size_t>(count)) {
    std::string key = "layer_" + std::to_string(random() % 1000) + "/";
    for (auto i = random() % 6; i > 0; --i) key += static_cast<char>(random() % 4 == 0 ? 255 : random());
    entries[key] = std::string(random() % (max_value + 1), static_cast<char>(random()));
  }
  return entries;
}

TEST_CASE("what a table is built of is what it holds, whatever its blocks") {
  for (const size_t block_size : {64, 1000, 262144}) {
    for (const bool snappy : {false, true}) {
      const Entries entries = RandomEntries(600, 200);
      const std::string bytes = Built(entries, {block_size, 16, snappy});
      CHECK(Value(ReadAll(bytes)) == entries);
      const Table table = Value(Table::Open(MappedFile::Of(bytes)));
      for (const auto& [key, value] : entries) {
        const auto found = Value(table.Find(key));
        REQUIRE(found.has_value());
        REQUIRE(found->bytes == value);
        REQUIRE(Value(table.Find(key + '\0')).has_value() == entries.contains(key + '\0'));
      }
      CHECK_FALSE(Value(table.Find("\xff\xff")).has_value());
    }
  }
}

TEST_CASE("a table without entries, and one with a value larger than a block") {
  CHECK(Value(ReadAll(Built({}))).empty());
  CHECK_FALSE(Value(Value(Table::Open(MappedFile::Of(Built({})))).Find("a")).has_value());
  const Entries entries = {{"a", "1"}, {"b", std::string(1'000'000, 'x')}, {"c", "2"}};
  CHECK(Value(ReadAll(Built(entries))) == entries);
}

// The index file of the specification's test vector: tensors "a" (a float) and "s" (a string), as TensorFlow writes it.
TEST_CASE("the bytes are those of TensorFlow's writer") {
  const std::string header("\x08\x01\x1a\x02\x08\x01", 6);
  const std::string a("\x08\x01\x12\x00\x28\x04\x35\x81\xa5\xda\x2b", 11);
  const std::string s("\x08\x07\x12\x00\x20\x04\x28\x0a\x35\xec\xe0\xc0\x29", 13);
  const std::string expected(
      "\x00\x00\x06\x08\x01\x1a\x02\x08\x01\x00\x01\x0b\x61\x08\x01\x12\x00\x28\x04\x35\x81\xa5\xda\x2b\x00\x01\x0d\x73"
      "\x08\x07\x12\x00\x20\x04\x28\x0a\x35\xec\xe0\xc0\x29\x00\x00\x00\x00\x01\x00\x00\x00\x00\x51\x11\x8a\xc8\x00\x00"
      "\x00\x00\x01\x00\x00\x00\x00\xc0\xf2\xa1\xb0\x00\x01\x02\x74\x00\x31\x00\x00\x00\x00\x01\x00\x00\x00\x00\x5d\x04"
      "\x76\x06\x36\x08\x43\x0e\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x57\xfb\x80\x8b\x24\x75\x47\xdb",
      134);
  CHECK(Built({{"", header}, {"a", a}, {"s", s}}) == expected);
}

TEST_CASE("files that are no tables are told apart") {
  CHECK_FAILS(ReadAll("short"), ErrorKind::kInvalidModel, "TableTooShort");
  CHECK_FAILS(ReadAll(std::string(100, '\1')), ErrorKind::kInvalidModel, "not a checkpoint index (TableBadMagic)");
  CHECK_FAILS(ReadAll("version https://git-lfs.github.com/spec/v1\n" + std::string(60, 'a')), ErrorKind::kInvalidModel,
              "this is a text file (TableBadMagic)");
  std::string bytes = Built({{"a", "b"}});
  bytes[bytes.size() - 48] = '\x7f';
  CHECK_FAILS(ReadAll(bytes), ErrorKind::kInvalidModel, "TableBadHandle");
  bytes.replace(bytes.size() - 48, 40, std::string(40, '\xff'));
  CHECK_FAILS(ReadAll(bytes), ErrorKind::kInvalidModel, "TableBadHandle");
}

TEST_CASE("every truncation of a table is an invalid model, not a crash") {
  const std::string bytes = Built(RandomEntries(50, 20), {200, 16, true});
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto result = ReadAll(bytes.substr(0, length));
    REQUIRE_FALSE(result.ok());
    REQUIRE(result.error().kind() == ErrorKind::kInvalidModel);
  }
}

TEST_CASE("every flipped bit of a table is noticed, or lies where nothing is stored") {
  const Entries entries = RandomEntries(40, 10);
  const std::string bytes = Built(entries, {150, 16, true});
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto result = ReadAll(flipped);
      if (result.ok()) REQUIRE(*result == entries);
    }
  }
}

TEST_CASE("several threads' worth of look-ups share one table through its copies") {
  const Table table = Value(Table::Open(MappedFile::Of(Built(RandomEntries(100, 20), {100, 16, false}))));
  const Table copy = table;
  CHECK(Value(copy.Find(""))->bytes == "header");
}

}  // namespace
}  // namespace smcli
