#include "checkpoint/tensor_slice.h"

#include "base/wire.h"
#include "support/catch.h"

namespace smcli {
namespace {

using namespace std::string_literals;

// The part of a key that encodes a slice's first start.
std::string EncodedStart(int64_t start) {
  const std::string key = EncodeSliceKey("", TensorSlice({{start, 0}}));
  return key.substr(5, key.size() - 6);
}

TEST_CASE("numbers in slice keys are encoded as the specification's examples show") {
  CHECK(EncodedStart(0) == "\x80"s);
  CHECK(EncodedStart(-1) == "\x7f"s);
  CHECK(EncodedStart(63) == "\xbf"s);
  CHECK(EncodedStart(64) == "\xc0\x40"s);
  CHECK(EncodedStart(-64) == "\x40"s);
  CHECK(EncodedStart(-65) == "\x3f\xbf"s);
  CHECK(EncodedStart(8192) == "\xe0\x20\x00"s);
  CHECK(EncodedStart(0x424242) == "\xf0\x42\x42\x42"s);
  CHECK(EncodedStart(-0x800) == "\x38\x00"s);
  CHECK(EncodedStart(int64_t{1} << 55) == "\xff\x80\x80\x00\x00\x00\x00\x00\x00"s);
  CHECK(EncodedStart(INT64_MAX) == "\xff\xc0\x7f\xff\xff\xff\xff\xff\xff\xff"s);
  CHECK(EncodedStart(INT64_MIN) == "\x00\x3f\x80\x00\x00\x00\x00\x00\x00\x00"s);
}

TEST_CASE("the order of keys is the order of numbers") {
  const int64_t numbers[] = {INT64_MIN, -(int64_t{1} << 62), -8193,    -8192, -65, -64, -1, 0, 1, 63, 64, 8191,
                             8192,      int64_t{1} << 62,    INT64_MAX};
  for (size_t i = 1; i < std::size(numbers); ++i) CHECK(EncodedStart(numbers[i - 1]) < EncodedStart(numbers[i]));
}

TEST_CASE("a whole slice key") {
  CHECK(EncodeSliceKey("a", TensorSlice({{0, -1}})) == "\0a\0\1\1\1\x80\x7f"s);
  CHECK(EncodeSliceKey("a", TensorSlice()) == "\0a\0\1\0"s);
  CHECK(EncodeSliceKey("x\0y\xff"s, TensorSlice()) == "\0x\0\xffy\xff\0\0\1\0"s);
  CHECK(IsSliceKey(EncodeSliceKey("a", TensorSlice())));
  CHECK_FALSE(IsSliceKey("a"));
  CHECK_FALSE(IsSliceKey(""));
}

TEST_CASE("slices are read from their messages and written back") {
  const TensorSlice slice({{0, 5}, {0, -1}, {2, 3}});
  CHECK(Value(TensorSlice::FromBytes(slice.ToBytes())) == slice);
  CHECK(slice.ToString() == "0,5:-:2,3");
  CHECK(Value(TensorSlice::FromBytes("")) == TensorSlice());
}

TEST_CASE("slices that no dimension can have are refused") {
  const auto with = [](int64_t start, std::optional<int64_t> length) {
    std::string extent, slice;
    if (start != 0) AppendVarintField(1, static_cast<uint64_t>(start), extent);
    if (length) AppendVarintField(2, static_cast<uint64_t>(*length), extent);
    AppendBytesField(1, extent, slice);
    return TensorSlice::FromBytes(slice);
  };
  REQUIRE_OK(with(3, 1));
  CHECK_FAILS(with(3, std::nullopt), ErrorKind::kInvalidModel, "SliceOutOfBounds");
  CHECK_FAILS(with(0, 0), ErrorKind::kInvalidModel, "SliceOutOfBounds");
  CHECK_FAILS(with(0, -1), ErrorKind::kInvalidModel, "SliceOutOfBounds");
  CHECK_FAILS(with(-1, 1), ErrorKind::kInvalidModel, "SliceOutOfBounds");
  CHECK_FAILS(with(INT64_MAX, 1), ErrorKind::kInvalidModel, "SliceOutOfBounds");
  CHECK_FAILS(TensorSlice::FromBytes("\x0a"), ErrorKind::kInvalidModel, "byte");
  std::string many;
  for (int i = 0; i < 255; ++i) AppendBytesField(1, "", many);
  CHECK_FAILS(TensorSlice::FromBytes(many), ErrorKind::kInvalidModel, "SliceRankMismatch");
}

TEST_CASE("a slice is fitted into a shape") {
  const TensorSlice slice({{4, 2}, {0, -1}});
  CHECK(Value(slice.Within({6, 3})).shape() == Shape{2, 3});
  CHECK_FAILS(slice.Within({5, 3}), ErrorKind::kInvalidModel, "SliceOutOfBounds");
  CHECK_FAILS(slice.Within({6}), ErrorKind::kInvalidModel, "SliceRankMismatch");
}

}  // namespace
}  // namespace smcli
