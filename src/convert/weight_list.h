// WeightList: the tensors of a checkpoint that a weight target writes, with their names there.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "convert/converter.h"

namespace smcli {

struct Weight {
  std::string name;
  const BundleEntry* entry = nullptr;
};

// In the order of the checkpoint's keys, without the object graph; as --names and --match say. `InvalidModelError`
// where two tensors would have one name.
Result<std::vector<Weight>> ListWeights(const Conversion& conversion);

}  // namespace smcli
