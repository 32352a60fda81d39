// ByteReader: the only way this program reads numbers out of a file's bytes. It cannot read past its end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace smcli {

static_assert(std::endian::native == std::endian::little, "files are little-endian and read without swapping");

class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(std::string_view bytes)
      : begin_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool empty() const { return at_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  std::string_view rest() const { return {at_, remaining()}; }

  // Each of these leaves the reader unchanged and answers nullopt when the bytes do not suffice.
  template <typename T>
  std::optional<T> Fixed() {
    if (remaining() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  std::optional<std::string_view> Take(uint64_t count) {
    if (count > remaining()) return std::nullopt;
    std::string_view bytes(at_, static_cast<size_t>(count));
    at_ += count;
    return bytes;
  }

  // A base-128 varint of at most ten bytes, as in protobuf and LevelDB.
  std::optional<uint64_t> Varint() {
    uint64_t value = 0;
    const char* p = at_;
    for (int shift = 0; shift < 70; shift += 7) {
      if (p == end_) return std::nullopt;
      const auto byte = static_cast<uint8_t>(*p++);
      value |= static_cast<uint64_t>(byte & 0x7f) << (shift < 64 ? shift : 63);
      if (byte < 0x80) {
        at_ = p;
        return value;
      }
    }
    return std::nullopt;
  }

  // A varint length, then that many bytes.
  std::optional<std::string_view> LengthPrefixed() {
    const char* start = at_;
    if (auto length = Varint()) {
      if (auto bytes = Take(*length)) return bytes;
    }
    at_ = start;
    return std::nullopt;
  }

 private:
  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace smcli
