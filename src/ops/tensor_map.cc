// TensorMap and Optional: variants that hold tensors by key, or one tuple or nothing.
#include "ops/op.h"
#include "ops/rows.h"
#include "ops/tensor_list.h"
#include "ops/tensor_summary.h"

namespace smcli {
namespace {

// Keys compare by dtype, shape and elements. Few of them in practice, so they are searched one by one.
class TensorMap final : public VariantValue {
 public:
  std::string_view type_name() const override { return "tensorflow::TensorMap"; }
  std::vector<std::pair<Tensor, Tensor>> entries;

  const std::pair<Tensor, Tensor>* Find(const Tensor& key) const {
    for (const auto& entry : entries) {
      if (Equal(entry.first, key)) return &entry;
    }
    return nullptr;
  }

 private:
  static bool Equal(const Tensor& a, const Tensor& b) {
    if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
    if (a.dtype() == DataType::kString) return std::ranges::equal(a.flat<std::string>(), b.flat<std::string>());
    return SizeOf(a.dtype()) > 0 && a.bytes() == b.bytes();
  }
};

class Optional final : public VariantValue {
 public:
  std::string_view type_name() const override { return "tensorflow::OptionalVariant"; }
  bool has_value = false;
  std::vector<Tensor> values;
};

template <typename T>
Result<const T*> Held(const KernelContext& ctx) {
  const Tensor& handle = ctx.input(0);
  const T* held = handle.dtype() == DataType::kVariant && handle.num_elements() == 1
                      ? dynamic_cast<const T*>(handle.scalar<Variant>().get())
                      : nullptr;
  if (held == nullptr) return ModelError("Input handle does not hold what this op works on");
  return held;
}

Tensor VariantTensor(Variant value) {
  auto tensor = Tensor::Make(DataType::kVariant, Shape{});
  SMCLI_CHECK(tensor.ok());
  *tensor->mutable_data<Variant>() = std::move(value);
  return *std::move(tensor);
}

Status EmptyMap(KernelContext& ctx) {
  ctx.set_output(0, VariantTensor(std::make_shared<TensorMap>()));
  return {};
}

Status MapSize(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorMap* map, Held<TensorMap>(ctx));
  ctx.set_output(0, Tensor::Scalar(static_cast<int32_t>(map->entries.size())));
  return {};
}

Error NoSuchKey(std::string_view verb, const Tensor& key) {
  return ModelError("Trying to {} non-existent key. Could not find key \"{}\".", verb,
                    SummarizeTensor(key, 3, SummaryStyle::kFlat));
}

Status MapLookup(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorMap* map, Held<TensorMap>(ctx));
  const auto* entry = map->Find(ctx.input(1));
  if (entry == nullptr) return NoSuchKey("lookup", ctx.input(1));
  ctx.set_output(0, entry->second);
  return {};
}

Status MapHasKey(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorMap* map, Held<TensorMap>(ctx));
  ctx.set_output(0, Tensor::Scalar<bool>(map->Find(ctx.input(1)) != nullptr));
  return {};
}

Status MapInsert(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorMap* before, Held<TensorMap>(ctx));
  auto map = std::make_shared<TensorMap>(*before);
  if (const auto* entry = map->Find(ctx.input(1))) {
    map->entries[static_cast<size_t>(entry - map->entries.data())].second = ctx.input(2);
  } else {
    map->entries.emplace_back(ctx.input(1), ctx.input(2));
  }
  ctx.set_output(0, VariantTensor(std::move(map)));
  return {};
}

Status MapErase(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorMap* before, Held<TensorMap>(ctx));
  auto map = std::make_shared<TensorMap>(*before);
  const auto* entry = map->Find(ctx.input(1));
  if (entry == nullptr) return NoSuchKey("erase", ctx.input(1));
  map->entries.erase(map->entries.begin() + (entry - map->entries.data()));
  ctx.set_output(0, VariantTensor(std::move(map)));
  return {};
}

