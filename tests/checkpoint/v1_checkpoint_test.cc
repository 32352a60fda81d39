#include "checkpoint/v1_checkpoint.h"

#include "base/wire.h"
#include "checkpoint/tensor_slice.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/tensors.h"
#include "table/table_builder.h"

namespace smcli {
namespace {

TEST_CASE("a V1 checkpoint holds what the bundle of the same variables holds") {
  const auto files = MakeRealFileSystem();
  const auto v1 = Value(BundleReader::Open(*files, "testdata/checkpoints/v1_format/v1.ckpt"));
  const auto v2 = Value(BundleReader::Open(*files, "testdata/checkpoints/v1_format/v2.ckpt"));
  CHECK(v1->is_v1());
  CHECK_FALSE(v2->is_v1());
  REQUIRE(v1->entries().size() == v2->entries().size());
  for (const BundleEntry& entry : v2->entries()) {
    INFO(entry.key);
    const BundleEntry* other = v1->Find(entry.key);
    REQUIRE(other != nullptr);
    CHECK(other->sliced == entry.sliced);
    CHECK(SameTensor(Value(v1->Read(*other)), Value(v2->Read(entry))));
  }
  CHECK(Value(v1->ObjectGraph()).bytes().empty());
}

// SavedTensorSlices with the list of one tensor "t", float [4], and the slices of this file.
std::string Meta(const std::vector<TensorSlice>& slices, int dtype = 1) {
  std::string tensor, meta, record;
  AppendBytesField(1, "t", tensor);
  AppendBytesField(2, "\x12\x02\x08\x04", tensor);
  AppendVarintField(3, static_cast<uint64_t>(dtype), tensor);
  for (const TensorSlice& slice : slices) AppendBytesField(4, slice.ToBytes(), tensor);
  AppendBytesField(1, tensor, meta);
  AppendBytesField(2, "\x08\x01", meta);
  AppendBytesField(1, meta, record);
  return record;
}

std::string Data(const std::vector<float>& values) {
  std::string tensor, slice, record;
  AppendBytesField(5, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}, tensor);
  AppendBytesField(3, tensor, slice);
  AppendBytesField(2, slice, record);
  return record;
}

void Put(FakeFileSystem& files, const std::string& path, const std::map<std::string, std::string>& records) {
  const auto file = Value(files.Create(path));
  TableBuilder builder(*file, {});
  for (const auto& [key, value] : records) REQUIRE_OK(builder.Add(key, value));
  REQUIRE_OK(builder.Finish());
  REQUIRE_OK(file->Commit());
}

TEST_CASE("slices in several files make one tensor") {
  FakeFileSystem files;
  const TensorSlice first({{0, 1}}), second({{1, 3}});
  Put(files, "dir/c-00000-of-00002", {{"", Meta({first})}, {EncodeSliceKey("t", first), Data({1})}});
  Put(files, "dir/c-00001-of-00002", {{"", Meta({second})}, {EncodeSliceKey("t", second), Data({2, 3})}});
  files.files["dir/c-00001-of-00002.bak"] = files.files["dir/c-other"] = "";
  CHECK(FindV1Tables(files, "dir/c").size() == 2);
  const auto reader = Value(BundleReader::Open(files, "dir/c"));
  // The last value of a short list fills the rest.
  CHECK(SameTensor(Value(reader->Read("t")), MakeTensor<float>({4}, {1, 2, 3, 3})));
  CHECK(reader->ShardPath(1) == "dir/c-00001-of-00002");
}

TEST_CASE("V1 checkpoints that are inconsistent are refused") {
  FakeFileSystem files;
  Put(files, "c", {{"", ""}});
  CHECK_FAILS(BundleReader::Open(files, "c"), ErrorKind::kInvalidModel, "V1MetaMissing");
  Put(files, "c", {{"a", "b"}});
  CHECK_FAILS(BundleReader::Open(files, "c"), ErrorKind::kInvalidModel, "V1MetaMissing");
  Put(files, "c", {{"", Meta({TensorSlice({{0, -1}})})}});
  CHECK_FAILS(Value(BundleReader::Open(files, "c"))->Read("t"), ErrorKind::kInvalidModel, "SliceMissing");
  Put(files, "c", {{"", Meta({})}});
  CHECK_FAILS(Value(BundleReader::Open(files, "c"))->Read("t"), ErrorKind::kInvalidModel, "SlicesDoNotCover");
  Put(files, "c", {{"", Meta({TensorSlice({{0, 5}})})}});
  CHECK_FAILS(BundleReader::Open(files, "c"), ErrorKind::kInvalidModel, "SliceOutOfBounds");
  files.files.erase("c");
  Put(files, "c-00000-of-00002", {{"", Meta({})}});
  Put(files, "c-00001-of-00002", {{"", Meta({}, 2)}});
  CHECK_FAILS(BundleReader::Open(files, "c"), ErrorKind::kInvalidModel, "another dtype or shape");
  files.files["d"] = "text";
  CHECK_FAILS(BundleReader::Open(files, "d"), ErrorKind::kInvalidModel, "d: 4 bytes are too few for a table");
}

TEST_CASE("every truncation and flipped bit of a V1 checkpoint is survived") {
  FakeFileSystem files;
  const TensorSlice first({{0, 1}}), second({{1, 3}});
  Put(files, "c",
      {{"", Meta({first, second})}, {EncodeSliceKey("t", first), Data({1})}, {EncodeSliceKey("t", second), Data({2})}});
  const std::string bytes = files.files["c"];
  for (size_t i = 0; i < bytes.size(); ++i) {
    files.files["c"] = bytes.substr(0, i);
    REQUIRE_FALSE(BundleReader::Open(files, "c").ok());
    for (int bit = 0; bit < 8; ++bit) {
      files.files["c"] = bytes;
      files.files["c"][i] = static_cast<char>(bytes[i] ^ (1 << bit));
      if (const auto reader = BundleReader::Open(files, "c"); reader.ok()) (void)(*reader)->Read("t").ok();
    }
  }
}

}  // namespace
}  // namespace smcli
