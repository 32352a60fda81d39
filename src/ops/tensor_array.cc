// TensorArrayV3 and its readers and writers: V1's arrays, resources that loops fill item by item. The float called flow
// orders the operations and carries nothing.
#include <map>
#include <memory>
#include <optional>

#include "ops/elementwise.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/rows.h"
#include "ops/tensor_list.h"

namespace smcli {
namespace {

class TensorArray final : public Resource {
 public:
  std::string_view type_name() const override { return "TensorArray"; }

  std::string name;
  DataType dtype = DataType::kInvalid;
  PartialShape element_shape;
  bool identical_shapes = false;
  bool dynamic_size = false;
  bool clear_after_read = true;
  // An array of gradients adds up what is written to one index.
  bool adds = false;
  struct Item {
    Tensor value;
    bool written = false;
    bool cleared = false;
    std::optional<Shape> shape;  // of what was written; of a gradient: of the value it belongs to
  };
  std::vector<Item> items;
  std::map<std::string, std::shared_ptr<TensorArray>, std::less<>> gradients;  // by the name of what asked for them

  Status Write(int64_t index, Tensor value);
  Result<Tensor> Read(int64_t index);
  Status Grow(int64_t size);

 private:
  Status Aggregate(int64_t index, const Tensor& value);
};

constexpr int64_t kMaxGrowth = int64_t{1} << 24;

Status TensorArray::Grow(int64_t size) {
  const auto now = static_cast<int64_t>(items.size());
  if (size <= now) return {};
  if (!dynamic_size || size > now + kMaxGrowth) {
    return ModelError("TensorArray {}: Tried to write to index {} but array is not resizeable and size is: {}", name,
                      size - 1, now);
  }
  items.resize(static_cast<size_t>(size));
  return {};
}

Status OtherShape(std::string_view name, int64_t index, const Shape& old_shape, const Shape& new_shape) {
  return ModelError(
      "TensorArray {}: Could not aggregate to TensorArray index {} because the existing shape is {} but the new input "
      "shape is {}.",
      name, index, old_shape.ToString(), new_shape.ToString());
}

Status TensorArray::Write(int64_t index, Tensor value) {
  if (index < 0) return ModelError("TensorArray {}: Tried to write to index {}", name, index);
  if (value.dtype() != dtype) {
    return ModelError(
        "TensorArray {}: Could not write to TensorArray index {} because the value dtype is {} but "
        "TensorArray dtype is {}.",
        name, index, Name(value.dtype()), Name(dtype));
  }
  SMCLI_RETURN_IF_ERROR(Grow(index + 1));
  Item& item = items[static_cast<size_t>(index)];
  if (item.cleared) {
    return ModelError("TensorArray {}: Could not write to TensorArray index {} because it has already been read.", name,
                      index);
  }
  if (item.written && adds) return Aggregate(index, value);
  if (item.written) {
    return ModelError("TensorArray {}: Could not write to TensorArray index {} because it has already been written to.",
                      name, index);
  }
  if (!element_shape.Accepts(value.shape())) {
    return ModelError(
        "TensorArray {}: Could not write to TensorArray index {} because the value shape is {} which is "
        "incompatible with the TensorArray's inferred element shape: {} (consider setting infer_shape=False).",
        name, index, value.shape().ToString(), element_shape.ToString());
  }
  if (identical_shapes && !element_shape.fully_known()) element_shape = PartialShape(value.shape());
  if (adds && item.shape && !(*item.shape == value.shape())) return OtherShape(name, index, *item.shape, value.shape());
  item.shape = value.shape();
  item.value = std::move(value);
  item.written = true;
  return {};
}

Status TensorArray::Aggregate(int64_t index, const Tensor& value) {
  Item& item = items[static_cast<size_t>(index)];
  if (!(item.value.shape() == value.shape())) return OtherShape(name, index, item.value.shape(), value.shape());
  const BinaryFunction add = FindBinary(BinaryFn::kAdd, dtype);
  if (!add) return UnsupportedError("items of {} cannot be added up in TensorArray {}", Name(dtype), name);
  SMCLI_ASSIGN_OR_RETURN(Tensor sum, Tensor::Make(dtype, value.shape()));
  if (value.num_elements() > 0) {
    add(item.value.raw_data(), value.raw_data(), sum.mutable_raw_data(), value.num_elements(), Scalar::kNone);
  }
  item.value = std::move(sum);
  return {};
}

Result<Tensor> TensorArray::Read(int64_t index) {
  if (index < 0 || index >= static_cast<int64_t>(items.size())) {
    return ModelError("TensorArray {}: Tried to read from index {} but array size is: {}", name, index, items.size());
  }
  Item& item = items[static_cast<size_t>(index)];
  if (item.cleared) {
    return ModelError(
        "TensorArray {}: Could not read index {} twice because it was cleared after a previous read (perhaps "
        "try setting clear_after_read = false?).",
        name, index);
  }
  if (!item.written) {
    const std::optional<Shape> shape = item.shape ? item.shape : element_shape.ToShape();
    if (!shape) {
      return ModelError(
          "TensorArray {}: Could not read from TensorArray index {}. Furthermore, the element shape is not fully "
          "defined: {}. It is possible you are working with a resizeable TensorArray and stop_gradients is not "
          "allowing the gradients to be written.",
          name, index, element_shape.ToString());
    }
    return Zeros(dtype, *shape);
  }
  Tensor value = item.value;
  if (clear_after_read) {
    item.value = Tensor();
    item.cleared = true;
  }
  return value;
}

Tensor Flow() { return Tensor::Scalar(0.0f); }

class MakeArray final : public Kernel {
 public:
  static Result<MakeArray> Make(const NodeInfo& node) {
    MakeArray kernel;
    kernel.name_ = node.attrs.String("tensor_array_name", "");
    if (kernel.name_.empty()) kernel.name_ = node.name;
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("dtype"));
    SMCLI_ASSIGN_OR_RETURN(kernel.shape_, node.attrs.Shape("element_shape"));
    kernel.dynamic_size_ = node.attrs.Bool("dynamic_size", false);
    kernel.clear_after_read_ = node.attrs.Bool("clear_after_read", true);
    kernel.identical_shapes_ = node.attrs.Bool("identical_element_shapes", false);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const int64_t size, ScalarIndex(ctx, 0, "size"));
    if (size < 0 || size > kMaxGrowth) return ModelError("Size should be between 0 and {}, got {}", kMaxGrowth, size);
    auto array = std::make_shared<TensorArray>();
    array->name = name_;
    array->dtype = dtype_;
    array->element_shape = shape_;
    array->dynamic_size = dynamic_size_;
    array->clear_after_read = clear_after_read_;
    array->identical_shapes = identical_shapes_;
    array->items.resize(static_cast<size_t>(size));
    ctx.set_output(0, HandleTo(std::move(array), name_));
    ctx.set_output(1, Flow());
    return {};
  }

