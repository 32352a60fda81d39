// WeightList: the tensors of a checkpoint that a weight target writes, with their names and dtypes there.
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
  DataType dtype = DataType::kInvalid;  // the entry's, or what --weights says
};

// In the order of the checkpoint's keys, without the object graph; as --names, --match, --strip-training and --weights
// say. `InvalidModelError` where two tensors would have one name.
Result<std::vector<Weight>> ListWeights(const Conversion& conversion);

// Of each weight the first one that is equal to it, itself perhaps: dtype, shape and all bits.
Result<std::vector<size_t>> FindEqualWeights(const Conversion& conversion, const std::vector<Weight>& weights);

}  // namespace smcli
