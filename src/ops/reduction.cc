#include "ops/reduction.h"

#include <algorithm>
#include <vector>

#include "ops/element_function.h"
#include "ops/scalar_math.h"

namespace smcli {
namespace {

// Rows, or answers of loops, that are joined one after the other; such chunks are joined in a second step, which keeps
// sums exact and gives threads something to share.
constexpr int64_t kChunk = 256;
// A loop's piece of a long run.
constexpr int64_t kPiece = 16384;
constexpr double kNanoseconds = 0.3;

// The input's dimensions by fate, with neighbours of one fate merged and extents of 1 left out.
struct Layout {
  Layout(const Shape& shape, const ReducedAxes& axes) {
    int64_t stride = shape.num_elements();
    int last_fate = -1;
    for (int i = 0; i < shape.rank(); ++i) {
      const int64_t extent = shape.dim(i);
      if (extent == 1) continue;
      stride /= extent;
      const int fate = axes.reduced[i] != 0;
      Dims& dims = fate ? reduced : kept;
      if (fate == last_fate) {
        dims.extents[dims.extents.size() - 1] *= extent;
        dims.strides[dims.strides.size() - 1] = stride;
      } else {
        dims.extents.push_back(extent);
        dims.strides.push_back(stride);
      }
      last_fate = fate;
    }
    inner_reduced = last_fate == 1;
    Dims& inner = inner_reduced ? reduced : kept;
    if (last_fate >= 0) {
      inner_extent = inner.extents[inner.extents.size() - 1];
      inner.PopInner();
    }
  }

  struct Dims {
    IntList extents, strides;

    void PopInner() { extents = IntList(extents.span().first(static_cast<size_t>(extents.size() - 1))); }
    int64_t count() const {
      int64_t product = 1;
      for (int64_t extent : extents) product *= extent;
      return product;
    }
    int64_t Offset(int64_t index) const {
      int64_t offset = 0;
      for (int i = extents.size() - 1; i >= 0; --i) {
        offset += index % extents[i] * strides[i];
        index /= extents[i];
      }
      return offset;
    }
  };
  Dims kept, reduced;  // without the innermost dimension
  int64_t inner_extent = 1;
  bool inner_reduced = false;
};

// The answer falls into `groups` of `width` elements on end. A group is made of `units`: rows of the input that are as
// wide as the group, or, when the innermost dimension is reduced, pieces of it that give one element each.
class Walk {
 public:
  Walk(const Tensor& input, const Layout& layout, const Reducer& reducer)
      : data_(static_cast<const uint8_t*>(input.raw_data())),
        size_(SizeOf(input.dtype())),
        layout_(layout),
        reducer_(reducer) {
    groups = layout.kept.count();
    rows_ = layout.reduced.count();
    width = layout.inner_reduced ? 1 : layout.inner_extent;
    pieces_ = layout.inner_reduced ? (layout.inner_extent + kPiece - 1) / kPiece : 1;
    units = rows_ * pieces_;
    chunks = (units + kChunk - 1) / kChunk;
  }

  int64_t groups, width, units, chunks;

  // Chunk c of group g, joined into `to` (width elements).
  void Chunk(int64_t g, int64_t c, uint8_t* to) const {
    const int64_t begin = units * c / chunks, end = units * (c + 1) / chunks;
    const uint8_t* group = data_ + layout_.kept.Offset(g) * size_;
    if (layout_.inner_reduced) {
      alignas(16) uint8_t answers[kChunk * 16];
      for (int64_t unit = begin; unit < end; ++unit) {
        const int64_t piece = unit % pieces_;
        const int64_t from = layout_.inner_extent * piece / pieces_,
                      to_element = layout_.inner_extent * (piece + 1) / pieces_;
        const uint8_t* x = group + (layout_.reduced.Offset(unit / pieces_) + from) * size_;
        reducer_.run(x, to_element - from, answers + (unit - begin) * size_);
      }
      Join(answers, end - begin, to);
      return;
    }
    std::copy_n(group + layout_.reduced.Offset(begin) * size_, width * size_, to);
    for (int64_t unit = begin + 1; unit < end; ++unit) {
      reducer_.combine(to, group + layout_.reduced.Offset(unit) * size_, to, width, Scalar::kNone);
    }
  }

