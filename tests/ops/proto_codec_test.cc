// DecodeProtoV2 and EncodeProto on a message of tf.train.Example's file.
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr std::string_view kFloats = R"(attr { key: "message_type" value { s: "tensorflow.FloatList" } }
    attr { key: "field_names" value { list { s: "value" } } })";

TEST_CASE("repeated numbers are read packed and one by one, and written packed") {
  const OpRunner decode(
      fmt::format(R"(op: "DecodeProtoV2" {} attr {{ key: "output_types" value {{ list {{ type: DT_FLOAT }} }} }})",
                  kFloats),
      {DataType::kInt32, DataType::kFloat});
  std::string packed, single;
  const float one = 1.5f, two = 2.5f;
  packed = std::string("\x0a\x08", 2) + std::string(reinterpret_cast<const char*>(&one), 4) +
           std::string(reinterpret_cast<const char*>(&two), 4);
  single = std::string("\x0d", 1) + std::string(reinterpret_cast<const char*>(&two), 4);
  const auto out = Value(decode.Run({MakeTensor<std::string>({3}, {packed, single, ""})}));
  CHECK(SameTensor(out[0], MakeTensor<int32_t>({3, 1}, {2, 1, 0})));
  CHECK(SameTensor(out[1], MakeTensor<float>({3, 2}, {1.5f, 2.5f, 2.5f, 0, 0, 0})));
  CHECK_FAILS(decode.Run({MakeTensor<std::string>({1}, {"\xff\xff"})}), ErrorKind::kModel, "entire buffer");

  const OpRunner encode(
      fmt::format(R"(op: "EncodeProto" {} attr {{ key: "Tinput_types" value {{ list {{ type: DT_FLOAT }} }} }})",
                  kFloats),
      {DataType::kString});
  const auto again = Value(encode.Run({out[0], out[1]}));
  CHECK(again[0].data<std::string>()[0] == packed);
  CHECK(again[0].data<std::string>()[2].empty());
  CHECK_FAILS(encode.Run({MakeTensor<int32_t>({3, 1}, {3, 0, 0}), out[1]}), ErrorKind::kModel, "must not be larger");
}

TEST_CASE("a field that the message lacks, or a dtype that does not hold it, is an invalid model") {
  const OpRunner unknown(R"(op: "DecodeProtoV2" attr { key: "message_type" value { s: "tensorflow.FloatList" } }
      attr { key: "field_names" value { list { s: "nothing" } } }
      attr { key: "output_types" value { list { type: DT_FLOAT } } })",
                         {DataType::kInt32, DataType::kFloat});
  CHECK_FAILS(unknown.Run({MakeTensor<std::string>({0}, {})}), ErrorKind::kInvalidModel, "Unknown field");
  const OpRunner wrong(
      fmt::format(R"(op: "DecodeProtoV2" {} attr {{ key: "output_types" value {{ list {{ type: DT_BOOL }} }} }})",
                  kFloats),
      {DataType::kInt32, DataType::kBool});
  CHECK_FAILS(wrong.Run({MakeTensor<std::string>({0}, {})}), ErrorKind::kInvalidModel, "output type");
}

}  // namespace
}  // namespace smcli
