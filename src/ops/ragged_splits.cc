#include "ops/ragged_splits.h"

#include "ops/int_args.h"

namespace smcli {

Result<std::vector<int64_t>> ReadSplits(const Tensor& tensor, int64_t rows_below) {
  if (tensor.rank() != 1) return ModelError("ragged splits must be a vector, got shape {}", tensor.shape().ToString());
  std::vector<int64_t> splits(static_cast<size_t>(tensor.num_elements()));
  if (splits.empty()) return ModelError("ragged splits may not be empty.");
  for (size_t i = 0; i < splits.size(); ++i) {
    splits[i] = IntAt(tensor, static_cast<int64_t>(i));
    if (i == 0 && splits[i] != 0) return ModelError("First value of ragged splits must be 0, got {}", splits[i]);
    if (i > 0 && splits[i] < splits[i - 1]) {
      return ModelError("Ragged splits should be non decreasing, but we got {} followed by {}", splits[i - 1],
                        splits[i]);
    }
  }
  if (rows_below >= 0 && splits.back() != rows_below) {
    return ModelError("Final value of ragged splits must match the length the corresponding ragged values: {} and {}",
                      splits.back(), rows_below);
  }
  return splits;
}

}  // namespace smcli
