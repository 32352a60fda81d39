#include "formats/npy.h"

#include <complex>

#include "formats/npy_header.h"
#include "support/catch.h"
#include "support/tensors.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

using namespace std::string_literals;

// A version 1 file with this dictionary.
std::string Npy(const std::string& dictionary, const std::string& data) {
  const std::string text = dictionary + "\n";
  return "\x93NUMPY\1\0"s + static_cast<char>(text.size() % 256) + static_cast<char>(text.size() / 256) + text + data;
}

std::string Npy(const std::string& descr, const std::string& shape, const std::string& data, bool fortran = false) {
  return Npy(
      "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }",
      data);
}

Result<Tensor> Read(const std::string& bytes, DataType raw = DataType::kInvalid) {
  return ReadNpy(MappedFile::Of(bytes), raw);
}

std::string Written(const Tensor& tensor) {
  const NpyImage image = Value(MakeNpy(tensor));
  return image.header + std::string(image.data);
}

TEST_CASE("the header is NumPy's own, byte for byte") {
  const std::string header = MakeNpyHeader("<f4", {2, 3});
  CHECK(header.size() == 128);
  CHECK(header.starts_with("\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"s));
  CHECK(header.ends_with("   \n"));
  CHECK(MakeNpyHeader("<f4", {}).find("'shape': (), }") != std::string::npos);
  CHECK(MakeNpyHeader("<f4", {5}).find("'shape': (5,), }") != std::string::npos);
}

