// Training state: what a checkpoint holds for training alone: optimizers' slots, powers, steps and rates, and the
// totals of Keras metrics.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

struct TrainingState {
  std::set<std::string, std::less<>> keys;  // of the checkpoint
};

// Of an object-based checkpoint: what its object graph reaches only through an optimizer or as a slot. Of others: what
// is named as TensorFlow's optimizers name their slots ("w/Adam" beside "w", of the same shape). `InvalidModelError`
// for an object graph that cannot be read.
Result<TrainingState> FindTrainingState(const BundleReader& variables);

// A TrackableObjectGraph without the slots and without what is stored under these keys.
Result<std::string> WithoutKeys(std::string_view trackable_object_graph,
                                const std::set<std::string, std::less<>>& keys);

}  // namespace smcli