 private:
  std::string name_;
  DataType dtype_ = DataType::kInvalid;
  PartialShape shape_;
  bool dynamic_size_ = false, clear_after_read_ = true, identical_shapes_ = false;
};

Result<std::shared_ptr<TensorArray>> ArrayInput(const KernelContext& ctx) {
  return ResourceOf<TensorArray>(ctx.input(0));
}

// (handle, flow[, shape_to_prepend]) -> (handle of the gradients' array, flow). As many items as the array has, of the
// same shapes behind the prepended one; the array itself grows no more.
class MakeGradients final : public Kernel {
 public:
  static Result<MakeGradients> Make(const NodeInfo& node) {
    MakeGradients kernel;
    kernel.source_ = node.attrs.String("source", "");
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
    std::shared_ptr<TensorArray>& gradients = array->gradients[source_];
    if (!gradients) {
      IntList prefix;
      if (ctx.num_inputs() == 3) {
        SMCLI_ASSIGN_OR_RETURN(prefix, VectorInts(ctx.input(2), "shape_to_prepend"));
      }
      array->dynamic_size = false;
      SMCLI_ASSIGN_OR_RETURN(gradients, GradientsOf(*array, prefix));
    }
    ctx.set_output(0, HandleTo(gradients, gradients->name));
    ctx.set_output(1, Flow());
    return {};
  }

 private:
  Result<std::shared_ptr<TensorArray>> GradientsOf(const TensorArray& array, const IntList& prefix) const {
    auto gradients = std::make_shared<TensorArray>();
    gradients->name = fmt::format("{}@{}", array.name, source_);
    gradients->dtype = array.dtype;
    gradients->identical_shapes = array.identical_shapes;
    gradients->adds = true;
    const auto prefixed = [&](std::span<const int64_t> behind) {
      std::vector<int64_t> dims(prefix.begin(), prefix.end());
      dims.insert(dims.end(), behind.begin(), behind.end());
      return dims;
    };
    if (array.element_shape.known_rank()) gradients->element_shape = PartialShape(prefixed(array.element_shape.dims()));
    gradients->items.resize(array.items.size());
    for (size_t i = 0; i < array.items.size(); ++i) {
      if (!array.items[i].shape) continue;
      SMCLI_ASSIGN_OR_RETURN(gradients->items[i].shape, CheckedShape(prefixed(array.items[i].shape->dims())));
    }
    return gradients;
  }

  std::string source_;
};

// (handle, index, value, flow) -> flow
Status Write(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
  SMCLI_ASSIGN_OR_RETURN(const int64_t index, ScalarIndex(ctx, 1, "index"));
  SMCLI_RETURN_IF_ERROR(array->Write(index, ctx.TakeInput(2)));
  ctx.set_output(0, Flow());
  return {};
}

// (handle, index, flow) -> value
Status Read(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
  SMCLI_ASSIGN_OR_RETURN(const int64_t index, ScalarIndex(ctx, 1, "index"));
  SMCLI_ASSIGN_OR_RETURN(Tensor value, array->Read(index));
  ctx.set_output(0, std::move(value));
  return {};
}

