// Where random ops take their Philox from: the seeds of a node, the seed tensor of the stateless ops, a key and
// counter, or a generator's state in a variable.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ops/kernel.h"
#include "ops/philox.h"

namespace smcli {

// RandomUniform and its like: attributes seed and seed2; both zero asks for a seed of the system's. Every execution of
// the node moves on from where the last one ended.
class SeededSource {
 public:
  static Result<SeededSource> Of(const NodeInfo& node);
  // A generator of which the caller uses at most `counts` counts.
  Result<Philox> Reserve(KernelContext& ctx, uint64_t counts) const;

 private:
  uint64_t seed_ = 0;
  uint64_t seed2_ = 0;
  std::string node_;
};

// Of a seed tensor of two integers, mixed so that every bit of it matters (kernels/stateless_random_ops.cc).
Result<Philox> PhiloxOfSeed(const Tensor& seed);
struct KeyAndCounter {
  uint64_t key;
  uint64_t counter[2];
};
Result<KeyAndCounter> KeyAndCounterOfSeed(const Tensor& seed);

// TensorFlow's numbers of algorithms. `ModelError` but for Philox (1) and "the device's choice" (3), which is Philox.
Status ExpectPhilox(int64_t algorithm);
// Of the inputs `key`, `counter` and `alg` of the V2 stateless ops.
Result<Philox> PhiloxOfKey(const Tensor& key, const Tensor& counter, const Tensor& algorithm);

// Of a generator variable (int64 or uint64: counter, counter, key), which then moves on by `counts`.
Result<Philox> AdvanceGenerator(const Tensor& variable, const Tensor& algorithm, uint64_t counts);

}  // namespace smcli
