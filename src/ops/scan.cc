// Cumsum, Cumprod and CumulativeLogsumexp: running answers along one axis. Those of half and bfloat16 are rounded at
// each step, as TensorFlow's are.
#include <cmath>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/scalar_math.h"

namespace smcli {
namespace {

template <typename T>
using NumberOf =
    typename std::conditional_t<kIsFloat16<T>, TypeTag<float>,
                                std::conditional_t<std::is_floating_point_v<T>, TypeTag<T>, scalar::NumberOf<T>>>::type;

struct RunningSum {
  template <typename T>
  static T Start() {
    return T(0);
  }
  template <typename T>
  static T Join(T sum, T x) {
    return T(NumberOf<T>(sum) + NumberOf<T>(x));
  }
};
struct RunningProduct {
  template <typename T>
  static T Start() {
    return T(1);
  }
  template <typename T>
  static T Join(T product, T x) {
    return T(NumberOf<T>(product) * NumberOf<T>(x));
  }
};
// log(exp(a) + exp(b)). The comparisons are TensorFlow's (scan_ops.h), so that a NaN counts as the sum so far.
struct RunningLogSumExp {
  template <typename T>
  static T Start() {
    return T(-std::numeric_limits<NumberOf<T>>::infinity());
  }
  template <typename T>
  static T Join(T before, T x) {
    using N = NumberOf<T>;
    const N a(before), b(x), low = b < a ? b : a, high = a < b ? b : a;
    if (std::isinf(high)) return high > 0 && std::isnan(b) ? x : T(high);
    const N part(T(std::exp(N(T(low - high)))));
    return T(N(T(std::log1p(part))) + high);
  }
};

template <typename F>
class Scan final : public Kernel {
 public:
  static Result<Scan> Make(const NodeInfo& node) {
    Scan kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.exclusive_, node.attrs.Bool("exclusive"));
    SMCLI_ASSIGN_OR_RETURN(kernel.reverse_, node.attrs.Bool("reverse"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    if (ctx.input(1).rank() != 0) {
      return ModelError("ScanOp: axis must be a scalar, not {}", ctx.input(1).shape().ToString());
    }
    const int64_t wanted = IntAt(ctx.input(1), 0);
    const int rank = input.rank();
    if (wanted < -rank || wanted >= rank) {
      return ModelError("ScanOp: Expected scan axis in the range [{}, {}), but got {}", -rank, rank, wanted);
    }
    const int axis = static_cast<int>(wanted < 0 ? wanted + rank : wanted);
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), input.shape()));
    if (input.num_elements() == 0) return {};
    const auto run = [&](auto tag) { Run<typename decltype(tag)::type>(ctx.pool(), input, axis, *out); };
    if constexpr (std::is_same_v<F, RunningLogSumExp>) {
      DispatchFloats(input.dtype(), run);
    } else {
      DispatchNumbers(input.dtype(), run);
    }
    return {};
  }

 private:
  // Lines along the axis are `inner` apart; neighbouring lines are walked together.
  template <typename T>
  void Run(ThreadPool& pool, const Tensor& input, int axis, Tensor& out) const {
    const T* x = input.data<T>();
    T* y = out.mutable_data<T>();
    const int64_t n = input.dim(axis), inner = input.shape().Product(axis + 1, input.rank());
    constexpr int64_t kLines = 64;
    const int64_t strips = (inner + kLines - 1) / kLines;
    const int64_t outer = input.num_elements() / (n * inner);
    pool.ParallelFor(outer * strips, ThreadPool::GrainOf(static_cast<double>(n * std::min(inner, kLines))),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t i = begin; i < end; ++i) {
                         const int64_t first = i % strips * kLines;
                         const int64_t base = i / strips * n * inner + first;
                         Strip(x + base, y + base, n, inner, std::min(kLines, inner - first));
                       }
                     });
  }
  template <typename T>
  void Strip(const T* x, T* y, int64_t n, int64_t step, int64_t lines) const {
    T running[64];
    std::fill_n(running, lines, F::template Start<T>());
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = (reverse_ ? n - 1 - i : i) * step;
      for (int64_t j = 0; j < lines; ++j) {
        const T before = running[j];
        running[j] = F::Join(before, x[at + j]);
        y[at + j] = exclusive_ ? before : running[j];
      }
    }
  }

  bool exclusive_ = false, reverse_ = false;
};

constexpr auto kRounding = Tolerance::kRounding;

constexpr Op kOps[] = {
    {.name = "Cumprod", .types = {{{"T", kNumbers}}}, .make = MakeKernel<Scan<RunningProduct>>, .tolerance = kRounding},
    {.name = "Cumsum", .types = {{{"T", kNumbers}}}, .make = MakeKernel<Scan<RunningSum>>, .tolerance = kRounding},
    {.name = "CumulativeLogsumexp",
     .types = {{{"T", kFloats}}},
     .make = MakeKernel<Scan<RunningLogSumExp>>,
     .tolerance = kRounding},
};

}  // namespace

std::span<const Op> ScanOps() { return kOps; }

}  // namespace smcli
