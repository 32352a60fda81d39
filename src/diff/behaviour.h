// BehaviourDiff: both models run on the same inputs, their outputs compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "diff/model_side.h"
#include "tensor/compare.h"
#include "tensor/tensor.h"

namespace smcli {

struct OutputChange {
  std::string key;
  Comparison comparison;  // of the new output with the old one
  bool one_sided_nan = false;
  double max_abs = 0;    // 1 where strings differ
  bool changed = false;  // beyond the tolerances
};

// The first node, in the old model's order of execution, whose value differs while those of all before it agree.
struct Divergence {
  std::string function;  // path of calls; empty: the main graph
  std::string node;
  std::string op;
  double max_abs = 0;
  int64_t compared = 0;  // nodes that both models ran and that agreed before it
};

struct BehaviourDiff {
  std::string signature;
  bool changed = false;
  double max_abs = 0;                 // over all outputs
  bool one_sided_nan = false;         // then max_abs is "NaN"
  std::vector<OutputChange> outputs;  // those that both have
  std::vector<std::string> only_before, only_after;
  std::optional<Divergence> divergence;  // with --bisect
};

}  // namespace smcli
