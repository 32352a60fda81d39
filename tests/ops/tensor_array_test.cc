// TensorArrays and the arrays of their gradients.
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr DataType kF = DataType::kFloat;
Tensor Flow() { return Tensor::Scalar(0.0f); }

Tensor At(int32_t index) { return Tensor::Scalar(index); }
OpRunner Runner(std::string_view op, std::string_view attrs, std::vector<DataType> outputs) {
  return OpRunner(fmt::format(R"(op: "{}" {})", op, attrs), std::move(outputs));
}
OpRunner Gradients(std::string_view source) {
  return Runner("TensorArrayGradV3", fmt::format(R"(attr {{ key: "source" value {{ s: "{}" }} }})", source),
                {DataType::kResource, kF});
}
constexpr std::string_view kDtype = R"(attr { key: "dtype" value { type: DT_FLOAT } })";
OpRunner Maker() { return Runner("TensorArrayV3", kDtype, {DataType::kResource, kF}); }
OpRunner Writer() { return Runner("TensorArrayWriteV3", R"(attr { key: "T" value { type: DT_FLOAT } })", {kF}); }
OpRunner Reader() { return Runner("TensorArrayReadV3", kDtype, {kF}); }

TEST_CASE("what is written to one index of a gradient's array is added up") {
  const Tensor array = Value(Maker().Run({At(2)}))[0];
  Value(Writer().Run({array, At(0), MakeTensor<float>({2}, {5, 6}), Flow()}));
  Value(Writer().Run({array, At(1), MakeTensor<float>({3}, {7, 8, 9}), Flow()}));
  const Tensor gradients = Value(Gradients("g").Run({array, Flow()}))[0];
  Value(Writer().Run({gradients, At(0), MakeTensor<float>({2}, {1, 2}), Flow()}));
  Value(Writer().Run({gradients, At(0), MakeTensor<float>({2}, {10, 20}), Flow()}));
  CHECK_FAILS(Writer().Run({gradients, At(0), MakeTensor<float>({1}, {1}), Flow()}), ErrorKind::kModel,
              "Could not aggregate");

  const Tensor again = Value(Gradients("g").Run({array, Flow()}))[0];
  CHECK(SameTensor(Value(Reader().Run({again, At(0), Flow()}))[0], MakeTensor<float>({2}, {11, 22})));
  CHECK(SameTensor(Value(Reader().Run({again, At(1), Flow()}))[0], MakeTensor<float>({3}, {0, 0, 0})));

  const Tensor other = Value(Gradients("h").Run({array, Flow()}))[0];
  CHECK(SameTensor(Value(Reader().Run({other, At(0), Flow()}))[0], MakeTensor<float>({2}, {0, 0})));
  CHECK_FAILS(Writer().Run({other, At(1), MakeTensor<float>({2}, {1, 2}), Flow()}), ErrorKind::kModel,
              "existing shape");
}

TEST_CASE("a gradient's array may have items with more dimensions in front") {
  const Tensor array = Value(Maker().Run({At(1)}))[0];
  Value(Writer().Run({array, At(0), MakeTensor<float>({2}, {5, 6}), Flow()}));
  const OpRunner gradients =
      Runner("TensorArrayGradWithShape", R"(attr { key: "source" value { s: "g" } })", {DataType::kResource, kF});
  const Tensor wide = Value(gradients.Run({array, Flow(), MakeTensor<int32_t>({1}, {3})}))[0];
  CHECK(Value(Reader().Run({wide, At(0), Flow()}))[0].shape() == Shape{3, 2});
  CHECK_FAILS(
      Runner("TensorArrayGradWithShape", R"(attr { key: "source" value { s: "bad" } })", {DataType::kResource, kF})
          .Run({array, Flow(), MakeTensor<int32_t>({1}, {-3})}),
      ErrorKind::kModel, "");
}

}  // namespace
}  // namespace smcli
