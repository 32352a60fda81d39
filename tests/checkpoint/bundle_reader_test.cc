#include "checkpoint/bundle_reader.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/thread_pool.h"
#include "base/wire.h"
#include "checkpoint/bundle_writer.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/tensors.h"
#include "table/table_builder.h"

namespace smcli {
namespace {

using namespace std::string_literals;

// A bundle put together by hand, with whatever is to be in it.
struct HandMade {
  FakeFileSystem files;
  std::map<std::string, std::string> entries;

  static std::string Header(int shards, int endianness = 0, const std::string& version = "\x08\x01") {
    std::string proto;
    if (shards != 0) AppendVarintField(1, static_cast<uint64_t>(shards), proto);
    if (endianness != 0) AppendVarintField(2, static_cast<uint64_t>(endianness), proto);
    AppendBytesField(3, version, proto);
    return proto;
  }
  static std::string ShapeProto(const Shape& shape) {
    std::string proto;
    for (const int64_t dim : shape.dims()) {
      std::string size;
      AppendVarintField(1, static_cast<uint64_t>(dim), size);
      AppendBytesField(2, size, proto);
    }
    return proto;
  }
  static std::string Entry(DataType dtype, const Shape& shape, int shard, int64_t offset, std::string_view bytes) {
    std::string proto;
    AppendVarintField(1, static_cast<uint64_t>(dtype), proto);
    AppendBytesField(2, ShapeProto(shape), proto);
    AppendVarintField(3, static_cast<uint64_t>(shard), proto);
    AppendVarintField(4, static_cast<uint64_t>(offset), proto);
    AppendVarintField(5, bytes.size(), proto);
    const uint32_t crc = MaskCrc(Crc32c(bytes));
    AppendTag(6, WireType::kFixed32, proto);
    return proto.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
  }
  // The entry of a tensor in slices; the bytes of each are appended to the data file.
  void AddSliced(const std::string& key, const Shape& shape, const std::vector<TensorSlice>& slices) {
    std::string proto;
    AppendVarintField(1, static_cast<uint64_t>(DataType::kUint8), proto);
    AppendBytesField(2, ShapeProto(shape), proto);
    for (const TensorSlice& slice : slices) AppendBytesField(7, slice.ToBytes(), proto);
    entries[key] = proto;
  }
  void AddSlice(const std::string& key, const TensorSlice& slice, const Shape& shape, const std::string& bytes) {
    std::string& data = files.files["p.data-00000-of-00001"];
    entries[EncodeSliceKey(key, slice)] = Entry(DataType::kUint8, shape, 0, static_cast<int64_t>(data.size()), bytes);
    data += bytes;
  }
  Result<std::unique_ptr<BundleReader>> Open() {
    const auto file = Value(files.Create("p.index"));
    TableBuilder builder(*file, {});
    for (const auto& [key, value] : entries) REQUIRE_OK(builder.Add(key, value));
    REQUIRE_OK(builder.Finish());
    REQUIRE_OK(file->Commit());
    return BundleReader::Open(files, "p");
  }
  Result<Tensor> Read(const std::string& key) {
    SMCLI_ASSIGN_OR_RETURN(const auto reader, Open());
    return reader->Read(key);
  }
};

TEST_CASE("the checkpoints that TensorFlow wrote are listed and read") {
  const auto files = MakeRealFileSystem();
  const auto object_based = Value(BundleReader::Open(*files, "testdata/models/sharded/variables/variables"));
  CHECK(object_based->num_shards() > 1);
  for (const BundleEntry& entry : object_based->entries()) REQUIRE_OK(object_based->Read(entry));
  CHECK_FALSE(Value(object_based->ObjectGraph()).bytes().empty());
  CHECK(std::ranges::is_sorted(object_based->entries(), {}, &BundleEntry::key));

  const auto partitioned = Value(BundleReader::Open(*files, "testdata/models/v1_partitioned/variables/variables"));
  const auto sliced = std::ranges::count_if(partitioned->entries(), &BundleEntry::sliced);
  CHECK(sliced > 0);
  for (const BundleEntry& entry : partitioned->entries()) {
    CHECK(entry.key[0] != '\0');
    CHECK(Value(partitioned->Read(entry)).shape() == entry.shape);
  }
}

TEST_CASE("a mapped tensor outlives its reader") {
  const auto files = MakeRealFileSystem();
  Tensor tensor;
  {
    const auto reader = Value(BundleReader::Open(*files, "testdata/checkpoints/v1_format/v2.ckpt"));
    tensor = Value(reader->Read("weights"));
  }
  CHECK(SameTensor(
      tensor, MakeTensor<float>({3, 4}, {0, .125f, .25f, .375f, .5f, .625f, .75f, .875f, 1, 1.125f, 1.25f, 1.375f})));
}

TEST_CASE("what is not there is not found, and the nearest key is named") {
  const auto files = MakeRealFileSystem();
  CHECK_FAILS(BundleReader::Open(*files, "testdata/nothing"), ErrorKind::kNotFound, "no testdata/nothing.index");
  const auto reader = Value(BundleReader::Open(*files, "testdata/checkpoints/v1_format/v2.ckpt"));
  CHECK_FAILS(reader->Read("wieghts"), ErrorKind::kNotFound, "did you mean \"weights\"?");
}

TEST_CASE("a missing data file names itself, and those that it is mixed up with") {
  FakeFileSystem files;
  BundleWriter writer(files, "m/p", 2);
  REQUIRE_OK(writer.Add("a", Tensor::Scalar(1.0f), 0));
  REQUIRE_OK(writer.Add("b", Tensor::Scalar(2.0f), 1));
  REQUIRE_OK(writer.Finish());
  files.files.erase("m/p.data-00001-of-00002");
  auto reader = Value(BundleReader::Open(files, "m/p"));
  REQUIRE_OK(reader->Read("a"));
  CHECK_FAILS(reader->Read("b"), ErrorKind::kInvalidModel, "m/p.data-00001-of-00002 is missing");
  files.files["m/p.data-00000-of-00001"] = "";
  CHECK_FAILS(reader->Read("b"), ErrorKind::kInvalidModel, "p.data-00000-of-00001 belongs to another checkpoint");
  files.files["m/p.data-00001-of-00002"] = "version https://git-lfs.github.com/spec/v1";
  files.files["m/p.data-00000-of-00002"] = "";
  reader = Value(BundleReader::Open(files, "m/p"));
  CHECK_FAILS(reader->Read("a"), ErrorKind::kInvalidModel, "BundleDataTruncated");
  CHECK_FAILS(reader->Read("b"), ErrorKind::kInvalidModel, "checksum mismatch");
  files.unreadable.insert("m/p.data-00000-of-00002");
  CHECK_FAILS(Value(BundleReader::Open(files, "m/p"))->Read("a"), ErrorKind::kIo, "Permission denied");
}

TEST_CASE("headers that are none, or of another version, are refused") {
  HandMade made;
  made.entries = {{"a", ""}};
  CHECK_FAILS(made.Open(), ErrorKind::kInvalidModel, "BundleHeaderMissing");
  made.entries = {{"", "\xff"}};
  CHECK_FAILS(made.Open(), ErrorKind::kInvalidModel, "BundleHeaderUnparsable");
  made.entries = {{"", HandMade::Header(0)}};
  CHECK_FAILS(made.Open(), ErrorKind::kInvalidModel, "0 data files (BundleHeaderUnparsable)");
  made.entries = {{"", HandMade::Header(1, 0, "\x08\x05\x10\x02")}};
  CHECK_FAILS(made.Open(), ErrorKind::kUnsupported, "BundleVersionUnsupported");
  made.entries = {{"", HandMade::Header(1, 0, "\x18\x01")}};
  CHECK_FAILS(made.Open(), ErrorKind::kUnsupported, "BundleVersionUnsupported");
  made.entries = {{"", HandMade::Header(1, 0, "\x1a\x02\x02\x01")}};
  CHECK_FAILS(made.Open(), ErrorKind::kUnsupported, "BundleVersionUnsupported");
  made.entries = {{"", HandMade::Header(1, 0, "")}};
  REQUIRE_OK(made.Open());
}

TEST_CASE("entries that lie are found out when they are read") {
  HandMade made;
  made.entries[""] = HandMade::Header(2);
  const std::string bytes = "\1\2\3\4";
  made.files.files["p.data-00000-of-00002"] = bytes;
  made.entries["shard"] = HandMade::Entry(DataType::kUint8, {4}, 2, 0, bytes);
  made.entries["end"] = HandMade::Entry(DataType::kUint8, {4}, 0, 1, bytes);
  made.entries["negative"] = HandMade::Entry(DataType::kUint8, {4}, 0, -1, bytes);
  made.entries["size"] = HandMade::Entry(DataType::kUint8, {5}, 0, 0, bytes);
  made.entries["huge"] = HandMade::Entry(DataType::kInt64, {int64_t{1} << 62}, 0, 0, bytes);
  made.entries["strings"] = HandMade::Entry(DataType::kString, {int64_t{1} << 40}, 0, 0, bytes);
  made.entries["implied"] = HandMade::Entry(DataType::kString, {int64_t{1} << 40}, 0, 0, "");
  made.entries["resource"] = HandMade::Entry(DataType::kResource, {}, 0, 0, bytes);
  made.entries["future"] = HandMade::Entry(static_cast<DataType>(77), {}, 0, 0, bytes);
  made.entries["bool"] = HandMade::Entry(DataType::kBool, {4}, 0, 0, bytes);
  CHECK_FAILS(made.Read("shard"), ErrorKind::kInvalidModel, "BundleShardOutOfRange");
  CHECK_FAILS(made.Read("end"), ErrorKind::kInvalidModel, "BundleDataTruncated");
  CHECK_FAILS(made.Read("negative"), ErrorKind::kInvalidModel, "BundleDataTruncated");
  CHECK_FAILS(made.Read("size"), ErrorKind::kInvalidModel, "BundleSizeMismatch");
  CHECK_FAILS(made.Read("huge"), ErrorKind::kInvalidModel, "BundleSizeMismatch");
  CHECK_FAILS(made.Read("strings"), ErrorKind::kInvalidModel, "BundleSizeMismatch");
  CHECK_FAILS(made.Read("implied"), ErrorKind::kInvalidModel, "BundleSizeMismatch");
  CHECK_FAILS(made.Read("resource"), ErrorKind::kUnsupported, "DtypeUnsupported");
  CHECK_FAILS(made.Read("future"), ErrorKind::kUnsupported, "dtype number 77");
  CHECK(SameTensor(Value(made.Read("bool")), MakeBools({4}, {true, true, true, true})));
  made.entries["z"] = "\xff";
  CHECK_FAILS(made.Open(), ErrorKind::kInvalidModel, "\"z\": (BundleEntryUnparsable)");
  made.entries["z"] = "\x12\x02\x18\x01";
  CHECK_FAILS(made.Open(), ErrorKind::kInvalidModel, "ShapeInvalid");
}

TEST_CASE("slices are put together, in whatever order and shape they come") {
  HandMade made;
  made.entries[""] = HandMade::Header(1);
  const TensorSlice left({{0, 2}, {0, 2}}), right({{0, 2}, {2, 1}}), bottom({{2, 1}, {0, -1}});
  made.AddSliced("t", {3, 3}, {bottom, right, left});
  made.AddSlice("t", bottom, {1, 3}, "ghi");
  made.AddSlice("t", left, {2, 2}, "abde");
  made.AddSlice("t", right, {2, 1}, "cf");
  CHECK(Value(made.Read("t")).bytes() == "abcdefghi");
  const auto reader = Value(made.Open());
  REQUIRE(reader->entries().size() == 1);
  CHECK(reader->entries()[0].sliced);
  CHECK(reader->entries()[0].stored_bytes() == 9);
}

TEST_CASE("slices that are missing, overlap or leave gaps are refused") {
  const auto fails = [](const std::vector<TensorSlice>& slices, const std::vector<TensorSlice>& stored,
                        const char* why) {
    HandMade made;
    made.entries[""] = HandMade::Header(1);
    made.AddSliced("t", {4}, slices);
    for (const TensorSlice& slice : stored) {
      const Shape shape = Value(slice.Within({4})).shape();
      made.AddSlice("t", slice, shape, std::string(static_cast<size_t>(shape.num_elements()), 'x'));
    }
    CHECK_FAILS(made.Read("t"), ErrorKind::kInvalidModel, why);
  };
  const TensorSlice a({{0, 2}}), b({{2, 2}}), c({{1, 2}}), d({{3, 1}});
  fails({a, b}, {a}, "slice 2,2 is not in the index (SliceMissing)");
  fails({a}, {a}, "SlicesDoNotCover");
  fails({a, c}, {a, c}, "SlicesDoNotCover");
  fails({a, c, d}, {a, c, d}, "SlicesDoNotCover");
  fails({a, a}, {a}, "SlicesDoNotCover");
  fails({TensorSlice({{3, 2}})}, {}, "SliceOutOfBounds");
  fails({TensorSlice()}, {}, "SliceRankMismatch");

  HandMade made;
  made.entries[""] = HandMade::Header(1);
  made.AddSliced("t", {4}, {a, b});
  made.AddSlice("t", a, {2}, "xx");
  made.AddSlice("t", b, {1}, "x");
  CHECK_FAILS(made.Read("t"), ErrorKind::kInvalidModel, "another dtype or shape (BundleSizeMismatch)");
  made.entries[EncodeSliceKey("t", b)] = made.entries[EncodeSliceKey("t", a)];
  CHECK_FAILS(made.Read("t"), ErrorKind::kInvalidModel, "at the same place");
}

TEST_CASE("big-endian elements are swapped after their checksum was checked") {
  HandMade made;
  made.entries[""] = HandMade::Header(1, 1);
  std::string& data = made.files.files["p.data-00000-of-00001"];
  data = "\x3f\x80\x00\x00\x40\x00\x00\x00"s;
  made.entries["floats"] = HandMade::Entry(DataType::kFloat, {2}, 0, 0, data);
  made.entries["complex"] = HandMade::Entry(DataType::kComplex64, {}, 0, 0, data);
  made.entries["bytes"] = HandMade::Entry(DataType::kUint8, {8}, 0, 0, data);
  CHECK(SameTensor(Value(made.Read("floats")), MakeTensor<float>({2}, {1, 2})));
  CHECK(Value(made.Read("complex")).scalar<std::complex<float>>() == std::complex<float>(1, 2));
  CHECK(Value(made.Read("bytes")).bytes() == data);
  CHECK(Value(made.Open())->big_endian());

  const uint32_t length_crc = Crc32c("\0\0\0\2"s);
  const uint32_t stored = __builtin_bswap32(MaskCrc(length_crc));
  const std::string stored_bytes(reinterpret_cast<const char*>(&stored), sizeof(stored));
  const auto at = static_cast<int64_t>(data.size());
  data += "\2" + stored_bytes + "hi";
  std::string entry = HandMade::Entry(DataType::kString, {}, 0, at, "\2" + stored_bytes + "hi");
  const uint32_t crc = MaskCrc(Crc32c(stored_bytes + "hi", length_crc));
  entry.replace(entry.size() - 4, 4, reinterpret_cast<const char*>(&crc), 4);
  made.entries["text"] = entry;
  CHECK(Value(made.Read("text")).scalar<std::string>() == "hi");
}

TEST_CASE("checksums can be left out, and be shared by a pool") {
  FakeFileSystem files;
  BundleWriter writer(files, "p");
  REQUIRE_OK(writer.Add("t", PatternTensor(DataType::kInt32, {500'000})));
  REQUIRE_OK(writer.Finish());
  ThreadPool pool(2);
  REQUIRE_OK(
      Value(BundleReader::Open(files, "p"))->Read(*Value(BundleReader::Open(files, "p"))->Find("t"), {true, &pool}));
  files.files["p.data-00000-of-00001"][1'999'999] ^= 1;
  const auto reader = Value(BundleReader::Open(files, "p"));
  CHECK_FAILS(reader->Read("t"), ErrorKind::kInvalidModel, "BundleChecksumMismatch");
  CHECK_FAILS(reader->Read(*reader->Find("t"), {true, &pool}), ErrorKind::kInvalidModel, "BundleChecksumMismatch");
  REQUIRE_OK(reader->Read(*reader->Find("t"), {false, nullptr}));
}

}  // namespace
}  // namespace smcli
