// Lists of tensors, one item at a time.
#include "ops/tensor_list.h"

#include "ops/op.h"
#include "ops/rows.h"

namespace smcli {

Result<const TensorList*> ListInput(const KernelContext& ctx, int i) {
  const Tensor& handle = ctx.input(i);
  if (handle.dtype() != DataType::kVariant || handle.num_elements() != 1) {
    return ModelError("Input handle is not a list. Saw: a {} of shape {}", Name(handle.dtype()),
                      handle.shape().ToString());
  }
  const Variant& variant = handle.scalar<Variant>();
  const auto* list = dynamic_cast<const TensorList*>(variant.get());
  if (list == nullptr) {
    return ModelError("Input handle is not a list. Saw: '{}'", variant ? variant->type_name() : "nothing");
  }
  return list;
}

Result<std::shared_ptr<TensorList>> TakeListInput(KernelContext& ctx, int i) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* list, ListInput(ctx, i));
  Tensor handle = ctx.TakeInput(i);
  if (handle.exclusive() && handle.scalar<Variant>().use_count() == 1) {
    return std::const_pointer_cast<TensorList>(
        std::static_pointer_cast<const TensorList>(std::move(*handle.mutable_data<Variant>())));
  }
  return std::make_shared<TensorList>(*list);
}

Tensor ListTensor(std::shared_ptr<const TensorList> list) {
  auto handle = Tensor::Make(DataType::kVariant, Shape{});
  SMCLI_CHECK(handle.ok());
  *handle->mutable_data<Variant>() = std::move(list);
  return *std::move(handle);
}

Result<PartialShape> ElementShapeOf(const Tensor& tensor) {
  std::vector<int64_t> dims;
  for (int64_t i = 0; i < tensor.num_elements(); ++i) {
    dims.push_back(tensor.dtype() == DataType::kInt32 ? tensor.data<int32_t>()[i] : tensor.data<int64_t>()[i]);
  }
  if (tensor.rank() == 0) {
    if (dims[0] != -1)
      return ModelError("The only valid scalar shape tensor is the fully unknown shape specified as -1.");
    return PartialShape();
  }
  if (tensor.rank() > 1) return ModelError("Shape must be at most rank 1 but is rank {}", tensor.rank());
  for (int64_t dim : dims) {
    if (dim < -1) return ModelError("dimension {} of the element shape is negative", dim);
  }
  if (dims.size() > static_cast<size_t>(kMaxRank)) return ModelError("an element shape of rank {}", dims.size());
  return PartialShape(std::move(dims));
}

Result<PartialShape> MergeShapes(const PartialShape& a, const PartialShape& b) {
  if (!a.known_rank()) return b;
  if (!b.known_rank()) return a;
  if (!a.CompatibleWith(b)) {
    return ModelError("Incompatible shapes during merge: {} vs. {}", a.ToString(), b.ToString());
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < a.rank(); ++i) dims.push_back(std::max(a.dim(i), b.dim(i)));
  return PartialShape(std::move(dims));
}

Result<Tensor> Zeros(DataType dtype, const Shape& shape) {
  SMCLI_ASSIGN_OR_RETURN(Tensor zeros, Tensor::Make(dtype, shape));
  if (SizeOf(dtype) > 0 && zeros.num_bytes() > 0) std::memset(zeros.mutable_raw_data(), 0, zeros.num_bytes());
  if (dtype != DataType::kVariant) return zeros;
  for (Variant& item : zeros.mutable_flat<Variant>()) item = std::make_shared<TensorList>();
  return zeros;
}

Result<Tensor> ZeroItem(const TensorList& list, const PartialShape& wanted) {
  SMCLI_ASSIGN_OR_RETURN(PartialShape shape, MergeShapes(list.element_shape, wanted));
  for (size_t i = 0; i < list.items.size() && !shape.fully_known(); ++i) {
    if (!list.items[i].has_value()) continue;
    SMCLI_ASSIGN_OR_RETURN(shape, MergeShapes(shape, PartialShape(list.items[i].shape())));
  }
  const auto known = shape.ToShape();
  if (!known) {
    return ModelError(
        "Trying to read an uninitialized tensor but element_shape is not fully defined: {} and no list "
        "element is set.",
        shape.ToString());
  }
  return Zeros(list.element_dtype, *known);
}

Result<int64_t> ScalarIndex(const KernelContext& ctx, int i, std::string_view what) {
  const Tensor& tensor = ctx.input(i);
  if (tensor.num_elements() != 1)
    return ModelError("{} must be a scalar, got shape {}", what, tensor.shape().ToString());
  return tensor.dtype() == DataType::kInt32 ? tensor.scalar<int32_t>() : tensor.scalar<int64_t>();
}

