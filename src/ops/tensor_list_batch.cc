// Lists of tensors, many items at once: stack, gather, scatter, concatenate, split.
#include "ops/move.h"
#include "ops/op.h"
#include "ops/rows.h"
#include "ops/tensor_list.h"

namespace smcli {
namespace {

// The items, unset ones as zeros, and the shape that they share.
struct Items {
  std::vector<Tensor> tensors;
  Shape shape;
};
Result<Items> UniformItems(const TensorList& list, const std::vector<const Tensor*>& chosen,
                           const Tensor& element_shape) {
  SMCLI_ASSIGN_OR_RETURN(PartialShape shape, ElementShapeOf(element_shape));
  SMCLI_ASSIGN_OR_RETURN(shape, MergeShapes(shape, list.element_shape));
  if (chosen.empty() && !shape.fully_known()) {
    return ModelError("Tried to stack elements of an empty list with non-fully-defined element_shape: {}",
                      shape.ToString());
  }
  for (const Tensor& item : list.items) {
    if (!item.has_value()) continue;
    SMCLI_ASSIGN_OR_RETURN(shape, MergeShapes(shape, PartialShape(item.shape())));
  }
  const auto known = shape.ToShape();
  if (!known) {
    return ModelError(
        "Tried to stack list which only contains uninitialized tensors and has a non-fully-defined "
        "element_shape: {}",
        shape.ToString());
  }
  Items items{{}, *known};
  Tensor zeros;
  for (const Tensor* item : chosen) {
    if (!item->has_value() && !zeros.has_value()) {
      SMCLI_ASSIGN_OR_RETURN(zeros, Zeros(list.element_dtype, *known));
    }
    items.tensors.push_back(item->has_value() ? *item : zeros);
  }
  return items;
}

// (handle, element_shape) -> tensor
class Stack final : public Kernel {
 public:
  static Result<Stack> Make(const NodeInfo& node) {
    Stack kernel;
    kernel.num_elements_ = node.attrs.Int("num_elements", -1);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const TensorList* list, ListInput(ctx, 0));
    if (num_elements_ >= 0 && num_elements_ != static_cast<int64_t>(list->items.size())) {
      return ModelError("Operation expected a list with {} elements but got a list with {} elements.", num_elements_,
                        list->items.size());
    }
    std::vector<const Tensor*> chosen;
    for (const Tensor& item : list->items) chosen.push_back(&item);
    SMCLI_ASSIGN_OR_RETURN(const Items items, UniformItems(*list, chosen, ctx.input(1)));
    return StackTensors(ctx, 0, list->element_dtype, items.shape, items.tensors);
  }

 private:
  int64_t num_elements_ = -1;
};

// (handle, indices, element_shape) -> values
Status Gather(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* list, ListInput(ctx, 0));
  std::vector<const Tensor*> chosen;
  for (int32_t index : ctx.input(1).flat<int32_t>()) {
    if (index < 0 || static_cast<size_t>(index) >= list->items.size()) {
      return ModelError("Index {} out o range; list only has {} elements.", index, list->items.size());
    }
    chosen.push_back(&list->items[static_cast<size_t>(index)]);
  }
  SMCLI_ASSIGN_OR_RETURN(const Items items, UniformItems(*list, chosen, ctx.input(2)));
  return StackTensors(ctx, 0, list->element_dtype, items.shape, items.tensors);
}

Status CheckRows(const PartialShape& element_shape, const Tensor& tensor) {
  const Shape row(tensor.shape().dims().subspan(1));
  if (element_shape.Accepts(row)) return {};
  return ModelError("Specified a list with shape {} from a tensor with shape {}", element_shape.ToString(),
                    row.ToString());
}

// (tensor, element_shape) -> handle
Status FromTensor(KernelContext& ctx) {
  const Tensor& tensor = ctx.input(0);
  auto list = std::make_shared<TensorList>();
  list->element_dtype = tensor.dtype();
  SMCLI_ASSIGN_OR_RETURN(list->items, RowsOf(tensor));
  SMCLI_ASSIGN_OR_RETURN(list->element_shape, ElementShapeOf(ctx.input(1)));
  SMCLI_RETURN_IF_ERROR(CheckRows(list->element_shape, tensor));
  ctx.set_output(0, ListTensor(std::move(list)));
  return {};
}

