// TensorList: the value of a DT_VARIANT that the TensorList* ops pass around. Every op gives a new list; one whose only
// owner gives it away is changed in place.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "ops/kernel.h"
#include "tensor/tensor.h"

namespace smcli {

class TensorList final : public VariantValue {
 public:
  std::string_view type_name() const override { return "tensorflow::TensorList"; }

  DataType element_dtype = DataType::kInvalid;
  PartialShape element_shape;
  int64_t max_num_elements = -1;  // -1: no bound
  std::vector<Tensor> items;      // without value: not set yet
};

// The list in input i. `ModelError` when it holds something else.
Result<const TensorList*> ListInput(const KernelContext& ctx, int i);
// The same, ours to change: taken from the input when nobody else holds it, else copied.
Result<std::shared_ptr<TensorList>> TakeListInput(KernelContext& ctx, int i);
Tensor ListTensor(std::shared_ptr<const TensorList> list);

// The shape that an `element_shape` input spells: a vector, or the scalar -1 for an unknown rank.
Result<PartialShape> ElementShapeOf(const Tensor& tensor);
// What is known when both hold. `ModelError` where they contradict each other.
Result<PartialShape> MergeShapes(const PartialShape& a, const PartialShape& b);
// An item that was never set is zeros; its shape must follow from the list, the argument or the other items.
Result<Tensor> ZeroItem(const TensorList& list, const PartialShape& wanted);
Result<Tensor> Zeros(DataType dtype, const Shape& shape);

// A scalar int32 or int64 input.
Result<int64_t> ScalarIndex(const KernelContext& ctx, int i, std::string_view what);

}  // namespace smcli
