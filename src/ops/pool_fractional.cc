// FractionalMaxPool and FractionalAvgPool: windows whose sizes vary, drawn from the generator (B. Graham, "Fractional
// max-pooling", 2015; TensorFlow: kernels/fractional_pool_common.cc).
#include <cmath>
#include <vector>

#include "ops/op.h"
#include "ops/random_distributions.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// Steps of k and k + 1 that lead from 0 to `in` in `out` steps, in the order of ceil(alpha (i + u)) for a random u.
std::vector<int64_t> PseudoRandomSteps(int64_t in, int64_t out, const Philox& philox) {
  const double alpha = static_cast<double>(in) / static_cast<double>(out);
  const int64_t k = in / out;
  const double most = std::min(static_cast<double>(k + 2) / alpha - 1,
                               static_cast<double>(in + 1 - k) / alpha - static_cast<double>(out - 1));
  PhiloxWords words(philox);
  const uint32_t high = words();
  const double u = UnitDouble(high, words()) * most;
  std::vector<int64_t> steps(static_cast<size_t>(out));
  int64_t before = 1;
  for (int64_t i = 1; i <= out; ++i) {
    const int64_t at = i == out ? in + 1 : static_cast<int64_t>(std::ceil(alpha * (static_cast<double>(i) + u)));
    steps[static_cast<size_t>(i - 1)] = at - before;
    before = at;
  }
  return steps;
}

// The same steps, shuffled.
std::vector<int64_t> RandomSteps(int64_t in, int64_t out, const Philox& philox) {
  std::vector<int64_t> steps(static_cast<size_t>(out), in / out);
  for (int64_t i = 0; i < in % out; ++i) ++steps[static_cast<size_t>(i)];
  PhiloxWords words(philox);
  for (int64_t i = 0; i + 1 < out; ++i) {
    const auto other = i + static_cast<int64_t>(words() % static_cast<uint32_t>(out - i));
    std::swap(steps[static_cast<size_t>(i)], steps[static_cast<size_t>(other)]);
  }
  return steps;
}

// Rows and columns where windows begin, and the end.
struct Borders {
  std::vector<int64_t> rows, columns;
};

// From border i to the next; where windows overlap they share the border.
struct Stretch {
  int64_t begin, end;
};

template <typename T>
void PoolWindow(const T* image, int64_t width, int64_t channels, Stretch rows, Stretch columns, bool max, T* out) {
  std::fill_n(out, channels, max ? std::numeric_limits<T>::lowest() : T(0));
  for (int64_t y = rows.begin; y < rows.end; ++y) {
    for (int64_t x = columns.begin; x < columns.end; ++x) {
      const T* pixel = image + (y * width + x) * channels;
      for (int64_t c = 0; c < channels; ++c)
        out[c] = max ? std::max(out[c], pixel[c]) : static_cast<T>(out[c] + pixel[c]);
    }
  }
  if (max) return;
  const auto count = static_cast<T>((rows.end - rows.begin) * (columns.end - columns.begin));
  for (int64_t c = 0; c < channels; ++c) out[c] /= count;
}

