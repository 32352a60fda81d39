#include "diff/weights_diff.h"

#include <algorithm>

#include "diff/stored_bytes.h"
#include "diff/variable_match.h"
#include "model/spec_text.h"

namespace smcli {
namespace {

VariableSide SideOf(const BundleEntry& entry) {
  return {std::string(entry.key), DtypeText(entry.dtype, entry.dtype_number), entry.shape, entry.stored_bytes()};
}

// Large changes first; what has no distance before what has one, as no tolerance helps it.
bool Larger(const VariableChange& a, const VariableChange& b) {
  const auto rank = [](const VariableChange& change) {
    if (!change.before || !change.after) return 4;
    if (change.before->dtype != change.after->dtype || !(change.before->shape == change.after->shape)) return 3;
    if (change.kind == ChangeKind::kRenamed) return 2;
    return change.values && change.values->nan_appeared > 0 ? 1 : 0;
  };
  if (a.optimizer != b.optimizer) return b.optimizer;
  if (rank(a) != rank(b)) return rank(a) > rank(b);
  const double size_a = a.values ? a.values->max_abs : 0, size_b = b.values ? b.values->max_abs : 0;
  if (size_a != size_b) return size_a > size_b;
  return (a.after ? a.after : a.before)->key < (b.after ? b.after : b.before)->key;
}

class WeightsComparison {
 public:
  WeightsComparison(const BundleReader* before, const BundleReader* after, const WeightsOptions& options,
                    ThreadPool& threads)
      : before_(before), after_(after), options_(options), threads_(threads) {}

  Result<WeightsDiff> Run() {
    SMCLI_ASSIGN_OR_RETURN(const VariableList old_list, ListVariables(before_, options_.fast));
    SMCLI_ASSIGN_OR_RETURN(const VariableList new_list, ListVariables(after_, options_.fast));
    Total(old_list, diff_.variables_before, diff_.bytes_before);
    Total(new_list, diff_.variables_after, diff_.bytes_after);
    diff_.copies = old_list.copies + new_list.copies;
    for (const VariablePair& pair : MatchVariables(old_list, new_list)) Sort(pair);
    CompareTensors(tasks_, options_.tolerances, threads_);
    for (TensorTask& task : tasks_) Judge(task);
    std::ranges::sort(diff_.changes, Larger);
    diff_.changed = !diff_.changes.empty();
    return std::move(diff_);
  }

 private:
  static void Total(const VariableList& list, int64_t& variables, int64_t& bytes) {
    variables = static_cast<int64_t>(list.entries.size());
    for (const BundleEntry* entry : list.entries) bytes += entry->stored_bytes();
  }

  // What is there on one side alone, what the index answers, and what must be read.
  void Sort(const VariablePair& pair) {
    if (!pair.before || !pair.after) {
      VariableChange change = Begin(pair.before ? ChangeKind::kRemoved : ChangeKind::kAdded, pair.before, pair.after);
      diff_.changes.push_back(std::move(change));
      return;
    }
    if (options_.fast && pair.before->key == pair.after->key && SameChecksums(*pair.before, *pair.after)) {
      ++diff_.answered_by_index;
      ++diff_.unchanged;
      return;
    }
    tasks_.push_back({before_, pair.before, after_, pair.after, false, {}, {}});
  }

  VariableChange Begin(ChangeKind kind, const BundleEntry* before, const BundleEntry* after) const {
    VariableChange change;
    change.kind = kind;
    if (before) change.before = SideOf(*before);
    if (after) change.after = SideOf(*after);
    const BundleReader* reader = after ? after_ : before_;
    change.optimizer = IsOptimizerState((after ? after : before)->key,
                                        [&](std::string_view key) { return reader->Find(key) != nullptr; });
    return change;
  }

  void Judge(TensorTask& task) {
    const bool renamed = task.before->key != task.after->key;
    const bool same_type =
        task.before->dtype_number == task.after->dtype_number && task.before->shape == task.after->shape;
    if (task.fault) {
      diff_.faults.push_back(*std::move(task.fault));
      if (!task.values && SameChecksums(*task.before, *task.after)) {
        task.same_bits = true;
        ++diff_.answered_by_index;
      }
    }
    if (!renamed && same_type && task.same_bits) {
      ++diff_.unchanged;
      return;
    }
    if (!renamed && same_type && task.values && Tolerated(*task.values)) {
      ++diff_.within_tolerance;
      return;
    }
    VariableChange change = Begin(renamed ? ChangeKind::kRenamed : ChangeKind::kChanged, task.before, task.after);
    change.values = task.values;
    change.same_values = task.same_bits || (task.values && task.values->changed == 0);
    diff_.changes.push_back(std::move(change));
  }

  bool Tolerated(const ValueChange& values) const {
    const bool asked = options_.tolerances.atol > 0 || options_.tolerances.rtol > 0;
    return asked && values.failed == 0 && values.nan_appeared == 0 && values.nan_gone == 0;
  }

  const BundleReader* before_;
  const BundleReader* after_;
  const WeightsOptions& options_;
  ThreadPool& threads_;
  WeightsDiff diff_;
  std::vector<TensorTask> tasks_;
};

}  // namespace

Result<WeightsDiff> DiffWeights(const BundleReader* before, const BundleReader* after, const WeightsOptions& options,
                                ThreadPool& threads) {
  return WeightsComparison(before, after, options, threads).Run();
}

}  // namespace smcli
