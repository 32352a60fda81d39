// What the numbers of a tensor look like, in one pass.
#pragma once

#include <cstdint>
#include <optional>

#include "tensor/tensor.h"

namespace smcli {

class ThreadPool;

struct TensorStats {
  int64_t count = 0;   // elements
  int64_t finite = 0;  // of them; where there are none, what follows `zeros` means nothing
  int64_t nan = 0;
  int64_t inf = 0;    // of either sign
  int64_t zeros = 0;  // -0 included
  // Over the finite elements, in double; `std` divides by their number, as NumPy's does.
  double min = 0;
  double max = 0;
  double mean = 0;
  double std = 0;
};

// nullopt for a dtype that is no real number (bool, complex, string, float8, ...). The same whatever the pool, which
// may be null.
std::optional<TensorStats> ComputeStats(const Tensor& tensor, ThreadPool* pool);

}  // namespace smcli
