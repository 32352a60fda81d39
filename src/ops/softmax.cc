// Softmax, LogSoftmax and the cross entropies, along the last axis.
#include <cmath>
#include <vector>

#include "loops/loops.h"
#include "ops/broadcast.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

constexpr double kNanoseconds = 2;  // an element's cost

const SoftmaxLoops& LoopsOf(DataType dtype) {
  return dtype == DataType::kDouble ? *CurrentLoops().softmax_f64 : *CurrentLoops().softmax_f32;
}

template <bool kLog>
Status Softmax(KernelContext& ctx) {
  const Tensor& logits = ctx.input(0);
  if (logits.rank() < 1) return ModelError("logits must have >= 1 dimension, got {}", logits.shape().ToString());
  const DataType dtype = logits.dtype();
  const auto* x = static_cast<const uint8_t*>(logits.raw_data());
  const int64_t n = logits.dim(logits.rank() - 1);
  const int64_t rows = n > 0 ? logits.num_elements() / n : 0;
  const int64_t row_bytes = n * SizeOf(dtype);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype, logits.shape()));
  if (rows == 0) return {};
  auto* y = static_cast<uint8_t*>(out->mutable_raw_data());
  const auto loop = kLog ? LoopsOf(dtype).log_softmax : LoopsOf(dtype).softmax;
  ctx.pool().ParallelFor(
      rows, ThreadPool::GrainOf(kNanoseconds * static_cast<double>(n)),
      [&](int64_t begin, int64_t end) { loop(x + begin * row_bytes, y + begin * row_bytes, end - begin, n); });
  return {};
}

// The matrix that a row or column vector (extents of 1) stands for.
template <typename T>
Result<Tensor> BroadcastMatrix(const Tensor& matrix, const Shape& shape) {
  if (matrix.shape() == shape) return matrix;
  SMCLI_ASSIGN_OR_RETURN(Tensor whole, Tensor::Make(matrix.dtype(), shape));
  if (shape.num_elements() > 0) {
    BroadcastWalk(matrix.shape(), shape).Gather(matrix.data<T>(), 0, shape.num_elements(), whole.mutable_data<T>());
  }
  return whole;
}

// loss = -sum(labels * log_softmax(logits)), backprop = softmax(logits) - labels, for each row.
template <typename T>
Status CrossEntropy(KernelContext& ctx) {
  Tensor logits = ctx.input(0), labels = ctx.input(1);
  const auto broadcast = BroadcastShape(logits.shape(), labels.shape());
  if (!broadcast.ok()) {
    return ModelError("logits and labels must be broadcastable: logits_size={} labels_size={}",
                      logits.shape().ToString(), labels.shape().ToString());
  }
  const Shape& shape = *broadcast;
  if (shape.rank() != 2)
    return ModelError("logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional");
  SMCLI_ASSIGN_OR_RETURN(logits, BroadcastMatrix<T>(logits, shape));
  SMCLI_ASSIGN_OR_RETURN(labels, BroadcastMatrix<T>(labels, shape));
  SMCLI_ASSIGN_OR_RETURN(Tensor * loss, ctx.Allocate(0, logits.dtype(), Shape{shape.dim(0)}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * backprop, ctx.Allocate(1, logits.dtype(), shape));
  const int64_t n = shape.dim(1);
  if (shape.num_elements() == 0) {
    std::fill_n(loss->mutable_data<T>(), shape.dim(0), T(0));
    return {};
  }
  T* losses = loss->mutable_data<T>();
  T* gradients = backprop->mutable_data<T>();
  const SoftmaxLoops& loops = LoopsOf(logits.dtype());
  const auto row = [&](int64_t r) {
    const T* x = logits.data<T>() + r * n;
    const T* label = labels.data<T>() + r * n;
    T* y = gradients + r * n;
    loops.log_softmax(x, y, 1, n);
    T sum = 0;
    for (int64_t j = 0; j < n; ++j) sum += label[j] * -y[j];
    losses[r] = sum;
    loops.softmax(x, y, 1, n);
    for (int64_t j = 0; j < n; ++j) y[j] -= label[j];
  };
  ctx.pool().ParallelFor(shape.dim(0), ThreadPool::GrainOf(2 * kNanoseconds * static_cast<double>(n)),
                         [&](int64_t begin, int64_t end) {
                           for (int64_t r = begin; r < end; ++r) row(r);
                         });
  return {};
}

template <typename T>
Status SparseCrossEntropy(KernelContext& ctx) {
  const Tensor& logits = ctx.input(0);
  const Tensor& labels = ctx.input(1);
  if (logits.rank() != 2) return ModelError("logits must be 2-D, but got shape {}", logits.shape().ToString());
  if (labels.rank() != 1) return ModelError("labels must be 1-D, but got shape {}", labels.shape().ToString());
  const int64_t rows = logits.dim(0), n = logits.dim(1);
  if (rows != labels.dim(0)) {
    return ModelError("logits and labels must have the same first dimension, got logits shape {} and labels shape {}",
                      logits.shape().ToString(), labels.shape().ToString());
  }
  if (n == 0 && rows > 0)
    return ModelError("Must have at least one class, but got logits shape {}", logits.shape().ToString());
  for (int64_t r = 0; r < rows; ++r) {
    if (const int64_t label = IntAt(labels, r); label < 0 || label >= n) {
      return ModelError("Received a label value of {} which is outside the valid range of [0, {})", label, n);
    }
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * loss, ctx.Allocate(0, logits.dtype(), Shape{rows}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * backprop, ctx.Allocate(1, logits.dtype(), logits.shape()));
  if (rows == 0) return {};
  T* losses = loss->mutable_data<T>();
  T* gradients = backprop->mutable_data<T>();
  const SoftmaxLoops& loops = LoopsOf(logits.dtype());
  ctx.pool().ParallelFor(rows, ThreadPool::GrainOf(2 * kNanoseconds * static_cast<double>(n)),
                         [&](int64_t begin, int64_t end) {
                           for (int64_t r = begin; r < end; ++r) {
                             const T* x = logits.data<T>() + r * n;
                             T* y = gradients + r * n;
                             const int64_t label = IntAt(labels, r);
                             loops.log_softmax(x, y, 1, n);
                             losses[r] = -y[label];
                             loops.softmax(x, y, 1, n);
                             y[label] -= T(1);
                           }
                         });
  return {};
}

Status DenseLabels(KernelContext& ctx) {
  return ctx.input(0).dtype() == DataType::kDouble ? CrossEntropy<double>(ctx) : CrossEntropy<float>(ctx);
}
Status SparseLabels(KernelContext& ctx) {
  return ctx.input(0).dtype() == DataType::kDouble ? SparseCrossEntropy<double>(ctx) : SparseCrossEntropy<float>(ctx);
}

constexpr auto kRounding = Tolerance::kRounding;

constexpr Op kOps[] = {
    {.name = "LogSoftmax",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeFunctionKernel<Softmax<true>>>,
     .tolerance = kRounding},
    {.name = "Softmax",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeFunctionKernel<Softmax<false>>>,
     .tolerance = kRounding},
    {.name = "SoftmaxCrossEntropyWithLogits",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeFunctionKernel<DenseLabels>>,
     .tolerance = kRounding},
    {.name = "SparseSoftmaxCrossEntropyWithLogits",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeFunctionKernel<SparseLabels>>,
     .tolerance = kRounding},
};

}  // namespace

std::span<const Op> SoftmaxOps() { return kOps; }

}  // namespace smcli
