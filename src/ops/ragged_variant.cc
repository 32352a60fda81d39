// Ragged tensors inside a DT_VARIANT, whole or row by row: what map functions over ragged tensors pass around.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/ragged_splits.h"

namespace smcli {
namespace {

class RaggedVariant final : public VariantValue {
 public:
  std::string_view type_name() const override { return "RaggedTensorVariant"; }

  std::vector<Tensor> splits;  // outermost first, all of one dtype
  Tensor values;
};

// splits [begin, end], moved to begin with 0.
Result<Tensor> SplitsOf(const std::vector<int64_t>& splits, int64_t begin, int64_t end, DataType dtype) {
  std::vector<int64_t> part;
  for (int64_t i = begin; i <= end; ++i)
    part.push_back(splits[static_cast<size_t>(i)] - splits[static_cast<size_t>(begin)]);
  return IntVector(dtype, part);
}

// (nested splits, values): a scalar variant, or with batched_input one for each row of the outermost dimension.
class RaggedTensorToVariant final : public Kernel {
 public:
  static Result<RaggedTensorToVariant> Make(const NodeInfo& node) {
    RaggedTensorToVariant kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.batched_, node.attrs.Bool("batched_input"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const int levels = ctx.num_inputs() - 1;
    const Tensor& values = ctx.input(levels);
    if (values.rank() < 1 && (batched_ || levels > 0))
      return ModelError("values.rank must be at least 1 for a ragged tensor");
    std::vector<std::vector<int64_t>> splits(static_cast<size_t>(levels));
    int64_t below = levels > 0 ? values.dim(0) : 0;
    for (int level = levels - 1; level >= 0; --level) {
      SMCLI_ASSIGN_OR_RETURN(splits[static_cast<size_t>(level)], ReadSplits(ctx.input(level), below));
      below = std::ssize(splits[static_cast<size_t>(level)]) - 1;
    }
    if (!batched_) {
      auto whole = std::make_shared<RaggedVariant>();
      for (int level = 0; level < levels; ++level) whole->splits.push_back(ctx.input(level));
      whole->values = values;
      SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kVariant, Shape{}));
      *out->mutable_data<Variant>() = std::move(whole);
      return {};
    }
    const int64_t rows = levels > 0 ? std::ssize(splits[0]) - 1 : values.dim(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kVariant, Shape{rows}));
    for (int64_t row = 0; row < rows; ++row) {
      SMCLI_ASSIGN_OR_RETURN(out->mutable_data<Variant>()[row], Row(ctx, splits, values, row));
    }
    return {};
  }

 private:
  static Result<Variant> Row(KernelContext& ctx, const std::vector<std::vector<int64_t>>& splits, const Tensor& values,
                             int64_t row) {
    auto part = std::make_shared<RaggedVariant>();
    int64_t begin = row, end = row + 1;
    for (size_t level = 0; level < splits.size(); ++level) {
      if (level > 0) {
        SMCLI_ASSIGN_OR_RETURN(Tensor inner, SplitsOf(splits[level], begin, end, ctx.input(0).dtype()));
        part->splits.push_back(std::move(inner));
      }
      begin = splits[level][static_cast<size_t>(begin)];
      end = splits[level][static_cast<size_t>(end)];
    }
    const int64_t count = end - begin;
    const int64_t slice = values.num_elements() == 0 ? 0 : values.num_elements() / values.dim(0);
    // A row of a dense tensor loses its dimension.
    const auto kept = splits.empty() ? std::span<const int64_t>() : std::span(&count, 1);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(values.shape(), 0, kept));
    SMCLI_ASSIGN_OR_RETURN(part->values, SubTensor(values, begin * slice, shape));
    return Variant(std::move(part));
  }

  bool batched_ = false;
};

// The parts of an encoded tensor, checked.
Result<std::vector<const RaggedVariant*>> ReadParts(const Tensor& encoded, int levels, DataType dtype) {
  std::vector<const RaggedVariant*> parts;
  for (const Variant& variant : encoded.flat<Variant>()) {
    const auto* part = dynamic_cast<const RaggedVariant*>(variant.get());
    if (part == nullptr)
      return ModelError("Input Variant element at index {} doesn't hold a RaggedTensorVariant", parts.size());
    if (std::ssize(part->splits) != levels) {
      return ModelError("Encoded input RaggedTensorVariant has ragged_rank={}.  Expected ragged_rank={}.",
                        part->splits.size(), levels);
    }
    if (part->values.dtype() != dtype) {
      return ModelError("Expected values Tensor dtype: {}, found: {}", Name(dtype), Name(part->values.dtype()));
    }
    if (part->values.rank() < 1)
      return ModelError("Ragged values must have rank >= 1; element {} has a scalar", parts.size());
    parts.push_back(part);
  }
  return parts;
}