class FractionalPool final : public Kernel {
 public:
  static Result<FractionalPool> Make(const NodeInfo& node) {
    FractionalPool kernel;
    kernel.max_ = node.op == "FractionalMaxPool";
    SMCLI_ASSIGN_OR_RETURN(kernel.ratio_, node.attrs.Floats("pooling_ratio"));
    SMCLI_ASSIGN_OR_RETURN(kernel.pseudo_random_, node.attrs.Bool("pseudo_random"));
    SMCLI_ASSIGN_OR_RETURN(kernel.overlapping_, node.attrs.Bool("overlapping"));
    SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    if (kernel.ratio_.size() != 4) return InvalidModelError("pooling_ratio field must specify 4 dimensions");
    for (float ratio : kernel.ratio_) {
      if (!(ratio >= 1)) return InvalidModelError("pooling_ratio cannot be smaller than 1, got: {}", ratio);
    }
    if (kernel.ratio_[0] != 1 || kernel.ratio_[3] != 1) {
      return UnsupportedError("Fractional pooling is not yet supported on the batch nor channel dimension.");
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    if (x.rank() != 4) return ModelError("tensor_in must be 4-dimensional, got {}", x.shape().ToString());
    Borders borders;
    SMCLI_ASSIGN_OR_RETURN(borders.rows, BordersOf(ctx, x.dim(1), ratio_[1]));
    SMCLI_ASSIGN_OR_RETURN(borders.columns, BordersOf(ctx, x.dim(2), ratio_[2]));
    const auto rows = static_cast<int64_t>(borders.rows.size()) - 1,
               columns = static_cast<int64_t>(borders.columns.size()) - 1;
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, x.dtype(), Shape{x.dim(0), rows, columns, x.dim(3)}));
    ctx.set_output(1, Tensor::Vector<int64_t>(borders.rows));
    ctx.set_output(2, Tensor::Vector<int64_t>(borders.columns));
    const auto run = [&]<typename T>(TypeTag<T>) { PoolAll<T>(ctx.pool(), x, borders, *out); };
    switch (x.dtype()) {
      case DataType::kFloat: run(TypeTag<float>{}); break;
      case DataType::kDouble: run(TypeTag<double>{}); break;
      case DataType::kInt32: run(TypeTag<int32_t>{}); break;
      default: run(TypeTag<int64_t>{});
    }
    return {};
  }

 private:
  Result<std::vector<int64_t>> BordersOf(KernelContext& ctx, int64_t in, float ratio) const {
    const auto out = static_cast<int64_t>(std::floor(static_cast<float>(in) / ratio));
    if (out < 1) return ModelError("the pooled extent of {} by a ratio of {} is empty", in, ratio);
    SMCLI_ASSIGN_OR_RETURN(const Philox philox,
                           source_.Reserve(ctx, static_cast<uint64_t>(pseudo_random_ ? 1 : (out + 3) / 4)));
    std::vector<int64_t> borders = {0};
    for (int64_t step : pseudo_random_ ? PseudoRandomSteps(in, out, philox) : RandomSteps(in, out, philox)) {
      borders.push_back(borders.back() + step);
    }
    return borders;
  }

  Stretch StretchOf(const std::vector<int64_t>& borders, int64_t i) const {
    const auto at = static_cast<size_t>(i);
    return {borders[at], std::min(borders[at + 1] + (overlapping_ ? 1 : 0), borders.back())};
  }

  template <typename T>
  void PoolAll(ThreadPool& pool, const Tensor& x, const Borders& borders, Tensor& out) const {
    const int64_t rows = out.dim(1), columns = out.dim(2), channels = x.dim(3);
    const T* from = x.data<T>();
    T* to = out.mutable_data<T>();
    const double cost = static_cast<double>(x.dim(2) * channels) * 2;
    pool.ParallelFor(x.dim(0) * rows, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const T* image = from + row / rows * x.dim(1) * x.dim(2) * channels;
        for (int64_t column = 0; column < columns; ++column) {
          PoolWindow(image, x.dim(2), channels, StretchOf(borders.rows, row % rows), StretchOf(borders.columns, column),
                     max_, to + (row * columns + column) * channels);
        }
      }
    });
  }

  bool max_ = true, pseudo_random_ = false, overlapping_ = false;
  std::vector<float> ratio_;
  SeededSource source_;
};

constexpr DataTypeSet kTypes = DataType::kFloat | DataType::kDouble | DataType::kInt32 | DataType::kInt64;

constexpr Op kOps[] = {
    {.name = "FractionalAvgPool",
     .types = {{{"T", kTypes}}},
     .make = MakeKernel<FractionalPool>,
     .tolerance = Tolerance::kRounding,
     .pure = false},
    {.name = "FractionalMaxPool", .types = {{{"T", kTypes}}}, .make = MakeKernel<FractionalPool>, .pure = false},
};

}  // namespace

std::span<const Op> PoolFractionalOps() { return kOps; }

}  // namespace smcli
