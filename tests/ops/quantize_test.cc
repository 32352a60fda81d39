// Quantised numbers: ranges, rounding at halves and bounds, and refusals.
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

Tensor F(std::vector<float> values) { return MakeTensor<float>({static_cast<int64_t>(values.size())}, values); }
Tensor F(float value) { return Tensor::Scalar(value); }

std::string Quantize(std::string_view mode, std::string_view rounding, std::string_view more = "") {
  return fmt::format(R"(op: "QuantizeV2" attr {{ key: "T" value {{ type: DT_QINT8 }} }}
                        attr {{ key: "mode" value {{ s: "{}" }} }} attr {{ key: "round_mode" value {{ s: "{}" }} }} {})",
                     mode, rounding, more);
}
const std::vector<DataType> kQuantized3 = {DataType::kQint8, DataType::kFloat, DataType::kFloat};

TEST_CASE("SCALED quantisation is symmetric, and rounds halves as the node says") {
  const Tensor x = F({-128, -0.5f, 0.5f, 1.5f, 500});
  const auto even = Value(OpRunner(Quantize("SCALED", "HALF_TO_EVEN"), kQuantized3).Run({x, F(-128.0f), F(127.0f)}));
  CHECK(std::ranges::equal(even[0].flat<int8_t>(), std::vector<int8_t>{-128, 0, 0, 2, 127}));
  const auto away =
      Value(OpRunner(Quantize("SCALED", "HALF_AWAY_FROM_ZERO"), kQuantized3).Run({x, F(-128.0f), F(127.0f)}));
  CHECK(std::ranges::equal(away[0].flat<int8_t>(), std::vector<int8_t>{-128, -1, 1, 2, 127}));
  CHECK(away[1].scalar<float>() == -128);
}

TEST_CASE("a range without zero is widened, a reversed one refused") {
  const OpRunner quantize(Quantize("MIN_COMBINED", "HALF_AWAY_FROM_ZERO"), kQuantized3);
  const auto out = Value(quantize.Run({F({5}), F(2.0f), F(10.0f)}));
  CHECK(out[1].scalar<float>() == 0);
  CHECK(out[2].scalar<float>() == 10);
  CHECK_FAILS(quantize.Run({F({5}), F(2.0f), F(1.0f)}), ErrorKind::kModel, "must be larger");
}

TEST_CASE("halves to even go with SCALED alone") {
  CHECK_FAILS(OpRunner(Quantize("MIN_FIRST", "HALF_TO_EVEN"), kQuantized3).Run({F({1}), F(0.0f), F(1.0f)}),
              ErrorKind::kInvalidModel, "SCALED");
}

TEST_CASE("an axis wants a range for each slice") {
  const OpRunner quantize(Quantize("SCALED", "HALF_TO_EVEN", R"(attr { key: "axis" value { i: 0 } })"), kQuantized3);
  const auto out = Value(quantize.Run({F({1, 1}), F({-1, -2}), F({1, 2})}));
  CHECK(out[0].data<int8_t>()[0] != out[0].data<int8_t>()[1]);
  CHECK(out[2].shape() == Shape{2});
  CHECK_FAILS(quantize.Run({F({1, 1}), F({-1}), F({1})}), ErrorKind::kModel, "expected 2");
}

TEST_CASE("NaN and infinities quantise to something, not to undefined behaviour") {
  const OpRunner quantize(Quantize("SCALED", "HALF_TO_EVEN"), kQuantized3);
  const auto out = Value(quantize.Run({F({NAN, INFINITY, -INFINITY}), F(-1.0f), F(1.0f)}));
  CHECK(out[0].data<int8_t>()[1] == 127);
  CHECK(out[0].data<int8_t>()[2] == -128);
}

TEST_CASE("the range of a product of bytes holds the product of their steps") {
  const OpRunner product(R"(op: "QuantizedMatMul" attr { key: "T1" value { type: DT_QUINT8 } }
                            attr { key: "T2" value { type: DT_QUINT8 } })",
                         {DataType::kQint32, DataType::kFloat, DataType::kFloat});
  const Tensor a = MakeTensor<uint8_t>({1, 2}, {0, 255}).Bitcast(DataType::kQuint8, {1, 2});
  const Tensor b = MakeTensor<uint8_t>({2, 1}, {255, 255}).Bitcast(DataType::kQuint8, {2, 1});
  const auto out = Value(product.Run({a, b, F(0.0f), F(255.0f), F(0.0f), F(255.0f)}));
  CHECK(out[0].data<int32_t>()[0] == 255 * 255);
  CHECK(out[2].scalar<float>() == Approx(2147483648.0));
  CHECK_FAILS(product.Run({a, a, F(0.0f), F(1.0f), F(0.0f), F(1.0f)}), ErrorKind::kModel, "Matrix size-incompatible");
}

}  // namespace
}  // namespace smcli
