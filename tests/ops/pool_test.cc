// Pools and their gradients.
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr std::string_view kWindow = R"(attr { key: "ksize" value { list { i: [1, 2, 2, 1] } } }
    attr { key: "strides" value { list { i: [1, 1, 1, 1] } } } attr { key: "padding" value { s: "VALID" } }
    attr { key: "T" value { type: DT_FLOAT } })";
constexpr DataType kF = DataType::kFloat;

const Tensor kImage = MakeTensor<float>({1, 2, 3, 1}, {1, 5, 5, 2, 0, 3});

TEST_CASE("the gradient of a maximum goes to the first of equal pixels") {
  const OpRunner gradient(fmt::format(R"(op: "MaxPoolGrad" {})", kWindow), {kF});
  const Tensor pooled = MakeTensor<float>({1, 1, 2, 1}, {5, 5}), slope = MakeTensor<float>({1, 1, 2, 1}, {10, 1});
  const auto out = Value(gradient.Run({kImage, pooled, slope}));
  CHECK(SameTensor(out[0], MakeTensor<float>({1, 2, 3, 1}, {0, 11, 0, 0, 0, 0})));
  CHECK_FAILS(gradient.Run({kImage, pooled, MakeTensor<float>({1, 2, 2, 1}, {1, 1, 1, 1})}), ErrorKind::kModel,
              "does not fit");
}

TEST_CASE("the gradient of a mean is shared out evenly") {
  const OpRunner gradient(fmt::format(R"(op: "AvgPoolGrad" {})", kWindow), {kF});
  const Tensor shape = MakeTensor<int32_t>({4}, {1, 2, 3, 1});
  const auto out = Value(gradient.Run({shape, MakeTensor<float>({1, 1, 2, 1}, {4, 8})}));
  CHECK(SameTensor(out[0], MakeTensor<float>({1, 2, 3, 1}, {1, 3, 2, 1, 3, 2})));
}

TEST_CASE("MaxPoolWithArgmax says where the maximum was") {
  const OpRunner pool(fmt::format(R"(op: "MaxPoolWithArgmax" {})", kWindow), {kF, DataType::kInt64});
  const auto out = Value(pool.Run({kImage}));
  CHECK(SameTensor(out[1], MakeTensor<int64_t>({1, 1, 2, 1}, {1, 1})));
}

TEST_CASE("MaxPoolV2 checks its window when it runs") {
  const OpRunner pool(
      R"(op: "MaxPoolV2" attr { key: "padding" value { s: "VALID" } } attr { key: "T" value { type: DT_FLOAT } })",
      {kF});
  const Tensor ones = MakeTensor<int32_t>({4}, {1, 1, 1, 1});
  CHECK(SameTensor(Value(pool.Run({kImage, ones, ones}))[0], kImage));
  CHECK_FAILS(pool.Run({kImage, ones, MakeTensor<int32_t>({4}, {1, 0, 1, 1})}), ErrorKind::kModel, "positive");
  CHECK_FAILS(pool.Run({kImage, MakeTensor<int32_t>({2}, {1, 1}), ones}), ErrorKind::kModel, "4 numbers");
}

}  // namespace
}  // namespace smcli
