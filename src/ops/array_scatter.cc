// The scatter ops: ScatterNd and TensorScatter*, which make tensors, and those that change a variable, by coordinates
// (ScatterNd*, ResourceScatterNd*) or by row (Scatter*, ResourceScatter*). Inplace* are row scatters into a tensor.
#include "ops/coordinates.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/scatter.h"

namespace smcli {
namespace {

int64_t ProductOf(std::span<const int64_t> dims) {
  int64_t product = 1;
  for (int64_t dim : dims) product *= dim;
  return product;
}

// Scatters `updates` into `target` at the coordinates in the last dimension of `indices`.
Status ScatterByCoordinates(ScatterAction action, const Tensor& indices, const Tensor& updates, bool ignore_bad,
                            Tensor& target) {
  if (indices.rank() < 1)
    return ModelError("Indices shape must have rank at least one. Found: {}", indices.shape().ToString());
  if (updates.rank() < 1)
    return ModelError("Updates shape must have rank at least one. Found: {}", updates.shape().ToString());
  const auto outer = indices.shape().dims().first(static_cast<size_t>(indices.rank() - 1));
  const int64_t depth = indices.dim(indices.rank() - 1);
  if (depth > target.rank()) {
    return ModelError("the last dimension of indices is {}, the tensor {} has fewer dimensions", depth,
                      target.shape().ToString());
  }
  IntList expected(outer);
  for (int d = static_cast<int>(depth); d < target.rank() && !expected.full(); ++d) expected.push_back(target.dim(d));
  // TensorFlow takes a vector of indices for one coordinate tuple here and for a list of them there, and refuses what
  // does not pass as both.
  const bool ambiguous = indices.rank() == 1 && updates.dim(0) != depth;
  if (ambiguous || !std::ranges::equal(expected, updates.shape().dims())) {
    return ModelError("updates must have shape [{}] for indices {} into {}, got {}", fmt::join(expected.span(), ","),
                      indices.shape().ToString(), target.shape().ToString(), updates.shape().ToString());
  }
  if (indices.num_elements() == 0 && updates.num_elements() == 0) return {};
  if (indices.num_elements() == 0 || updates.num_elements() == 0 || target.num_elements() == 0) {
    return ModelError("Indices and updates specified for empty output shape");
  }
  const int64_t rows = ProductOf(outer);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> places,
                         FlatPlaces(indices, rows, target.shape(), static_cast<int>(depth), ignore_bad));
  const int64_t slice = target.num_elements() / target.shape().Product(0, static_cast<int>(depth));
  return ScatterRows(action, places, slice, updates, false, target);
}

// (indices, updates, shape): repeated coordinates add up.
class ScatterNd final : public Kernel {
 public:
  static Result<ScatterNd> Make(const NodeInfo& node) {
    ScatterNd kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.ignore_bad_, IgnoresBadIndices(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(2), "shape"));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, ctx.input(1).dtype(), shape));
    FillZero(*out);
    return ScatterByCoordinates(ScatterAction::kAdd, ctx.input(0), ctx.input(1), ignore_bad_, *out);
  }

 private:
  bool ignore_bad_ = false;
};