Status MapStackKeys(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorMap* map, Held<TensorMap>(ctx));
  if (map->entries.empty()) return ModelError("TensorMapStackKeys cannot be called on empty map.");
  std::vector<Tensor> keys;
  for (const auto& entry : map->entries) {
    if (!(entry.first.shape() == map->entries[0].first.shape()) ||
        entry.first.dtype() != map->entries[0].first.dtype()) {
      return ModelError("Key does not match requested dtype and shape.");
    }
    keys.push_back(entry.first);
  }
  return StackTensors(ctx, 0, keys[0].dtype(), keys[0].shape(), keys);
}

Status OptionalNone(KernelContext& ctx) {
  ctx.set_output(0, VariantTensor(std::make_shared<Optional>()));
  return {};
}

Status OptionalFromValue(KernelContext& ctx) {
  auto optional = std::make_shared<Optional>();
  optional->has_value = true;
  for (int i = 0; i < ctx.num_inputs(); ++i) optional->values.push_back(ctx.TakeInput(i));
  ctx.set_output(0, VariantTensor(std::move(optional)));
  return {};
}

Status OptionalHasValue(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const Optional* optional, Held<Optional>(ctx));
  ctx.set_output(0, Tensor::Scalar<bool>(optional->has_value));
  return {};
}

class OptionalGetValue final : public Kernel {
 public:
  static Result<OptionalGetValue> Make(const NodeInfo& node) {
    OptionalGetValue kernel;
    kernel.types_.assign(node.output_types.begin(), node.output_types.end());
    SMCLI_ASSIGN_OR_RETURN(kernel.shapes_, node.attrs.Shapes("output_shapes"));
    if (kernel.shapes_.size() != kernel.types_.size())
      return ModelError("output_types has {} elements, output_shapes {}", kernel.types_.size(), kernel.shapes_.size());
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Optional* optional, Held<Optional>(ctx));
    if (!optional->has_value) return ModelError("The given optional does not have a value.");
    const std::vector<Tensor>& values = optional->values;
    if (values.size() != types_.size())
      return ModelError("The given optional has {} components, expected {}.", values.size(), types_.size());
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i].dtype() != types_[i] || !shapes_[i].Accepts(values[i].shape())) {
        return ModelError(
            "The given optional does not match what is expected of component {}. Expected: {} {}. "
            "Actual: {} {}.",
            i, Name(types_[i]), shapes_[i].ToString(), Name(values[i].dtype()), values[i].shape().ToString());
      }
      ctx.set_output(static_cast<int>(i), values[i]);
    }
    return {};
  }

 private:
  std::vector<DataType> types_;
  std::vector<PartialShape> shapes_;
};

constexpr Op kOps[] = {
    {.name = "EmptyTensorMap", .types = {}, .make = MakeFunctionKernel<EmptyMap>},
    {.name = "OptionalFromValue", .types = {}, .make = MakeFunctionKernel<OptionalFromValue>},
    {.name = "OptionalGetValue", .types = {}, .make = MakeKernel<OptionalGetValue>},
    {.name = "OptionalHasValue", .types = {}, .make = MakeFunctionKernel<OptionalHasValue>},
    {.name = "OptionalNone", .types = {}, .make = MakeFunctionKernel<OptionalNone>},
    {.name = "TensorMapErase", .types = {}, .make = MakeFunctionKernel<MapErase>},
    {.name = "TensorMapHasKey", .types = {}, .make = MakeFunctionKernel<MapHasKey>},
    {.name = "TensorMapInsert", .types = {}, .make = MakeFunctionKernel<MapInsert>},
    {.name = "TensorMapLookup", .types = {}, .make = MakeFunctionKernel<MapLookup>},
    {.name = "TensorMapSize", .types = {}, .make = MakeFunctionKernel<MapSize>},
    {.name = "TensorMapStackKeys", .types = {}, .make = MakeFunctionKernel<MapStackKeys>},
};

}  // namespace

std::span<const Op> TensorMapOps() { return kOps; }

}  // namespace smcli
