#include "ops/strided_window.h"

#include "ops/move.h"

namespace smcli {
namespace {

bool Bit(uint64_t mask, int i) { return (mask >> i & 1) != 0; }

// One entry of the specification, where it names a dimension of the tensor.
struct Entry {
  int64_t begin = 0, end = 0, stride = 1;
  bool begin_open = true, end_open = true, single = false;
};

struct Interval {
  int64_t first, count;
};

// What TensorFlow's tf.strided_slice means by begin:end:stride on a dimension (core/util/strided_slice_op.cc): negative
// positions count from the end, then both are clamped.
Result<Interval> Locate(const Entry& entry, int64_t extent, int dimension) {
  if (entry.stride == 0) return ModelError("strides[{}] must be non-zero", dimension);
  if (entry.single) {
    if (entry.stride < 0) return ModelError("only stride 1 allowed on non-range indexing.");
    const int64_t index = entry.begin < 0 ? entry.begin + extent : entry.begin;
    if (index < 0 || index >= extent) {
      return ModelError("slice index {} of dimension {} out of bounds.", entry.begin, dimension);
    }
    return Interval{index, 1};
  }
  const bool forward = entry.stride > 0;
  const int64_t low = forward ? 0 : -1, high = forward ? extent : extent - 1;
  const auto place = [&](int64_t position) {
    return std::clamp(position < 0 ? position + extent : position, low, high);
  };
  const int64_t begin = entry.begin_open ? (forward ? low : high) : place(entry.begin);
  const int64_t end = entry.end_open ? (forward ? high : low) : place(entry.end);
  const int64_t length = end - begin;
  if (length == 0 || (length > 0) != forward) return Interval{0, 0};
  return Interval{begin, length / entry.stride + (length % entry.stride != 0 ? 1 : 0)};
}

class Resolver {
 public:
  explicit Resolver(const Shape& whole) : whole_(whole), strides_(RowMajorStrides(whole)) {}

  int next() const { return next_; }

  Status Take(const Entry& entry) {
    if (next_ >= whole_.rank()) {
      return ModelError("Index out of range using input dim {}; input has only {} dims", next_, whole_.rank());
    }
    SMCLI_ASSIGN_OR_RETURN(const Interval interval, Locate(entry, whole_.dim(next_), next_));
    const int64_t stride = strides_[static_cast<size_t>(next_)];
    if (interval.count > 0) window_.first += interval.first * stride;
    if (!entry.single) SMCLI_RETURN_IF_ERROR(Push(interval.count, interval.count > 1 ? entry.stride * stride : 0));
    ++next_;
    return {};
  }

  Status Push(int64_t extent, int64_t step) {
    if (extents_.full()) return ModelError("the slice has more than {} dimensions", kMaxRank);
    extents_.push_back(extent);
    window_.steps.push_back(step);
    return {};
  }

  Result<StridedWindow> Finish() {
    SMCLI_ASSIGN_OR_RETURN(window_.shape, CheckedShape(extents_));
    return window_;
  }

