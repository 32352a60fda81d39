#include "checkpoint/bundle_writer.h"

#include "checkpoint/bundle_reader.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/tensors.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

using namespace std::string_literals;

TEST_CASE("the data file is that of the specification's test vector") {
  FakeFileSystem files;
  BundleWriter writer(files, "p");
  REQUIRE_OK(writer.Add("a", Tensor::Scalar(1.0f)));
  REQUIRE_OK(writer.Add("s", MakeTensor<std::string>({}, {"hello"})));
  REQUIRE_OK(writer.Finish());
  CHECK(files.files.at("p.data-00000-of-00001") == "\x00\x00\x80\x3f\x05\xd9\xc6\x9c\x43hello"s);
  CHECK(files.files.at("p.index").size() == 134);
  CHECK(files.files.at("p.index").substr(28, 13) == "\x08\x07\x12\x00\x20\x04\x28\x0a\x35\xec\xe0\xc0\x29"s);
}

TEST_CASE("tensors of every dtype are read as they were written, from one file or several") {
  for (const int shards : {1, 3}) {
    FakeFileSystem files;
    BundleWriter writer(files, "dir/p", shards);
    std::map<std::string, Tensor> tensors;
    for (int i = 1; i < kNumDataTypes; ++i) {
      const auto dtype = static_cast<DataType>(i);
      if (SizeOf(dtype) == 0) continue;
      for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{2, 3}}) {
        tensors[std::string(Name(dtype)) + shape.ToString()] = PatternTensor(dtype, shape);
      }
    }
    tensors["strings"] = MakeTensor<std::string>({2, 2}, {"", "a\0b"s, std::string(70'000, 'x'), "\xff"});
    tensors["no strings"] = MakeTensor<std::string>({0}, {});
    tensors[std::string(kObjectGraphKey)] = MakeTensor<std::string>({}, {"graph"});
    int shard = 0;
    for (const auto& [key, tensor] : tensors) REQUIRE_OK(writer.Add(key, tensor, shard++ % shards));
    REQUIRE_OK(writer.Finish());
    CHECK(files.files.size() == static_cast<size_t>(shards) + 1);

    const auto reader = Value(BundleReader::Open(files, "dir/p"));
    CHECK(reader->num_shards() == shards);
    CHECK(reader->entries().size() == tensors.size());
    for (const auto& [key, tensor] : tensors) {
      INFO(key);
      REQUIRE(reader->Find(key) != nullptr);
      CHECK(SameTensor(Value(reader->Read(key)), tensor));
    }
    CHECK(Value(reader->ObjectGraph()).bytes() == "graph");
  }
}

TEST_CASE("variants keep their type, metadata and tensors") {
  FakeFileSystem files;
  BundleWriter writer(files, "p");
  auto variant = std::make_shared<StoredVariant>();
  variant->name = "tensorflow::TensorList";
  variant->metadata = "m\0"s;
  variant->tensors = {Tensor::Scalar(7), MakeTensor<std::string>({1}, {"x"})};
  Tensor tensor = Value(Tensor::Make(DataType::kVariant, {2}));
  tensor.mutable_flat<Variant>()[0] = variant;
  tensor.mutable_flat<Variant>()[1] = std::make_shared<StoredVariant>();
  REQUIRE_OK(writer.Add("v", tensor));
  REQUIRE_OK(writer.Finish());
  const Tensor read = Value(Value(BundleReader::Open(files, "p"))->Read("v"));
  REQUIRE(read.shape() == Shape{2});
  const auto* first = dynamic_cast<const StoredVariant*>(read.flat<Variant>()[0].get());
  REQUIRE(first != nullptr);
  CHECK(first->name == variant->name);
  CHECK(first->metadata == variant->metadata);
  REQUIRE(first->tensors.size() == 2);
  CHECK(SameTensor(first->tensors[1], variant->tensors[1]));
  files.files["p.data-00000-of-00001"][5] ^= 1;
  CHECK_FAILS(Value(BundleReader::Open(files, "p"))->Read("v"), ErrorKind::kInvalidModel, "VariantChecksumMismatch");
}

TEST_CASE("keys that mean something else, or were there before, are refused; so are handles") {
  FakeFileSystem files;
  BundleWriter writer(files, "p");
  REQUIRE_OK(writer.Add("a", Tensor::Scalar(1.0f)));
  CHECK_FAILS(writer.Add("a", Tensor::Scalar(1.0f)), ErrorKind::kUsage, "DuplicateKey");
  CHECK_FAILS(writer.Add("", Tensor::Scalar(1.0f)), ErrorKind::kUsage, "cannot be a tensor's key");
  CHECK_FAILS(writer.Add("\0x"s, Tensor::Scalar(1.0f)), ErrorKind::kUsage, "cannot be a tensor's key");
  CHECK_FAILS(writer.Add("r", Value(Tensor::Make(DataType::kResource, {}))), ErrorKind::kUnsupported, "resource");
}

TEST_CASE("a writer that is abandoned or that fails leaves no file") {
  FakeFileSystem files;
  { BundleWriter(files, "p").Add("a", Tensor::Scalar(1.0f)).ok(); }
  CHECK(files.files.empty());
  BundleWriter writer(files, "p");
  REQUIRE_OK(writer.Add("a", Tensor::Scalar(1.0f)));
  files.disk_space = 3;
  CHECK_FAILS(writer.Add("b", Tensor::Scalar(1.0f)), ErrorKind::kIo, "No space left");
  CHECK_FAILS(writer.Finish(), ErrorKind::kIo, "No space left");
  CHECK(files.files.empty());
}

TEST_CASE("a checkpoint without tensors has an index and an empty data file") {
  FakeFileSystem files;
  REQUIRE_OK(BundleWriter(files, "p").Finish());
  CHECK(files.files.at("p.data-00000-of-00001").empty());
  CHECK(Value(BundleReader::Open(files, "p"))->entries().empty());
}

TEST_CASE("tensors are spread by size, none of the data files stays empty") {
  const auto spread = [](std::vector<int64_t> sizes, int shards) { return SpreadOverShards(sizes, shards); };
  CHECK(spread({}, 4).shards == 1);
  CHECK(spread({5}, 4).shards == 1);
  CHECK(spread({10, 10, 10, 10}, 2).shard_of == std::vector<int>{0, 0, 1, 1});
  CHECK(spread({100, 1, 1, 1}, 3).shard_of == std::vector<int>{0, 1, 2, 2});
  CHECK(spread({1, 1, 1, 100}, 3).shard_of == std::vector<int>{0, 0, 1, 2});
  CHECK(spread({0, 0, 0}, 3).shard_of == std::vector<int>{0, 1, 2});
  for (int count = 1; count < 30; ++count) {
    for (int shards = 1; shards < 35; ++shards) {
      std::vector<int64_t> sizes;
      for (int i = 0; i < count; ++i) sizes.push_back(i * 37 % 11);
      const ShardPlan plan = SpreadOverShards(sizes, shards);
      std::vector<int> counts(static_cast<size_t>(plan.shards));
      for (const int shard : plan.shard_of) counts.at(static_cast<size_t>(shard))++;
      REQUIRE(plan.shards == std::min(count, shards));
      REQUIRE(std::ranges::is_sorted(plan.shard_of));
      REQUIRE(std::ranges::count(counts, 0) == 0);
    }
  }
}

}  // namespace
}  // namespace smcli