TEST_CASE("a header too long for version 1 is written as version 2") {
  std::vector<int64_t> dims(254, 1);
  CHECK(MakeNpyHeader("<f4", Shape(dims))[6] == 1);
  const std::string descr(70'000, 'x');
  const std::string header = MakeNpyHeader(descr, {});
  CHECK(header[6] == 2);
  CHECK(header.size() % 64 == 0);
}

TEST_CASE("every dtype that NumPy has comes back as it was written") {
  for (int i = 1; i < kNumDataTypes; ++i) {
    const auto dtype = static_cast<DataType>(i);
    const bool exact = kNumbers.Contains(dtype) && dtype != DataType::kBfloat16;
    if (!exact && dtype != DataType::kBool) continue;
    for (const Shape& shape : {Shape{}, Shape{0, 2}, Shape{3}, Shape{2, 1, 3}}) {
      const Tensor tensor = PatternTensor(dtype, shape);
      INFO(Name(dtype) << shape.ToString());
      CHECK(SameTensor(Value(Read(Written(tensor))), tensor));
    }
  }
  const Tensor strings = MakeTensor<std::string>({2, 2}, {"a", "", "long", "\xff"});
  CHECK(SameTensor(Value(Read(Written(strings))), strings));
}

TEST_CASE("what NumPy lacks is widened or held by an integer type, and it is said") {
  Tensor bfloat16 = Value(Tensor::Make(DataType::kBfloat16, {2}));
  bfloat16.mutable_flat<BFloat16>()[0] = BFloat16(1.5f);
  bfloat16.mutable_flat<BFloat16>()[1] = BFloat16(-2.0f);
  CHECK(Value(MakeNpy(bfloat16)).widened);
  CHECK(SameTensor(Value(Read(Written(bfloat16))), MakeTensor<float>({2}, {1.5f, -2})));
  const Tensor float8 = PatternTensor(DataType::kFloat8E5m2, {3});
  CHECK(Value(MakeNpy(float8)).widened);
  CHECK(Value(Read(Written(float8))).dtype() == DataType::kFloat);
  CHECK(Value(Read(Written(PatternTensor(DataType::kQint32, {2})))).dtype() == DataType::kInt32);
  CHECK(Value(Read(Written(PatternTensor(DataType::kUint4, {2})))).dtype() == DataType::kUint8);
  CHECK_FALSE(Value(MakeNpy(MakeTensor<std::string>({1}, {"a"}))).lost_zeros);
  CHECK(Value(MakeNpy(MakeTensor<std::string>({1}, {"a\0"s}))).lost_zeros);
  CHECK_FAILS(MakeNpy(Value(Tensor::Make(DataType::kVariant, {}))), ErrorKind::kUnsupported, "no dtype for variant");
  for (int i = 1; i < kNumDataTypes; ++i) {
    const auto dtype = static_cast<DataType>(i);
    const auto tensor = Tensor::Make(dtype, {});
    if (tensor.ok()) CHECK(NpyHolds(dtype) == MakeNpy(*tensor).ok());
  }
}

TEST_CASE("numbers in a file in memory are looked at, not copied") {
  const Tensor tensor = PatternTensor(DataType::kFloat, {4});
  const MappedFile file = MappedFile::Of(Written(tensor));
  const Tensor read = Value(ReadNpy(file));
  if (reinterpret_cast<uintptr_t>(file.bytes().data()) % 4 == 0) {
    CHECK(static_cast<const void*>(read.raw_data()) == file.bytes().data() + 128);
  }
}

TEST_CASE("column-major and big-endian arrays are put in order") {
  CHECK(SameTensor(Value(Read(Npy("|u1", "(2, 3)", "\1\4\2\5\3\6", true))),
                   MakeTensor<uint8_t>({2, 3}, {1, 2, 3, 4, 5, 6})));
  CHECK(SameTensor(Value(Read(Npy("|u1", "(2, 2, 2)", "\1\5\3\7\2\6\4\x8", true))),
                   MakeTensor<uint8_t>({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})));
  CHECK(SameTensor(Value(Read(Npy(">i2", "(2,)", "\0\1\1\0"s))), MakeTensor<int16_t>({2}, {1, 256})));
  CHECK(SameTensor(Value(Read(Npy(">i2", "(1, 2)", "\0\1\1\0"s, true))), MakeTensor<int16_t>({1, 2}, {1, 256})));
  CHECK(Value(Read(Npy(">c8", "()", "\x3f\x80\0\0\x40\0\0\0"s))).scalar<std::complex<float>>() ==
        std::complex<float>(1, 2));
}

TEST_CASE("both kinds of strings lose their padding") {
  CHECK(SameTensor(Value(Read(Npy("|S3", "(2,)", "ab\0abc"s))), MakeTensor<std::string>({2}, {"ab", "abc"})));
  CHECK(SameTensor(Value(Read(Npy("|a2", "(1,)", "\0x"s))), MakeTensor<std::string>({1}, {"\0x"s})));
  CHECK(SameTensor(Value(Read(Npy("<U2", "(1,)", "\xfc\0\0\0\0\0\0\0"s))), MakeTensor<std::string>({1}, {"ü"})));
  CHECK(SameTensor(Value(Read(Npy(">U1", "(1,)", "\0\1\xf6\x42"s))), MakeTensor<std::string>({1}, {"🙂"})));
  CHECK(SameTensor(Value(Read(Npy("|S0", "(2,)", ""))), MakeTensor<std::string>({2}, {"", ""})));
  CHECK(SameTensor(Value(Read(Npy("|S3", "(2, 2)", "a\0\0c\0\0b\0\0d\0\0"s, true))),
                   MakeTensor<std::string>({2, 2}, {"a", "b", "c", "d"})));
}

TEST_CASE("the ways that headers have been written are all understood") {
  const Tensor expected = MakeTensor<uint8_t>({2}, {7, 8});
  for (const char* dictionary : {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }",
                                 "{'shape':(2,),'fortran_order':False,'descr':'u1'}",
                                 "{\"descr\": \"|u1\", \"fortran_order\": True, \"shape\": (2L,)}",
                                 "{'descr': '<u1', 'fortran_order': False, 'shape': (2, ), }  "}) {
    INFO(dictionary);
    CHECK(SameTensor(Value(Read(Npy(dictionary, "\7\10 and more"))), expected));
  }
  const std::string text = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}\n";
  for (const char version : {'\2', '\3'}) {
    CHECK(SameTensor(
        Value(Read("\x93NUMPY"s + version + "\0"s + static_cast<char>(text.size()) + "\0\0\0"s + text + "\7\10")),
        expected));
  }
}