 private:
  const Shape& whole_;
  std::array<int64_t, kMaxRank> strides_;
  int next_ = 0;  // dimension of the whole
  IntList extents_;
  StridedWindow window_;
};

}  // namespace

Result<StridedMasks> StridedMasks::Of(const NodeInfo& node) {
  StridedMasks masks;
  const auto read = [&](std::string_view name, uint64_t& mask) -> Status {
    SMCLI_ASSIGN_OR_RETURN(const int64_t bits, node.attrs.Int(name));
    mask = static_cast<uint32_t>(bits);
    return {};
  };
  SMCLI_RETURN_IF_ERROR(read("begin_mask", masks.begin));
  SMCLI_RETURN_IF_ERROR(read("end_mask", masks.end));
  SMCLI_RETURN_IF_ERROR(read("ellipsis_mask", masks.ellipsis));
  SMCLI_RETURN_IF_ERROR(read("new_axis_mask", masks.new_axis));
  SMCLI_RETURN_IF_ERROR(read("shrink_axis_mask", masks.shrink_axis));
  return masks;
}

Result<StridedWindow> StridedWindow::Resolve(const Shape& whole, const Tensor& begin, const Tensor& end,
                                             const Tensor& strides, const StridedMasks& masks) {
  const int64_t entries = begin.num_elements();
  if (!begin.shape().vector() || !(begin.shape() == end.shape()) || !(begin.shape() == strides.shape()) ||
      entries >= 32) {
    return ModelError(
        "Expected begin, end, and strides to be 1D equal size tensors of less than 32 elements, but got shapes {}, {}, "
        "and "
        "{} instead.",
        begin.shape().ToString(), end.shape().ToString(), strides.shape().ToString());
  }
  if ((masks.ellipsis & (masks.ellipsis - 1)) != 0) return ModelError("Multiple ellipses in slice spec not allowed");

  Resolver resolver(whole);
  // Dimensions that the entries from `i` on name.
  const auto named_after = [&](int i) {
    int named = 0;
    for (; i < entries; ++i) named += Bit(masks.new_axis, i) ? 0 : 1;
    return named;
  };
  const auto take_all = [&](int until) -> Status {
    while (resolver.next() < until) SMCLI_RETURN_IF_ERROR(resolver.Take(Entry{}));
    return {};
  };
  for (int i = 0; i < static_cast<int>(entries); ++i) {
    if (Bit(masks.ellipsis, i)) {
      SMCLI_RETURN_IF_ERROR(take_all(std::min(whole.rank(), whole.rank() - named_after(i + 1))));
    } else if (Bit(masks.new_axis, i)) {
      SMCLI_RETURN_IF_ERROR(resolver.Push(1, 0));
    } else {
      SMCLI_RETURN_IF_ERROR(resolver.Take({IntAt(begin, i), IntAt(end, i), IntAt(strides, i), Bit(masks.begin, i),
                                           Bit(masks.end, i), Bit(masks.shrink_axis, i)}));
    }
  }
  SMCLI_RETURN_IF_ERROR(take_all(whole.rank()));
  return resolver.Finish();
}

StridedWindow StridedWindow::Box(const Shape& whole, const IntList& begin, const IntList& size) {
  StridedWindow window;
  const auto strides = RowMajorStrides(whole);
  window.shape = Shape(size.span());
  for (int i = 0; i < whole.rank(); ++i) {
    window.steps.push_back(strides[static_cast<size_t>(i)]);
    window.first += begin[i] * strides[static_cast<size_t>(i)];
  }
  return window;
}

bool StridedWindow::contiguous() const {
  int64_t expected = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape.dim(i) == 1) continue;
    if (steps[i] != expected) return false;
    expected *= shape.dim(i);
  }
  return true;
}

Result<Tensor> StridedWindow::Read(ThreadPool& pool, const Tensor& whole) const {
  if (empty()) return Tensor::Make(whole.dtype(), shape);
  if (contiguous()) return SubTensor(whole, first, shape);
  SMCLI_ASSIGN_OR_RETURN(Tensor part, Tensor::Make(whole.dtype(), shape));
  const auto strides = RowMajorStrides(shape);
  StridedCopy copy;
  for (int i = 0; i < shape.rank(); ++i) copy.Add(shape.dim(i), steps[i], strides[static_cast<size_t>(i)]);
  copy.Run(pool, whole, first, part, 0);
  return part;
}

Status StridedWindow::Write(ThreadPool& pool, const Tensor& value, Tensor& whole) const {
  if (empty()) return {};
  // Leading dimensions of extent 1 that the part does not have are ignored, as TensorFlow does.
  int surplus = 0;
  while (value.rank() - surplus > shape.rank() && value.dim(surplus) == 1) ++surplus;
  const auto from = value.shape().dims().subspan(static_cast<size_t>(surplus));
  const auto added = static_cast<size_t>(shape.rank()) - from.size();
  bool fits = from.size() <= static_cast<size_t>(shape.rank());
  for (size_t i = 0; fits && i < from.size(); ++i) fits = from[i] == 1 || from[i] == shape.dims()[i + added];
  if (!fits) {
    return ModelError("a value of shape {} cannot be written into a slice of shape {}", value.shape().ToString(),
                      shape.ToString());
  }
  const auto strides = RowMajorStrides(value.shape());
  StridedCopy copy;
  for (size_t i = 0; i < static_cast<size_t>(shape.rank()); ++i) {
    const bool repeated = i < added || from[i - added] == 1;
    const int64_t step = repeated ? 0 : strides[i - added + static_cast<size_t>(surplus)];
    copy.Add(shape.dims()[i], step, steps[static_cast<int>(i)]);
  }
  copy.Run(pool, value, 0, whole, first);
  return {};
}

}  // namespace smcli
