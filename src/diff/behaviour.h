// BehaviourDiff: both models run on the same inputs, their outputs compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tensor/compare.h"
#include "tensor/tensor.h"

namespace smcli {

struct OutputChange {
  std::string key;
  Comparison comparison;       // of the new output with the old one
  bool one_sided_nan = false;  // then max_abs says nothing
  double max_abs = 0;          // 1 where strings or bools differ; infinite where the elements cannot be paired
  bool changed = false;        // beyond the tolerances
};

OutputChange CompareOutput(std::string key, const Tensor& before, const Tensor& after, const Tolerances& tolerances);

// The first node, in the old model's order of execution, whose value differs while those of all before it agree.
struct Divergence {
  std::string function;  // of the old model; empty: the main graph
  std::string node;
  std::string op;
  std::string node_after;  // its name in the new model, where that is another
  int64_t turn = 0;        // how often it had run before: in a loop, or a function called again
  OutputChange change;     // of the output that differs; key: its number
  int64_t agreed = 0;      // values that both models computed before it, and that agree
  int64_t unmatched = 0;   // values of nodes before it that the new model does not have
};

struct SignatureBehaviour {
  std::string signature;
  bool changed = false;
  std::vector<OutputChange> outputs;                 // those that both have
  std::vector<std::string> only_before, only_after;  // keys
  std::string failure_before, failure_after;         // why a model gave no outputs; at most one of them
  std::optional<Divergence> divergence;              // with --bisect
};

struct SkippedSignature {
  std::string signature;
  std::string reason;
};

struct BehaviourDiff {
  std::vector<SignatureBehaviour> signatures;
  std::vector<SkippedSignature> skipped;  // that both have, but that could not be compared

  bool changed() const;
  bool one_sided_nan() const;  // in any output
  double max_abs() const;      // over all outputs
};

}  // namespace smcli
