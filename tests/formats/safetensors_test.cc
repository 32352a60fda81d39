#include "formats/safetensors.h"

#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/tensors.h"

namespace smcli {
namespace {

std::string Written(std::vector<NamedTensor> tensors) {
  FakeFileSystem files;
  const auto file = Value(files.Create("s"));
  REQUIRE_OK(WriteSafetensors(*file, std::move(tensors)));
  REQUIRE_OK(file->Commit());
  return files.files.at("s");
}

Result<SafetensorsReader> Opened(const std::string& bytes) { return SafetensorsReader::Open(MappedFile::Of(bytes)); }

// A file with this header, its length in front.
std::string File(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + header + data;
}

TEST_CASE("every dtype that safetensors has comes back as it was written, aligned") {
  std::vector<NamedTensor> tensors;
  for (int i = 1; i < kNumDataTypes; ++i) {
    const auto dtype = static_cast<DataType>(i);
    if (!SafetensorsHolds(dtype) || kQuantized.Contains(dtype)) continue;
    tensors.push_back({std::string("t/") + std::string(Name(dtype)), PatternTensor(dtype, {3, 5})});
  }
  tensors.push_back({"empty", PatternTensor(DataType::kFloat, {0, 7})});
  tensors.push_back({"scalar \"ü\"\n", PatternTensor(DataType::kDouble, {})});
  const std::string bytes = Written(tensors);
  const SafetensorsReader reader = Value(Opened(bytes));
  REQUIRE(reader.entries().size() == tensors.size());
  for (const SafetensorsEntry& entry : reader.entries()) {
    INFO(entry.name);
    const auto written = std::ranges::find(tensors, entry.name, &NamedTensor::name);
    REQUIRE(written != tensors.end());
    const Tensor read = Value(reader.Read(entry));
    CHECK(read.bytes() == written->tensor.bytes());
    CHECK(read.shape() == written->tensor.shape());
    if (SizeOf(entry.dtype) > 0) CHECK(entry.begin % static_cast<uint64_t>(SizeOf(entry.dtype)) == 0);
  }
  std::ranges::reverse(tensors);
  CHECK(Written(tensors) == bytes);
}

TEST_CASE("quantised types are written as integers, and what has no form is refused") {
  CHECK(Value(Opened(Written({{"q", PatternTensor(DataType::kQint16, {2})}}))).entries()[0].dtype_name == "I16");
  FakeFileSystem files;
  const auto file = Value(files.Create("s"));
  CHECK_FALSE(SafetensorsHolds(DataType::kString));
  CHECK_FAILS(WriteSafetensors(*file, {{"c", PatternTensor(DataType::kComplex128, {})}}), ErrorKind::kUnsupported,
              "complex128");
  CHECK_FAILS(WriteSafetensors(*file, {{"\xff", Tensor::Scalar(1)}}), ErrorKind::kUnsupported, "no name");
  CHECK_FAILS(WriteSafetensors(*file, {{"__metadata__", Tensor::Scalar(1)}}), ErrorKind::kUnsupported, "no name");
}

TEST_CASE("a file without tensors, and one with metadata and a blank-padded header") {
  CHECK(Value(Opened(Written({}))).entries().empty());
  const SafetensorsReader reader = Value(Opened(File(
      R"({"__metadata__": {"format": "pt"}, "x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}   )", "\1\2")));
  CHECK(reader.metadata() == std::vector<std::pair<std::string, std::string>>{{"format", "pt"}});
  CHECK(SameTensor(Value(reader.Read(reader.entries()[0])), MakeTensor<uint8_t>({2}, {1, 2})));
}

TEST_CASE("formats of less than a byte are listed, not read") {
  const SafetensorsReader reader =
      Value(Opened(File(R"({"x": {"dtype": "F4", "shape": [4], "data_offsets": [0, 2]}})", "ab")));
  CHECK_FAILS(reader.Read(reader.entries()[0]), ErrorKind::kUnsupported, "dtype F4");
}

TEST_CASE("headers that do not hold together are refused") {
  const auto with = [](const std::string& x) { return File("{" + x + "}", "abcd"); };
  for (
      const char* bad :
      {R"("x": 1)", R"("x": {"shape": [4], "data_offsets": [0, 4]})", R"("x": {"dtype": "U8", "data_offsets": [0, 4]})",
       R"("x": {"dtype": "U8", "shape": [4]})", R"("x": {"dtype": "U8", "shape": [4.5], "data_offsets": [0, 4]})",
       R"("x": {"dtype": "U8", "shape": [-4], "data_offsets": [0, 4]})",
       R"("x": {"dtype": "U8", "shape": [4], "data_offsets": [4, 0]})",
       R"("x": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4, 4]})",
       R"("x": {"dtype": "F32", "shape": [4], "data_offsets": [0, 4]})",
       R"("x": {"dtype": "U8", "shape": [9223372036854775807, 9], "data_offsets": [0, 4]})",
       R"("__metadata__": {"a": 1})", R"("__metadata__": 1)",
       R"("x": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}, "x": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]})",
       "1"}) {
    INFO(bad);
    CHECK_FAILS(Opened(with(bad)), ErrorKind::kInvalidModel, "SafetensorsHeaderInvalid");
  }
  for (
      const char* bad :
      {R"("x": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]})",
       R"("x": {"dtype": "U8", "shape": [3], "data_offsets": [1, 4]})",
       R"("x": {"dtype": "U8", "shape": [5], "data_offsets": [0, 5]})", "",
       R"("x": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}, "y": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]})"}) {
    INFO(bad);
    CHECK_FAILS(Opened(with(bad)), ErrorKind::kInvalidModel, "SafetensorsOffsetsInvalid");
  }
  CHECK_FAILS(Opened("short"), ErrorKind::kInvalidModel, "SafetensorsHeaderInvalid");
  CHECK_FAILS(Opened(std::string(8, '\xff') + "{}"), ErrorKind::kInvalidModel, "SafetensorsHeaderInvalid");
  CHECK_FAILS(Opened(File("[]", "")), ErrorKind::kInvalidModel, "SafetensorsHeaderInvalid");
}

TEST_CASE("every truncation is refused") {
  const std::string bytes =
      Written({{"a", PatternTensor(DataType::kFloat, {2})}, {"b", PatternTensor(DataType::kInt8, {3})}});
  for (size_t length = 0; length < bytes.size(); ++length) REQUIRE_FALSE(Opened(bytes.substr(0, length)).ok());
}

}  // namespace
}  // namespace smcli