// Places rows at indices, growing the list to what the largest needs, at least `size`.
Status ScatterRows(const Tensor& tensor, const Tensor& indices, TensorList& list, int64_t size) {
  SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> rows, RowsOf(tensor));
  if (indices.rank() != 1 || indices.num_elements() != tensor.dim(0)) {
    return ModelError("Invalid number of rows in input tensor. Expected: {} Actual: {}", indices.num_elements(),
                      tensor.dim(0));
  }
  SMCLI_RETURN_IF_ERROR(CheckRows(list.element_shape, tensor));
  int64_t largest = -1;
  for (int32_t index : indices.flat<int32_t>()) {
    if (index < 0) return ModelError("Indices in TensorListScatter must all be non-negative.");
    if (size >= 0 && index >= size) {
      return ModelError("TensorListScatter: Trying to scatter at index {} in list with size {}", index, size);
    }
    largest = std::max<int64_t>(largest, index);
  }
  const auto wanted = static_cast<size_t>(std::max(size, largest + 1));
  if (wanted > list.items.size() + (size_t{1} << 24)) return ModelError("a list of {} elements is too long", wanted);
  if (wanted > list.items.size()) list.items.resize(wanted);
  for (size_t i = 0; i < rows.size(); ++i) {
    list.items[static_cast<size_t>(indices.flat<int32_t>()[i])] = std::move(rows[i]);
  }
  return {};
}

// (tensor, indices, element_shape [, num_elements]) -> handle
Status Scatter(KernelContext& ctx) {
  auto list = std::make_shared<TensorList>();
  list->element_dtype = ctx.input(0).dtype();
  SMCLI_ASSIGN_OR_RETURN(list->element_shape, ElementShapeOf(ctx.input(2)));
  int64_t size = -1;
  if (ctx.num_inputs() > 3) {
    SMCLI_ASSIGN_OR_RETURN(size, ScalarIndex(ctx, 3, "num_elements"));
    if (size < -1) return ModelError("TensorListScatter expects num_elements >= -1, found: {}", size);
  }
  SMCLI_RETURN_IF_ERROR(ScatterRows(ctx.input(0), ctx.input(1), *list, size));
  ctx.set_output(0, ListTensor(std::move(list)));
  return {};
}

// (handle, tensor, indices) -> handle
Status ScatterIntoExisting(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto list, TakeListInput(ctx, 0));
  if (ctx.input(1).dtype() != list->element_dtype) return ModelError("the list holds {}", Name(list->element_dtype));
  SMCLI_RETURN_IF_ERROR(ScatterRows(ctx.input(1), ctx.input(2), *list, -1));
  ctx.set_output(0, ListTensor(std::move(list)));
  return {};
}

