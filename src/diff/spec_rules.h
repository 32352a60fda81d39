// Rules that inputs and outputs share: each looks at one that both models have.
#pragma once

#include <string>

#include "diff/rule_walk.h"

namespace smcli {

using SpecRule = void (*)(const std::string& place, const TensorSpec& before, const TensorSpec& after,
                          RuleReporter& reporter);

void KeepsDtype(const std::string& place, const TensorSpec& before, const TensorSpec& after, RuleReporter& reporter);
// Where both ranks are known.
void KeepsRank(const std::string& place, const TensorSpec& before, const TensorSpec& after, RuleReporter& reporter);
void KeepsEncoding(const std::string& place, const TensorSpec& before, const TensorSpec& after, RuleReporter& reporter);
// Of dense tensors.
void KeepsTensorName(const std::string& place, const TensorSpec& before, const TensorSpec& after,
                     RuleReporter& reporter);

// The rule of all inputs, or outputs, of kept signatures; for rows of the table.
template <SpecRule kRule>
void OfInputs(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptInput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    kRule(place, before, after, reporter);
  });
}
template <SpecRule kRule>
void OfOutputs(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptOutput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    kRule(place, before, after, reporter);
  });
}

}  // namespace smcli
