// Comparing the tensors of two checkpoints where they lie: piece by piece, on all threads, nothing copied.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "checkpoint/bundle_reader.h"
#include "diff/value_change.h"

namespace smcli {

// Two tensors to compare, and the answer.
struct TensorTask {
  const BundleReader* before_reader = nullptr;
  const BundleEntry* before = nullptr;
  const BundleReader* after_reader = nullptr;
  const BundleEntry* after = nullptr;

  bool same_bits = false;
  std::optional<ValueChange> values;  // unset: the elements cannot be paired
  std::optional<Error> fault;         // the data could not be read, or its checksum does not fit
};

// Fills in the answers. Of tensors whose bits differ the stored checksums are verified; equal ones need none.
void CompareTensors(std::span<TensorTask> tasks, const ValueTolerances& tolerances, ThreadPool& threads);

}  // namespace smcli
