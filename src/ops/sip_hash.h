// SipHash: the keyed hash behind TensorFlow's "strong" hash ops; and the words of a string, in which hashes read it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace smcli {

inline uint64_t LoadWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The last size % 8 bytes as a little-endian number.
inline uint64_t TailWord(std::string_view text) {
  uint64_t word = 0;
  const size_t rest = text.size() % 8;
  if (rest > 0) std::memcpy(&word, text.data() + text.size() - rest, rest);
  return word;
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

}  // namespace smcli