// (handle [, element_shape, leading_dims]) -> (tensor, lengths): items joined along their first dimension.
class Concat final : public Kernel {
 public:
  static Result<Concat> Make(const NodeInfo& node) {
    Concat kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("element_dtype"));
    if (node.num_inputs() == 1) {
      SMCLI_ASSIGN_OR_RETURN(kernel.shape_, node.attrs.Shape("element_shape"));
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const TensorList* list, ListInput(ctx, 0));
    PartialShape shape = shape_;
    if (ctx.num_inputs() > 1) {
      SMCLI_ASSIGN_OR_RETURN(shape, ElementShapeOf(ctx.input(1)));
    }
    SMCLI_ASSIGN_OR_RETURN(const PartialShape rest, RestOfItems(*list, shape));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> lengths, Lengths(ctx, *list));
    return Join(ctx, *list, rest, lengths);
  }

 private:
  // What all items share behind the first dimension.
  static Result<PartialShape> RestOfItems(const TensorList& list, const PartialShape& wanted) {
    PartialShape rest;
    const auto merge = [&](const PartialShape& shape) -> Status {
      if (!shape.known_rank()) return {};
      if (shape.rank() < 1)
        return ModelError("Concat requires elements to be at least vectors, found scalars instead.");
      SMCLI_ASSIGN_OR_RETURN(
          rest, MergeShapes(rest, PartialShape(std::vector<int64_t>(shape.dims().begin() + 1, shape.dims().end()))));
      return {};
    };
    SMCLI_RETURN_IF_ERROR(merge(wanted));
    SMCLI_RETURN_IF_ERROR(merge(list.element_shape));
    for (const Tensor& item : list.items) {
      if (item.has_value()) SMCLI_RETURN_IF_ERROR(merge(PartialShape(item.shape())));
    }
    if (!rest.fully_known()) {
      return ModelError("All except the first dimension must be fully defined when concating a list, element_shape: {}",
                        rest.ToString());
    }
    return rest;
  }

  // An unset item has the length that leading_dims gives, else that of the element shape.
  Result<std::vector<int64_t>> Lengths(const KernelContext& ctx, const TensorList& list) const {
    std::vector<int64_t> lengths;
    const std::span<const int64_t> leading =
        ctx.num_inputs() > 2 ? ctx.input(2).flat<int64_t>() : std::span<const int64_t>();
    for (size_t i = 0; i < list.items.size(); ++i) {
      int64_t length = -1;
      if (list.items[i].has_value()) {
        length = list.items[i].dim(0);
      } else if (i < leading.size()) {
        length = leading[i];
      } else if (list.element_shape.known_rank()) {
        length = list.element_shape.dim(0);
      }
      if (length < 0)
        return ModelError("List contains uninitialized tensor at index {} but leading_dims has only {} elements.", i,
                          leading.size());
      lengths.push_back(length);
    }
    return lengths;
  }

  Status Join(KernelContext& ctx, const TensorList& list, const PartialShape& rest,
              std::span<const int64_t> lengths) const {
    int64_t total = 0;
    for (int64_t length : lengths) {
      if (__builtin_add_overflow(total, length, &total)) return ModelError("the items have too many rows together");
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, WithFirst(total, rest.dims()));
    SMCLI_ASSIGN_OR_RETURN(Tensor joined, Zeros(dtype_, shape));
    const int64_t row = shape.Product(1, shape.rank());
    int64_t at = 0;
    for (size_t i = 0; i < lengths.size(); ++i) {
      if (list.items[i].has_value()) CopyElements(list.items[i], 0, list.items[i].num_elements(), joined, at * row);
      at += lengths[i];
    }
    ctx.set_output(0, std::move(joined));
    ctx.set_output(1, Tensor::Vector<int64_t>(lengths));
    return {};
  }

  DataType dtype_ = DataType::kInvalid;
  PartialShape shape_;
};

// (tensor, element_shape, lengths) -> handle
Status Split(KernelContext& ctx) {
  const Tensor &tensor = ctx.input(0), &lengths = ctx.input(2);
  if (tensor.rank() < 1) {
    return ModelError("Tensor must be at least a vector, but saw shape: {}", tensor.shape().ToString());
  }
  if (lengths.rank() != 1)
    return ModelError("Expected lengths to be a vector, received shape: {}", lengths.shape().ToString());
  auto list = std::make_shared<TensorList>();
  list->element_dtype = tensor.dtype();
  SMCLI_ASSIGN_OR_RETURN(list->element_shape, ElementShapeOf(ctx.input(1)));
  SMCLI_ASSIGN_OR_RETURN(list->items, SplitRows(tensor, lengths.flat<int64_t>()));
  for (const Tensor& piece : list->items) {
    if (!list->element_shape.Accepts(piece.shape())) {
      return ModelError("a piece of shape {} does not fit element shape {}", piece.shape().ToString(),
                        list->element_shape.ToString());
    }
  }
  ctx.set_output(0, ListTensor(std::move(list)));
  return {};
}

constexpr Op kOps[] = {
    {.name = "TensorListConcat", .types = {}, .make = MakeKernel<Concat>},
    {.name = "TensorListConcatV2", .types = {}, .make = MakeKernel<Concat>},
    {.name = "TensorListFromTensor", .types = {}, .make = MakeFunctionKernel<FromTensor>},
    {.name = "TensorListGather", .types = {}, .make = MakeFunctionKernel<Gather>},
    {.name = "TensorListScatter", .types = {}, .make = MakeFunctionKernel<Scatter>},
    {.name = "TensorListScatterIntoExistingList", .types = {}, .make = MakeFunctionKernel<ScatterIntoExisting>},
    {.name = "TensorListScatterV2", .types = {}, .make = MakeFunctionKernel<Scatter>},
    {.name = "TensorListSplit", .types = {}, .make = MakeFunctionKernel<Split>},
    {.name = "TensorListStack", .types = {}, .make = MakeKernel<Stack>},
};

}  // namespace

std::span<const Op> TensorListBatchOps() { return kOps; }

}  // namespace smcli
