// RestoreV2 and its older forms: tensors of the model's own checkpoint, whole or by slice.
#include <charconv>

#include "ops/checkpoint_source.h"
#include "ops/op.h"

namespace smcli {
namespace {

// "4 8 0,2:-" names rows [0, 2) and all columns of a 4 x 8 tensor (TensorFlow: core/util/tensor_slice.h).
struct SliceSpec {
  std::vector<int64_t> begin, extent;
};

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

Result<SliceSpec> ParseSlice(std::string_view spec, const Shape& full) {
  const auto bad = [&] { return ModelError("slice '{}' does not fit a tensor of shape {}", spec, full.ToString()); };
  std::string_view slices = spec.substr(spec.rfind(' ') + 1);
  SliceSpec slice;
  for (int i = 0; i < full.rank(); ++i) {
    const size_t colon = slices.find(':');
    const std::string_view one = slices.substr(0, colon);
    slices = colon == std::string_view::npos ? std::string_view() : slices.substr(colon + 1);
    if (one == "-") {
      slice.begin.push_back(0);
      slice.extent.push_back(full.dim(i));
      continue;
    }
    const size_t comma = one.find(',');
    if (comma == std::string_view::npos) return bad();
    const auto begin = Number(one.substr(0, comma)), extent = Number(one.substr(comma + 1));
    if (!begin || !extent || *begin > full.dim(i) || *extent > full.dim(i) - *begin) return bad();
    slice.begin.push_back(*begin);
    slice.extent.push_back(*extent);
  }
  if (!slices.empty()) return bad();
  return slice;
}

// Copies the box row by row of its last dimension.
Result<Tensor> Cut(const Tensor& full, const SliceSpec& slice) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(slice.extent));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(full.dtype(), shape));
  const int rank = shape.rank();
  if (rank == 0) return full;
  const int64_t run = shape.dim(rank - 1);
  const int64_t runs = run == 0 ? 0 : shape.num_elements() / run;
  std::vector<int64_t> index(static_cast<size_t>(rank), 0);
  for (int64_t row = 0; row < runs; ++row) {
    int64_t from = 0;
    for (int i = 0; i < rank; ++i)
      from = from * full.dim(i) + slice.begin[static_cast<size_t>(i)] + index[static_cast<size_t>(i)];
    if (full.dtype() == DataType::kString) {
      std::copy_n(full.data<std::string>() + from, run, out.mutable_data<std::string>() + row * run);
    } else {
      const auto size = static_cast<size_t>(SizeOf(full.dtype()));
      std::memcpy(static_cast<char*>(out.mutable_raw_data()) + static_cast<size_t>(row * run) * size,
                  static_cast<const char*>(full.raw_data()) + static_cast<size_t>(from) * size,
                  static_cast<size_t>(run) * size);
    }
    for (int i = rank - 2; i >= 0 && ++index[static_cast<size_t>(i)] == shape.dim(i); --i)
      index[static_cast<size_t>(i)] = 0;
  }
  return out;
}

Result<Tensor> ReadPiece(KernelContext& ctx, const std::string& prefix, const std::string& key, std::string_view spec,
                         DataType dtype) {
  CheckpointSource* source = ctx.services().checkpoint;
  if (source == nullptr) return ModelError("there is no checkpoint to restore '{}' from", key);
  SMCLI_ASSIGN_OR_RETURN(Tensor full, source->Read(prefix, key));
  if (full.dtype() != dtype) {
    return ModelError("tensor '{}' is {} in the checkpoint, {} was expected", key, Name(full.dtype()), Name(dtype));
  }
  if (spec.empty()) return full;
  SMCLI_ASSIGN_OR_RETURN(const SliceSpec slice, ParseSlice(spec, full.shape()));
  return Cut(full, slice);
}

// (prefix, tensor_names, shape_and_slices) -> one tensor per name; those that nobody reads stay in the file.
class RestoreV2 final : public Kernel {
 public:
  static Result<RestoreV2> Make(const NodeInfo& node) {
    RestoreV2 kernel;
    kernel.dtypes_.assign(node.output_types.begin(), node.output_types.end());
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor &names = ctx.input(1), &slices = ctx.input(2);
    if (ctx.input(0).num_elements() != 1 || names.num_elements() != ctx.num_outputs() ||
        slices.num_elements() != ctx.num_outputs()) {
      return ModelError("got {} tensor names and {} slices for {} tensors", names.num_elements(), slices.num_elements(),
                        ctx.num_outputs());
    }
    const std::string& prefix = ctx.input(0).scalar<std::string>();
    for (int i = 0; i < ctx.num_outputs(); ++i) {
      const auto at = static_cast<size_t>(i);
      SMCLI_ASSIGN_OR_RETURN(Tensor value, ReadPiece(ctx, prefix, names.flat<std::string>()[at],
                                                     slices.flat<std::string>()[at], dtypes_[at]));
      ctx.set_output(i, std::move(value));
    }
    return {};
  }

 private:
  std::vector<DataType> dtypes_;
};

// Restore (file_pattern, tensor_name), RestoreSlice (file_pattern, tensor_name, shape_and_slice).
class Restore final : public Kernel {
 public:
  static Result<Restore> Make(const NodeInfo& node) {
    Restore kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    for (int i = 0; i < ctx.num_inputs(); ++i) {
      if (ctx.input(i).num_elements() != 1) return ModelError("file name, tensor name and slice must be scalars");
    }
    const std::string slice = ctx.num_inputs() > 2 ? ctx.input(2).scalar<std::string>() : std::string();
    SMCLI_ASSIGN_OR_RETURN(Tensor value, ReadPiece(ctx, ctx.input(0).scalar<std::string>(),
                                                   ctx.input(1).scalar<std::string>(), slice, dtype_));
    ctx.set_output(0, std::move(value));
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "Restore", .types = {}, .make = MakeKernel<Restore>, .pure = false},
    {.name = "RestoreSlice", .types = {}, .make = MakeKernel<Restore>, .pure = false},
    {.name = "RestoreV2", .types = {}, .make = MakeKernel<RestoreV2>, .pure = false},
};

}  // namespace

std::span<const Op> RestoreOps() { return kOps; }

}  // namespace smcli
