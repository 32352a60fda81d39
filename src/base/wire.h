// WireReader: the fields of a protobuf message, one after another, straight from its bytes. Nothing is copied, nothing
// allocated, and nothing recursive: a message inside is a range of bytes that another WireReader reads.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace smcli {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kFixed32 = 5 };

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  uint64_t value = 0;      // kVarint, and the bits of kFixed32 and kFixed64
  std::string_view bytes;  // kBytes: the payload; kGroup: what lies between its tags
  std::string_view whole;  // tag and all

  int64_t as_int64() const { return static_cast<int64_t>(value); }
  int32_t as_int32() const { return static_cast<int32_t>(static_cast<uint32_t>(value)); }
  float as_float() const {
    const auto bits = static_cast<uint32_t>(value);
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
  }
  double as_double() const {
    double result;
    std::memcpy(&result, &value, sizeof result);
    return result;
  }
  bool is(uint32_t field, WireType wire_type) const { return number == field && type == wire_type; }
};

class WireReader {
 public:
  // Positions in messages are counted from `origin`, the start of the file, say; by default from the message's own
  // start.
  explicit WireReader(std::string_view message) : WireReader(message, message.data()) {}
  WireReader(std::string_view message, const char* origin)
      : at_(message.data()), end_(message.data() + message.size()), origin_(origin) {}

  // The next field; false at the end of the message, and where the bytes are no message: see status().
  bool Next(WireField& field) {
    if (at_ == end_) return false;
    const char* start = at_;
    uint64_t tag = 0;
    if (!ReadVarint(tag)) return false;
    if (tag >> 35 != 0 || tag < 8) return Fail(Fault::kTag, start);
    field.number = static_cast<uint32_t>(tag >> 3);
    field.type = static_cast<WireType>(tag & 7);
    switch (tag & 7) {
      case 0:
        if (!ReadVarint(field.value)) return false;
        break;
      case 1:
        if (!ReadFixed(field.value)) return false;
        break;
      case 2: {
        uint64_t length = 0;
        if (!ReadVarint(length)) return false;
        if (length > static_cast<uint64_t>(end_ - at_)) return Fail(Fault::kLength, start);
        field.bytes = {at_, static_cast<size_t>(length)};
        at_ += length;
        break;
      }
      case 3:
        if (!SkipGroup(field)) return false;
        break;
      case 5: {
        uint32_t bits = 0;
        if (!ReadFixed(bits)) return false;
        field.value = bits;
        break;
      }
      case 4: return Fail(Fault::kGroup, start);
      default: return Fail(Fault::kTag, start);
    }
    field.whole = {start, static_cast<size_t>(at_ - start)};
    return true;
  }

  bool ok() const { return fault_ == Fault::kNone; }
  // Did the bytes end before the message did? Of a whole file: it was cut off.
  bool cut_off() const { return fault_ == Fault::kLength || fault_ == Fault::kTruncated; }
  // `InvalidModelError`: "byte 17: the message ends inside a field (ProtoTruncated)".
  Status status() const;
  size_t position() const { return static_cast<size_t>(at_ - origin_); }

 private:
  enum class Fault : uint8_t { kNone, kTruncated, kVarint, kTag, kGroup, kLength };

  bool ReadVarint(uint64_t& value) {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) [[likely]] {
      value = static_cast<uint8_t>(*at_++);
      return true;
    }
    return ReadLongVarint(value);
  }
  template <typename T>
  bool ReadFixed(T& value) {
    if (static_cast<size_t>(end_ - at_) < sizeof(T)) return Fail(Fault::kTruncated, at_);
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return true;
  }
  bool ReadLongVarint(uint64_t& value);
  bool SkipGroup(WireField& field);
  bool Fail(Fault fault, const char* where) {
    fault_ = fault;
    at_ = where;
    return false;
  }

  const char* at_;
  const char* end_;
  const char* origin_;
  Fault fault_ = Fault::kNone;
};

// The numbers of a packed repeated field: bytes to elements. False when the bytes do not divide into them.
template <typename Visit>
bool ForEachPackedVarint(std::string_view packed, Visit visit) {
  const char* at = packed.data();
  const char* end = at + packed.size();
  while (at != end) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      if (at == end || shift >= 70) return false;
      const auto byte = static_cast<uint8_t>(*at++);
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    visit(value);
  }
  return true;
}

// Writing, for the few messages that are made by hand.
void AppendVarint(uint64_t value, std::string& out);
void AppendTag(uint32_t number, WireType type, std::string& out);
void AppendBytesField(uint32_t number, std::string_view payload, std::string& out);
void AppendVarintField(uint32_t number, uint64_t value, std::string& out);

}  // namespace smcli
