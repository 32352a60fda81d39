// The encoding of slice keys: unsigned numbers as a length byte and big-endian bytes; strings with 00 and FF escaped,
// ended by 00 01; signed numbers in as few bytes as they need, with as many leading ones as bytes (inverted for
// negative ones), so that all sort as bytes in the order of their values.
#include <array>

#include "checkpoint/tensor_slice.h"

namespace smcli {
namespace {

constexpr int kMaxSignedBytes = 10;

void AppendUnsigned(uint64_t value, std::string& out) {
  int length = 0;
  while (length < 8 && value >> (8 * length) != 0) ++length;
  out += static_cast<char>(length);
  for (int i = length - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

void AppendText(std::string_view text, std::string& out) {
  for (const char c : text) {
    out += c;
    if (c == '\0') out += '\xff';
    if (c == '\xff') out += '\0';
  }
  out.append("\0\1", 2);
}

// The leading ones of a number of `length` bytes, as the first two of them.
std::array<uint8_t, 2> HeaderBits(int length) {
  const auto ones = static_cast<uint32_t>(0xffff0000u >> length) & 0xffffu;
  return {static_cast<uint8_t>(ones >> 8), static_cast<uint8_t>(ones)};
}

void AppendSigned(int64_t value, std::string& out) {
  int length = 1;
  // A number fits when all bits from 7 * length - 1 on equal the sign.
  while (length < kMaxSignedBytes && 7 * length - 1 < 63 && value >> (7 * length - 1) != value >> 63) ++length;
  const auto header = HeaderBits(length);
  for (int i = 0; i < length; ++i) {
    const int shift = 8 * (length - 1 - i);
    auto byte = static_cast<uint8_t>(value >> (shift < 63 ? shift : 63));
    if (i < 2) byte ^= header[static_cast<size_t>(i)];
    out += static_cast<char>(byte);
  }
}

}  // namespace

std::string EncodeSliceKey(std::string_view name, const TensorSlice& slice) {
  std::string key;
  AppendUnsigned(0, key);
  AppendText(name, key);
  AppendUnsigned(slice.extents().size(), key);
  for (const SliceExtent& extent : slice.extents()) {
    AppendSigned(extent.start, key);
    AppendSigned(extent.length, key);
  }
  return key;
}

}  // namespace smcli
