// TopK, ApproxTopK, NthElement and InTopK: the largest of the last dimension.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/order.h"

namespace smcli {
namespace {

// Up to here a heap of the best k is faster than partitioning the whole row.
constexpr int64_t kHeapUpTo = 64;
// Nanoseconds that looking at an element costs, about.
constexpr double kCostPerElement = 1.5;

// Larger values come first, of equals the one with the lower index. NaN ranks below everything: a strict order, where
// TensorFlow's answer depends on the places of the NaNs.
template <typename T>
struct Better {
  const T* row;
  bool operator()(int32_t a, int32_t b) const {
    const T x = row[a], y = row[b];
    if (Less(y, x)) return true;
    if (Less(x, y)) return false;
    const bool x_nan = IsNan(x), y_nan = IsNan(y);
    if (x_nan != y_nan) return y_nan;
    return a < b;
  }
};

template <typename T>
void BestByHeap(const Better<T>& better, int32_t count, std::vector<int32_t>& best, size_t k) {
  best.resize(k);
  std::iota(best.begin(), best.end(), 0);
  std::ranges::make_heap(best, better);  // the worst of the best on top
  for (auto i = static_cast<int32_t>(k); i < count; ++i) {
    if (!better(i, best.front())) continue;
    std::ranges::pop_heap(best, better);
    best.back() = i;
    std::ranges::push_heap(best, better);
  }
}

template <typename T>
void BestByPartition(const Better<T>& better, int32_t count, std::vector<int32_t>& best, size_t k) {
  best.resize(static_cast<size_t>(count));
  std::iota(best.begin(), best.end(), 0);
  if (k < best.size())
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(k), best.end(), better);
  best.resize(k);
}

// Rows of `count` values in; the k best of each and their places out.
template <typename T, typename Index>
void TopRows(ThreadPool& pool, const T* values, int64_t rows, int64_t count, int64_t k, T* best_values, Index* places) {
  const auto grain = ThreadPool::GrainOf(kCostPerElement * static_cast<double>(count));
  pool.ParallelFor(rows, grain, [&](int64_t begin, int64_t end) {
    std::vector<int32_t> best;
    for (int64_t row = begin; row < end; ++row) {
      const Better<T> better{values + row * count};
      if (k <= kHeapUpTo) {
        BestByHeap(better, static_cast<int32_t>(count), best, static_cast<size_t>(k));
      } else {
        BestByPartition(better, static_cast<int32_t>(count), best, static_cast<size_t>(k));
      }
      std::ranges::sort(best, better);
      for (int64_t i = 0; i < k; ++i) {
        const int32_t place = best[static_cast<size_t>(i)];
        best_values[row * k + i] = better.row[place];
        places[row * k + i] = static_cast<Index>(place);
      }
    }
  });
}

// k is an attribute (TopK, ApproxTopK) or the second input (TopKV2). Also without `sorted` the result is sorted, and
// what may be an approximation is exact.
class TopK final : public Kernel {
 public:
  static Result<TopK> Make(const NodeInfo& node) {
    TopK kernel;
    kernel.index_type_ = node.output_types[1];
    if (node.num_inputs() == 1) {
      SMCLI_ASSIGN_OR_RETURN(kernel.k_, node.attrs.Int("k"));
    }
    return kernel;
  }
  // As TensorFlow on the CPU: the largest, of the last dimension.
  static Result<std::unique_ptr<Kernel>> MakeApproximate(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t dimension, node.attrs.Int("reduction_dimension"));
    SMCLI_ASSIGN_OR_RETURN(const bool largest, node.attrs.Bool("is_max_k"));
    if (dimension != -1 || !largest) return UnsupportedError("ApproxTopK but of the largest of the last dimension");
    return MakeKernel<TopK>(node);
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    int64_t k = k_;
    if (ctx.num_inputs() > 1) {
      SMCLI_ASSIGN_OR_RETURN(k, ScalarInt(ctx.input(1), "k"));
    }
    if (k < 0) return ModelError("Need k >= 0, got {}", k);
    if (input.rank() < 1) return ModelError("input must be >= 1-D, got shape {}", input.shape().ToString());
    const int64_t count = input.dim(input.rank() - 1);
    if (count < k) return ModelError("input must have at least k columns. Had {}, needed {}", count, k);
    const int64_t limit =
        index_type_ == DataType::kInt16 ? std::numeric_limits<int16_t>::max() : std::numeric_limits<int32_t>::max();
    if (count > limit)
      return ModelError("the last dimension has {} elements, more than {} can number", count, Name(index_type_));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(input.shape(), input.rank() - 1, std::span(&k, 1)));
    SMCLI_RETURN_IF_ERROR(ctx.Allocate(0, input.dtype(), shape));
    SMCLI_RETURN_IF_ERROR(ctx.Allocate(1, index_type_, shape));
    if (shape.num_elements() == 0) return {};
    DispatchRealNumbers(input.dtype(), [&](auto tag) { Find<typename decltype(tag)::type>(ctx, count, k); });
    return {};
  }

 private:
  template <typename T>
  void Find(KernelContext& ctx, int64_t count, int64_t k) const {
    const Tensor& input = ctx.input(0);
    T* values = ctx.output(0).mutable_data<T>();
    Tensor& places = ctx.output(1);
    const auto find = [&](auto* to) {
      TopRows(ctx.pool(), input.data<T>(), input.num_elements() / count, count, k, values, to);
    };
    switch (index_type_) {
      case DataType::kInt16: find(places.mutable_data<int16_t>()); break;
      case DataType::kInt64: find(places.mutable_data<int64_t>()); break;
      default: find(places.mutable_data<int32_t>());
    }
  }

  int64_t k_ = 0;
  DataType index_type_ = DataType::kInt32;
};

