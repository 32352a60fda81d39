#include "tensor/tensor_proto.h"

#include <cmath>
#include <complex>

#include "support/catch.h"
#include "support/tensors.h"
#include "tensor.pb.h"

namespace smcli {
namespace {

tensorflow::TensorProto Proto(DataType dtype, std::initializer_list<int64_t> dims) {
  tensorflow::TensorProto proto;
  proto.set_dtype(static_cast<tensorflow::DataType>(static_cast<int>(dtype)));
  for (int64_t dim : dims) proto.mutable_tensor_shape()->add_dim()->set_size(dim);
  return proto;
}

TEST_CASE("the last value repeats up to the end") {
  auto floats = Proto(DataType::kFloat, {5});
  floats.add_float_val(1);
  floats.add_float_val(2);
  CHECK(SameTensor(Value(TensorFromProto(floats)), MakeTensor<float>({5}, {1, 2, 2, 2, 2})));
  auto strings = Proto(DataType::kString, {3});
  strings.add_string_val("a");
  CHECK(SameTensor(Value(TensorFromProto(strings)), MakeTensor<std::string>({3}, {"a", "a", "a"})));
  auto complex = Proto(DataType::kComplex64, {2});
  for (float part : {1.0f, 2.0f, 9.0f}) complex.add_scomplex_val(part);  // an odd one at the end is no element
  const Tensor pairs = Value(TensorFromProto(complex));
  CHECK(pairs.flat<std::complex<float>>()[1] == std::complex<float>(1, 2));
}

TEST_CASE("no values are zeros, too many are cut, and an empty tensor has none") {
  CHECK(SameTensor(Value(TensorFromProto(Proto(DataType::kInt64, {2}))), MakeTensor<int64_t>({2}, {0, 0})));
  CHECK(SameTensor(Value(TensorFromProto(Proto(DataType::kString, {2}))), MakeTensor<std::string>({2}, {"", ""})));
  auto many = Proto(DataType::kInt32, {1});
  for (int i = 0; i < 3; ++i) many.add_int_val(i + 7);
  CHECK(SameTensor(Value(TensorFromProto(many)), MakeTensor<int32_t>({1}, {7})));
  auto empty = Proto(DataType::kFloat, {0, 4});
  empty.add_float_val(3);
  CHECK(Value(TensorFromProto(empty)).num_elements() == 0);
}

TEST_CASE("narrow types keep the low bits") {
  auto bytes = Proto(DataType::kUint8, {2});
  bytes.add_int_val(0x1ff);
  bytes.add_int_val(-1);
  CHECK(SameTensor(Value(TensorFromProto(bytes)), MakeTensor<uint8_t>({2}, {0xff, 0xff})));
  auto halves = Proto(DataType::kHalf, {1});
  halves.add_half_val(0x3c00);
  CHECK(static_cast<float>(Value(TensorFromProto(halves)).scalar<Half>()) == 1.0f);
  auto bools = Proto(DataType::kBool, {2});
  bools.add_bool_val(true);
  bools.add_bool_val(false);
  CHECK(SameTensor(Value(TensorFromProto(bools)), MakeBools({2}, {true, false})));
}

TEST_CASE("tensor_content wins, must have the right size, and is a view where it lies aligned") {
  auto proto = Proto(DataType::kInt16, {2});
  proto.set_tensor_content(std::string("\x01\x00\x02\x00", 4));
  proto.add_int_val(9);
  CHECK(SameTensor(Value(TensorFromProto(proto)), MakeTensor<int16_t>({2}, {1, 2})));
  proto.set_tensor_content("abc");
  CHECK_FAILS(TensorFromProto(proto), ErrorKind::kInvalidModel, "TensorContentSizeMismatch");

  auto big = Proto(DataType::kUint8, {4});
  big.set_tensor_content("wxyz");
  auto bytes = std::make_shared<const std::string>(big.SerializeAsString());
  const Tensor view = Value(TensorFromBytes(*bytes, bytes));
  CHECK(view.bytes().data() == bytes->data() + bytes->find("wxyz"));
  CHECK(Value(TensorFromBytes(*bytes)).bytes().data() != view.bytes().data());
}

TEST_CASE("a view keeps alive what it looks into") {
  auto proto = Proto(DataType::kInt8, {4});
  proto.set_tensor_content("wxyz");
  auto bytes = std::make_shared<const std::string>(proto.SerializeAsString());
  const std::weak_ptr<const std::string> watch = bytes;
  {
    const Tensor view = Value(TensorFromBytes(*bytes, bytes));
    bytes.reset();
    CHECK_FALSE(watch.expired());
    CHECK(view.bytes() == "wxyz");
  }
  CHECK(watch.expired());
}

TEST_CASE("bytes other than 0 and 1 never reach a bool") {
  auto proto = Proto(DataType::kBool, {3});
  proto.set_tensor_content(std::string("\x00\x02\xff", 3));
  auto bytes = std::make_shared<const std::string>(proto.SerializeAsString());
  CHECK(SameTensor(Value(TensorFromBytes(*bytes, bytes)), MakeBools({3}, {false, true, true})));
}

TEST_CASE("strings in tensor_content are lengths and then bytes") {
  auto proto = Proto(DataType::kString, {2});
  proto.set_tensor_content(
      std::string("\x02\x00"
                  "ab",
                  4));
  CHECK(SameTensor(Value(TensorFromProto(proto)), MakeTensor<std::string>({2}, {"ab", ""})));
  for (std::string_view bad : {"\x02\x01"
                               "ab",
                               "\x01\x00"
                               "ab",
                               "\x02", "\x80"}) {
    proto.set_tensor_content(std::string(bad));
    CHECK_FAILS(TensorFromProto(proto), ErrorKind::kInvalidModel, "StringListMalformed");
  }
}

TEST_CASE("hostile shapes and dtypes are refused before memory is taken") {
  auto small = Proto(DataType::kFloat, {int64_t{1} << 40});
  small.add_float_val(1);
  CHECK_FAILS(TensorFromProto(small), ErrorKind::kInvalidModel, "ShapeTooLarge");
  CHECK_FAILS(TensorFromProto(Proto(DataType::kString, {int64_t{1} << 40})), ErrorKind::kInvalidModel, "ShapeTooLarge");
  CHECK_FAILS(TensorFromProto(Proto(DataType::kFloat, {-1})), ErrorKind::kInvalidModel, "negative dimension");
  CHECK_FAILS(TensorFromProto(Proto(DataType::kFloat, {INT64_MAX, INT64_MAX})), ErrorKind::kInvalidModel, "64 bits");
  tensorflow::TensorProto deep = Proto(DataType::kFloat, {});
  for (int i = 0; i < 300; ++i) deep.mutable_tensor_shape()->add_dim()->set_size(1);
  CHECK_FAILS(TensorFromProto(deep), ErrorKind::kInvalidModel, "more than 254 dimensions (ShapeInvalid)");
  CHECK_FAILS(TensorFromProto(tensorflow::TensorProto()), ErrorKind::kInvalidModel, "DtypeInvalid");
  tensorflow::TensorProto ref;
  ref.set_dtype(tensorflow::DT_FLOAT_REF);
  CHECK_FAILS(TensorFromProto(ref), ErrorKind::kInvalidModel, "DtypeInvalid");
  ref.set_dtype(static_cast<tensorflow::DataType>(90));
  CHECK_FAILS(TensorFromProto(ref), ErrorKind::kUnsupported, "unknown dtype number 90");
}

TEST_CASE("CheckTensorBytes agrees with TensorFromBytes") {
  auto good = Proto(DataType::kFloat, {2});
  good.set_tensor_content("12345678");
  REQUIRE_OK(CheckTensorBytes(good.SerializeAsString()));
  good.set_tensor_content("1234567");
  CHECK_FAILS(CheckTensorBytes(good.SerializeAsString()), ErrorKind::kInvalidModel, "TensorContentSizeMismatch");
  CHECK_FAILS(CheckTensorBytes(Proto(DataType::kDouble, {int64_t{1} << 50}).SerializeAsString()),
              ErrorKind::kInvalidModel, "ShapeTooLarge");
}

TEST_CASE("packed and unpacked values are read alike") {
  // dtype int32, shape [3], int_val: 5 unpacked (38 05), then 6 7 packed (3a 02 06 07)
  const std::string_view bytes("\x08\x03\x12\x04\x12\x02\x08\x03\x38\x05\x3a\x02\x06\x07", 14);
  CHECK(SameTensor(Value(TensorFromBytes(bytes)), MakeTensor<int32_t>({3}, {5, 6, 7})));
  CHECK_FAILS(TensorFromBytes("\x08\x01\x2a\x03"
                              "abc"),
              ErrorKind::kInvalidModel, "cut off (ProtoTruncated)");
}

TEST_CASE("variants keep type name, metadata and tensors, and may not nest without end") {
  auto proto = Proto(DataType::kVariant, {});
  auto* data = proto.add_variant_val();
  data->set_type_name("tensorflow::TensorList");
  data->set_metadata("meta");
  *data->add_tensors() = Proto(DataType::kFloat, {2});
  const Tensor tensor = Value(TensorFromProto(proto));
  const auto* stored = dynamic_cast<const StoredVariant*>(tensor.scalar<Variant>().get());
  REQUIRE(stored != nullptr);
  CHECK(stored->type_name() == "tensorflow::TensorList");
  CHECK(stored->metadata == "meta");
  CHECK(stored->tensors[0].shape() == Shape{2});
  tensorflow::TensorProto back;
  REQUIRE_OK(TensorToProto(tensor, &back));
  CHECK(back.variant_val(0).metadata() == "meta");

  tensorflow::TensorProto nested = Proto(DataType::kVariant, {});
  for (int i = 0; i < 40; ++i) {
    auto outer = Proto(DataType::kVariant, {});
    *outer.add_variant_val()->add_tensors() = nested;
    nested = outer;
  }
  CHECK_FAILS(TensorFromProto(nested), ErrorKind::kInvalidModel, "nested too deeply");
}

TEST_CASE("every dtype survives the way to a proto and back") {
  for (int number = 1; number < kNumDataTypes; ++number) {
    const auto dtype = static_cast<DataType>(number);
    if (SizeOf(dtype) == 0) continue;
    INFO(Name(dtype));
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{2, 3}}) {
      const Tensor tensor = PatternTensor(dtype, shape);
      tensorflow::TensorProto proto;
      REQUIRE_OK(TensorToProto(tensor, &proto));
      CHECK(SameTensor(Value(TensorFromProto(proto)), tensor));
    }
  }
  const Tensor strings = MakeTensor<std::string>({2}, {"a", std::string("\0b", 2)});
  tensorflow::TensorProto proto;
  REQUIRE_OK(TensorToProto(strings, &proto));
  CHECK(SameTensor(Value(TensorFromProto(proto)), strings));
}