  // The answers of loops into one.
  void Join(const uint8_t* answers, int64_t n, uint8_t* to) const {
    std::copy_n(answers, size_, to);
    for (int64_t i = 1; i < n; ++i) reducer_.combine(to, answers + i * size_, to, 1, Scalar::kNone);
  }

  void Group(int64_t g, uint8_t* to, std::vector<uint8_t>& scratch) const {
    Chunk(g, 0, to);
    for (int64_t c = 1; c < chunks; ++c) {
      scratch.resize(static_cast<size_t>(width * size_));
      Chunk(g, c, scratch.data());
      reducer_.combine(to, scratch.data(), to, width, Scalar::kNone);
    }
  }

  double nanoseconds_per_chunk() const {
    const int64_t run = layout_.inner_reduced ? layout_.inner_extent / pieces_ : width;
    return static_cast<double>(units) / static_cast<double>(chunks) * static_cast<double>(run) * kNanoseconds;
  }

 private:
  const uint8_t* data_;
  int64_t size_;
  const Layout& layout_;
  const Reducer& reducer_;
  int64_t rows_, pieces_;
};

template <typename T, typename F>
void RunPlain(const void* x, int64_t n, void* y) {
  using N = typename scalar::NumberOf<T>::type;
  const T* values = static_cast<const T*>(x);
  N answer(F::template Start<T>());
  for (int64_t i = 0; i < n; ++i) answer = F::Join(answer, N(values[i]));
  *static_cast<T*>(y) = T(answer);
}

struct PlainSum {
  template <typename T>
  static T Start() {
    return T(0);
  }
  template <typename N>
  static N Join(N a, N b) {
    return a + b;
  }
};
struct PlainProduct {
  template <typename T>
  static T Start() {
    return T(1);
  }
  template <typename N>
  static N Join(N a, N b) {
    return a * b;
  }
};
struct PlainMaximum {
  template <typename T>
  static T Start() {
    return std::numeric_limits<T>::lowest();
  }
  template <typename N>
  static N Join(N a, N b) {
    return scalar::Max(a, b);
  }
};
struct PlainMinimum {
  template <typename T>
  static T Start() {
    return std::numeric_limits<T>::max();
  }
  template <typename N>
  static N Join(N a, N b) {
    return scalar::Min(a, b);
  }
};

void RunAll(const void* x, int64_t n, void* y) {
  const auto* values = static_cast<const uint8_t*>(x);
  *static_cast<uint8_t*>(y) = std::find(values, values + n, 0) == values + n;
}
void RunAny(const void* x, int64_t n, void* y) {
  const auto* values = static_cast<const uint8_t*>(x);
  *static_cast<uint8_t*>(y) = std::find(values, values + n, 1) != values + n;
}
template <typename F>
void CombineBytes(const void* a, const void* b, void* y, int64_t n, Scalar) {
  for (int64_t i = 0; i < n; ++i) {
    static_cast<uint8_t*>(y)[i] = F()(static_cast<const uint8_t*>(a)[i], static_cast<const uint8_t*>(b)[i]);
  }
}

ReduceLoop PlainRun(Reduction reduction, DataType dtype) {
  ReduceLoop run = nullptr;
  DispatchInts(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    switch (reduction) {
      case Reduction::kSum: run = RunPlain<T, PlainSum>; break;
      case Reduction::kProduct: run = RunPlain<T, PlainProduct>; break;
      case Reduction::kMaximum: run = RunPlain<T, PlainMaximum>; break;
      case Reduction::kMinimum: run = RunPlain<T, PlainMinimum>; break;
      default: break;
    }
  });
  DispatchComplexes(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (reduction == Reduction::kSum) run = RunPlain<T, PlainSum>;
    if (reduction == Reduction::kProduct) run = RunPlain<T, PlainProduct>;
  });
  return run;
}

}  // namespace

Result<ReducedAxes> ReducedAxes::Make(const Tensor& axes, int rank) {
  ReducedAxes result;
  result.reduced.assign(rank, 0);
  for (int64_t i = 0; i < axes.num_elements(); ++i) {
    const int64_t axis = IntAt(axes, i);
    if (axis < -rank || axis >= rank) {
      return ModelError("Invalid reduction dimension ({} for input with {} dimension(s)", axis, rank);
    }
    int64_t& reduced = result.reduced[static_cast<int>(axis < 0 ? axis + rank : axis)];
    if (reduced != 0) {
      return ModelError("Invalid reduction arguments: Axes contains duplicate dimension: {}", axis);
    }
    reduced = 1;
  }
  return result;
}

