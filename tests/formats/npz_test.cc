#include "formats/npz.h"

#include "checkpoint/bundle_reader.h"
#include "formats/zip_format.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/tensors.h"

namespace smcli {
namespace {

using namespace std::string_literals;

std::string Written(const std::vector<std::pair<std::string, Tensor>>& arrays) {
  FakeFileSystem files;
  const auto file = Value(files.Create("z"));
  NpzWriter writer(*file);
  for (const auto& [name, tensor] : arrays) REQUIRE_OK(writer.Add(name, tensor));
  REQUIRE_OK(writer.Finish());
  REQUIRE_OK(file->Commit());
  return files.files.at("z");
}

Result<NpzReader> Opened(const std::string& bytes) { return NpzReader::Open(MappedFile::Of(bytes)); }

TEST_CASE("arrays come back under their names, slashes and all") {
  const std::vector<std::pair<std::string, Tensor>> arrays = {
      {"case/in/x", PatternTensor(DataType::kFloat, {2, 3})},
      {"../../up", PatternTensor(DataType::kInt64, {})},
      {"", PatternTensor(DataType::kUint8, {0})},
      {"ü", MakeTensor<std::string>({2}, {"a", "bc"})},
  };
  const std::string bytes = Written(arrays);
  const NpzReader reader = Value(Opened(bytes));
  CHECK(reader.names() == std::vector<std::string>{"case/in/x", "../../up", "", "ü"});
  for (const auto& [name, tensor] : arrays) CHECK(SameTensor(Value(reader.Read(name)), tensor));
  CHECK(reader.Contains("ü"));
  CHECK_FAILS(reader.Read("case/in/y"), ErrorKind::kNotFound, "did you mean \"case/in/x\"?");
  CHECK(Written(arrays) == bytes);
  CHECK(Value(Opened(Written({}))).names().empty());
}

TEST_CASE("the writer says what it changed and refuses a name twice") {
  FakeFileSystem files;
  const auto file = Value(files.Create("z"));
  NpzWriter writer(*file);
  CHECK(Value(writer.Add("b", PatternTensor(DataType::kBfloat16, {1}))).widened);
  CHECK(Value(writer.Add("s", MakeTensor<std::string>({}, {"x\0"s}))).lost_zeros);
  CHECK_FAILS(writer.Add("b", Tensor::Scalar(1)), ErrorKind::kUsage, "two members \"b.npy\"");
}

TEST_CASE("archives as NumPy compresses them hold what the checkpoints of the same name hold") {
  const auto files = MakeRealFileSystem();
  for (const std::string name : {"name_based", "object_based"}) {
    const NpzReader npz = Value(NpzReader::Open(Value(files->Map("testdata/checkpoints/" + name + ".npz"))));
    std::string prefix;
    for (const DirectoryEntry& entry : Value(files->List("testdata/checkpoints/" + name))) {
      if (entry.name.ends_with(".index"))
        prefix = "testdata/checkpoints/" + name + "/" + entry.name.substr(0, entry.name.size() - 6);
    }
    const auto bundle = Value(BundleReader::Open(*files, prefix));
    CHECK_FALSE(npz.names().empty());
    for (const std::string& key : npz.names()) {
      INFO(key);
      const Tensor expected = Value(npz.Read(key)), read = Value(bundle->Read(key));
      // bfloat16 stands in these files as float32.
      if (read.dtype() == DataType::kBfloat16) {
        CHECK(Value(MakeNpy(read)).data == expected.bytes());
      } else {
        CHECK(SameTensor(read, expected));
      }
    }
  }
}

TEST_CASE("what is no archive, or one cut off, is refused") {
  CHECK_FAILS(Opened(""), ErrorKind::kInvalidModel, "ZipNotFound");
  CHECK_FAILS(Opened(std::string(100, 'x')), ErrorKind::kInvalidModel, "ZipNotFound");
  const std::string bytes =
      Written({{"x", PatternTensor(DataType::kFloat, {2})}, {"y", PatternTensor(DataType::kInt8, {3})}});
  for (size_t length = 0; length < bytes.size(); ++length) REQUIRE_FALSE(Opened(bytes.substr(0, length)).ok());
}

TEST_CASE("no flipped bit changes an array unnoticed") {
  const Tensor x = PatternTensor(DataType::kFloat, {2});
  const std::string bytes = Written({{"x", x}});
  for (size_t i = 0; i < 8 * bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    const auto reader = Opened(flipped);
    if (!reader.ok()) continue;
    const auto read = reader->Read("x");
    if (read.ok()) REQUIRE(SameTensor(*read, x));
  }
}

TEST_CASE("a comment behind the archive, and bytes in front of nothing, do not confuse it") {
  std::string bytes = Written({{"x", Tensor::Scalar(1.0f)}});
  bytes[bytes.size() - 2] = 10;
  CHECK(Value(Opened(bytes + "PK\5\6......")).Contains("x"));
  CHECK(Value(Opened(Written({{"x", Tensor::Scalar(1.0f)}}) + "trailing")).Contains("x"));
}

// The archive with one field of its only member overwritten, in the central directory, `at` bytes from its start.
std::string WithCentralField(std::string bytes, size_t at, std::string_view value) {
  const size_t central = bytes.find("PK\1\2");
  return bytes.replace(central + at, value.size(), value);
}

TEST_CASE("members that lie about themselves are found out") {
  const std::string bytes = Written({{"x", PatternTensor(DataType::kFloat, {2})}});
  const auto read = [&](size_t at, std::string_view value) -> Result<Tensor> {
    SMCLI_ASSIGN_OR_RETURN(const NpzReader reader, Opened(WithCentralField(bytes, at, value)));
    return reader.Read("x");
  };
  CHECK_FAILS(read(8, "\1"), ErrorKind::kUnsupported, "encrypted");
  CHECK_FAILS(read(10, "\x0c"), ErrorKind::kUnsupported, "method 12");
  CHECK_FAILS(read(10, "\x08"), ErrorKind::kInvalidModel, "DeflateCorrupt");
  CHECK_FAILS(read(16, "\1\2\3\4"), ErrorKind::kInvalidModel, "ZipChecksumMismatch");
  CHECK_FAILS(read(20, "\xff\xff\xff"), ErrorKind::kInvalidModel, "ZipTruncated");
  CHECK_FAILS(read(24, "\xff\xff\xff"), ErrorKind::kInvalidModel, "ZipTruncated");
  CHECK_FAILS(read(20, "\xff\xff\xff\xff"), ErrorKind::kInvalidModel, "ZipTruncated");
  CHECK_FAILS(read(42, "\xff\xff\xff"), ErrorKind::kInvalidModel, "ZipTruncated");
}

TEST_CASE("a member that would grow beyond what deflate can do is refused before memory is taken") {
  const std::string bytes = Written({{"x", PatternTensor(DataType::kFloat, {2})}});
  const std::string bomb = WithCentralField(WithCentralField(bytes, 10, "\x08"), 24, "\xfe\xff\xff\x7f");
  CHECK_FAILS(Value(Opened(bomb)).Read("x"), ErrorKind::kInvalidModel, "DeflateCorrupt");
}

// 4 GiB are too much for a test, so the extra field and the records of zip64 are put in by hand.
TEST_CASE("zip64 fields are read where they are called for") {
  const Tensor x = PatternTensor(DataType::kFloat, {2});
  std::string bytes = Written({{"x", x}});
  const size_t central = bytes.find("PK\1\2"), end = bytes.find("PK\5\6");
  const auto fixed = [](auto value) { return std::string(reinterpret_cast<const char*>(&value), sizeof(value)); };
  const std::string extra =
      fixed(uint16_t{1}) + fixed(uint16_t{24}) + fixed(uint64_t{136}) + fixed(uint64_t{136}) + fixed(uint64_t{0});
  std::string entry = bytes.substr(central, end - central);
  entry.replace(20, 8, std::string(8, '\xff'))
      .replace(42, 4, std::string(4, '\xff'))
      .replace(30, 2, fixed(uint16_t{28}));
  entry += extra;
  const std::string end64 = fixed(zip::kEnd64Magic) + fixed(uint64_t{44}) + std::string(12, '\0') + fixed(uint64_t{1}) +
                            fixed(uint64_t{1}) + fixed(uint64_t{entry.size()}) + fixed(uint64_t{central});
  const std::string locator =
      fixed(zip::kLocator64Magic) + fixed(uint32_t{0}) + fixed(uint64_t{central + entry.size()}) + fixed(uint32_t{1});
  std::string last = bytes.substr(end);
  last.replace(8, 12, std::string(12, '\xff'));
  const std::string zip64 = bytes.substr(0, central) + entry + end64 + locator + last;
  CHECK(SameTensor(Value(Value(Opened(zip64)).Read("x")), x));
  for (size_t i = 8 * central; i < 8 * zip64.size(); ++i) {
    std::string flipped = zip64;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    const auto reader = Opened(flipped);
    if (reader.ok()) (void)reader->Read("x").ok();
  }
}

}  // namespace
}  // namespace smcli