TEST_CASE("bytes without a meaning need one from outside") {
  const std::string bytes = Npy("|V2", "(1,)", "\xc0\x3f");
  CHECK_FAILS(Read(bytes), ErrorKind::kUnsupported, "'|V2'");
  CHECK(static_cast<float>(Value(Read(bytes, DataType::kBfloat16)).scalar<BFloat16>()) == 1.5f);
  CHECK_FAILS(Read(bytes, DataType::kFloat), ErrorKind::kUnsupported, "'|V2'");
}

TEST_CASE("pickles, dates, long doubles and structures are refused by name") {
  CHECK_FAILS(Read(Npy("|O", "(1,)", "\x80\4N.")), ErrorKind::kUnsupported, "pickled Python objects");
  CHECK_FAILS(Read("\x80\4N."s), ErrorKind::kUnsupported, "it is a pickle");
  for (const char* descr :
       {"<M8[ns]", "<m8", "<f16", "<c32", "<i3", "", "<", "<f", "<f-4", "<f99999999999999999999", "x"}) {
    CHECK_FAILS(Read(Npy(descr, "(1,)", "")), ErrorKind::kUnsupported, "NpyUnsupportedDtype");
  }
  CHECK_FAILS(Read(Npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "")),
              ErrorKind::kUnsupported, "structured");
}

TEST_CASE("malformed headers are refused") {
  for (const char* dictionary :
       {"", "{", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}", "__import__('os')"}) {
    INFO(dictionary);
    CHECK_FAILS(Read(Npy(dictionary, "")), ErrorKind::kInvalidModel, "NpyBadHeader");
  }
  CHECK_FAILS(Read("PK"), ErrorKind::kInvalidModel, "NpyBadMagic");
  CHECK_FAILS(Read("\x93NUMPY\4\0\0\0"s), ErrorKind::kInvalidModel, "NpyBadVersion");
  CHECK_FAILS(Read("\x93NUMPY\2\0\xff\xff\xff\xff"s), ErrorKind::kInvalidModel, "NpyBadHeader");
}

TEST_CASE("an array that the data do not fill is refused before memory is taken") {
  CHECK_FAILS(Read(Npy("<f4", "(2,)", "1234567")), ErrorKind::kInvalidModel, "NpyDataTruncated");
  CHECK_FAILS(Read(Npy("<f8", "(1152921504606846976,)", "")), ErrorKind::kInvalidModel, "NpyDataTruncated");
  CHECK_FAILS(Read(Npy("<f8", "(4611686018427387904,)", "")), ErrorKind::kInvalidModel, "NpyDataTruncated");
  CHECK_FAILS(Read(Npy("|S0", "(4611686018427387904,)", "")), ErrorKind::kInvalidModel, "NpyDataTruncated");
  CHECK_FAILS(Read(Npy("|S9223372036854775807", "(3,)", "")), ErrorKind::kInvalidModel, "NpyDataTruncated");
}

TEST_CASE("every truncation of a file is refused, every flipped bit survived") {
  for (const Tensor& tensor : {PatternTensor(DataType::kInt16, {2, 3}), MakeTensor<std::string>({2}, {"ab", "c"})}) {
    const std::string bytes = Written(tensor);
    for (size_t i = 0; i < bytes.size(); ++i) {
      REQUIRE_FALSE(Read(bytes.substr(0, i)).ok());
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = bytes;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
        (void)Read(flipped).ok();
      }
    }
  }
}

}  // namespace
}  // namespace smcli
