#include <map>

#include "convert_fixture.h"
#include "formats/npz.h"
#include "formats/safetensors.h"
#include "support/tensors.h"
#include "tensor/numbers.h"

namespace smcli {
namespace {

using namespace std::string_literals;

constexpr std::string_view kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";

std::string Key(std::string_view name) { return std::string(name).append(kSuffix); }

// Larger than the steps in which weights are streamed.
Tensor Large() {
  std::vector<float> values(3'000'017);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1000) * 0.37f - 100;
  return Tensor::Vector<float>(values);
}

std::map<std::string, Tensor> ReadNpzFile(const std::string& bytes) {
  const NpzReader npz = Value(NpzReader::Open(MappedFile::Of(bytes)));
  std::map<std::string, Tensor> tensors;
  for (const std::string& name : npz.names()) tensors[name] = Value(npz.Read(name));
  return tensors;
}

TEST_CASE_METHOD(ConvertFixture, "npz holds every tensor but the object graph, under the name of its object") {
  Store({{std::string(kObjectGraphKey), MakeTensor<std::string>({}, {""})},
         {Key("empty"), MakeTensor<float>({0, 4}, {})},
         {Key("scalar"), Tensor::Scalar(7.5)},
         {Key("w"), Large()},
         {"words/.ATTRIBUTES/other", MakeTensor<std::string>({2}, {"a", "bcd"})}});
  REQUIRE_OK(Run("npz", "out.npz"));
  const auto got = ReadNpzFile(files.files.at("out.npz"));
  REQUIRE(got.size() == 4);
  CHECK(got.at("empty").shape() == Shape{0, 4});
  CHECK(got.at("scalar").scalar<double>() == 7.5);
  CHECK(got.at("w").bytes() == Large().bytes());
  CHECK(got.at("words/.ATTRIBUTES/other").flat<std::string>()[1] == "bcd");
  CHECK(warnings.empty());
}

TEST_CASE_METHOD(ConvertFixture, "npz takes the names that are asked for, and those alone") {
  Store({{Key("a/w"), Tensor::Scalar(1.0f)}, {Key("b/w"), Tensor::Scalar(2.0f)}});
  options.names = "key";
  options.match = "b/*";
  REQUIRE_OK(Run("npz", "out.npz"));
  const auto got = ReadNpzFile(files.files.at("out.npz"));
  REQUIRE(got.size() == 1);
  CHECK(got.begin()->first == Key("b/w"));
}

TEST_CASE_METHOD(ConvertFixture, "two keys that would get one name are refused") {
  Store({{Key("w"), Tensor::Scalar(1.0f)}, {"w", Tensor::Scalar(2.0f)}});
  CHECK_FAILS(Run("npz", "out.npz"), ErrorKind::kInvalidModel, "");
  options.names = "key";
  REQUIRE_OK(Run("npz", "out.npz"));
}

TEST_CASE_METHOD(ConvertFixture, "bfloat16 becomes float32 in npz, and that is said") {
  const Tensor narrow = Value(CastNumbers(MakeTensor<float>({3}, {1.5f, -2, 3}), DataType::kBfloat16));
  Store({{"w", narrow}});
  REQUIRE_OK(Run("npz", "out.npz"));
  const auto got = ReadNpzFile(files.files.at("out.npz"));
  CHECK(got.at("w").dtype() == DataType::kFloat);
  CHECK(got.at("w").flat<float>()[0] == 1.5f);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].starts_with("w: bfloat16 is written as float32"));
}

TEST_CASE_METHOD(ConvertFixture, "--weights narrows float32 tensors of two or more elements") {
  Store({{"many", Large()}, {"one", Tensor::Scalar(0.1f)}, {"wide", MakeTensor<double>({2}, {1, 2})}});
  options.weights = "float16";
  REQUIRE_OK(Run("npz", "out.npz"));
  const auto got = ReadNpzFile(files.files.at("out.npz"));
  CHECK(got.at("many").dtype() == DataType::kHalf);
  CHECK(got.at("many").bytes() == Value(CastNumbers(Large(), DataType::kHalf)).bytes());
  CHECK(got.at("one").dtype() == DataType::kFloat);
  CHECK(got.at("wide").dtype() == DataType::kDouble);
}

