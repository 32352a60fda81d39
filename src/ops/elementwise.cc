#include "ops/elementwise.h"

#include <array>
#include <complex>

namespace smcli {
namespace {

// Below this many elements on end, calling a loop costs more than gathering a block and calling once.
constexpr int64_t kShortRun = 24;
constexpr int64_t kBlock = 512;

const uint8_t* At(const void* data, int64_t index, int64_t size) {
  return static_cast<const uint8_t*>(data) + index * size;
}

// One operand of a binary function: its elements in memory and the walk over them.
struct Operand {
  Operand(const Tensor& tensor, const Shape& shape)
      : data(tensor.raw_data()), size(SizeOf(tensor.dtype())), walk(tensor.shape(), shape) {}

  bool short_runs() const { return !walk.whole() && walk.inner() < kShortRun; }
  // The elements for [begin, begin + count) of the answer, in place or gathered into `block`.
  const void* Elements(int64_t begin, int64_t count, void* block) const {
    if (walk.whole()) return At(data, begin, size);
    switch (size) {
      case 1: walk.Gather(static_cast<const uint8_t*>(data), begin, count, static_cast<uint8_t*>(block)); break;
      case 2: walk.Gather(static_cast<const uint16_t*>(data), begin, count, static_cast<uint16_t*>(block)); break;
      case 4: walk.Gather(static_cast<const uint32_t*>(data), begin, count, static_cast<uint32_t*>(block)); break;
      case 8: walk.Gather(static_cast<const uint64_t*>(data), begin, count, static_cast<uint64_t*>(block)); break;
      default: {
        using Wide = std::complex<double>;
        walk.Gather(static_cast<const Wide*>(data), begin, count, static_cast<Wide*>(block));
      }
    }
    return block;
  }

  const void* data;
  int64_t size;
  BroadcastWalk walk;
};

using Block = std::array<std::complex<double>, kBlock>;  // room for the widest elements

void RunBlocks(const BinaryFunction& f, const Operand& a, const Operand& b, uint8_t* y, int64_t y_size, int64_t begin,
               int64_t end) {
  Block left, right;
  for (int64_t at = begin; at < end; at += kBlock) {
    const int64_t count = std::min(kBlock, end - at);
    f(a.Elements(at, count, left.data()), b.Elements(at, count, right.data()), y + at * y_size, count, Scalar::kNone);
  }
}

void RunRuns(const BinaryFunction& f, const Operand& a, const Operand& b, uint8_t* y, int64_t y_size, int64_t begin,
             int64_t end) {
  BroadcastWalk::Cursor at_a = a.walk.Seek(begin), at_b = b.walk.Seek(begin);
  // Only one operand can repeat: where both have extent 1, so has the answer.
  const Scalar scalar = a.walk.inner_repeats()   ? Scalar::kLeft
                        : b.walk.inner_repeats() ? Scalar::kRight
                                                 : Scalar::kNone;
  while (begin < end) {
    const int64_t run = std::min({at_a.left, at_b.left, end - begin});
    f(At(a.data, at_a.offset, a.size), At(b.data, at_b.offset, b.size), y + begin * y_size, run, scalar);
    begin += run;
    if (begin == end) break;
    a.walk.Advance(at_a, run);
    b.walk.Advance(at_b, run);
  }
}

// The case that is not one run: neither equal shapes nor a single element on one side.
Status ComputeBroadcast(KernelContext& ctx, const BinaryFunction& f, DataType dtype) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, BroadcastShape(ctx.input(0).shape(), ctx.input(1).shape()));
  const Operand a(ctx.input(0), shape), b(ctx.input(1), shape);
  constexpr std::array<int, 2> kCandidates = {0, 1};
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(kCandidates, 0, dtype, shape));
  if (shape.num_elements() == 0) return {};
  auto* y = static_cast<uint8_t*>(out->mutable_raw_data());
  const int64_t y_size = SizeOf(dtype);
  const bool blocks = a.short_runs() || b.short_runs();
  ctx.pool().ParallelFor(
      shape.num_elements(), ThreadPool::GrainOf(f.nanoseconds + (blocks ? 1 : 0)),
      [&](int64_t begin, int64_t end) { (blocks ? RunBlocks : RunRuns)(f, a, b, y, y_size, begin, end); });
  return {};
}

}  // namespace

Status ComputeUnary(KernelContext& ctx, const UnaryFunction& f, DataType dtype) {
  const Tensor& x = ctx.input(0);
  const void* from = x.raw_data();
  const int64_t n = x.num_elements();
  const int64_t x_size = SizeOf(x.dtype()), y_size = SizeOf(dtype);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype, x.shape()));
  if (n == 0) return {};
  auto* to = static_cast<uint8_t*>(out->mutable_raw_data());
  ctx.pool().ParallelFor(n, ThreadPool::GrainOf(f.nanoseconds), [&](int64_t begin, int64_t end) {
    f(At(from, begin, x_size), to + begin * y_size, end - begin);
  });
  return {};
}

Status ComputeBinary(KernelContext& ctx, const BinaryFunction& f, DataType dtype) {
  const Tensor& a = ctx.input(0);
  const Tensor& b = ctx.input(1);
  const bool same = a.shape() == b.shape();
  Scalar scalar = Scalar::kNone;
  if (!same) {
    if (b.num_elements() == 1 && b.rank() <= a.rank()) {
      scalar = Scalar::kRight;
    } else if (a.num_elements() == 1 && a.rank() <= b.rank()) {
      scalar = Scalar::kLeft;
    } else {
      return ComputeBroadcast(ctx, f, dtype);
    }
  }
  const void* from_a = a.raw_data();
  const void* from_b = b.raw_data();
  const int64_t x_size = SizeOf(a.dtype()), y_size = SizeOf(dtype);
  const int64_t n = scalar == Scalar::kLeft ? b.num_elements() : a.num_elements();
  const std::array<int, 2> candidates = {scalar == Scalar::kLeft ? 1 : 0, scalar == Scalar::kRight ? 0 : 1};
  SMCLI_ASSIGN_OR_RETURN(Tensor * out,
                         ctx.AllocateOrForward(candidates, 0, dtype, (scalar == Scalar::kLeft ? b : a).shape()));
  if (n == 0) return {};
  auto* to = static_cast<uint8_t*>(out->mutable_raw_data());
  ctx.pool().ParallelFor(n, ThreadPool::GrainOf(f.nanoseconds), [&](int64_t begin, int64_t end) {
    f(scalar == Scalar::kLeft ? from_a : At(from_a, begin, x_size),
      scalar == Scalar::kRight ? from_b : At(from_b, begin, x_size), to + begin * y_size, end - begin, scalar);
  });
  return {};
}

}  // namespace smcli
