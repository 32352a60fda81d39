// Digest: equal exactly when two canonical forms are equal. The first half of a SHA-256, so that nobody can make two
// different graphs look alike.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace smcli {

struct Digest {
  std::array<uint8_t, 16> bytes{};

  bool operator==(const Digest&) const = default;
  // In the order of the bytes.
  std::strong_ordering operator<=>(const Digest& other) const {
    return std::memcmp(bytes.data(), other.bytes.data(), bytes.size()) <=> 0;
  }
};

// Any 64 bits of a digest are a good hash.
struct DigestHash {
  size_t operator()(const Digest& digest) const {
    size_t value;
    std::memcpy(&value, digest.bytes.data(), sizeof value);
    return value;
  }
};

Digest DigestOf(std::string_view canonical);
// 32 hexadecimal digits.
std::string HexOf(const Digest& digest);

// Canonical forms are written with lengths in front, so that no two of them run together.
inline void AppendNumber(uint64_t number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
inline void AppendText(std::string_view text, std::string& out) {
  AppendNumber(text.size(), out);
  out += text;
}
inline void AppendDigest(const Digest& digest, std::string& out) {
  out.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
}

}  // namespace smcli
