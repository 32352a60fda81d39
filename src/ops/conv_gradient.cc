// The gradients of convolutions by their filters: patches, transposed, times the gradient of the output (TensorFlow:
// kernels/conv_grad_filter_ops.cc).
#include "ops/im2col.h"
#include "ops/int_args.h"
#include "ops/matrix_product.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// Rows of patches that are made at a time.
constexpr int64_t kPatchRows = 1024;

// (input, filter_sizes, out_backprop); of old ops (input, filter, out_backprop)
class FilterGradient final : public Kernel {
 public:
  template <int kDims>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<FilterGradient>();
    kernel->of_filter_ = node.op == "Conv3DBackpropFilter";
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, kDims));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    Tensor images = ctx.input(0), gradient = ctx.input(2);
    Shape shape = ctx.input(1).shape();
    if (!of_filter_) {
      SMCLI_ASSIGN_OR_RETURN(const IntList sizes, VectorInts(ctx.input(1), "filter_sizes"));
      SMCLI_ASSIGN_OR_RETURN(shape, CheckedShape(sizes));
    }
    const int rank = window_.dims + 2;
    if (images.rank() != rank || gradient.rank() != rank || shape.rank() != rank) {
      return ModelError("input, filter and out_backprop must be {}-dimensional: {}, {}, {}", rank,
                        images.shape().ToString(), shape.ToString(), gradient.shape().ToString());
    }
    if (window_.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(images, ChannelsLast(images));
      SMCLI_ASSIGN_OR_RETURN(gradient, ChannelsLast(gradient));
    }
    SMCLI_ASSIGN_OR_RETURN(const PatchSource patches, Patches(images, shape, gradient));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, gradient.dtype(), shape));
    if (out->num_bytes() > 0) std::memset(out->mutable_raw_data(), 0, out->num_bytes());
    return gradient.dtype() == DataType::kDouble ? Run<double>(ctx.pool(), patches, images, gradient, *out)
                                                 : Run<float>(ctx.pool(), patches, images, gradient, *out);
  }

 private:
  Result<PatchSource> Patches(const Tensor& images, const Shape& filter, const Tensor& gradient) const {
    const int rank = window_.dims + 2;
    const int64_t channels = images.dim(rank - 1);
    if (filter.dim(rank - 2) != channels || filter.dim(rank - 1) != gradient.dim(rank - 1) ||
        images.dim(0) != gradient.dim(0)) {
      return ModelError("filter {} fits neither input {} nor out_backprop {}", filter.ToString(),
                        images.shape().ToString(), gradient.shape().ToString());
    }
    PatchSource patches;
    std::array<int64_t, 3> kernel{1, 1, 1};
    for (int i = 0; i < window_.dims; ++i) {
      if (filter.dim(i) < 1) return ModelError("filter must not have zero elements: {}", filter.ToString());
      kernel[static_cast<size_t>(window_.first() + i)] = filter.dim(i);
    }
    SMCLI_ASSIGN_OR_RETURN(patches.axes, window_.Axes(images.shape(), kernel));
    for (int i = 0; i < window_.dims; ++i) {
      const int64_t computed = patches.axes[static_cast<size_t>(window_.first() + i)].out;
      if (computed == gradient.dim(1 + i)) continue;
      return ModelError("Size of out_backprop doesn't match computed: actual = {}, computed = {}", gradient.dim(1 + i),
                        computed);
    }
    patches.channels = patches.group = channels;
    return patches;
  }

  template <typename T>
  static Status Run(ThreadPool& pool, const PatchSource& patches, const Tensor& images, const Tensor& gradient,
                    Tensor& out) {
    const int64_t k = patches.patch_size(), n = gradient.dim(gradient.rank() - 1), per_image = patches.num_patches();
    if (k == 0 || n == 0 || per_image == 0) return {};
    std::vector<T> rows(static_cast<size_t>(std::min(per_image, kPatchRows) * k)), sum(static_cast<size_t>(k * n));
    T* to = out.mutable_data<T>();
    for (int64_t image = 0; image < images.dim(0); ++image) {
      const T* from = images.data<T>() + image * patches.image_size();
      for (int64_t first = 0; first < per_image; first += kPatchRows) {
        const int64_t count = std::min(kPatchRows, per_image - first);
        patches.Gather(from, first, first + count, rows.data());
        const MatrixRef<T> transposed{rows.data(), 1, k},
            slope{gradient.data<T>() + (image * per_image + first) * n, n, 1};
        SMCLI_RETURN_IF_ERROR(MultiplyMatrices<T>(pool, transposed, slope, nullptr, k, count, n, sum.data()));
        for (int64_t i = 0; i < k * n; ++i) to[i] += sum[static_cast<size_t>(i)];
      }
    }
    return {};
  }

  WindowAttrs window_;
  bool of_filter_ = false;
};

constexpr Op kOps[] = {
    {.name = "Conv2DBackpropFilter",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<FilterGradient::Make<2>>,
     .tolerance = Tolerance::kRounding},
    {.name = "Conv3DBackpropFilter",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<FilterGradient::Make<3>>,
     .tolerance = Tolerance::kRounding},
    {.name = "Conv3DBackpropFilterV2",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<FilterGradient::Make<3>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ConvGradientOps() { return kOps; }

}  // namespace smcli
