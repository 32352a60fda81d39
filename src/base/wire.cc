#include "base/wire.h"

#include <array>

namespace smcli {
namespace {

constexpr int kMaxGroupDepth = 100;  // protobuf's own limit for nested messages

}  // namespace

Status WireReader::status() const {
  struct Words {
    std::string_view reason, name;
  };
  static constexpr std::array<Words, 6> kWords = {{
      {"", ""},
      {"the message ends inside a field", "ProtoTruncated"},
      {"a number has more than ten bytes", "ProtoBadVarint"},
      {"no field can start here", "ProtoBadTag"},
      {"a group is not balanced", "ProtoBadGroup"},
      {"a field is longer than what holds it", "ProtoLengthOverrun"},
  }};
  if (ok()) return {};
  const Words& words = kWords[static_cast<size_t>(fault_)];
  return InvalidModelError("byte {}: {} ({})", position(), words.reason, words.name);
}

bool WireReader::ReadLongVarint(uint64_t& value) {
  const char* start = at_;
  value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (at_ == end_) return Fail(Fault::kTruncated, start);
    const auto byte = static_cast<uint8_t>(*at_++);
    if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return Fail(Fault::kVarint, start);
}

// Only the balance of the tags is looked at; groups are written by nobody here.
bool WireReader::SkipGroup(WireField& field) {
  const char* start = at_;
  std::array<uint32_t, kMaxGroupDepth> open;
  size_t depth = 0;
  open[depth++] = field.number;
  while (depth > 0) {
    const char* tag_start = at_;
    uint64_t tag = 0;
    if (at_ == end_) return Fail(Fault::kGroup, start);
    if (!ReadVarint(tag)) return false;
    if (tag >> 35 != 0 || tag < 8) return Fail(Fault::kTag, tag_start);
    const auto number = static_cast<uint32_t>(tag >> 3);
    uint64_t length = 0;
    switch (tag & 7) {
      case 0:
        if (!ReadVarint(length)) return false;
        continue;
      case 1: length = 8; break;
      case 2:
        if (!ReadVarint(length)) return false;
        break;
      case 3:
        if (depth == open.size()) return Fail(Fault::kGroup, tag_start);
        open[depth++] = number;
        continue;
      case 4:
        if (open[--depth] != number) return Fail(Fault::kGroup, tag_start);
        field.bytes = {start, static_cast<size_t>(tag_start - start)};
        continue;
      case 5: length = 4; break;
      default: return Fail(Fault::kTag, tag_start);
    }
    if (length > static_cast<uint64_t>(end_ - at_)) return Fail(Fault::kLength, tag_start);
    at_ += length;
  }
  return true;
}

void AppendVarint(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(value) | 0x80u));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void AppendTag(uint32_t number, WireType type, std::string& out) {
  AppendVarint(static_cast<uint64_t>(number) << 3 | static_cast<uint64_t>(type), out);
}

void AppendBytesField(uint32_t number, std::string_view payload, std::string& out) {
  AppendTag(number, WireType::kBytes, out);
  AppendVarint(payload.size(), out);
  out.append(payload);
}

void AppendVarintField(uint32_t number, uint64_t value, std::string& out) {
  AppendTag(number, WireType::kVarint, out);
  AppendVarint(value, out);
}

}  // namespace smcli
