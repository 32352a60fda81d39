// The equation of an Einsum, read and laid over its operands: every label with its extent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/shape.h"

namespace smcli {

// Labels are small integers: letters by their character, dimensions of an ellipsis from kEllipsis on, counted from the
// right.
inline constexpr int kEllipsis = 256;
using Labels = std::vector<int>;

class EinsumEquation {
 public:
  // "ab,bc->ac". `InvalidModelError` for what is no equation of `num_inputs` operands.
  static Result<EinsumEquation> Parse(std::string_view text, int num_inputs);

  // Labels of operand and output, ellipses replaced by their dimensions, and the extent of each label.
  struct Bound {
    std::vector<Labels> inputs;
    Labels output;
    std::vector<int64_t> extents;  // by label

    int64_t extent(int label) const { return extents[static_cast<size_t>(label)]; }
  };
  // `ModelError` where shapes do not fit.
  Result<Bound> Bind(const std::vector<Shape>& shapes) const;

 private:
  struct Term {
    Labels labels;      // without the ellipsis
    int ellipsis = -1;  // its place among them
  };
  static Result<Term> ParseTerm(std::string_view text);
  static Labels Expand(const Term& term, int ellipsis_rank);

  std::vector<Term> inputs_;
  Term output_;
};

}  // namespace smcli
