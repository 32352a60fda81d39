#include "diff/spec_rules.h"

#include <fmt/format.h>

#include "diff/spec_text.h"

namespace smcli {

void KeepsDtype(const std::string& place, const TensorSpec& before, const TensorSpec& after, RuleReporter& reporter) {
  if (before.dtype_number == after.dtype_number) return;
  reporter.Add(place, fmt::format("{} -> {}", DtypeText(before), DtypeText(after)));
}

void KeepsRank(const std::string& place, const TensorSpec& before, const TensorSpec& after, RuleReporter& reporter) {
  if (!before.shape.known_rank() || !after.shape.known_rank() || before.shape.rank() == after.shape.rank()) return;
  reporter.Add(place, fmt::format("rank {} -> {}: {} -> {}", before.shape.rank(), after.shape.rank(),
                                  ShapeText(before.shape), ShapeText(after.shape)));
}

void KeepsEncoding(const std::string& place, const TensorSpec& before, const TensorSpec& after,
                   RuleReporter& reporter) {
  if (before.encoding == after.encoding) return;
  reporter.Add(place, fmt::format("{} -> {}", EncodingText(before.encoding), EncodingText(after.encoding)));
}

void KeepsTensorName(const std::string& place, const TensorSpec& before, const TensorSpec& after,
                     RuleReporter& reporter) {
  const bool dense = before.encoding == TensorSpec::Encoding::kDense && after.encoding == TensorSpec::Encoding::kDense;
  if (!dense || before.tensor_name == after.tensor_name) return;
  reporter.Add(place, fmt::format("tensor {} -> {}", before.tensor_name, after.tensor_name));
}

}  // namespace smcli
