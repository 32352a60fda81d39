#include "ops/broadcast.h"

namespace smcli {
namespace {

// Extent i counted from the right; 1 beyond the left edge.
int64_t FromRight(const Shape& shape, int i) { return i < shape.rank() ? shape.dim(shape.rank() - 1 - i) : 1; }

}  // namespace

Result<Shape> BroadcastShape(const Shape& a, const Shape& b) {
  IntList dims;
  dims.assign(std::max(a.rank(), b.rank()), 1);
  for (int i = 0; i < dims.size(); ++i) {
    const int64_t x = FromRight(a, i), y = FromRight(b, i);
    if (x != y && x != 1 && y != 1) {
      return ModelError("Incompatible shapes: {} vs. {}", a.ToString(), b.ToString());
    }
    dims[dims.size() - 1 - i] = x == 1 ? y : x;
  }
  return CheckedShape(dims);
}

bool BroadcastsTo(const Shape& operand, const Shape& shape) {
  if (operand.rank() > shape.rank()) return false;
  for (int i = 0; i < operand.rank(); ++i) {
    if (FromRight(operand, i) != 1 && FromRight(operand, i) != FromRight(shape, i)) return false;
  }
  return true;
}

BroadcastWalk::BroadcastWalk(const Shape& operand, const Shape& shape) {
  // Innermost first, then reversed.
  int64_t step = 1;  // of the operand along the dimension at hand
  for (int i = 0; i < shape.rank(); ++i) {
    const int64_t extent = FromRight(shape, i);
    if (extent == 1) continue;
    const bool repeats = FromRight(operand, i) == 1;
    const int64_t stride = repeats ? 0 : step;
    if (dims_.empty()) {
      dims_.push_back(extent);
      strides_.push_back(stride);
    } else if (const int last = dims_.size() - 1; repeats == (strides_[last] == 0)) {
      dims_[last] *= extent;
    } else {
      dims_.push_back(extent);
      strides_.push_back(stride);
    }
    if (!repeats) step *= extent;
  }
  if (dims_.empty()) return;
  inner_ = dims_[0];
  inner_repeats_ = strides_[0] == 0;
  IntList dims, strides;
  for (int i = dims_.size() - 1; i > 0; --i) {
    dims.push_back(dims_[i]);
    strides.push_back(strides_[i]);
  }
  dims_ = dims;
  strides_ = strides;
}

BroadcastWalk::Cursor BroadcastWalk::Seek(int64_t element) const {
  Cursor at;
  at.index.assign(dims_.size(), 0);
  const int64_t within = element % inner_;
  int64_t rest = element / inner_;
  at.offset = inner_repeats_ ? 0 : within;
  at.left = inner_ - within;
  for (int i = dims_.size() - 1; i >= 0; --i) {
    at.index[i] = rest % dims_[i];
    rest /= dims_[i];
    at.offset += at.index[i] * strides_[i];
  }
  return at;
}

void BroadcastWalk::Advance(Cursor& at, int64_t count) const {
  if (!inner_repeats_) at.offset += count;
  at.left -= count;
  if (at.left > 0) return;
  at.left = inner_;
  if (!inner_repeats_) at.offset -= inner_;
  for (int i = dims_.size() - 1; i >= 0; --i) {
    at.offset += strides_[i];
    if (++at.index[i] < dims_[i]) return;
    at.index[i] = 0;
    at.offset -= strides_[i] * dims_[i];
  }
}

}  // namespace smcli
