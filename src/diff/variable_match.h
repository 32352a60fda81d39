// Which tensors of two checkpoints are the same variable: by key, else by the name that the object graph gives them,
// else by equal contents.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

// A checkpoint's tensors without what does not count: the object graph, and the second copies that Keras 3 writes under
// _all_variables/, in another order at every export.
struct VariableList {
  std::vector<const BundleEntry*> entries;                       // in the order of their keys
  int64_t copies = 0;                                            // second copies left out
  std::unordered_map<std::string_view, std::string> full_names;  // by key, from the object graph; may lack any
};
// `checkpoint` may be null: no variables. With `trust_checksums` equal checksums stand for equal bits.
// `InvalidModelError` for an object graph that cannot be read.
Result<VariableList> ListVariables(const BundleReader* checkpoint, bool trust_checksums);

struct VariablePair {
  const BundleEntry* before = nullptr;  // null: the other side alone has it
  const BundleEntry* after = nullptr;
};
// In the order of the keys, those of `after` where both have the variable.
std::vector<VariablePair> MatchVariables(const VariableList& before, const VariableList& after);

// Do two tensors have the same dtype, shape and stored checksums? False where a side has none (V1 checkpoints).
bool SameChecksums(const BundleEntry& a, const BundleEntry& b);

// Is the key one of an optimizer's own variables: slots ("m" of a kernel), iteration counts, powers of beta? `has_key`
// tells which keys the checkpoint has.
template <typename HasKey>
bool IsOptimizerState(std::string_view key, HasKey has_key);
bool LooksLikeOptimizerState(std::string_view key);
// "dense/kernel/Adam_1" -> "dense/kernel", for the slots of V1 optimizers; empty for other keys.
std::string_view SlotOwner(std::string_view key);

template <typename HasKey>
bool IsOptimizerState(std::string_view key, HasKey has_key) {
  const std::string_view owner = SlotOwner(key);
  return LooksLikeOptimizerState(key) || (!owner.empty() && has_key(owner));
}

}  // namespace smcli