// (handle, flow) -> size
Status Size(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
  ctx.set_output(0, Tensor::Scalar(static_cast<int32_t>(array->items.size())));
  return {};
}

// (handle) or (handle, flow)
Status Close(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
  array->items.clear();
  return {};
}

// (handle, indices, flow) -> values stacked
class Gather final : public Kernel {
 public:
  static Result<Gather> Make(const NodeInfo& node) {
    Gather kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("dtype"));
    SMCLI_ASSIGN_OR_RETURN(kernel.shape_, node.attrs.Shape("element_shape"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
    const std::span<const int32_t> indices = ctx.input(1).flat<int32_t>();
    SMCLI_ASSIGN_OR_RETURN(PartialShape shape, MergeShapes(array->element_shape, shape_));
    std::vector<Tensor> values;
    for (int32_t index : indices) {
      SMCLI_ASSIGN_OR_RETURN(Tensor value, array->Read(index));
      SMCLI_ASSIGN_OR_RETURN(shape, MergeShapes(shape, PartialShape(value.shape())));
      values.push_back(std::move(value));
    }
    const auto known = shape.ToShape();
    if (!known)
      return ModelError("TensorArray {} has zero elements, but element shape {} is not fully defined.", array->name,
                        shape.ToString());
    return StackTensors(ctx, 0, dtype_, *known, values);
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  PartialShape shape_;
};

// (handle, indices, value, flow) -> flow
Status Scatter(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
  const Tensor &indices = ctx.input(1), &value = ctx.input(2);
  SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> rows, RowsOf(value));
  if (indices.rank() != 1 || indices.num_elements() != value.dim(0)) {
    return ModelError("Expected len(indices) == values.shape[0], but saw: {} vs. {}", indices.num_elements(),
                      value.dim(0));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    SMCLI_RETURN_IF_ERROR(array->Write(indices.flat<int32_t>()[i], std::move(rows[i])));
  }
  ctx.set_output(0, Flow());
  return {};
}

// (handle, flow) -> (value, lengths)
class Concat final : public Kernel {
 public:
  static Result<Concat> Make(const NodeInfo& node) {
    Concat kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("dtype"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
    std::vector<Tensor> values;
    for (size_t i = 0; i < array->items.size(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor value, array->Read(static_cast<int64_t>(i)));
      if (value.rank() < 1)
        return ModelError("TensorArray {}: Concat saw a scalar at index {} but requires at least vectors.", array->name,
                          i);
      values.push_back(std::move(value));
    }
    return JoinTensors(ctx, dtype_, values);
  }

 private:
  DataType dtype_ = DataType::kInvalid;
};

// (handle, value, lengths, flow) -> flow
Status Split(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto array, ArrayInput(ctx));
  const Tensor& lengths = ctx.input(2);
  SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> pieces, SplitRows(ctx.input(1), lengths.flat<int64_t>()));
  if (!array->dynamic_size && pieces.size() != array->items.size()) {
    return ModelError(
        "TensorArray's size is not equal to the size of lengths ({} vs. {}), and the TensorArray is not marked "
        "as dynamically resizeable.",
        array->items.size(), pieces.size());
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    SMCLI_RETURN_IF_ERROR(array->Write(static_cast<int64_t>(i), std::move(pieces[i])));
  }
  ctx.set_output(0, Flow());
  return {};
}

constexpr Op kOps[] = {
    {.name = "TensorArrayCloseV3", .types = {}, .make = MakeFunctionKernel<Close>, .pure = false},
    {.name = "TensorArrayConcatV3", .types = {}, .make = MakeKernel<Concat>, .pure = false},
    {.name = "TensorArrayGatherV3", .types = {}, .make = MakeKernel<Gather>, .pure = false},
    {.name = "TensorArrayGradV3", .types = {}, .make = MakeKernel<MakeGradients>, .pure = false},
    {.name = "TensorArrayGradWithShape", .types = {}, .make = MakeKernel<MakeGradients>, .pure = false},
    {.name = "TensorArrayReadV3", .types = {}, .make = MakeFunctionKernel<Read>, .pure = false},
    {.name = "TensorArrayScatterV3", .types = {}, .make = MakeFunctionKernel<Scatter>, .pure = false},
    {.name = "TensorArraySizeV3", .types = {}, .make = MakeFunctionKernel<Size>, .pure = false},
    {.name = "TensorArraySplitV3", .types = {}, .make = MakeFunctionKernel<Split>, .pure = false},
    {.name = "TensorArrayV3", .types = {}, .make = MakeKernel<MakeArray>, .pure = false},
    {.name = "TensorArrayWriteV3", .types = {}, .make = MakeFunctionKernel<Write>, .pure = false},
};

}  // namespace

std::span<const Op> TensorArrayOps() { return kOps; }

}  // namespace smcli
