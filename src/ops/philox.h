// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), the generator behind all of
// TensorFlow's random ops on CPU. Results agree with TensorFlow's bit for bit.
#pragma once

#include <array>
#include <cstdint>

namespace smcli {

class Philox {
 public:
  using Words = std::array<uint32_t, 4>;

  Philox() = default;
  // A counter of 128 bits, its low half first, and a key.
  Philox(uint64_t counter_low, uint64_t counter_high, uint64_t key)
      : counter_{Low(counter_low), High(counter_low), Low(counter_high), High(counter_high)},
        key_{Low(key), High(key)} {}

  uint64_t counter_low() const { return counter_[0] | static_cast<uint64_t>(counter_[1]) << 32; }
  uint64_t counter_high() const { return counter_[2] | static_cast<uint64_t>(counter_[3]) << 32; }

  // Four words; the counter goes up by one.
  Words operator()() {
    Words words = counter_;
    uint32_t key0 = key_[0];
    uint32_t key1 = key_[1];
    for (int round = 0; round < 10; ++round) {
      const uint64_t product0 = uint64_t{0xd2511f53} * words[0];
      const uint64_t product1 = uint64_t{0xcd9e8d57} * words[2];
      words = {High(product1) ^ words[1] ^ key0, Low(product1), High(product0) ^ words[3] ^ key1, Low(product0)};
      key0 += 0x9e3779b9;
      key1 += 0xbb67ae85;
    }
    Skip(1);
    return words;
  }

  void Skip(uint64_t count) {
    const uint64_t low = counter_low() + count;
    const uint64_t high = counter_high() + (low < count ? 1 : 0);
    counter_ = {Low(low), High(low), Low(high), High(high)};
  }

 private:
  static uint32_t Low(uint64_t value) { return static_cast<uint32_t>(value); }
  static uint32_t High(uint64_t value) { return static_cast<uint32_t>(value >> 32); }

  Words counter_{};
  std::array<uint32_t, 2> key_{};
};

// The words of a Philox one at a time.
class PhiloxWords {
 public:
  explicit PhiloxWords(const Philox& philox) : philox_(philox) {}
  uint32_t operator()() {
    if (next_ == 4) {
      words_ = philox_();
      next_ = 0;
    }
    return words_[next_++];
  }

 private:
  Philox philox_;
  Philox::Words words_{};
  size_t next_ = 4;
};

}  // namespace smcli
