// Broadcasting as NumPy defines it: the shape of the answer, and the walk over it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/result.h"
#include "ops/int_args.h"
#include "tensor/shape.h"

namespace smcli {

// ModelError (TensorFlow's words) when the shapes do not go together.
Result<Shape> BroadcastShape(const Shape& a, const Shape& b);
bool BroadcastsTo(const Shape& operand, const Shape& shape);

// Which element of an operand belongs to each element of the answer, walked in order. Neighbouring dimensions that
// behave alike are one here; dimensions of extent 1 are gone.
class BroadcastWalk {
 public:
  // BroadcastsTo(operand, shape) holds.
  BroadcastWalk(const Shape& operand, const Shape& shape);

  // The answer's elements are the operand's, one for one.
  bool whole() const { return dims_.empty() && !inner_repeats_; }
  // For `inner()` elements of the answer on end the operand is read on end too, or stays on one element.
  int64_t inner() const { return inner_; }
  bool inner_repeats() const { return inner_repeats_; }

  struct Cursor {
    int64_t offset = 0;  // of the operand's element
    int64_t left = 0;    // elements of the answer before the run ends
    IntList index;       // in the outer dimensions
  };
  Cursor Seek(int64_t element) const;
  // By count <= at.left elements of the answer.
  void Advance(Cursor& at, int64_t count) const;

  // to[i] = the operand's element for element begin + i of the answer.
  template <typename T>
  void Gather(const T* operand, int64_t begin, int64_t count, T* to) const {
    Cursor at = Seek(begin);
    while (count > 0) {
      const int64_t run = std::min(at.left, count);
      const T* from = operand + at.offset;
      if (inner_repeats_) {
        for (int64_t i = 0; i < run; ++i) to[i] = *from;
      } else {
        for (int64_t i = 0; i < run; ++i) to[i] = from[i];
      }
      to += run;
      count -= run;
      Advance(at, run);
    }
  }

 private:
  IntList dims_;     // the answer's dimensions but the innermost, outermost first
  IntList strides_;  // the operand's step along each, 0 where it repeats
  int64_t inner_ = 1;
  bool inner_repeats_ = false;
};

}  // namespace smcli