namespace {

Status CheckItem(const TensorList& list, const Tensor& item) {
  if (item.dtype() != list.element_dtype) {
    return ModelError("Invalid data types; op elements {} but list elements {}", Name(item.dtype()),
                      Name(list.element_dtype));
  }
  if (!list.element_shape.Accepts(item.shape())) {
    return ModelError(
        "Tried to set a tensor with incompatible shape at a list index. Item element shape: {} list shape: {}",
        item.shape().ToString(), list.element_shape.ToString());
  }
  return {};
}

// An unset item takes memory too, and a size in a file costs nothing.
Status CheckLength(int64_t count) {
  constexpr int64_t kMost = int64_t{1} << 24;
  return count <= kMost ? Status() : ModelError("out of memory: a list of {} items; at most {}", count, kMost);
}

// Both makers take (element_shape, count): EmptyTensorList a bound, TensorListReserve the number of unset items.
class MakeList final : public Kernel {
 public:
  static Result<MakeList> Make(const NodeInfo& node) {
    MakeList kernel;
    kernel.reserve_ = node.op == "TensorListReserve";
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("element_dtype"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    auto list = std::make_shared<TensorList>();
    list->element_dtype = dtype_;
    SMCLI_ASSIGN_OR_RETURN(list->element_shape, ElementShapeOf(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(const int64_t count, ScalarIndex(ctx, 1, reserve_ ? "num_elements" : "max_num_elements"));
    if (reserve_) {
      if (count < 0) {
        return ModelError("The num_elements to reserve must be a non negative number, but got {}", count);
      }
      SMCLI_RETURN_IF_ERROR(CheckLength(count));
      list->items.resize(static_cast<size_t>(count));
    } else {
      list->max_num_elements = count;
    }
    ctx.set_output(0, ListTensor(std::move(list)));
    return {};
  }

 private:
  bool reserve_ = false;
  DataType dtype_ = DataType::kInvalid;
};

// (handle, index, element_shape) -> item
Status GetItem(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* list, ListInput(ctx, 0));
  SMCLI_ASSIGN_OR_RETURN(const int64_t index, ScalarIndex(ctx, 1, "index"));
  if (index < 0 || index >= static_cast<int64_t>(list->items.size())) {
    return ModelError("Trying to access element {} in a list with {} elements.", index, list->items.size());
  }
  const Tensor& item = list->items[static_cast<size_t>(index)];
  if (item.has_value()) {
    ctx.set_output(0, item);
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(const PartialShape wanted, ElementShapeOf(ctx.input(2)));
  SMCLI_ASSIGN_OR_RETURN(Tensor zeros, ZeroItem(*list, wanted));
  ctx.set_output(0, std::move(zeros));
  return {};
}

// (handle, index, item) -> handle
class SetItem final : public Kernel {
 public:
  static Result<SetItem> Make(const NodeInfo& node) {
    SetItem kernel;
    kernel.resize_ = node.attrs.Bool("resize_if_index_out_of_bounds", false);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const TensorList* before, ListInput(ctx, 0));
    SMCLI_ASSIGN_OR_RETURN(const int64_t index, ScalarIndex(ctx, 1, "index"));
    const auto size = static_cast<int64_t>(before->items.size());
    if (index < 0 || (index >= size && !resize_)) {
      return ModelError("Trying to modify element {} in a list with {} elements.", index, size);
    }
    // As far as TensorFlow's own lists can grow in one step; an absurd index must not allocate the machine away.
    if (index >= size + (int64_t{1} << 24)) return ModelError("a list of {} elements is too long", index);
    SMCLI_RETURN_IF_ERROR(CheckItem(*before, ctx.input(2)));
    SMCLI_ASSIGN_OR_RETURN(auto list, TakeListInput(ctx, 0));
    if (index >= size) list->items.resize(static_cast<size_t>(index) + 1);
    list->items[static_cast<size_t>(index)] = ctx.TakeInput(2);
    ctx.set_output(0, ListTensor(std::move(list)));
    return {};
  }

 private:
  bool resize_ = false;
};

// (handle, tensor) -> handle
Status PushBack(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* before, ListInput(ctx, 0));
  SMCLI_RETURN_IF_ERROR(CheckItem(*before, ctx.input(1)));
  if (before->max_num_elements >= 0 && static_cast<int64_t>(before->items.size()) >= before->max_num_elements) {
    return ModelError("Tried to push item into a full list list size: {} max_num_elements: {}", before->items.size(),
                      before->max_num_elements);
  }
  SMCLI_ASSIGN_OR_RETURN(auto list, TakeListInput(ctx, 0));
  list->items.push_back(ctx.TakeInput(1));
  ctx.set_output(0, ListTensor(std::move(list)));
  return {};
}

// (handles: variants of shape [n], tensor: [n, ...]) -> handles
Status PushBackBatch(KernelContext& ctx) {
  const Tensor &handles = ctx.input(0), &batch = ctx.input(1);
  if (batch.rank() < 1 || handles.rank() != 1 || handles.dim(0) != batch.dim(0)) {
    return ModelError("got {} lists for a batch of shape {}", handles.shape().ToString(), batch.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(DataType::kVariant, handles.shape()));
  SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> rows, RowsOf(batch));
  for (int64_t i = 0; i < handles.dim(0); ++i) {
    const auto* before = dynamic_cast<const TensorList*>(handles.data<Variant>()[i].get());
    if (before == nullptr) return ModelError("Input handle at index {} is not a list.", i);
    auto list = std::make_shared<TensorList>(*before);
    Tensor& item = rows[static_cast<size_t>(i)];
    SMCLI_RETURN_IF_ERROR(CheckItem(*list, item));
    list->items.push_back(std::move(item));
    out.mutable_data<Variant>()[i] = std::move(list);
  }
  ctx.set_output(0, std::move(out));
  return {};
}

// (handle, element_shape) -> (handle, item)
Status PopBack(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* before, ListInput(ctx, 0));
  if (before->items.empty()) return ModelError("Trying to pop from an empty list.");
  SMCLI_ASSIGN_OR_RETURN(const PartialShape wanted, ElementShapeOf(ctx.input(1)));
  Tensor item = before->items.back();
  if (!item.has_value()) {
    SMCLI_ASSIGN_OR_RETURN(item, ZeroItem(*before, wanted));
  }
  SMCLI_ASSIGN_OR_RETURN(auto list, TakeListInput(ctx, 0));
  list->items.pop_back();
  ctx.set_output(0, ListTensor(std::move(list)));
  ctx.set_output(1, std::move(item));
  return {};
}

Status Length(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* list, ListInput(ctx, 0));
  ctx.set_output(0, Tensor::Scalar(static_cast<int32_t>(list->items.size())));
  return {};
}

