// StringJoin, ReduceJoin, UnsortedSegmentJoin: strings concatenated across inputs, along dimensions, by segment.
#include <algorithm>
#include <string>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// TensorFlow broadcasts scalars only; everything else must agree (kernels/string_join_op.cc).
class StringJoin final : public Kernel {
 public:
  static Result<StringJoin> Make(const NodeInfo& node) {
    StringJoin kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.separator_, node.attrs.String("separator"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    Shape shape;
    for (int i = 0; i < ctx.num_inputs(); ++i) {
      const Shape& own = ctx.input(i).shape();
      if (own.scalar()) continue;
      if (shape.scalar()) shape = own;
      if (!(shape == own)) {
        return ModelError("input shapes do not match: {} and {}", shape.ToString(), own.ToString());
      }
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, shape));
    const auto joined = output->mutable_flat<std::string>();
    for (size_t at = 0; at < joined.size(); ++at) {
      for (int i = 0; i < ctx.num_inputs(); ++i) {
        if (i > 0) joined[at] += separator_;
        const Tensor& input = ctx.input(i);
        joined[at] += input.data<std::string>()[input.shape().scalar() ? 0 : at];
      }
    }
    return {};
  }

 private:
  std::string separator_;
};

std::vector<int64_t> RowMajorStrides(const Shape& shape) {
  std::vector<int64_t> strides(static_cast<size_t>(shape.rank()));
  for (int d = 0; d < shape.rank(); ++d) strides[static_cast<size_t>(d)] = shape.Product(d + 1, shape.rank());
  return strides;
}

// Offsets of all index tuples over `dims` (in that order, the last varying fastest).
std::vector<int64_t> Offsets(const Shape& shape, const std::vector<int>& dims) {
  const std::vector<int64_t> strides = RowMajorStrides(shape);
  std::vector<int64_t> offsets = {0};
  for (int d : dims) {
    std::vector<int64_t> longer;
    longer.reserve(offsets.size() * static_cast<size_t>(shape.dim(d)));
    for (int64_t offset : offsets) {
      for (int64_t i = 0; i < shape.dim(d); ++i) longer.push_back(offset + i * strides[static_cast<size_t>(d)]);
    }
    offsets = std::move(longer);
  }
  return offsets;
}

class ReduceJoin final : public Kernel {
 public:
  static Result<ReduceJoin> Make(const NodeInfo& node) {
    ReduceJoin kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.keep_dims_, node.attrs.Bool("keep_dims"));
    SMCLI_ASSIGN_OR_RETURN(kernel.separator_, node.attrs.String("separator"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    const Shape& shape = input.shape();
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int> reduced, ReducedDims(shape, ctx.input(1)));
    if (reduced.empty()) {
      ctx.set_output(0, ctx.TakeInput(0));
      return {};
    }
    std::vector<int> kept;
    std::vector<int64_t> result_dims;
    for (int d = 0; d < shape.rank(); ++d) {
      const bool gone = std::ranges::find(reduced, d) != reduced.end();
      if (!gone) kept.push_back(d);
      if (!gone || keep_dims_) result_dims.push_back(gone ? 1 : shape.dim(d));
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape result, CheckedShape(result_dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, result));
    if (result.num_elements() == 0) return {};
    const std::vector<int64_t> starts = Offsets(shape, kept);
    // The first of the reduced dimensions varies fastest.
    const std::vector<int64_t> parts = Offsets(shape, {reduced.rbegin(), reduced.rend()});
    const auto joined = output->mutable_flat<std::string>();
    for (size_t at = 0; at < joined.size(); ++at) {
      for (size_t part = 0; part < parts.size(); ++part) {
        if (part > 0) joined[at] += separator_;
        joined[at] += input.data<std::string>()[starts[at] + parts[part]];
      }
    }
    return {};
  }

 private:
  // In the order given, which is the order of joining.
  static Result<std::vector<int>> ReducedDims(const Shape& shape, const Tensor& indices) {
    std::vector<int> dims;
    for (int64_t i = 0; i < indices.num_elements(); ++i) {
      const int64_t index = IntAt(indices, i);
      const int64_t dim = index < 0 ? index + shape.rank() : index;
      if (dim < 0 || dim >= shape.rank()) {
        return ModelError("invalid reduction dimension {} for input with {} dimension(s)", index, shape.rank());
      }
      if (std::ranges::find(dims, dim) != dims.end()) return ModelError("duplicate reduction dimension {}", dim);
      dims.push_back(static_cast<int>(dim));
    }
    return dims;
  }

  bool keep_dims_ = false;
  std::string separator_;
};

class UnsortedSegmentJoin final : public Kernel {
 public:
  static Result<UnsortedSegmentJoin> Make(const NodeInfo& node) {
    UnsortedSegmentJoin kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.separator_, node.attrs.String("separator"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    const Tensor& ids = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const int64_t num_segments, ScalarInt(ctx.input(2), "num_segments"));
    if (num_segments < 0) return ModelError("num_segments must be >= 0, got {}", num_segments);
    if (ids.rank() > input.rank()) return ModelError("segment_ids must not have more dimensions than the input");
    if (input.shape().Product(0, ids.rank()) != ids.num_elements() || !HasPrefix(input.shape(), ids.shape())) {
      return ModelError("the shape of segment_ids {} must be a prefix of the input's {}", ids.shape().ToString(),
                        input.shape().ToString());
    }
    std::vector<int64_t> dims = {num_segments};
    for (int d = ids.rank(); d < input.rank(); ++d) dims.push_back(input.dim(d));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, shape));
    const int64_t row = input.shape().Product(ids.rank(), input.rank());
    std::string* joined = output->mutable_data<std::string>();
    std::vector<bool> started(static_cast<size_t>(num_segments));
    for (int64_t i = 0; i < ids.num_elements(); ++i) {
      const int64_t segment = IntAt(ids, i);
      if (segment < 0 || segment >= num_segments) {
        return ModelError("segment id {} is outside of [0, {})", segment, num_segments);
      }
      for (int64_t k = 0; k < row; ++k) {
        std::string& text = joined[segment * row + k];
        if (started[static_cast<size_t>(segment)]) text += separator_;
        text += input.data<std::string>()[i * row + k];
      }
      started[static_cast<size_t>(segment)] = true;
    }
    return {};
  }

 private:
  static bool HasPrefix(const Shape& shape, const Shape& prefix) {
    return std::ranges::equal(shape.dims().first(static_cast<size_t>(prefix.rank())), prefix.dims());
  }

  std::string separator_;
};

constexpr Op kOps[] = {
    {.name = "ReduceJoin", .types = {}, .make = MakeKernel<ReduceJoin>},
    {.name = "StringJoin", .types = {}, .make = MakeKernel<StringJoin>},
    {.name = "UnsortedSegmentJoin", .types = {}, .make = MakeKernel<UnsortedSegmentJoin>},
};

}  // namespace

std::span<const Op> StringJoinOps() { return kOps; }

}  // namespace smcli
