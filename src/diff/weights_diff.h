// WeightsDiff: what differs between the tensors of two checkpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "diff/change.h"
#include "diff/value_change.h"

namespace smcli {

class ThreadPool;

struct VariableSide {
  std::string key;
  std::string dtype;  // "float32"
  Shape shape;
  int64_t bytes = 0;  // in the data files
};

struct VariableChange {
  ChangeKind kind = ChangeKind::kChanged;
  bool optimizer = false;  // a slot or count of an optimizer
  std::optional<VariableSide> before;
  std::optional<VariableSide> after;
  std::optional<ValueChange> values;  // where the elements can be paired, and were read
  bool same_values = false;           // renamed or reshaped, and nothing else
};

struct WeightsDiff {
  bool changed = false;
  int64_t variables_before = 0, variables_after = 0;
  int64_t bytes_before = 0, bytes_after = 0;
  int64_t unchanged = 0;
  int64_t within_tolerance = 0;         // changed, but by less than --atol or --rtol
  int64_t answered_by_index = 0;        // found equal by checksum alone (--fast, or where data is missing)
  int64_t copies = 0;                   // second copies of Keras 3 that were left out, on both sides
  std::vector<VariableChange> changes;  // added, removed, renamed and reshaped first, then by the size of the change
  std::vector<Error> faults;            // data that could not be read; what it holds is then compared by checksum

  // Variables of either checkpoint, those that both have counted once.
  int64_t total() const { return static_cast<int64_t>(changes.size()) + unchanged + within_tolerance; }
};

struct WeightsOptions {
  ValueTolerances tolerances;
  bool fast = false;  // equal checksums in the index stand for equal bits
};

// Either may be null: no variables. The bits of large tensors are compared by all threads, without being copied.
// `InvalidModelError` for object graphs that cannot be read.
Result<WeightsDiff> DiffWeights(const BundleReader* before, const BundleReader* after, const WeightsOptions& options,
                                ThreadPool& threads);

}  // namespace smcli
