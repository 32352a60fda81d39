// The gradients of FractionalMaxPool and FractionalAvgPool, whose windows are given by the borders that the pools put
// out (TensorFlow: kernels/fractional_max_pool_op.cc, fractional_avg_pool_op.cc).
#include <vector>

#include "ops/arithmetic.h"
#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// (orig_input, orig_output, out_backprop, rows, columns) or (orig_input_tensor_shape, out_backprop, rows, columns)
class FractionalGradient final : public Kernel {
 public:
  static Result<FractionalGradient> Make(const NodeInfo& node) {
    FractionalGradient kernel;
    kernel.max_ = node.op == "FractionalMaxPoolGrad";
    SMCLI_ASSIGN_OR_RETURN(kernel.overlapping_, node.attrs.Bool("overlapping"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    Shape shape = ctx.input(0).shape();
    if (!max_) {
      SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(0), "orig_input_tensor_shape"));
      SMCLI_ASSIGN_OR_RETURN(shape, CheckedShape(dims));
    }
    const int first = max_ ? 2 : 1;
    const Tensor& gradient = ctx.input(first);
    SMCLI_RETURN_IF_ERROR(ExpectRank(gradient, 4, "out_backprop"));
    if (shape.rank() != 4) return ModelError("orig_input must be 4-dimensional, got {}", shape.ToString());
    if (max_) SMCLI_RETURN_IF_ERROR(ExpectSameShape(ctx.input(1), "orig_output", gradient, "out_backprop"));
    SMCLI_ASSIGN_OR_RETURN(const IntList rows, VectorInts(ctx.input(first + 1), "row_pooling_sequence"));
    SMCLI_ASSIGN_OR_RETURN(const IntList columns, VectorInts(ctx.input(first + 2), "col_pooling_sequence"));
    if (static_cast<int64_t>(rows.size()) <= gradient.dim(1) ||
        static_cast<int64_t>(columns.size()) <= gradient.dim(2) || gradient.dim(0) != shape.dim(0) ||
        gradient.dim(3) != shape.dim(3)) {
      return ModelError("out_backprop {} does not fit the input {} and the pooling sequences",
                        gradient.shape().ToString(), shape.ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, gradient.dtype(), shape));
    const auto run = [&]<typename T>(TypeTag<T>) {
      return max_ ? PassToLargest<T>(ctx.input(0), ctx.input(1), gradient, rows, columns, *out)
                  : PassEvenly<T>(gradient, rows, columns, *out);
    };
    switch (gradient.dtype()) {
      case DataType::kFloat: return run(TypeTag<float>{});
      case DataType::kDouble: return run(TypeTag<double>{});
      case DataType::kInt32: return run(TypeTag<int32_t>{});
      default: return run(TypeTag<int64_t>{});
    }
  }

 private:
  struct Stretch {
    int64_t begin, end;
  };
  // Window `i` of an axis of `extent` pixels. ModelError when it is not inside.
  Result<Stretch> StretchOf(const IntList& borders, int64_t i, int64_t extent) const {
    const int at = static_cast<int>(i);
    const int64_t begin = borders[at], end = borders[at + 1];
    if (begin < 0 || end <= begin || end > extent) {
      return ModelError("the pooling sequence goes from {} to {}, outside an extent of {}", begin, end, extent);
    }
    return Stretch{begin, std::min(end + (overlapping_ ? 1 : 0), extent)};
  }

  // Calls f(first element of the window's image, rows, columns, first element of the gradient's pixel).
  template <typename F>
  Status ForWindows(const Shape& shape, const Tensor& gradient, const IntList& rows, const IntList& columns,
                    F&& f) const {
    const int64_t channels = shape.dim(3), size = shape.dim(1) * shape.dim(2) * channels;
    const int64_t height = gradient.dim(1), width = gradient.dim(2);
    if (gradient.num_elements() == 0) return {};
    for (int64_t i = 0; i < gradient.dim(0) * height * width; ++i) {
      SMCLI_ASSIGN_OR_RETURN(const Stretch y, StretchOf(rows, i / width % height, shape.dim(1)));
      SMCLI_ASSIGN_OR_RETURN(const Stretch x, StretchOf(columns, i % width, shape.dim(2)));
      f(i / width / height * size, y, x, i * channels);
    }
    return {};
  }

  // To the first largest pixel, channel by channel.
  template <typename T>
  Status PassToLargest(const Tensor& input, const Tensor& output, const Tensor& gradient, const IntList& rows,
                       const IntList& columns, Tensor& out) const {
    const int64_t channels = input.dim(3), width = input.dim(2);
    const T* from = input.data<T>();
    T* to = out.mutable_data<T>();
    std::fill_n(to, out.num_elements(), T(0));
    bool agrees = true;
    const auto pass = [&](int64_t image, Stretch y, Stretch x, int64_t at) {
      for (int64_t c = 0; c < channels; ++c) {
        int64_t best = image + (y.begin * width + x.begin) * channels + c;
        for (int64_t i = y.begin; i < y.end; ++i) {
          for (int64_t j = x.begin; j < x.end; ++j) {
            const int64_t place = image + (i * width + j) * channels + c;
            if (from[place] > from[best]) best = place;
          }
        }
        agrees = agrees && from[best] == output.data<T>()[at + c];
        to[best] = Plus(to[best], gradient.data<T>()[at + c]);
      }
    };
    SMCLI_RETURN_IF_ERROR(ForWindows(input.shape(), gradient, rows, columns, pass));
    return agrees ? Status() : ModelError("orig_output is not what the pool makes of orig_input");
  }

  // In equal shares, added up in double.
  template <typename T>
  Status PassEvenly(const Tensor& gradient, const IntList& rows, const IntList& columns, Tensor& out) const {
    const int64_t channels = out.dim(3), width = out.dim(2);
    std::vector<double> sums(static_cast<size_t>(out.num_elements()));
    const auto pass = [&](int64_t image, Stretch y, Stretch x, int64_t at) {
      const auto count = static_cast<double>((y.end - y.begin) * (x.end - x.begin));
      for (int64_t i = y.begin; i < y.end; ++i) {
        for (int64_t k = (i * width + x.begin) * channels; k < (i * width + x.end) * channels; ++k) {
          sums[static_cast<size_t>(image + k)] += static_cast<double>(gradient.data<T>()[at + k % channels]) / count;
        }
      }
    };
    SMCLI_RETURN_IF_ERROR(ForWindows(out.shape(), gradient, rows, columns, pass));
    constexpr auto kBound = static_cast<double>(std::numeric_limits<T>::max());
    std::ranges::transform(sums, out.mutable_data<T>(), [&](double sum) {
      if constexpr (std::is_integral_v<T>) return std::abs(sum) < kBound ? static_cast<T>(sum) : T(0);
      return static_cast<T>(sum);
    });
    return {};
  }

  bool max_ = true, overlapping_ = false;
};

constexpr DataTypeSet kTypes = DataType::kFloat | DataType::kDouble | DataType::kInt32 | DataType::kInt64;

constexpr Op kOps[] = {
    {.name = "FractionalAvgPoolGrad",
     .types = {{{"T", kTypes}}},
     .make = MakeKernel<FractionalGradient>,
     .tolerance = Tolerance::kRounding},
    {.name = "FractionalMaxPoolGrad",
     .types = {{{"T", kTypes}}},
     .make = MakeKernel<FractionalGradient>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> PoolFractionalGradientOps() { return kOps; }

}  // namespace smcli
