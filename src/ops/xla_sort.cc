// XlaSort, XlaKeyValueSort and XlaVariadicSort.
#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

#include "ops/arithmetic.h"
#include "ops/computation.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/order.h"

namespace smcli {
namespace {

// The order of XLA's own sorts: -NaN, -inf, ..., -0, 0, ..., inf, NaN.
template <typename T>
bool TotallyLess(T a, T b) {
  if constexpr (kIsFloat16<T> || std::is_floating_point_v<T>) {
    const auto rank = [](T value) {
      const auto wide = static_cast<std::conditional_t<std::is_same_v<T, double>, double, float>>(value);
      return std::isnan(wide) ? (std::signbit(wide) ? -1 : 1) : 0;
    };
    const int rank_a = rank(a), rank_b = rank(b);
    if (rank_a != rank_b || rank_a != 0) return rank_a < rank_b;
    if (Less(a, b) || Less(b, a)) return Less(a, b);
    return std::signbit(static_cast<double>(static_cast<float>(a))) &&
           !std::signbit(static_cast<double>(static_cast<float>(b)));
  } else {
    return a < b;
  }
}

// The order in which every row of the last dimension is sorted.
std::vector<int64_t> SortedRow(const Tensor& keys, int64_t first, int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), first);
  if (keys.dtype() == DataType::kBool) {
    std::ranges::stable_sort(order, std::less<>(), [&](int64_t i) { return keys.data<bool>()[i]; });
    return order;
  }
  DispatchRealNumbers(keys.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* data = keys.data<T>();
    std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return TotallyLess(data[a], data[b]); });
  });
  return order;
}

// (keys, values...): all sorted along the last dimension as the keys are.
Status SortByKeys(KernelContext& ctx) {
  const Tensor& keys = ctx.input(0);
  if (keys.rank() < 1) return ModelError("a scalar cannot be sorted");
  const int64_t count = keys.dim(keys.rank() - 1);
  for (int n = 0; n < ctx.num_inputs(); ++n) {
    if (!(ctx.input(n).shape() == keys.shape())) return ModelError("keys and values must have the same shape");
    SMCLI_RETURN_IF_ERROR(ctx.Allocate(n, ctx.input(n).dtype(), keys.shape()));
  }
  for (int64_t first = 0; first < keys.num_elements(); first += count) {
    const std::vector<int64_t> order = SortedRow(keys, first, count);
    for (int n = 0; n < ctx.num_inputs(); ++n) {
      for (int64_t i = 0; i < count; ++i) {
        CopyElements(ctx.input(n), order[static_cast<size_t>(i)], 1, ctx.output(n), first + i);
      }
    }
  }
  return {};
}

