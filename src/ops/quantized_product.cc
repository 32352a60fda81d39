// Products of quantised matrices and convolutions of quantised images, summed up in int32 (TensorFlow:
// kernels/quantized_matmul_op.cc, quantized_conv_ops.cc).
#include <vector>

#include "ops/im2col.h"
#include "ops/int_args.h"
#include "ops/matrix_product.h"
#include "ops/op.h"
#include "ops/quantized_range.h"

namespace smcli {
namespace {

// What zero is among the bytes of a range is taken off them all.
Result<Tensor> FromZero(const Tensor& x, const QuantizedRange& range) {
  const auto zero = static_cast<uint32_t>(QuantizeUnclamped<uint8_t>(0, range));
  SMCLI_ASSIGN_OR_RETURN(Tensor moved, Tensor::Make(DataType::kInt32, x.shape()));
  std::ranges::transform(x.flat<uint8_t>(), moved.mutable_data<int32_t>(),
                         [zero](uint8_t value) { return static_cast<int32_t>(value - zero); });
  return moved;
}

// Inputs 2 to 5 are the ranges of inputs 0 and 1.
struct Operands {
  Tensor a, b;  // int32, zero at 0
  QuantizedRange product;

  static Result<Operands> Of(const KernelContext& ctx) {
    SMCLI_ASSIGN_OR_RETURN(const QuantizedRange a_range, QuantizedRange::Of(ctx, 2, 3));
    SMCLI_ASSIGN_OR_RETURN(const QuantizedRange b_range, QuantizedRange::Of(ctx, 4, 5));
    Operands operands;
    SMCLI_ASSIGN_OR_RETURN(operands.a, FromZero(ctx.input(0), a_range));
    SMCLI_ASSIGN_OR_RETURN(operands.b, FromZero(ctx.input(1), b_range));
    operands.product = ProductRange<uint8_t, uint8_t, int32_t>(a_range, b_range);
    return operands;
  }
};

class QuantizedMatMul final : public Kernel {
 public:
  static Result<QuantizedMatMul> Make(const NodeInfo& node) {
    QuantizedMatMul kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.transpose_a_, node.attrs.Bool("transpose_a"));
    SMCLI_ASSIGN_OR_RETURN(kernel.transpose_b_, node.attrs.Bool("transpose_b"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    const Tensor& b = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(a, "In[0]"));
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(b, "In[1]"));
    for (int i = 2; i < 6; i += 2) {
      SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, i, i + 1));
      SMCLI_RETURN_IF_ERROR(range.ExpectOpen(i == 2 ? "a" : "b"));
    }
    const int64_t m = a.dim(transpose_a_ ? 1 : 0), k = a.dim(transpose_a_ ? 0 : 1);
    const int64_t n = b.dim(transpose_b_ ? 0 : 1);
    if (b.dim(transpose_b_ ? 1 : 0) != k) {
      return ModelError("Matrix size-incompatible: In[0]: {}, In[1]: {}", a.shape().ToString(), b.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const Operands operands, Operands::Of(ctx));
    using Ref = MatrixRef<int32_t>;
    const int32_t* left = operands.a.data<int32_t>();
    const int32_t* right = operands.b.data<int32_t>();
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, Shape{m, n}));
    SMCLI_RETURN_IF_ERROR(MultiplyMatrices<int32_t>(ctx.pool(), transpose_a_ ? Ref{left, 1, m} : Ref{left, k, 1},
                                                    transpose_b_ ? Ref{right, 1, k} : Ref{right, n, 1}, nullptr, m, k,
                                                    n, out->mutable_data<int32_t>()));
    operands.product.Put(ctx, 1);
    return {};
  }

 private:
  bool transpose_a_ = false, transpose_b_ = false;
};

class QuantizedConv2D final : public Kernel {
 public:
  static Result<QuantizedConv2D> Make(const NodeInfo& node) {
    QuantizedConv2D kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.window_, WindowAttrs::Make(node, 2));
    if (kernel.window_.dilations != std::array<int64_t, 3>{1, 1, 1}) {
      return UnsupportedError("QuantizedConv2D supports no dilations");
    }
    if (kernel.window_.strides[1] != kernel.window_.strides[2]) {
      return InvalidModelError("Current implementation only supports equal length strides in the row and column");
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& images = ctx.input(0);
    const Tensor& filter = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectRank(images, 4, "input"));
    SMCLI_RETURN_IF_ERROR(ExpectRank(filter, 4, "filter"));
    if (images.dim(3) != filter.dim(2)) {
      return ModelError("input and filter must have the same depth: {} vs {}", images.dim(3), filter.dim(2));
    }
    PatchSource patches;
    SMCLI_ASSIGN_OR_RETURN(patches.axes, window_.Axes(images.shape(), {1, filter.dim(0), filter.dim(1)}));
    patches.channels = patches.group = images.dim(3);
    // The reference centres VALID windows too.
    for (SpatialAxis& axis : patches.axes) {
      axis.pad_before = ((axis.out - 1) * axis.stride + axis.kernel - axis.in) / 2;
    }
    SMCLI_ASSIGN_OR_RETURN(const Operands operands, Operands::Of(ctx));
    const int64_t rows = patches.num_patches(), k = patches.patch_size(), n = filter.dim(3);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape,
                           CheckedShape(std::array{images.dim(0), patches.axes[1].out, patches.axes[2].out, n}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, shape));
    operands.product.Put(ctx, 1);
    if (shape.num_elements() == 0) return {};
    std::vector<int32_t> block(static_cast<size_t>(k * patches.axes[2].out));  // the patches of one row of the output
    int32_t* to = out->mutable_data<int32_t>();
    for (int64_t at = 0; at < images.dim(0) * rows; at += patches.axes[2].out) {
      const int64_t image = at / rows, first = at % rows, count = patches.axes[2].out;
      patches.Gather(operands.a.data<int32_t>() + image * patches.image_size(), first, first + count, block.data());
      SMCLI_RETURN_IF_ERROR(MultiplyMatrices<int32_t>(
          ctx.pool(), {block.data(), k, 1}, {operands.b.data<int32_t>(), n, 1}, nullptr, count, k, n, to + at * n));
    }
    return {};
  }

 private:
  WindowAttrs window_;
};

constexpr DataTypeSet kByte = DataType::kQuint8, kWord = DataType::kQint32;

constexpr Op kOps[] = {
    {.name = "QuantizedConv2D",
     .types = {{{"Tinput", kByte}, {"Tfilter", kByte}, {"out_type", kWord}}},
     .make = MakeKernel<QuantizedConv2D>},
    {.name = "QuantizedMatMul",
     .types = {{{"T1", kByte}, {"T2", kByte}, {"Toutput", kWord}}},
     .make = MakeKernel<QuantizedMatMul>},
};

}  // namespace

std::span<const Op> QuantizedProductOps() { return kOps; }

}  // namespace smcli