// (handle, size) -> handle
Status Resize(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t size, ScalarIndex(ctx, 1, "size"));
  if (size < 0) return ModelError("TensorListSlice expects size to be non-negative. Got: {}", size);
  SMCLI_RETURN_IF_ERROR(CheckLength(size));
  SMCLI_ASSIGN_OR_RETURN(auto list, TakeListInput(ctx, 0));
  list->items.resize(static_cast<size_t>(size));
  ctx.set_output(0, ListTensor(std::move(list)));
  return {};
}

class ElementShape final : public Kernel {
 public:
  static Result<ElementShape> Make(const NodeInfo& node) {
    ElementShape kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const TensorList* list, ListInput(ctx, 0));
    const PartialShape& shape = list->element_shape;
    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
    const bool known = shape.known_rank();
    if (!known) dims = {-1};
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, known ? Shape{shape.rank()} : Shape{}));
    for (size_t i = 0; i < dims.size(); ++i) {
      if (dtype_ == DataType::kInt32) {
        out->mutable_data<int32_t>()[i] = static_cast<int32_t>(dims[i]);
      } else {
        out->mutable_data<int64_t>()[i] = dims[i];
      }
    }
    return {};
  }

 private:
  DataType dtype_ = DataType::kInt32;
};

// (input_a, input_b) -> a list of both's items
Status ConcatLists(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* second, ListInput(ctx, 1));
  const std::vector<Tensor> tail = second->items;
  SMCLI_ASSIGN_OR_RETURN(auto list, TakeListInput(ctx, 0));
  if (second->element_dtype != list->element_dtype) return ModelError("the lists hold elements of different types");
  list->items.insert(list->items.end(), tail.begin(), tail.end());
  ctx.set_output(0, ListTensor(std::move(list)));
  return {};
}

constexpr Op kOps[] = {
    {.name = "EmptyTensorList", .types = {}, .make = MakeKernel<MakeList>},
    {.name = "TensorListConcatLists", .types = {}, .make = MakeFunctionKernel<ConcatLists>},
    {.name = "TensorListElementShape", .types = {}, .make = MakeKernel<ElementShape>},
    {.name = "TensorListGetItem", .types = {}, .make = MakeFunctionKernel<GetItem>},
    {.name = "TensorListLength", .types = {}, .make = MakeFunctionKernel<Length>},
    {.name = "TensorListPopBack", .types = {}, .make = MakeFunctionKernel<PopBack>},
    {.name = "TensorListPushBack", .types = {}, .make = MakeFunctionKernel<PushBack>},
    {.name = "TensorListPushBackBatch", .types = {}, .make = MakeFunctionKernel<PushBackBatch>},
    {.name = "TensorListReserve", .types = {}, .make = MakeKernel<MakeList>},
    {.name = "TensorListResize", .types = {}, .make = MakeFunctionKernel<Resize>},
    {.name = "TensorListSetItem", .types = {}, .make = MakeKernel<SetItem>},
};

}  // namespace

std::span<const Op> TensorListOps() { return kOps; }

}  // namespace smcli
