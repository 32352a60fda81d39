#include "ops/random_source.h"

#include <mutex>
#include <random>

#include "ops/expect.h"
#include "ops/int_args.h"

namespace smcli {
namespace {

constexpr int64_t kPhilox = 1;
constexpr int64_t kThreeFry = 2;
constexpr int64_t kAuto = 3;

class NodeGenerator final : public Resource {
 public:
  NodeGenerator(uint64_t seed, uint64_t seed2) : philox_(0, seed2, seed) {}
  std::string_view type_name() const override { return "random generator"; }
  Philox Reserve(uint64_t counts) {
    std::lock_guard lock(mutex_);
    const Philox from_here = philox_;
    philox_.Skip(counts);
    return from_here;
  }

 private:
  std::mutex mutex_;
  Philox philox_;
};

uint64_t SystemSeed() {
  std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

uint64_t WordAt(const Tensor& tensor, int64_t i) { return static_cast<uint64_t>(IntAt(tensor, i)); }

}  // namespace

Result<SeededSource> SeededSource::Of(const NodeInfo& node) {
  SeededSource source;
  SMCLI_ASSIGN_OR_RETURN(const int64_t seed, node.attrs.Int("seed"));
  SMCLI_ASSIGN_OR_RETURN(const int64_t seed2, node.attrs.Int("seed2"));
  source.seed_ = static_cast<uint64_t>(seed);
  source.seed2_ = static_cast<uint64_t>(seed2);
  source.node_ = fmt::format("{}/{}", node.scope, node.name);
  return source;
}

Result<Philox> SeededSource::Reserve(KernelContext& ctx, uint64_t counts) const {
  SMCLI_ASSIGN_OR_RETURN(auto generator, ctx.resources().LookupOrCreate<NodeGenerator>("random generator", node_, [&] {
    const bool system = seed_ == 0 && seed2_ == 0;
    return std::make_shared<NodeGenerator>(system ? SystemSeed() : seed_, system ? SystemSeed() : seed2_);
  }));
  return generator->Reserve(counts);
}

Result<KeyAndCounter> KeyAndCounterOfSeed(const Tensor& seed) {
  if (!(seed.shape() == Shape{2})) return ModelError("seed must have shape [2], not {}", seed.shape().ToString());
  const Philox::Words mix = Philox(WordAt(seed, 0), WordAt(seed, 1), uint64_t{0x02461e29} << 32 | 0x3ec8f720u)();
  const auto joined = [](uint32_t low, uint32_t high) { return low | static_cast<uint64_t>(high) << 32; };
  return KeyAndCounter{joined(mix[0], mix[1]), {0, joined(mix[2], mix[3])}};
}

Result<Philox> PhiloxOfSeed(const Tensor& seed) {
  SMCLI_ASSIGN_OR_RETURN(const KeyAndCounter state, KeyAndCounterOfSeed(seed));
  return Philox(state.counter[0], state.counter[1], state.key);
}

Status ExpectPhilox(int64_t algorithm) {
  if (algorithm == kPhilox || algorithm == kAuto) return {};
  if (algorithm == kThreeFry)
    return ModelError("unsupported algorithm id {} (ThreeFry): on a CPU there is Philox only", algorithm);
  return ModelError("unsupported algorithm id {}", algorithm);
}

Result<Philox> PhiloxOfKey(const Tensor& key, const Tensor& counter, const Tensor& algorithm) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t id, ScalarInt(algorithm, "alg"));
  SMCLI_RETURN_IF_ERROR(ExpectPhilox(id));
  if (!(key.shape() == Shape{1})) return ModelError("key must have shape [1], not {}", key.shape().ToString());
  if (!counter.shape().vector() || counter.num_elements() < 2) {
    return ModelError("counter must be a vector of at least 2 elements, not {}", counter.shape().ToString());
  }
  return Philox(WordAt(counter, 0), WordAt(counter, 1), WordAt(key, 0));
}

Result<Philox> AdvanceGenerator(const Tensor& handle, const Tensor& algorithm, uint64_t counts) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t id, ScalarInt(algorithm, "algorithm"));
  SMCLI_RETURN_IF_ERROR(ExpectPhilox(id));
  SMCLI_ASSIGN_OR_RETURN(const auto variable, ResourceOf<Variable>(handle));
  SMCLI_ASSIGN_OR_RETURN(Tensor * state, variable->Mutable());
  if (!(DataType::kInt64 | DataType::kUint64).Contains(state->dtype())) {
    return ModelError("the state of a generator must be int64 or uint64, not {}", Name(state->dtype()));
  }
  if (!state->shape().vector() || state->num_elements() < 3) {
    return ModelError("the state of a Philox generator must have at least 3 elements, not shape {}",
                      state->shape().ToString());
  }
  auto* words = state->mutable_data<uint64_t>();
  const Philox from_here(words[0], words[1], words[2]);
  Philox next = from_here;
  next.Skip(counts);
  words[0] = next.counter_low();
  words[1] = next.counter_high();
  return from_here;
}

}  // namespace smcli