// (target, indices, updates), by coordinates. The target is a tensor, which comes out changed, or a variable.
template <ScatterAction kAction>
class ScatterNdInto final : public Kernel {
 public:
  static Result<ScatterNdInto> Make(const NodeInfo& node) {
    ScatterNdInto kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.ignore_bad_, IgnoresBadIndices(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& indices = ctx.input(1);
    const Tensor& updates = ctx.input(2);
    if (ctx.input(0).dtype() == updates.dtype()) {
      if (ctx.input(0).rank() == 0) return ModelError("Tensor must be at least 1-D, got a scalar");
      SMCLI_ASSIGN_OR_RETURN(Tensor changed, Exclusive(ctx.TakeInput(0)));
      SMCLI_RETURN_IF_ERROR(ScatterByCoordinates(kAction, indices, updates, ignore_bad_, changed));
      ctx.set_output(0, std::move(changed));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(Tensor * value, variable->Mutable());
    if (value->dtype() != updates.dtype()) {
      return ModelError("variable '{}' is of type {}, not {}", variable->name(), Name(value->dtype()),
                        Name(updates.dtype()));
    }
    SMCLI_RETURN_IF_ERROR(ScatterByCoordinates(kAction, indices, updates, ignore_bad_, *value));
    if (ctx.num_outputs() == 1) ctx.set_output(0, ctx.input(0));
    return {};
  }

 private:
  bool ignore_bad_ = false;
};

// (variable, indices, updates): row indices[i] of the variable with row i of the updates, or with a scalar.
template <ScatterAction kAction>
Status ScatterVariableRows(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
  SMCLI_ASSIGN_OR_RETURN(Tensor * value, variable->Mutable());
  const Tensor& indices = ctx.input(1);
  const Tensor& updates = ctx.input(2);
  if (value->dtype() != updates.dtype()) {
    return ModelError("variable '{}' is of type {}, not {}", variable->name(), Name(value->dtype()),
                      Name(updates.dtype()));
  }
  if (value->rank() < 1) return ModelError("params must be at least 1-D, got shape {}", value->shape().ToString());
  IntList expected(indices.shape().dims());
  for (int d = 1; d < value->rank() && !expected.full(); ++d) expected.push_back(value->dim(d));
  if (updates.rank() > 0 && !std::ranges::equal(expected, updates.shape().dims())) {
    return ModelError(
        "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape {}, "
        "indices.shape {}, params.shape {}",
        updates.shape().ToString(), indices.shape().ToString(), value->shape().ToString());
  }
  const int64_t rows = indices.num_elements();
  if (rows > 0) {
    const Tensor flat = indices.Reshaped(Shape{rows});
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> places, FlatPlaces(flat, rows, value->shape(), 1, false));
    const int64_t slice = value->num_elements() / value->dim(0);
    SMCLI_RETURN_IF_ERROR(ScatterRows(kAction, places, slice, updates, updates.rank() == 0, *value));
  }
  if (ctx.num_outputs() == 1) ctx.set_output(0, ctx.input(0));
  return {};
}

// (x, i, v): row i[j] of x with row j of v. Indices wrap around (TensorFlow: kernels/inplace_ops.cc).
template <ScatterAction kAction>
Status InplaceRows(KernelContext& ctx) {
  const Tensor& x = ctx.input(0);
  const Tensor& rows = ctx.input(1);
  const Tensor& v = ctx.input(2);
  if (!rows.shape().vector()) return ModelError("i must be a vector. {}", rows.shape().ToString());
  if (x.rank() < 1 || x.rank() != v.rank() ||
      !std::ranges::equal(x.shape().dims().subspan(1), v.shape().dims().subspan(1))) {
    return ModelError("x and v shape doesn't match: {} vs. {}", x.shape().ToString(), v.shape().ToString());
  }
  if (rows.dim(0) != v.dim(0)) return ModelError("i and x shape doesn't match at index 0");
  const int64_t extent = x.dim(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor changed, Exclusive(ctx.TakeInput(0)));
  if (changed.num_elements() > 0) {
    std::vector<int64_t> places;
    for (int32_t row : rows.flat<int32_t>()) places.push_back((row % extent + extent) % extent);
    SMCLI_RETURN_IF_ERROR(ScatterRows(kAction, places, changed.num_elements() / extent, v, false, changed));
  }
  ctx.set_output(0, std::move(changed));
  return {};
}

using Action = ScatterAction;

constexpr Op kOps[] = {
    {.name = "InplaceAdd", .types = {}, .make = MakeFunctionKernel<InplaceRows<Action::kAdd>>},
    {.name = "InplaceSub", .types = {}, .make = MakeFunctionKernel<InplaceRows<Action::kSub>>},
    {.name = "InplaceUpdate", .types = {}, .make = MakeFunctionKernel<InplaceRows<Action::kUpdate>>},
    {.name = "ResourceScatterAdd",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kAdd>>,
     .pure = false},
    {.name = "ResourceScatterDiv",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kDiv>>,
     .pure = false},
    {.name = "ResourceScatterMax",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kMax>>,
     .pure = false},
    {.name = "ResourceScatterMin",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kMin>>,
     .pure = false},
    {.name = "ResourceScatterMul",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kMul>>,
     .pure = false},
    {.name = "ResourceScatterNdAdd", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kAdd>>, .pure = false},
    {.name = "ResourceScatterNdMax", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kMax>>, .pure = false},
    {.name = "ResourceScatterNdMin", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kMin>>, .pure = false},
    {.name = "ResourceScatterNdSub", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kSub>>, .pure = false},
    {.name = "ResourceScatterNdUpdate", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kUpdate>>, .pure = false},
    {.name = "ResourceScatterSub",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kSub>>,
     .pure = false},
    {.name = "ResourceScatterUpdate",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kUpdate>>,
     .pure = false},
    {.name = "ScatterAdd", .types = {}, .make = MakeFunctionKernel<ScatterVariableRows<Action::kAdd>>, .pure = false},
    {.name = "ScatterDiv", .types = {}, .make = MakeFunctionKernel<ScatterVariableRows<Action::kDiv>>, .pure = false},
    {.name = "ScatterMax", .types = {}, .make = MakeFunctionKernel<ScatterVariableRows<Action::kMax>>, .pure = false},
    {.name = "ScatterMin", .types = {}, .make = MakeFunctionKernel<ScatterVariableRows<Action::kMin>>, .pure = false},
    {.name = "ScatterMul", .types = {}, .make = MakeFunctionKernel<ScatterVariableRows<Action::kMul>>, .pure = false},
    {.name = "ScatterNd", .types = {}, .make = MakeKernel<ScatterNd>},
    {.name = "ScatterNdAdd", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kAdd>>, .pure = false},
    {.name = "ScatterNdMax", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kMax>>, .pure = false},
    {.name = "ScatterNdMin", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kMin>>, .pure = false},
    {.name = "ScatterNdNonAliasingAdd", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kAdd>>},
    {.name = "ScatterNdSub", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kSub>>, .pure = false},
    {.name = "ScatterNdUpdate", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kUpdate>>, .pure = false},
    {.name = "ScatterSub", .types = {}, .make = MakeFunctionKernel<ScatterVariableRows<Action::kSub>>, .pure = false},
    {.name = "ScatterUpdate",
     .types = {},
     .make = MakeFunctionKernel<ScatterVariableRows<Action::kUpdate>>,
     .pure = false},
    {.name = "TensorScatterAdd", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kAdd>>},
    {.name = "TensorScatterMax", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kMax>>},
    {.name = "TensorScatterMin", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kMin>>},
    {.name = "TensorScatterSub", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kSub>>},
    {.name = "TensorScatterUpdate", .types = {}, .make = MakeKernel<ScatterNdInto<Action::kUpdate>>},
};

}  // namespace

std::span<const Op> ArrayScatterOps() { return kOps; }

}  // namespace smcli