Result<Shape> ReducedShape(const Shape& shape, const ReducedAxes& axes, bool keep_dims) {
  IntList dims;
  for (int i = 0; i < shape.rank(); ++i) {
    if (axes.reduced[i] == 0) {
      dims.push_back(shape.dim(i));
    } else if (keep_dims) {
      dims.push_back(1);
    }
  }
  return CheckedShape(dims);
}

Result<Tensor> Reduce(ThreadPool& pool, const Tensor& input, const ReducedAxes& axes, const Shape& shape,
                      const Reducer& reducer) {
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(input.dtype(), shape));
  if (shape.num_elements() == 0) return out;
  auto* to = static_cast<uint8_t*>(out.mutable_raw_data());
  const int64_t size = SizeOf(input.dtype());
  if (input.num_elements() == 0) {
    for (int64_t i = 0; i < shape.num_elements(); ++i) reducer.run(nullptr, 0, to + i * size);
    return out;
  }
  const Layout layout(input.shape(), axes);
  const Walk walk(input, layout, reducer);
  const int64_t bytes = walk.width * size;
  const double cost = walk.nanoseconds_per_chunk();
  if (walk.chunks == 1 || walk.groups >= 4 * pool.threads()) {
    pool.ParallelFor(walk.groups, ThreadPool::GrainOf(cost * static_cast<double>(walk.chunks)),
                     [&](int64_t begin, int64_t end) {
                       std::vector<uint8_t> scratch;
                       for (int64_t g = begin; g < end; ++g) walk.Group(g, to + g * bytes, scratch);
                     });
    return out;
  }
  // Few answers of many elements: the chunks are shared out, and joined in their order.
  std::vector<uint8_t> parts(static_cast<size_t>(walk.groups * walk.chunks * bytes));
  pool.ParallelFor(walk.groups * walk.chunks, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) walk.Chunk(i / walk.chunks, i % walk.chunks, parts.data() + i * bytes);
  });
  for (int64_t g = 0; g < walk.groups; ++g) {
    const uint8_t* part = parts.data() + g * walk.chunks * bytes;
    std::copy_n(part, bytes, to + g * bytes);
    for (int64_t c = 1; c < walk.chunks; ++c) {
      reducer.combine(to + g * bytes, part + c * bytes, to + g * bytes, walk.width, Scalar::kNone);
    }
  }
  return out;
}

Reducer FindReducer(Reduction reduction, DataType dtype) {
  if (dtype == DataType::kBool) {
    if (reduction == Reduction::kAll) return {RunAll, CombineBytes<std::bit_and<uint8_t>>, dtype};
    if (reduction == Reduction::kAny) return {RunAny, CombineBytes<std::bit_or<uint8_t>>, dtype};
    return {};
  }
  Reducer reducer;
  reducer.dtype = dtype;
  BinaryFn combine = BinaryFn::kAdd;
  if (reduction == Reduction::kProduct) combine = BinaryFn::kMul;
  if (reduction == Reduction::kMaximum) combine = BinaryFn::kMaximum;
  if (reduction == Reduction::kMinimum) combine = BinaryFn::kMinimum;
  reducer.combine = FindBinary(combine, dtype).loop;
  if (dtype != DataType::kFloat && dtype != DataType::kDouble) {
    reducer.run = PlainRun(reduction, dtype);
    return reducer;
  }
  const Loops& loops = CurrentLoops();
  const ReduceLoops& runs = dtype == DataType::kFloat ? *loops.reduce_f32 : *loops.reduce_f64;
  switch (reduction) {
    case Reduction::kSum: reducer.run = runs.sum; break;
    case Reduction::kProduct: reducer.run = runs.product; break;
    case Reduction::kMaximum: reducer.run = runs.maximum; break;
    case Reduction::kMinimum: reducer.run = runs.minimum; break;
    default: break;
  }
  return reducer;
}

}  // namespace smcli
