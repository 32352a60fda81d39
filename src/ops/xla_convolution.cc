// XlaConv and XlaConvV2: convolutions with dimensions in any order, dilated on both sides, in groups of features or of
// the batch. Patches of the input become rows of a matrix, blockwise.
#include <algorithm>
#include <complex>
#include <cstring>

#include "ops/cast.h"
#include "ops/contraction.h"
#include "ops/interior_padding.h"
#include "ops/matrix_product.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"
#include "ops/xla_dimensions.h"

namespace smcli {
namespace {

// Elements of a block of patches.
constexpr int64_t kBlock = int64_t{1} << 18;

// What is to be computed: input [n, spatial..., features], padded and dilated; kernel [spatial..., inputs, outputs].
struct Convolution {
  Tensor input, kernel;
  IntList stride, dilation, window, out;  // per spatial dimension
  int64_t feature_groups = 1, batch_groups = 1;
  int64_t patch_features = 0, features_out = 0, batch_out = 0;

  int dims() const { return stride.size(); }
  int64_t places() const { return Shape(out.span()).num_elements(); }

  // Elements of the input from an image's start to each corner of a window, in order.
  std::vector<int64_t> Corners(const IntList& counts, const IntList& steps) const {
    const auto strides = RowMajorStrides(input.shape());
    std::vector<int64_t> corners = {0};
    for (int d = 0; d < dims(); ++d) {
      std::vector<int64_t> next;
      for (int64_t base : corners) {
        for (int64_t i = 0; i < counts[d]; ++i) {
          next.push_back(base + i * steps[d] * strides[static_cast<size_t>(d) + 1]);
        }
      }
      corners = std::move(next);
    }
    return corners;
  }
};

template <typename T>
class Convolver {
 public:
  Convolver(ThreadPool& pool, const Convolution& c)
      : pool_(pool), c_(c), taps_(c.Corners(c.window, c.dilation)), starts_(c.Corners(c.out, c.stride)) {}

  // [batch_out, out..., features_out]
  Status Run(Tensor& out) {
    const int64_t groups = c_.feature_groups * c_.batch_groups;
    const int64_t own_outputs = c_.features_out / groups;
    const int64_t depth = static_cast<int64_t>(taps_.size()) * c_.patch_features;
    const int64_t rows = c_.batch_out * c_.places();
    const int64_t block = std::clamp<int64_t>(kBlock / std::max<int64_t>(depth, 1), 1, std::max<int64_t>(rows, 1));
    SMCLI_ASSIGN_OR_RETURN(const Shape patch_shape, CheckedShape(std::array{block, depth}));
    SMCLI_ASSIGN_OR_RETURN(Tensor patches, Tensor::Make(kDataTypeOf<T>, patch_shape));
    SMCLI_ASSIGN_OR_RETURN(Tensor results, Tensor::Make(kDataTypeOf<T>, Shape{block, own_outputs}));
    T* to = out.mutable_data<T>();
    for (int64_t group = 0; group < groups; ++group) {
      const MatrixRef<T> kernel{c_.kernel.data<T>() + group * own_outputs, c_.features_out, 1};
      for (int64_t row = 0; row < rows; row += block) {
        const int64_t count = std::min(block, rows - row);
        FillPatches(group, row, count, patches.mutable_data<T>());
        SMCLI_RETURN_IF_ERROR(MultiplyMatrices<T>(pool_, {patches.data<T>(), depth, 1}, kernel, nullptr, count, depth,
                                                  own_outputs, results.mutable_data<T>()));
        for (int64_t i = 0; i < count; ++i) {
          std::copy_n(results.data<T>() + i * own_outputs, own_outputs,
                      to + (row + i) * c_.features_out + group * own_outputs);
        }
      }
    }
    return {};
  }

