// AddN of lists of tensors.
#include "ops/tensor_list.h"
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

Tensor List(std::vector<Tensor> items) {
  auto list = std::make_shared<TensorList>();
  list->element_dtype = DataType::kFloat;
  list->items = std::move(items);
  return ListTensor(std::move(list));
}

TEST_CASE("lists are added item by item, and what is not set is the other's") {
  const OpRunner add(R"(op: "AddN" attr { key: "T" value { type: DT_VARIANT } } attr { key: "N" value { i: 2 } })",
                     {DataType::kVariant});
  const Tensor one = Tensor::Scalar(1.0f), two = Tensor::Scalar(2.0f);
  const auto out = Value(add.Run({List({one, Tensor()}), List({two, two})}));
  const auto* sum = dynamic_cast<const TensorList*>(out[0].scalar<Variant>().get());
  REQUIRE(sum != nullptr);
  CHECK(sum->items[0].scalar<float>() == 3);
  CHECK(sum->items[1].scalar<float>() == 2);
  CHECK_FAILS(add.Run({List({one}), List({one, two})}), ErrorKind::kModel, "different lengths");
}

}  // namespace
}  // namespace smcli
