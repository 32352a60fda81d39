// XlaReduce, XlaVariadicReduce(V2) and XlaReduceWindow: reductions by a function of the model's library.
#include <algorithm>

#include "ops/computation.h"
#include "ops/interior_padding.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

Result<Tensor> Filled(ThreadPool& pool, const Tensor& value, const Shape& shape) {
  if (value.num_elements() != 1) return ModelError("init_value must be a scalar: {}", value.shape().ToString());
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(value.dtype(), shape));
  StridedCopy fill;
  fill.Add(shape.num_elements(), 0, 1);
  fill.Run(pool, value, 0, out, 0);
  return out;
}

// (inputs..., init_values...): rows of what is reduced are folded half on half; the reducer's arguments are all
// accumulators, then all values.
class XlaReduce final : public Kernel {
 public:
  static Result<XlaReduce> Make(const NodeInfo& node) {
    XlaReduce kernel;
    const int n = node.num_outputs();
    if (n == 0 || node.num_inputs() != 2 * n) return InvalidModelError("{} inputs", node.num_inputs());
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> axes, node.attrs.Ints("dimensions_to_reduce"));
    if (axes.size() > kMaxRank) return InvalidModelError("{} dimensions to reduce", axes.size());
    kernel.axes_ = IntList(axes);
    kernel.types_.assign(node.output_types.begin(), node.output_types.end());
    SMCLI_ASSIGN_OR_RETURN(kernel.reducer_, Computation::Make(node, "reducer", 2 * n, n));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const auto n = static_cast<int>(types_.size());
    const Shape& shape = ctx.input(0).shape();
    SMCLI_ASSIGN_OR_RETURN(const IntList order, ReducedFirst(shape));
    std::vector<Tensor> rows, totals;
    IntList kept;
    for (int i = axes_.size(); i < order.size(); ++i) kept.push_back(shape.dim(static_cast<int>(order[i])));
    SMCLI_ASSIGN_OR_RETURN(const Shape result, CheckedShape(kept));
    int64_t count = 1;
    for (int64_t axis : axes_) count *= shape.dim(static_cast<int>(axis));
    if (count == 1) {  // XLA's compiler makes a reshape of it, without the initial values
      for (int i = 0; i < n; ++i) ctx.set_output(i, ctx.input(i).Reshaped(result));
      return {};
    }
    for (int i = 0; i < n; ++i) {
      if (!(ctx.input(i).shape() == shape)) return ModelError("inputs of a reduction have different shapes");
      SMCLI_ASSIGN_OR_RETURN(rows.emplace_back(), Permuted(ctx.pool(), ctx.input(i), order));
      SMCLI_ASSIGN_OR_RETURN(totals.emplace_back(), Filled(ctx.pool(), ctx.input(n + i), result));
    }
    SMCLI_RETURN_IF_ERROR(Fold(ctx.services(), std::move(rows), count, result.num_elements(), totals));
    for (int i = 0; i < n; ++i) ctx.set_output(i, std::move(totals[static_cast<size_t>(i)]).Reshaped(result));
    return {};
  }

 private:
  // The reduced dimensions, then the others.
  Result<IntList> ReducedFirst(const Shape& shape) const {
    IntList order = axes_;
    std::vector<bool> reduced(static_cast<size_t>(shape.rank()));
    for (int64_t axis : axes_) {
      if (axis < 0 || axis >= shape.rank() || reduced[static_cast<size_t>(axis)]) {
        return ModelError("dimension {} of a tensor of rank {} cannot be reduced", axis, shape.rank());
      }
      reduced[static_cast<size_t>(axis)] = true;
    }
    for (int i = 0; i < shape.rank(); ++i) {
      if (!reduced[static_cast<size_t>(i)]) order.push_back(i);
    }
    return order;
  }

  // totals = reducer(totals, rows); every row has `width` elements.
  Status Fold(RunServices& services, std::vector<Tensor> rows, int64_t count, int64_t width,
              std::vector<Tensor>& totals) const {
    if (width == 0) return {};
    while (count > 0) {
      if (count % 2 == 1) {
        SMCLI_RETURN_IF_ERROR(Combine(services, totals, 0, rows, (count - 1) * width, width, totals));
      }
      count /= 2;
      if (count > 0) {
        SMCLI_RETURN_IF_ERROR(Combine(services, rows, 0, rows, count * width, count * width, rows));
      }
    }
    return {};
  }

  // `size` elements from `first_a` and `first_b` on.
  Status Combine(RunServices& services, const std::vector<Tensor>& a, int64_t first_a, const std::vector<Tensor>& b,
                 int64_t first_b, int64_t size, std::vector<Tensor>& out) const {
    std::vector<Tensor> args, rets;
    for (const Tensor& t : a) args.push_back(t.Part(first_a, Shape{size}));
    for (const Tensor& t : b) args.push_back(t.Part(first_b, Shape{size}));
    SMCLI_RETURN_IF_ERROR(reducer_->Map(services, std::move(args), size, types_, rets));
    out = std::move(rets);
    return {};
  }

  IntList axes_;
  std::vector<DataType> types_;
  std::unique_ptr<Computation> reducer_;
};

