#include "model/highway_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace smcli {
namespace {

using Lanes = std::array<uint64_t, 4>;

// The text "Riegeli/records\n", twice.
constexpr Lanes kKey = {0x2f696c6567656952, 0x0a7364726f636572, 0x2f696c6567656952, 0x0a7364726f636572};
constexpr Lanes kInit0 = {0xdbe6d5d5fe4cce2f, 0xa4093822299f31d0, 0x13198a2e03707344, 0x243f6a8885a308d3};
constexpr Lanes kInit1 = {0x3bd39e10cb0ef593, 0xc0acf169b5f18a8c, 0xbe5466cf34e90c6c, 0x452821e638d01377};
constexpr std::array<uint8_t, 16> kZip = {3, 12, 2, 5, 14, 1, 15, 0, 11, 4, 10, 13, 9, 6, 8, 7};

constexpr uint64_t Low(uint64_t x) { return x & 0xffffffffu; }
constexpr uint64_t High(uint64_t x) { return x >> 32; }
constexpr uint64_t SwapHalves(uint64_t x) { return std::rotl(x, 32); }

// Adds the bytes of two lanes, shuffled, to two others.
void ZipAdd(const uint64_t* source, uint64_t* target) {
  std::array<uint8_t, 16> bytes, mixed;
  std::memcpy(bytes.data(), source, bytes.size());
  for (size_t i = 0; i < mixed.size(); ++i) mixed[i] = bytes[kZip[i]];
  uint64_t low, high;
  std::memcpy(&low, mixed.data(), sizeof low);
  std::memcpy(&high, mixed.data() + sizeof low, sizeof high);
  target[0] += low;
  target[1] += high;
}

class HighwayHash {
 public:
  HighwayHash() : m0_(kInit0), m1_(kInit1) {
    for (size_t i = 0; i < 4; ++i) {
      v0_[i] = kInit0[i] ^ kKey[i];
      v1_[i] = kInit1[i] ^ SwapHalves(kKey[i]);
    }
  }

  void Add(std::string_view bytes) {
    while (bytes.size() >= sizeof(Lanes)) {
      Lanes lanes;
      std::memcpy(lanes.data(), bytes.data(), sizeof lanes);
      Update(lanes);
      bytes.remove_prefix(sizeof lanes);
    }
    if (!bytes.empty()) AddRest(bytes);
  }

  uint64_t Finish() {
    for (int round = 0; round < 4; ++round) {
      Update({SwapHalves(v0_[2]), SwapHalves(v0_[3]), SwapHalves(v0_[0]), SwapHalves(v0_[1])});
    }
    return v0_[0] + v1_[0] + m0_[0] + m1_[0];
  }

 private:
  void Update(const Lanes& a) {
    for (size_t i = 0; i < 4; ++i) {
      v1_[i] += m0_[i] + a[i];
      m0_[i] ^= Low(v1_[i]) * High(v0_[i]);
      v0_[i] += m1_[i];
      m1_[i] ^= Low(v0_[i]) * High(v1_[i]);
    }
    ZipAdd(&v1_[0], &v0_[0]);
    ZipAdd(&v1_[2], &v0_[2]);
    ZipAdd(&v0_[0], &v1_[0]);
    ZipAdd(&v0_[2], &v1_[2]);
  }

  // 1 to 31 bytes, spread over a packet of 32.
  void AddRest(std::string_view rest) {
    const size_t r = rest.size();
    for (size_t i = 0; i < 4; ++i) {
      v0_[i] += (static_cast<uint64_t>(r) << 32) + r;
      const auto low = std::rotl(static_cast<uint32_t>(v1_[i]), static_cast<int>(r));
      const auto high = std::rotl(static_cast<uint32_t>(v1_[i] >> 32), static_cast<int>(r));
      v1_[i] = static_cast<uint64_t>(high) << 32 | low;
    }
    std::array<char, 32> packet{};
    const size_t whole = r & ~size_t{3};
    std::copy_n(rest.data(), whole, packet.data());
    const size_t tail = r & 3;
    if ((r & 16) != 0) {
      std::copy_n(rest.data() + r - 4, 4, packet.data() + 28);
    } else if (tail != 0) {
      packet[16] = rest[whole];
      packet[17] = rest[whole + (tail >> 1)];
      packet[18] = rest[whole + tail - 1];
    }
    Lanes lanes;
    std::memcpy(lanes.data(), packet.data(), sizeof lanes);
    Update(lanes);
  }

  Lanes v0_, v1_, m0_, m1_;
};

}  // namespace

uint64_t RiegeliHash(std::string_view bytes) {
  HighwayHash hash;
  hash.Add(bytes);
  return hash.Finish();
}

}  // namespace smcli
