// Conv2DBackpropInput and Conv3DBackpropInputV2: the transposed convolutions of decoders. Each output gradient pixel
// times the transposed filter is a patch, and overlapping patches add up.
#include "ops/im2col.h"
#include "ops/matrix_product.h"
#include "ops/op.h"
#include "ops/through_float.h"
#include "ops/window.h"

namespace smcli {
namespace {

// Bytes of patches that are made at a time.
constexpr int64_t kPatchBytes = 1 << 20;

// (input_sizes, filter, out_backprop); of old ops (input, filter, out_backprop)
class ConvTranspose final : public Kernel {
 public:
  template <int kDims>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<ConvTranspose>();
    kernel->of_input_ = node.op == "Conv3DBackpropInput";
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, kDims));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& filter = ctx.input(1);
    Tensor gradient = ctx.input(2);
    const int rank = window_.dims + 2;
    if (filter.rank() != rank || gradient.rank() != rank)
      return ModelError("filter and out_backprop must be {}-dimensional", rank);
    if (window_.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(gradient, ChannelsLast(gradient));
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, InputShape(ctx.input(0), filter, gradient));
    SMCLI_ASSIGN_OR_RETURN(const PatchSource patches, Patches(shape, filter, gradient));
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(gradient.dtype(), shape));
    if (out.num_bytes() > 0) std::memset(out.mutable_raw_data(), 0, out.num_bytes());
    if (out.num_elements() > 0 && gradient.num_elements() > 0) {
      Status status = gradient.dtype() == DataType::kDouble  ? Run<double>(ctx.pool(), patches, filter, gradient, out)
                      : gradient.dtype() == DataType::kInt32 ? Run<int32_t>(ctx.pool(), patches, filter, gradient, out)
                                                             : Run<float>(ctx.pool(), patches, filter, gradient, out);
      SMCLI_RETURN_IF_ERROR(std::move(status));
    }
    if (window_.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(out, ChannelsFirst(out));
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  // input_sizes is the whole shape, or only the spatial extents.
  Result<Shape> InputShape(const Tensor& sizes, const Tensor& filter, const Tensor& gradient) const {
    if (of_input_) {
      if (sizes.rank() == window_.dims + 2) return sizes.shape();
      return ModelError("input must be {}-dimensional", window_.dims + 2);
    }
    std::vector<int64_t> values;
    for (int64_t i = 0; i < sizes.num_elements(); ++i) {
      values.push_back(sizes.dtype() == DataType::kInt64 ? sizes.data<int64_t>()[i] : sizes.data<int32_t>()[i]);
    }
    const int rank = window_.dims + 2;
    if (static_cast<int>(values.size()) == window_.dims) {
      values.insert(values.begin(), gradient.dim(0));
      values.push_back(filter.dim(rank - 2));
    } else if (static_cast<int>(values.size()) == rank && window_.channels_first) {
      std::rotate(values.begin() + 1, values.begin() + 2, values.end());
    }
    if (static_cast<int>(values.size()) != rank)
      return ModelError("input_sizes must hold {} or {} numbers", window_.dims, rank);
    auto shape = Shape::Make(values);
    if (!shape.ok()) return ModelError("{}", shape.error().message());
    return shape;
  }

  Result<PatchSource> Patches(const Shape& shape, const Tensor& filter, const Tensor& gradient) const {
    const int rank = window_.dims + 2;
    if (filter.dim(rank - 1) != gradient.dim(rank - 1) || filter.dim(rank - 2) != shape.dim(rank - 1)) {
      return ModelError("filter {} fits neither out_backprop {} nor input {}", filter.shape().ToString(),
                        gradient.shape().ToString(), shape.ToString());
    }
    if (gradient.dim(0) != shape.dim(0))
      return ModelError("batch sizes differ: {} and {}", gradient.dim(0), shape.dim(0));
    PatchSource patches;
    std::array<int64_t, 3> kernel{1, 1, 1};
    for (int i = 0; i < window_.dims; ++i)
      kernel[static_cast<size_t>(window_.first() + i)] = std::max<int64_t>(filter.dim(i), 1);
    SMCLI_ASSIGN_OR_RETURN(patches.axes, window_.Axes(shape, kernel));
    for (int i = 0; i < window_.dims; ++i) {
      const SpatialAxis& axis = patches.axes[static_cast<size_t>(window_.first() + i)];
      if (axis.out != gradient.dim(1 + i)) {
        return ModelError(
            "Size of out_backprop doesn't match computed: actual = {}, computed = {} spatial_dim: {} input: {} "
            "filter: {} output: {}",
            gradient.dim(1 + i), axis.out, 1 + i, axis.in, axis.kernel, gradient.dim(1 + i));
      }
    }
    patches.channels = patches.group = shape.dim(rank - 1);
    return patches;
  }

  // Images are independent; within one, patches are added in order, so the answer does not depend on the threads.
  template <typename T>
  static Status Run(ThreadPool& pool, const PatchSource& patches, const Tensor& filter, const Tensor& gradient,
                    Tensor& out) {
    const int64_t n = patches.patch_size(), k = gradient.dim(gradient.rank() - 1), rows = patches.num_patches();
    const int64_t block = std::max<int64_t>(kPatchBytes / static_cast<int64_t>(sizeof(T)) / n, 16);
    std::vector<T> products(static_cast<size_t>(std::min(block, rows) * n));
    const MatrixRef<T> transposed{filter.data<T>(), 1, k};
    for (int64_t image = 0; image < gradient.dim(0); ++image) {
      const T* from = gradient.data<T>() + image * rows * k;
      T* to = out.mutable_data<T>() + image * patches.image_size();
      for (int64_t row = 0; row < rows; row += block) {
        const int64_t count = std::min(block, rows - row);
        SMCLI_RETURN_IF_ERROR(
            MultiplyMatrices<T>(pool, {from + row * k, k, 1}, transposed, nullptr, count, k, n, products.data()));
        patches.ScatterAdd(products.data(), row, row + count, to);
      }
    }
    return {};
  }

  WindowAttrs window_;
  bool of_input_ = false;
};

constexpr Op kOps[] = {
    {.name = "Conv2DBackpropInput",
     .types = {{{"T", kFloats | DataType::kInt32}}},
     .make = ThroughFloat<ConvTranspose::Make<2>>,
     .tolerance = Tolerance::kRounding},
    {.name = "Conv3DBackpropInput",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<ConvTranspose::Make<3>>,
     .tolerance = Tolerance::kRounding},
    {.name = "Conv3DBackpropInputV2",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<ConvTranspose::Make<3>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ConvTransposeOps() { return kOps; }

}  // namespace smcli