// (input, init_value, window_dimensions, window_strides, base_dilations, window_dilations, padding[rank, 2]): a fold
// over the places in the window, each a strided part of the padded input.
class XlaReduceWindow final : public Kernel {
 public:
  static Result<XlaReduceWindow> Make(const NodeInfo& node) {
    XlaReduceWindow kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.computation_, Computation::Make(node, "computation", 2, 1));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Window window, Window::Read(ctx));
    SMCLI_ASSIGN_OR_RETURN(const Tensor padded, PadInterior(ctx.pool(), ctx.input(0), ctx.input(1), window.padding));
    IntList dims;
    for (int i = 0; i < padded.rank(); ++i) {
      const int64_t reach = (window.size[i] - 1) * window.dilation[i] + 1;
      dims.push_back(padded.dim(i) < reach ? 0 : (padded.dim(i) - reach) / window.stride[i] + 1);
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor total, Filled(ctx.pool(), ctx.input(1), shape));
    if (shape.num_elements() > 0) {
      SMCLI_RETURN_IF_ERROR(Fold(ctx, window, padded, total));
    }
    ctx.set_output(0, std::move(total).Reshaped(shape));
    return {};
  }

 private:
  struct Window {
    IntList size, stride, dilation;
    InteriorPadding padding;

    static Result<Window> Read(KernelContext& ctx) {
      Window window;
      const int rank = ctx.input(0).rank();
      if (ctx.input(1).num_elements() != 1) return ModelError("init_value must be a scalar");
      SMCLI_ASSIGN_OR_RETURN(window.size, Positive(ctx.input(2), rank, "window_dimensions"));
      SMCLI_ASSIGN_OR_RETURN(window.stride, Positive(ctx.input(3), rank, "window_strides"));
      SMCLI_ASSIGN_OR_RETURN(window.padding.interior, Positive(ctx.input(4), rank, "base_dilations"));
      SMCLI_ASSIGN_OR_RETURN(window.dilation, Positive(ctx.input(5), rank, "window_dilations"));
      const Tensor& edges = ctx.input(6);
      if (!(edges.shape() == Shape{rank, 2})) {
        return ModelError("padding must have shape [{},2], got {}", rank, edges.shape().ToString());
      }
      for (int i = 0; i < rank; ++i) {
        --window.padding.interior[i];
        window.padding.low.push_back(IntAt(edges, 2 * i));
        window.padding.high.push_back(IntAt(edges, 2 * i + 1));
      }
      return window;
    }
    static Result<IntList> Positive(const Tensor& tensor, int rank, std::string_view what) {
      SMCLI_ASSIGN_OR_RETURN(const IntList list, VectorInts(tensor, what));
      constexpr int64_t kFar = int64_t{1} << 30;
      const auto good = [](int64_t n) { return n > 0 && n < kFar; };
      if (list.size() != rank || !std::ranges::all_of(list.span(), good)) {
        return ModelError("{} must be {} positive numbers", what, rank);
      }
      return list;
    }
  };

  Status Fold(KernelContext& ctx, const Window& window, const Tensor& padded, Tensor& total) const {
    const auto from = RowMajorStrides(padded.shape());
    const auto to = RowMajorStrides(total.shape());
    const int rank = padded.rank();
    const DataType types[] = {total.dtype()};
    const int64_t count = total.num_elements();
    IntList place;
    place.assign(rank, 0);
    std::vector<Tensor> rets;
    for (bool more = true; more;) {
      StridedCopy copy;
      int64_t first = 0;
      for (int i = 0; i < rank; ++i) {
        const auto d = static_cast<size_t>(i);
        first += place[i] * window.dilation[i] * from[d];
        copy.Add(total.dim(i), window.stride[i] * from[d], to[d]);
      }
      SMCLI_ASSIGN_OR_RETURN(Tensor part, Tensor::Make(total.dtype(), total.shape()));
      copy.Run(ctx.pool(), padded, first, part, 0);
      const Shape shape = total.shape();
      SMCLI_RETURN_IF_ERROR(computation_->Map(ctx.services(), {total, std::move(part)}, count, types, rets));
      total = std::move(rets[0]).Reshaped(shape);
      int d = rank - 1;
      while (d >= 0 && ++place[d] == window.size[d]) place[d--] = 0;
      more = d >= 0;
    }
    return {};
  }

  std::unique_ptr<Computation> computation_;
};

constexpr Op kOps[] = {
    {.name = "XlaReduce", .types = {}, .make = MakeKernel<XlaReduce>, .tolerance = Tolerance::kRounding},
    {.name = "XlaReduceWindow", .types = {}, .make = MakeKernel<XlaReduceWindow>, .tolerance = Tolerance::kRounding},
    {.name = "XlaVariadicReduce", .types = {}, .make = MakeKernel<XlaReduce>, .tolerance = Tolerance::kRounding},
    {.name = "XlaVariadicReduceV2", .types = {}, .make = MakeKernel<XlaReduce>, .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> XlaReduceOps() { return kOps; }

}  // namespace smcli