TEST_CASE("equal elements are stored once, by their bits") {
  tensorflow::TensorProto proto;
  REQUIRE_OK(TensorToProto(MakeTensor<float>({3}, {2, 2, 2}), &proto));
  CHECK(proto.float_val_size() == 1);
  CHECK(proto.tensor_content().empty());
  REQUIRE_OK(TensorToProto(MakeTensor<float>({2}, {0.0f, -0.0f}), &proto));
  CHECK(proto.tensor_content().size() == 8);
  CHECK_FAILS(TensorToProto(*Tensor::Make(DataType::kResource, Shape{}), &proto), ErrorKind::kUnsupported, "resource");
}

TEST_CASE("headers and shapes are read without values") {
  auto proto = Proto(DataType::kFloat, {2, 2});
  proto.set_tensor_content(std::string(16, 'x'));
  const TensorHeader header = Value(ReadTensorHeader(proto.SerializeAsString()));
  CHECK(header.dtype == DataType::kFloat);
  CHECK(header.shape == PartialShape(std::vector<int64_t>{2, 2}));
  CHECK(header.stored_bytes == 16);
  tensorflow::TensorShapeProto shape;
  shape.add_dim()->set_size(-5);
  CHECK(ShapeFromProto(shape) == PartialShape(std::vector<int64_t>{-1}));
  CHECK(Value(ShapeFromBytes(shape.SerializeAsString())) == ShapeFromProto(shape));
  ShapeToProto(PartialShape(), &shape);
  CHECK(shape.unknown_rank());
  CHECK_FALSE(Value(ShapeFromBytes(shape.SerializeAsString())).known_rank());
}

}  // namespace
}  // namespace smcli