// (input, n): the n-th smallest (with `reverse` largest) of the last dimension, counted from 0.
class NthElement final : public Kernel {
 public:
  static Result<NthElement> Make(const NodeInfo& node) {
    NthElement kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.reverse_, node.attrs.Bool("reverse"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const int64_t n, ScalarInt(ctx.input(1), "n"));
    if (n < 0) return ModelError("n must be non-negative but is {}", n);
    if (input.rank() < 1) return ModelError("Input must be at least rank 1 but is rank 0");
    const int64_t count = input.dim(input.rank() - 1);
    if (count <= n) return ModelError("Input must have last dimension > n = {}", n);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(input.shape(), input.rank() - 1, {}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
    DispatchRealNumbers(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const auto before = [this](T a, T b) { return reverse_ ? Before(b, a) : Before(a, b); };
      const int64_t place = n;
      std::vector<T> row(static_cast<size_t>(count));
      for (int64_t i = 0; i < shape.num_elements(); ++i) {
        std::copy_n(input.data<T>() + i * count, count, row.begin());
        std::nth_element(row.begin(), row.begin() + place, row.end(), before);
        out->mutable_data<T>()[i] = row[static_cast<size_t>(place)];
      }
    });
    return {};
  }

 private:
  // A strict order: NaN ranks above everything.
  template <typename T>
  static bool Before(T a, T b) {
    return Less(a, b) || (IsNan(b) && !IsNan(a));
  }

  bool reverse_ = false;
};

// Fewer than k predictions are above the target's. False where that cannot be said: a target out of range, a row
// with infinities or NaN before the answer is known.
template <typename Target>
void InTop(const Tensor& predictions, const Tensor& targets, int64_t k, Tensor& out) {
  const int64_t classes = predictions.dim(1);
  for (int64_t b = 0; b < targets.num_elements(); ++b) {
    const float* row = predictions.data<float>() + b * classes;
    const auto target = static_cast<int64_t>(targets.data<Target>()[b]);
    bool known = target >= 0 && target < classes && std::isfinite(row[target]);
    int64_t above = 0;
    for (int64_t c = 0; known && c < classes; ++c) {
      known = std::isfinite(row[c]);
      above += row[c] > row[target] ? 1 : 0;
    }
    out.mutable_data<bool>()[b] = known && above < k;
  }
}

class InTopK final : public Kernel {
 public:
  static Result<InTopK> Make(const NodeInfo& node) {
    InTopK kernel;
    if (node.num_inputs() == 2) {
      SMCLI_ASSIGN_OR_RETURN(kernel.k_, node.attrs.Int("k"));
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& predictions = ctx.input(0);
    const Tensor& targets = ctx.input(1);
    int64_t k = k_;
    if (ctx.num_inputs() > 2) {
      SMCLI_ASSIGN_OR_RETURN(k, ScalarInt(ctx.input(2), "k"));
    }
    if (predictions.rank() != 2) return ModelError("predictions must be 2-dimensional");
    if (targets.rank() != 1) return ModelError("targets must be 1-dimensional");
    if (predictions.dim(0) != targets.dim(0)) {
      return ModelError("First dimension of predictions {} must match length of targets {}", predictions.dim(0),
                        targets.dim(0));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kBool, targets.shape()));
    targets.dtype() == DataType::kInt64 ? InTop<int64_t>(predictions, targets, k, *out)
                                        : InTop<int32_t>(predictions, targets, k, *out);
    return {};
  }

 private:
  int64_t k_ = 0;
};

constexpr Op kOps[] = {
    {.name = "ApproxTopK",
     .types = {{{"T", DataType::kFloat | DataType::kHalf | DataType::kBfloat16}}},
     .make = TopK::MakeApproximate},
    {.name = "InTopK", .types = {}, .make = MakeKernel<InTopK>},
    {.name = "InTopKV2", .types = {}, .make = MakeKernel<InTopK>},
    {.name = "NthElement", .types = {{{"T", kRealNumbers}}}, .make = MakeKernel<NthElement>},
    {.name = "TopK", .types = {{{"T", kRealNumbers}}}, .make = MakeKernel<TopK>},
    {.name = "TopKV2", .types = {{{"T", kRealNumbers}}}, .make = MakeKernel<TopK>},
};

}  // namespace

std::span<const Op> TopKOps() { return kOps; }

}  // namespace smcli
