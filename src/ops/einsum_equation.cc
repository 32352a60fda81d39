#include "ops/einsum_equation.h"

#include <algorithm>

namespace smcli {

Result<EinsumEquation::Term> EinsumEquation::ParseTerm(std::string_view text) {
  Term term;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.substr(i, 3) == "...") {
      if (term.ellipsis >= 0) return InvalidModelError("Found multiple ellipses in '{}'", text);
      term.ellipsis = static_cast<int>(term.labels.size());
      i += 2;
      continue;
    }
    const char c = text[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
      return InvalidModelError("'{}' is no label of an equation", c);
    term.labels.push_back(c);
  }
  return term;
}

Result<EinsumEquation> EinsumEquation::Parse(std::string_view text, int num_inputs) {
  const size_t arrow = text.find("->");
  if (arrow == std::string_view::npos)
    return InvalidModelError("Expecting exactly one '->' in einsum equation: {}", text);
  EinsumEquation equation;
  SMCLI_ASSIGN_OR_RETURN(equation.output_, ParseTerm(text.substr(arrow + 2)));
  std::string_view left = text.substr(0, arrow);
  while (true) {
    const size_t comma = left.find(',');
    SMCLI_ASSIGN_OR_RETURN(Term term, ParseTerm(left.substr(0, comma)));
    equation.inputs_.push_back(std::move(term));
    if (comma == std::string_view::npos) break;
    left = left.substr(comma + 1);
  }
  if (static_cast<int>(equation.inputs_.size()) != num_inputs) {
    return InvalidModelError("Expecting {} operands in equation '{}'", num_inputs, text);
  }
  for (int label : equation.output_.labels) {
    const bool known = std::ranges::any_of(
        equation.inputs_, [&](const Term& term) { return std::ranges::count(term.labels, label) > 0; });
    if (!known) return InvalidModelError("label '{}' of the output is in no operand", static_cast<char>(label));
  }
  return equation;
}

Labels EinsumEquation::Expand(const Term& term, int ellipsis_rank) {
  Labels labels = term.labels;
  if (term.ellipsis < 0) return labels;
  Labels dims;
  for (int i = ellipsis_rank - 1; i >= 0; --i) dims.push_back(kEllipsis + i);
  labels.insert(labels.begin() + term.ellipsis, dims.begin(), dims.end());
  return labels;
}

Result<EinsumEquation::Bound> EinsumEquation::Bind(const std::vector<Shape>& shapes) const {
  Bound bound;
  bound.extents.assign(kEllipsis + kMaxRank, 1);
  std::vector<bool> seen(bound.extents.size(), false);
  int widest = 0;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Term& term = inputs_[i];
    const int named = static_cast<int>(term.labels.size()), rank = shapes[i].rank();
    if (term.ellipsis < 0 ? rank != named : rank < named) {
      return ModelError("Expected input {} to have rank {}{} but got: {}", i, term.ellipsis < 0 ? "" : "at least ",
                        named, rank);
    }
    widest = std::max(widest, rank - named);
    bound.inputs.push_back(Expand(term, rank - named));
    for (int axis = 0; axis < rank; ++axis) {
      const auto label = static_cast<size_t>(bound.inputs.back()[static_cast<size_t>(axis)]);
      const int64_t dim = shapes[i].dim(axis);
      int64_t& extent = bound.extents[label];
      const bool broadcasts = label >= kEllipsis && (dim == 1 || extent == 1);
      if (seen[label] && dim != extent && !broadcasts) {
        return ModelError("Expected dimension {} at axis {} of the input shaped {} but got dimension {}", extent, axis,
                          shapes[i].ToString(), dim);
      }
      extent = seen[label] && dim == 1 ? extent : dim;
      seen[label] = true;
    }
  }
  bound.output = Expand(output_, widest);
  if (bound.output.size() > static_cast<size_t>(kMaxRank))
    return ModelError("the output has more than {} dimensions", kMaxRank);
  return bound;
}

}  // namespace smcli