TEST_CASE_METHOD(ConvertFixture, "safetensors leaves out what it has no dtype for, and names it") {
  Store({{"c", Tensor::Scalar(std::complex<double>(1, 2))}, {"s", MakeTensor<std::string>({}, {"x"})}, {"w", Large()}});
  REQUIRE_OK(Run("safetensors", "out.st"));
  const auto got = Value(SafetensorsReader::Open(MappedFile::Of(files.files.at("out.st"))));
  REQUIRE(got.entries().size() == 1);
  CHECK(Value(got.Read(got.entries()[0])).bytes() == Large().bytes());
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0].starts_with("c: is left out"));
  CHECK(warnings[1].starts_with("s: is left out"));
}

TEST_CASE_METHOD(ConvertFixture, "equal tensors are stored once with --dedup") {
  const Tensor w = PatternTensor(DataType::kFloat, Shape{40, 3});
  Store({{"a", w}, {"b", w}, {"c", w.Reshaped(Shape{3, 40})}});
  options.dedup = true;
  REQUIRE_OK(Run("safetensors", "out.st"));
  const auto got = Value(SafetensorsReader::Open(MappedFile::Of(files.files.at("out.st"))));
  CHECK(got.entries().size() == 2);
  using Metadata = std::vector<std::pair<std::string, std::string>>;
  CHECK(got.metadata() == Metadata{{"format", "tf"}, {"b", "a"}});

  REQUIRE_OK(Run("checkpoint", "out/ckpt"));
  CHECK(files.files.at("out/ckpt.data-00000-of-00001").size() == 2 * w.num_bytes());
  const auto reader = Value(BundleReader::Open(files, "out/ckpt"));
  CHECK(Value(reader->Read("b")).bytes() == w.bytes());
}

TEST_CASE_METHOD(ConvertFixture, "a checkpoint is spread over no more data files than it has tensors") {
  Store({{"a", Large()}, {"b", Tensor::Scalar(1)}, {std::string(kObjectGraphKey), MakeTensor<std::string>({}, {"g"})}});
  options.shards = 9;
  options.compress = "snappy";
  REQUIRE_OK(Run("checkpoint", "out/ckpt"));
  const auto reader = Value(BundleReader::Open(files, "out/ckpt"));
  CHECK(reader->num_shards() == 3);
  CHECK(reader->entries().size() == 3);
  CHECK(Value(reader->Read("a")).bytes() == Large().bytes());
  CHECK(Value(reader->ObjectGraph()).bytes() == "g");
}

TEST_CASE_METHOD(ConvertFixture, "the bytes do not depend on the number of threads") {
  Store({{"a", Large()}, {"b", PatternTensor(DataType::kInt64, Shape{77})}});
  for (const auto& [target, file] :
       {std::pair("npz", "out"), std::pair("safetensors", "out"), std::pair("checkpoint", "out.data-00000-of-00001")}) {
    std::vector<std::string> results;
    for (const int count : {1, 2, 5}) {
      threads = count;
      REQUIRE_OK(Run(target, "out", true));
      results.push_back(files.files.at(file));
    }
    CHECK(results[1] == results[0]);
    CHECK(results[2] == results[0]);
    files.files.erase("out");
  }
}

TEST_CASE_METHOD(ConvertFixture, "a wrong checksum is found although the bytes are only passed on") {
  Store({{"w", Large()}});
  files.files.at("in/ckpt.data-00000-of-00001")[5'000'000] ^= 1;
  for (const char* target : {"npz", "safetensors", "checkpoint"}) {
    INFO(target);
    CHECK_FAILS(Run(target, "out"), ErrorKind::kInvalidModel, "");
    CHECK(files.files.size() == 2);
  }
}

TEST_CASE_METHOD(ConvertFixture, "flags that a target does nothing with are refused") {
  Store({{"w", Tensor::Scalar(1.0f)}});
  options.shards = 2;
  CHECK_FAILS(Run("npz", "out"), ErrorKind::kUsage, "");
  options.shards = 1;
  options.prune = true;
  CHECK_FAILS(Run("checkpoint", "out"), ErrorKind::kUsage, "");
}

}  // namespace
}  // namespace smcli