// (inputs..., dimension): by a comparator of the model's library, which is asked about many pairs at once: Batcher's
// odd-even merges. Equal elements keep their order.
class XlaVariadicSort final : public Kernel {
 public:
  static Result<XlaVariadicSort> Make(const NodeInfo& node) {
    XlaVariadicSort kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.comparator_, Computation::Make(node, "comparator", 2 * node.num_outputs(), 1));
    if (node.num_inputs() != node.num_outputs() + 1) return InvalidModelError("{} inputs", node.num_inputs());
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const int n = ctx.num_outputs();
    const Shape shape = ctx.input(0).shape();
    SMCLI_ASSIGN_OR_RETURN(const int64_t dimension, SingleInt(ctx.input(n), "dimension"));
    SMCLI_ASSIGN_OR_RETURN(const int axis, NormalAxis(dimension, shape.rank()));
    for (int i = 0; i < n; ++i) {
      if (!(ctx.input(i).shape() == shape)) return ModelError("inputs of a sort must have the same shape");
      SMCLI_RETURN_IF_ERROR(ctx.Allocate(i, ctx.input(i).dtype(), shape));
    }
    if (shape.num_elements() == 0) return {};
    Rows rows{shape.Product(0, axis), shape.dim(axis), shape.Product(axis + 1, shape.rank()), {}};
    rows.at.resize(static_cast<size_t>(shape.num_elements()));
    std::iota(rows.at.begin(), rows.at.end(), 0);
    SMCLI_RETURN_IF_ERROR(SortRows(ctx, rows));
    for (int i = 0; i < n; ++i) {
      for (int64_t e = 0; e < shape.num_elements(); ++e) {
        CopyElements(ctx.input(i), rows.at[static_cast<size_t>(e)], 1, ctx.output(i), e);
      }
    }
    return {};
  }

 private:
  struct Rows {
    int64_t outer, count, inner;
    std::vector<int64_t> at;  // which element of the input stands in each place
  };
  using Pairs = std::vector<std::pair<size_t, size_t>>;  // places, the first of which comes before the second

  Status SortRows(KernelContext& ctx, Rows& rows) const {
    Pairs pairs;
    for (int64_t run = 1; run < rows.count; run *= 2) {
      for (int64_t k = run; k >= 1; k /= 2) {
        pairs.clear();
        for (int64_t j = k % run; j + k < rows.count; j += 2 * k) {
          for (int64_t i = j; i < j + std::min(k, rows.count - j - k); ++i) {
            if (i / (2 * run) == (i + k) / (2 * run)) AddPairs(rows, i, i + k, pairs);
          }
        }
        SMCLI_RETURN_IF_ERROR(Exchange(ctx, rows, pairs));
      }
    }
    return {};
  }

  static void AddPairs(const Rows& rows, int64_t a, int64_t b, Pairs& pairs) {
    for (int64_t o = 0; o < rows.outer; ++o) {
      for (int64_t i = 0; i < rows.inner; ++i) {
        pairs.emplace_back((o * rows.count + a) * rows.inner + i, (o * rows.count + b) * rows.inner + i);
      }
    }
  }

  Status Exchange(KernelContext& ctx, Rows& rows, const Pairs& pairs) const {
    if (pairs.empty()) return {};
    SMCLI_ASSIGN_OR_RETURN(const Tensor swap, Compare(ctx, rows, pairs, true));
    SMCLI_ASSIGN_OR_RETURN(const Tensor keep, Compare(ctx, rows, pairs, false));
    for (size_t i = 0; i < pairs.size(); ++i) {
      int64_t& a = rows.at[pairs[i].first];
      int64_t& b = rows.at[pairs[i].second];
      const bool less = swap.data<bool>()[i];
      if (less || (!keep.data<bool>()[i] && b < a)) std::swap(a, b);
    }
    return {};
  }

  // Whether the second of each pair is less than the first (or, not reversed, the first than the second).
  Result<Tensor> Compare(KernelContext& ctx, const Rows& rows, const Pairs& pairs, bool reversed) const {
    const auto count = static_cast<int64_t>(pairs.size());
    std::vector<Tensor> args, rets;
    for (int n = 0; n < ctx.num_outputs(); ++n) {
      for (const bool second : {reversed, !reversed}) {
        SMCLI_ASSIGN_OR_RETURN(Tensor side, Tensor::Make(ctx.input(n).dtype(), Shape{count}));
        for (size_t i = 0; i < pairs.size(); ++i) {
          const size_t place = second ? pairs[i].second : pairs[i].first;
          CopyElements(ctx.input(n), rows.at[place], 1, side, static_cast<int64_t>(i));
        }
        args.push_back(std::move(side));
      }
    }
    const DataType types[] = {DataType::kBool};
    SMCLI_RETURN_IF_ERROR(comparator_->Map(ctx.services(), std::move(args), count, types, rets));
    return std::move(rets[0]);
  }

  std::unique_ptr<Computation> comparator_;
};

constexpr Op kOps[] = {
    {.name = "XlaKeyValueSort", .types = {{{"V", kPlain}}}, .make = MakeFunctionKernel<SortByKeys>},
    {.name = "XlaSort", .types = {{{"T", kRealNumbers | DataType::kBool}}}, .make = MakeFunctionKernel<SortByKeys>},
    {.name = "XlaVariadicSort", .types = {}, .make = MakeKernel<XlaVariadicSort>},
};

}  // namespace

std::span<const Op> XlaSortOps() { return kOps; }

}  // namespace smcli
