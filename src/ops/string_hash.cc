// StringToHashBucket, ...Fast, ...Strong: a string's hash modulo the number of buckets.
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include "base/fingerprint.h"
#include "ops/op.h"

namespace smcli {
namespace {

uint64_t LoadWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The last size % 8 bytes as a little-endian number.
uint64_t TailWord(std::string_view text) {
  uint64_t word = 0;
  const size_t rest = text.size() % 8;
  if (rest > 0) std::memcpy(&word, text.data() + text.size() - rest, rest);
  return word;
}

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

// SipHash-2-4 (Aumasson and Bernstein, 2012).
class SipHash {
 public:
  SipHash(uint64_t key0, uint64_t key1)
      : v0_(key0 ^ 0x736f6d6570736575),
        v1_(key1 ^ 0x646f72616e646f6d),
        v2_(key0 ^ 0x6c7967656e657261),
        v3_(key1 ^ 0x7465646279746573) {}

  uint64_t operator()(std::string_view text) && {
    for (size_t at = 0; at + 8 <= text.size(); at += 8) Absorb(LoadWord(text.data() + at));
    Absorb(TailWord(text) | static_cast<uint64_t>(text.size()) << 56);
    v2_ ^= 0xff;
    Rounds(4);
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void Absorb(uint64_t word) {
    v3_ ^= word;
    Rounds(2);
    v0_ ^= word;
  }
  void Rounds(int count) {
    for (; count > 0; --count) {
      v0_ += v1_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v3_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ += v3_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ += v1_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  uint64_t v0_, v1_, v2_, v3_;
};

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
