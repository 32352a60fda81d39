// StringToHashBucket, ...Fast, ...Strong: a string's hash modulo the number of buckets.
#include <string>
#include <string_view>

#include "base/fingerprint.h"
#include "ops/op.h"
#include "ops/sip_hash.h"

namespace smcli {
namespace {

// MurmurHash64A (Austin Appleby, public domain) under the seed of tsl/platform/hash.h.
uint64_t Murmur64(std::string_view text) {
  constexpr uint64_t kSeed = 0xdecafcaffe;
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  uint64_t hash = kSeed ^ (text.size() * kMultiplier);
  for (size_t at = 0; at + 8 <= text.size(); at += 8) {
    uint64_t word = LoadWord(text.data() + at) * kMultiplier;
    word ^= word >> kShift;
    hash = (hash ^ word * kMultiplier) * kMultiplier;
  }
  if (text.size() % 8 != 0) hash = (hash ^ TailWord(text)) * kMultiplier;
  hash = (hash ^ hash >> kShift) * kMultiplier;
  return hash ^ hash >> kShift;
}

struct Farm {
  static Result<Farm> Make(const NodeInfo&) { return Farm{}; }
  uint64_t operator()(std::string_view text) const { return Fingerprint64(text); }
};

struct Murmur {
  static Result<Murmur> Make(const NodeInfo&) { return Murmur{}; }
  uint64_t operator()(std::string_view text) const { return Murmur64(text); }
};

struct Sip {
  static Result<Sip> Make(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> key, node.attrs.Ints("key"));
    if (key.size() != 2) return ModelError("the key must have 2 elements, not {}", key.size());
    return Sip{static_cast<uint64_t>(key[0]), static_cast<uint64_t>(key[1])};
  }
  uint64_t operator()(std::string_view text) const { return SipHash(key0, key1)(text); }
  uint64_t key0 = 0;
  uint64_t key1 = 0;
};

template <typename Hash>
class HashBucket final : public Kernel {
 public:
  static Result<HashBucket> Make(const NodeInfo& node) {
    HashBucket kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.buckets_, node.attrs.Int("num_buckets"));
    if (kernel.buckets_ < 1) return ModelError("num_buckets must be at least 1, got {}", kernel.buckets_);
    SMCLI_ASSIGN_OR_RETURN(kernel.hash_, Hash::Make(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kInt64, input.shape()));
    int64_t* bucket = output->mutable_data<int64_t>();
    for (const std::string& text : input.flat<std::string>()) {
      *bucket++ = static_cast<int64_t>(hash_(text) % static_cast<uint64_t>(buckets_));
    }
    return {};
  }

 private:
  int64_t buckets_ = 1;
  Hash hash_;
};

constexpr Op kOps[] = {
    {.name = "StringToHashBucket", .types = {}, .make = MakeKernel<HashBucket<Murmur>>},
    {.name = "StringToHashBucketFast", .types = {}, .make = MakeKernel<HashBucket<Farm>>},
    {.name = "StringToHashBucketStrong", .types = {}, .make = MakeKernel<HashBucket<Sip>>},
};

}  // namespace

std::span<const Op> StringHashOps() { return kOps; }

}  // namespace smcli