 private:
  void FillPatches(int64_t group, int64_t first_row, int64_t count, T* patches) {
    const int64_t features = c_.input.dim(c_.dims() + 1);
    const int64_t image = c_.input.shape().Product(1, c_.dims() + 1) * features;
    const int64_t first_image = c_.batch_groups > 1 ? group * c_.batch_out : 0;
    const int64_t first_feature = c_.feature_groups > 1 ? group * c_.patch_features : 0;
    const int64_t places = c_.places(), depth = static_cast<int64_t>(taps_.size()) * c_.patch_features;
    pool_.ParallelFor(count, ThreadPool::GrainOf(static_cast<double>(depth)), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = first_row + i;
        const T* from = c_.input.data<T>() + (first_image + row / places) * image +
                        starts_[static_cast<size_t>(row % places)] + first_feature;
        T* patch = patches + i * depth;
        for (int64_t tap : taps_) patch = std::copy_n(from + tap, c_.patch_features, patch);
      }
    });
  }

  ThreadPool& pool_;
  const Convolution& c_;
  std::vector<int64_t> taps_, starts_;
};

// (lhs, rhs, window_strides, padding[spatial, 2], lhs_dilation, rhs_dilation, feature_group_count)
class XlaConv final : public Kernel {
 public:
  static Result<XlaConv> Make(const NodeInfo& node) {
    XlaConv kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string numbers, node.attrs.String("dimension_numbers"));
    SMCLI_ASSIGN_OR_RETURN(kernel.dimensions_, ConvolutionDimensions::Parse(numbers));
    if (node.op == "XlaConvV2") {
      SMCLI_ASSIGN_OR_RETURN(kernel.batch_groups_, node.attrs.Int("batch_group_count"));
    }
    kernel.result_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Convolution c, Arrange(ctx));
    IntList dims;
    dims.push_back(c.batch_out);
    dims.append(c.out.span());
    dims.push_back(c.features_out);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(c.input.dtype(), shape));
    if (c.patch_features == 0) {
      FillZero(out);
    } else if (shape.num_elements() > 0) {
      SMCLI_RETURN_IF_ERROR(Run(ctx.pool(), c, out));
    }
    SMCLI_ASSIGN_OR_RETURN(const IntList order, dimensions_.output.Order(shape.rank()));
    IntList back;
    back.assign(order.size(), 0);
    for (int i = 0; i < order.size(); ++i) back[static_cast<int>(order[i])] = i;
    SMCLI_ASSIGN_OR_RETURN(out, Permuted(ctx.pool(), out, back));
    SMCLI_ASSIGN_OR_RETURN(out, CastTensor(ctx.pool(), out, result_));
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  static Status Run(ThreadPool& pool, const Convolution& c, Tensor& out) {
    switch (c.input.dtype()) {
      case DataType::kFloat: return Convolver<float>(pool, c).Run(out);
      case DataType::kDouble: return Convolver<double>(pool, c).Run(out);
      case DataType::kComplex64: return Convolver<std::complex<float>>(pool, c).Run(out);
      case DataType::kComplex128: return Convolver<std::complex<double>>(pool, c).Run(out);
      default: return Convolver<int64_t>(pool, c).Run(out);
    }
  }

  // What the products are summed in.
  DataType WorkType() const {
    if (kInts.Contains(result_)) return DataType::kInt64;
    return kContractable.Contains(result_) ? result_ : DataType::kFloat;
  }

  static Result<IntList> Steps(const Tensor& tensor, int count, std::string_view what) {
    SMCLI_ASSIGN_OR_RETURN(IntList list, VectorInts(tensor, what));
    if (list.size() != count) return ModelError("{} must have {} elements, got {}", what, count, list.size());
    for (int64_t step : list) {
      if (step < 1 || step > std::numeric_limits<int32_t>::max()) return ModelError("{} has {}", what, step);
    }
    return list;
  }

  Result<Convolution> Arrange(KernelContext& ctx) const {
    const Tensor& input = ctx.input(0);
    const Tensor& kernel = ctx.input(1);
    const int rank = input.rank(), spatial = rank - 2;
    SMCLI_ASSIGN_OR_RETURN(const IntList input_order, dimensions_.input.Order(rank));
    if (kernel.rank() != rank) return ModelError("lhs of rank {} and rhs of rank {}", rank, kernel.rank());
    SMCLI_ASSIGN_OR_RETURN(IntList kernel_order, dimensions_.kernel.Order(rank));
    // Order() has [outputs, spatial..., inputs]; the product wants [spatial..., inputs, outputs].
    std::rotate(kernel_order.begin(), kernel_order.begin() + 1, kernel_order.end());
    Convolution c;
    SMCLI_ASSIGN_OR_RETURN(c.stride, Steps(ctx.input(2), spatial, "window_strides"));
    SMCLI_ASSIGN_OR_RETURN(const IntList spread, Steps(ctx.input(4), spatial, "lhs_dilation"));
    SMCLI_ASSIGN_OR_RETURN(c.dilation, Steps(ctx.input(5), spatial, "rhs_dilation"));
    SMCLI_ASSIGN_OR_RETURN(c.feature_groups, SingleInt(ctx.input(6), "feature_group_count"));
    c.batch_groups = batch_groups_;
    const Tensor& edges = ctx.input(3);
    if (!(edges.shape() == Shape{spatial, 2})) return ModelError("padding must have shape [{},2]", spatial);
    InteriorPadding padding;
    for (int i = -1; i <= spatial; ++i) {
      const bool edge = i < 0 || i == spatial;
      padding.low.push_back(edge ? 0 : IntAt(edges, 2 * i));
      padding.high.push_back(edge ? 0 : IntAt(edges, 2 * i + 1));
      padding.interior.push_back(edge ? 0 : spread[i] - 1);
    }
    const DataType work = WorkType();
    SMCLI_ASSIGN_OR_RETURN(Tensor images, CastTensor(ctx.pool(), input, work));
    SMCLI_ASSIGN_OR_RETURN(images, Permuted(ctx.pool(), images, input_order));
    SMCLI_ASSIGN_OR_RETURN(Tensor zero, CastTensor(ctx.pool(), Tensor::Scalar<int32_t>(0), work));
    SMCLI_ASSIGN_OR_RETURN(c.input, PadInterior(ctx.pool(), images, zero, padding));
    SMCLI_ASSIGN_OR_RETURN(Tensor weights, CastTensor(ctx.pool(), kernel, work));
    SMCLI_ASSIGN_OR_RETURN(c.kernel, Permuted(ctx.pool(), weights, kernel_order));
    SMCLI_RETURN_IF_ERROR(Measure(c));
    return c;
  }

  // Extents and groups, checked against each other.
  static Status Measure(Convolution& c) {
    const int spatial = c.dims();
    for (int d = 0; d < spatial; ++d) {
      c.window.push_back(c.kernel.dim(d));
      const int64_t reach = c.window[d] == 0 ? 0 : (c.window[d] - 1) * c.dilation[d] + 1;
      const int64_t extent = c.input.dim(d + 1);
      c.out.push_back(extent < reach ? 0 : (extent - reach) / c.stride[d] + 1);
    }
    c.patch_features = c.kernel.dim(spatial);
    c.features_out = c.kernel.dim(spatial + 1);
    const int64_t batch = c.input.dim(0), features = c.input.dim(spatial + 1);
    if (c.feature_groups < 1 || c.batch_groups < 1 || (c.feature_groups > 1 && c.batch_groups > 1)) {
      return ModelError("{} feature groups and {} batch groups", c.feature_groups, c.batch_groups);
    }
    if (features % c.feature_groups != 0 || features / c.feature_groups != c.patch_features ||
        c.features_out % c.feature_groups != 0) {
      return ModelError("{} features in {} groups do not fit a kernel of {} by {}", features, c.feature_groups,
                        c.patch_features, c.features_out);
    }
    if (batch % c.batch_groups != 0 || c.features_out % c.batch_groups != 0) {
      return ModelError("a batch of {} and {} features do not divide into {} groups", batch, c.features_out,
                        c.batch_groups);
    }
    c.batch_out = batch / c.batch_groups;
    return {};
  }

  ConvolutionDimensions dimensions_;
  int64_t batch_groups_ = 1;
  DataType result_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "XlaConv", .types = {{{"T", kNumbers}}}, .make = MakeKernel<XlaConv>, .tolerance = Tolerance::kRounding},
    {.name = "XlaConvV2",
     .types = {{{"LhsT", kNumbers}, {"RhsT", kNumbers}, {"preferred_element_type", kNumbers}}},
     .make = MakeKernel<XlaConv>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> XlaConvolutionOps() { return kOps; }

}  // namespace smcli
