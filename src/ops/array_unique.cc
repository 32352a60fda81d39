// Unique and its kin, and ListDiff.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/row_index.h"

namespace smcli {
namespace {

// The tensor seen as [outer, rows, width], where the rows are compared.
struct RowView {
  int axis = 0;
  int64_t outer = 1, rows = 0, width = 1;
};

// With an axis (UniqueV2) slices along it are compared; without one the elements of a vector.
Result<RowView> ViewRows(const Tensor& x, const Tensor* axis) {
  RowView view;
  if (axis == nullptr || axis->num_elements() == 0) {
    if (x.rank() != 1) return ModelError("unique expects a 1D vector.");
    view.rows = x.num_elements();
    return view;
  }
  if (axis->rank() != 1) return ModelError("axis expects a 1D vector.");
  if (axis->num_elements() != 1) return ModelError("axis does not support input tensors larger than 1 elements");
  const int64_t wanted = IntAt(*axis, 0);
  if (wanted < -x.rank() || wanted >= x.rank()) return ModelError("axis has to be between [0, {})", x.rank());
  view.axis = static_cast<int>(wanted < 0 ? wanted + x.rank() : wanted);
  view.rows = x.dim(view.axis);
  if (x.num_elements() == 0) {
    view.width = 0;
  } else {
    view.outer = x.shape().Product(0, view.axis);
    view.width = x.shape().Product(view.axis + 1, x.rank());
  }
  return view;
}

// The distinct rows in order of first appearance.
template <typename T>
Result<Tensor> TakeRows(const Tensor& x, const RowView& view, const std::vector<int64_t>& firsts) {
  const auto count = static_cast<int64_t>(firsts.size());
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(x.shape(), view.axis, std::span(&count, 1)));
  SMCLI_ASSIGN_OR_RETURN(Tensor y, Tensor::Make(x.dtype(), shape));
  T* to = y.mutable_data<T>();
  for (int64_t piece = 0; piece < view.outer && y.num_elements() > 0; ++piece) {
    for (int64_t first : firsts) {
      CopyRun(x.data<T>() + (piece * view.rows + first) * view.width, view.width, to);
      to += view.width;
    }
  }
  return y;
}

// Outputs y, idx and, for the WithCounts forms, count.
class Unique final : public Kernel {
 public:
  static Result<Unique> Make(const NodeInfo& node) {
    Unique kernel;
    kernel.index_type_ = node.output_types[1];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const RowView view, ViewRows(x, ctx.num_inputs() > 1 ? &ctx.input(1) : nullptr));
    if (index_type_ == DataType::kInt32 && view.rows > std::numeric_limits<int32_t>::max()) {
      return ModelError("unique does not support input tensors larger than {} elements",
                        std::numeric_limits<int32_t>::max());
    }
    Status status;
    DispatchComparable(x.dtype(), [&](auto tag) { status = Find<typename decltype(tag)::type>(ctx, x, view); });
    return status;
  }

 private:
  template <typename T>
  Status Find(KernelContext& ctx, const Tensor& x, const RowView& view) const {
    RowIndex<T> index(x.data<T>(), view.outer, view.rows, view.width);
    std::vector<int64_t> places(static_cast<size_t>(view.rows)), counts;
    for (int64_t row = 0; row < view.rows; ++row) {
      const int64_t place = index.Add(row);
      places[static_cast<size_t>(row)] = place;
      counts.resize(index.firsts().size());
      ++counts[static_cast<size_t>(place)];
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor y, TakeRows<T>(x, view, index.firsts()));
    SMCLI_ASSIGN_OR_RETURN(Tensor idx, IntVector(index_type_, places));
    if (ctx.num_outputs() > 2) {
      SMCLI_ASSIGN_OR_RETURN(Tensor count, IntVector(index_type_, counts));
      ctx.set_output(2, std::move(count));
    }
    ctx.set_output(0, std::move(y));
    ctx.set_output(1, std::move(idx));
    return {};
  }

  DataType index_type_ = DataType::kInt32;
};

// The elements of x that are not in y, and where they are; repeated ones stay.
class ListDiff final : public Kernel {
 public:
  static Result<ListDiff> Make(const NodeInfo& node) {
    ListDiff kernel;
    kernel.index_type_ = node.output_types[1];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    if (ctx.input(0).rank() != 1) return ModelError("x should be a 1D vector.");
    if (ctx.input(1).rank() != 1) return ModelError("y should be a 1D vector.");
    Status status;
    DispatchComparable(ctx.input(0).dtype(), [&](auto tag) { status = Find<typename decltype(tag)::type>(ctx); });
    return status;
  }

 private:
  template <typename T>
  Status Find(KernelContext& ctx) const {
    const Tensor& x = ctx.input(0);
    const Tensor& y = ctx.input(1);
    RowIndex<T> known(y.data<T>(), 1, y.num_elements(), 1);
    for (int64_t i = 0; i < y.num_elements(); ++i) known.Add(i);
    std::vector<int64_t> kept;
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      if (!known.Contains(x.data<T>()[i])) kept.push_back(i);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor out, TakeRows<T>(x, RowView{0, 1, x.num_elements(), 1}, kept));
    SMCLI_ASSIGN_OR_RETURN(Tensor idx, IntVector(index_type_, kept));
    ctx.set_output(0, std::move(out));
    ctx.set_output(1, std::move(idx));
    return {};
  }

  DataType index_type_ = DataType::kInt32;
};

constexpr Op kOps[] = {
    {.name = "ListDiff", .types = {{{"T", kComparable}}}, .make = MakeKernel<ListDiff>},
    {.name = "Unique", .types = {{{"T", kComparable}}}, .make = MakeKernel<Unique>},
    {.name = "UniqueV2", .types = {{{"T", kComparable}}}, .make = MakeKernel<Unique>},
    {.name = "UniqueWithCounts", .types = {{{"T", kComparable}}}, .make = MakeKernel<Unique>},
    {.name = "UniqueWithCountsV2", .types = {{{"T", kComparable}}}, .make = MakeKernel<Unique>},
};

}  // namespace

std::span<const Op> ArrayUniqueOps() { return kOps; }

}  // namespace smcli
