// Gather ops: slices of a tensor or a variable, picked by index.
#include "ops/coordinates.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Threads are worth waking for this many bytes each.
constexpr int64_t kBytesPerThread = 64 << 10;

// Seen from the gathered axis: `batch` blocks of `outer` x `extent` x `inner` elements in, `outer` x `picks` x `inner`
// out.
struct GatherPlan {
  int64_t batch = 1, outer = 1, extent = 1, inner = 1;
  int64_t picks = 1;  // indices per batch
  Shape shape;        // of the result
};

Result<GatherPlan> PlanGather(const Shape& params, const Shape& indices, int64_t axis_wanted, int64_t batch_wanted) {
  if (params.rank() == 0) return ModelError("params must be at least 1 dimensional");
  if (batch_wanted < -indices.rank() || batch_wanted > indices.rank()) {
    return ModelError("Expected batch_dims in the range [{}, {}], but got {}", -indices.rank(), indices.rank(),
                      batch_wanted);
  }
  const int batch_dims = static_cast<int>(batch_wanted < 0 ? batch_wanted + indices.rank() : batch_wanted);
  SMCLI_ASSIGN_OR_RETURN(const int axis, NormalAxis(axis_wanted, params.rank()));
  if (batch_dims > axis)
    return ModelError("batch_dims ({}) must be less than or equal to axis ({}).", batch_dims, axis);
  for (int i = 0; i < batch_dims; ++i) {
    if (params.dim(i) == indices.dim(i)) continue;
    return ModelError("params.shape[{}]: {} should be equal to indices.shape[{}]: {}", i, params.dim(i), i,
                      indices.dim(i));
  }
  GatherPlan plan;
  plan.extent = params.dim(axis);
  SMCLI_ASSIGN_OR_RETURN(plan.shape, ReplaceDim(params, axis, indices.dims().subspan(static_cast<size_t>(batch_dims))));
  if (indices.num_elements() == 0) return plan;
  for (int i = 0; i < batch_dims; ++i) plan.batch *= params.dim(i);
  plan.picks = indices.num_elements() / plan.batch;
  if (plan.shape.num_elements() == 0) return plan;
  plan.outer = params.Product(batch_dims, axis);
  plan.inner = params.Product(axis + 1, params.rank());
  return plan;
}

Error OutOfRange(const Shape& shape, int64_t at, int64_t index, int64_t extent) {
  IntList coordinates;
  coordinates.assign(shape.rank(), 0);
  for (int d = shape.rank() - 1; d >= 0; --d) {
    coordinates[d] = at % shape.dim(d);
    at /= shape.dim(d);
  }
  return ModelError("indices[{}] = {} is not in [0, {})", fmt::join(coordinates.span(), ","), index, extent);
}

template <typename Index>
Status CheckIndices(const Tensor& indices, int64_t extent) {
  const Index* values = indices.data<Index>();
  for (int64_t i = 0; i < indices.num_elements(); ++i) {
    if (static_cast<uint64_t>(static_cast<int64_t>(values[i])) >= static_cast<uint64_t>(extent)) {
      return OutOfRange(indices.shape(), i, values[i], extent);
    }
  }
  return {};
}

template <typename T, typename Index>
void GatherRows(ThreadPool& pool, const GatherPlan& plan, const T* from, const Index* indices, T* to) {
  const int64_t inner = plan.inner, picks = plan.picks;
  const auto grain = std::max<int64_t>(1, kBytesPerThread / (inner * static_cast<int64_t>(sizeof(T))));
  pool.ParallelFor(plan.batch * plan.outer * picks, grain, [&](int64_t begin, int64_t end) {
    int64_t block = begin / picks, pick = begin % picks;
    for (int64_t row = begin; row < end;) {
      const T* source = from + block * plan.extent * inner;
      const Index* index = indices + block / plan.outer * picks;
      const int64_t stop = std::min(picks, pick + (end - row));
      row += stop - pick;
      T* target = to + (block * picks + pick) * inner;
      if (inner == 1) {
        for (; pick < stop; ++pick) *target++ = source[index[pick]];
      } else {
        for (; pick < stop; ++pick, target += inner) CopyRun(source + index[pick] * inner, inner, target);
      }
      pick = 0;
      ++block;
    }
  });
}

template <typename Index>
Status GatherBy(KernelContext& ctx, const Tensor& params, const Tensor& indices, const GatherPlan& plan) {
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, params.dtype(), plan.shape));
  if (plan.shape.num_elements() == 0) return {};
  SMCLI_RETURN_IF_ERROR(CheckIndices<Index>(indices, plan.extent));
  DispatchMove(params.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    GatherRows(ctx.pool(), plan, params.data<T>(), indices.data<Index>(), out->mutable_data<T>());
  });
  return {};
}

// int16 and uint16 indices are rare: they become int32.
Result<Tensor> Widened(const Tensor& indices) {
  SMCLI_ASSIGN_OR_RETURN(Tensor wide, Tensor::Make(DataType::kInt32, indices.shape()));
  int32_t* to = wide.mutable_data<int32_t>();
  for (int64_t i = 0; i < indices.num_elements(); ++i) to[i] = static_cast<int32_t>(IntAt(indices, i));
  return wide;
}