// (encoded): the parts stacked along the dimensions of the encoded tensor.
class RaggedTensorFromVariant final : public Kernel {
 public:
  static Result<RaggedTensorFromVariant> Make(const NodeInfo& node) {
    RaggedTensorFromVariant kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.input_levels_, node.attrs.Int("input_ragged_rank"));
    kernel.output_levels_ = node.num_outputs() - 1;
    SMCLI_ASSIGN_OR_RETURN(kernel.splits_type_, node.attrs.Type("Tsplits"));
    kernel.dtype_ = node.output_types[static_cast<size_t>(kernel.output_levels_)];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& encoded = ctx.input(0);
    const int64_t levels = input_levels_ == -1 ? output_levels_ - encoded.rank() : input_levels_;
    if (levels < 0 || output_levels_ != encoded.rank() + levels) {
      return ModelError(
          "output_ragged_rank must be equal to input_ragged_rank + encoded_ragged.dims(); output_ragged_rank: {}, "
          "input_ragged_rank: {}, encoded_variant.dims(): {}.",
          output_levels_, levels, encoded.rank());
    }
    SMCLI_ASSIGN_OR_RETURN(const auto parts, ReadParts(encoded, static_cast<int>(levels), dtype_));
    if (encoded.rank() == 0) {
      for (int level = 0; level < output_levels_; ++level)
        SMCLI_RETURN_IF_ERROR(OutputSplits(ctx, level, parts[0]->splits[static_cast<size_t>(level)]));
      ctx.set_output(output_levels_, parts[0]->values);
      return {};
    }
    SMCLI_RETURN_IF_ERROR(StackOuter(ctx, encoded.shape()));
    SMCLI_RETURN_IF_ERROR(StackRows(ctx, parts, encoded.rank() - 1));
    for (int level = 0; level < levels; ++level)
      SMCLI_RETURN_IF_ERROR(StackLevel(ctx, parts, level, encoded.rank() + level));
    return StackValues(ctx, parts);
  }

 private:
  Status OutputSplits(KernelContext& ctx, int output, const Tensor& splits) const {
    if (splits.dtype() != splits_type_) {
      return ModelError("Expected row_splits Tensor dtype: {}, found: {}", Name(splits_type_), Name(splits.dtype()));
    }
    ctx.set_output(output, splits);
    return {};
  }
  Status OutputSplits(KernelContext& ctx, int output, const std::vector<int64_t>& splits) const {
    SMCLI_ASSIGN_OR_RETURN(Tensor tensor, IntVector(splits_type_, splits));
    ctx.set_output(output, std::move(tensor));
    return {};
  }

  // Every dimension of the encoded tensor but the last is ragged in name only.
  Status StackOuter(KernelContext& ctx, const Shape& encoded) const {
    for (int d = 0; d + 1 < encoded.rank(); ++d) {
      std::vector<int64_t> splits = {0};
      for (int64_t i = 0; i < encoded.dim(d); ++i) {
        int64_t end = 0;
        if (__builtin_add_overflow(splits.back(), encoded.dim(d + 1), &end))
          return ModelError("the encoded tensor is too large");
        splits.push_back(end);
      }
      SMCLI_RETURN_IF_ERROR(OutputSplits(ctx, d, splits));
    }
    return {};
  }

  // How many rows each part has.
  Status StackRows(KernelContext& ctx, const std::vector<const RaggedVariant*>& parts, int output) const {
    std::vector<int64_t> splits = {0};
    for (const RaggedVariant* part : parts) {
      splits.push_back(splits.back() +
                       (part->splits.empty() ? part->values.dim(0) : part->splits[0].num_elements() - 1));
    }
    return OutputSplits(ctx, output, splits);
  }

  Status StackLevel(KernelContext& ctx, const std::vector<const RaggedVariant*>& parts, int level, int output) const {
    std::vector<int64_t> splits = {0};
    for (const RaggedVariant* part : parts) {
      const Tensor& own = part->splits[static_cast<size_t>(level)];
      if (own.dtype() != splits_type_) {
        return ModelError("Expected row_splits Tensor dtype: {}, found: {}", Name(splits_type_), Name(own.dtype()));
      }
      const int64_t shift = splits.back();
      for (int64_t i = 1; i < own.num_elements(); ++i) splits.push_back(IntAt(own, i) + shift);
    }
    return OutputSplits(ctx, output, splits);
  }

  Status StackValues(KernelContext& ctx, const std::vector<const RaggedVariant*>& parts) const {
    Shape model{0};  // what the values of no parts look like, nobody can know
    int64_t rows = 0;
    if (!parts.empty()) model = parts[0]->values.shape();
    for (const RaggedVariant* part : parts) {
      const Shape& shape = part->values.shape();
      if (shape.rank() != model.rank() || !std::ranges::equal(shape.dims().subspan(1), model.dims().subspan(1))) {
        return ModelError("Rank of values must match for all components; values shape at index 0: {}, another is {}",
                          model.ToString(), shape.ToString());
      }
      rows += shape.dim(0);
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(model, 0, std::span(&rows, 1)));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(output_levels_, dtype_, shape));
    int64_t at = 0;
    for (const RaggedVariant* part : parts) {
      CopyElements(part->values, 0, part->values.num_elements(), *out, at);
      at += part->values.num_elements();
    }
    return {};
  }

  int64_t input_levels_ = -1;
  int output_levels_ = 0;
  DataType splits_type_ = DataType::kInt64, dtype_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "RaggedTensorFromVariant", .types = {}, .make = MakeKernel<RaggedTensorFromVariant>},
    {.name = "RaggedTensorToVariant", .types = {}, .make = MakeKernel<RaggedTensorToVariant>},
};

}  // namespace

std::span<const Op> RaggedVariantOps() { return kOps; }

}  // namespace smcli