Status GatherAlong(KernelContext& ctx, const Tensor& params, const Tensor& indices, int64_t axis, int64_t batch_dims) {
  SMCLI_ASSIGN_OR_RETURN(const GatherPlan plan, PlanGather(params.shape(), indices.shape(), axis, batch_dims));
  if (indices.dtype() == DataType::kInt64) return GatherBy<int64_t>(ctx, params, indices, plan);
  if (indices.dtype() == DataType::kInt32) return GatherBy<int32_t>(ctx, params, indices, plan);
  SMCLI_ASSIGN_OR_RETURN(const Tensor wide, Widened(indices));
  return GatherBy<int32_t>(ctx, params, wide, plan);
}

Result<Tensor> ReadVariable(const Tensor& handle, DataType dtype) {
  SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(handle));
  SMCLI_ASSIGN_OR_RETURN(Tensor value, variable->Read());
  if (value.dtype() != dtype) {
    return ModelError("variable '{}' is of type {}, not {}", variable->name(), Name(value.dtype()), Name(dtype));
  }
  return value;
}

Status Gather(KernelContext& ctx) { return GatherAlong(ctx, ctx.input(0), ctx.input(1), 0, 0); }

class GatherV2 final : public Kernel {
 public:
  static Result<GatherV2> Make(const NodeInfo& node) {
    GatherV2 kernel;
    kernel.batch_dims_ = node.attrs.Int("batch_dims", 0);  // absent in graphs of before 2019
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const int64_t axis, ScalarInt(ctx.input(2), "axis"));
    return GatherAlong(ctx, ctx.input(0), ctx.input(1), axis, batch_dims_);
  }

 private:
  int64_t batch_dims_ = 0;
};

class ResourceGather final : public Kernel {
 public:
  static Result<ResourceGather> Make(const NodeInfo& node) {
    ResourceGather kernel;
    kernel.batch_dims_ = node.attrs.Int("batch_dims", 0);
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Tensor params, ReadVariable(ctx.input(0), dtype_));
    const int64_t axis = batch_dims_ < 0 ? batch_dims_ + ctx.input(1).rank() : batch_dims_;
    return GatherAlong(ctx, params, ctx.input(1), axis, batch_dims_);
  }

 private:
  int64_t batch_dims_ = 0;
  DataType dtype_ = DataType::kInvalid;
};

// Gathers slices of what the coordinates in the last dimension of `indices` leave of `params`.
class GatherNd final : public Kernel {
 public:
  static Result<GatherNd> Make(const NodeInfo& node) {
    GatherNd kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.ignore_bad_, IgnoresBadIndices(node));
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    if (ctx.input(0).dtype() != DataType::kResource || dtype_ == DataType::kResource) return Gather(ctx, ctx.input(0));
    SMCLI_ASSIGN_OR_RETURN(const Tensor params, ReadVariable(ctx.input(0), dtype_));
    return Gather(ctx, params);
  }

 private:
  Status Gather(KernelContext& ctx, const Tensor& params) const {
    const Tensor& indices = ctx.input(1);
    if (params.rank() < 1) return ModelError("params must be at least a vector");
    if (indices.rank() < 1) return ModelError("indices must be at least a vector");
    const int64_t depth = indices.dim(indices.rank() - 1);
    if (depth > params.rank()) {
      return ModelError("index innermost dimension length must be <= params rank; saw: {} vs. {}", depth,
                        params.rank());
    }
    const auto used = static_cast<size_t>(depth);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape,
                           ReplaceDim(indices.shape(), indices.rank() - 1, params.shape().dims().subspan(used)));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, params.dtype(), shape));
    int64_t rows = 1;
    for (int64_t dim : indices.shape().dims().first(static_cast<size_t>(indices.rank() - 1))) rows *= dim;
    if (rows == 0) return {};
    if (params.num_elements() == 0) {
      return ModelError("Requested more than 0 entries, but params is empty.  Params shape: {}",
                        params.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> places,
                           FlatPlaces(indices, rows, params.shape(), static_cast<int>(depth), ignore_bad_));
    const int64_t slice = params.num_elements() / params.shape().Product(0, static_cast<int>(depth));
    DispatchMove(params.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* from = params.data<T>();
      T* to = out->mutable_data<T>();
      const auto grain = std::max<int64_t>(1, kBytesPerThread / (slice * static_cast<int64_t>(sizeof(T))));
      ctx.pool().ParallelFor(rows, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t place = places[static_cast<size_t>(i)];
          if (place < 0) {
            std::fill_n(to + i * slice, slice, T());
          } else {
            CopyRun(from + place * slice, slice, to + i * slice);
          }
        }
      });
    });
    return {};
  }

  bool ignore_bad_ = false;
  DataType dtype_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "Gather", .types = {}, .make = MakeFunctionKernel<Gather>},
    {.name = "GatherNd", .types = {}, .make = MakeKernel<GatherNd>},
    {.name = "GatherV2", .types = {}, .make = MakeKernel<GatherV2>},
    {.name = "ResourceGather", .types = {}, .make = MakeKernel<ResourceGather>, .pure = false},
    {.name = "ResourceGatherNd", .types = {}, .make = MakeKernel<GatherNd>, .pure = false},
};

}  // namespace

std::span<const Op> ArrayGatherOps() { return kOps; }

}  // namespace smcli
