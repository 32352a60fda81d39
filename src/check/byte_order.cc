#include "check/byte_order.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace smcli {
namespace {

constexpr int kMaxTensors = 64;
constexpr int64_t kMaxElements = 256;   // of each tensor
constexpr int64_t kMaxBytes = 1 << 20;  // larger tensors are left out, since they are copied to be swapped
constexpr double kSmallest = 1e-9, kLargest = 1e9;

template <typename T>
T Swapped(T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  std::reverse(bytes, bytes + sizeof(T));
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <typename T>
bool Plain(T value) {
  const double size = std::abs(static_cast<double>(value));
  return size == 0 || (size >= kSmallest && size <= kLargest);
}

struct Votes {
  int64_t as_read = 0, swapped = 0;
};

template <typename T>
void Vote(const Tensor& tensor, Votes& votes) {
  for (const T value : tensor.flat<T>().first(static_cast<size_t>(std::min(tensor.num_elements(), kMaxElements)))) {
    const T other = Swapped(value);
    if (std::memcmp(&value, &other, sizeof(T)) == 0) continue;  // zeros say nothing
    votes.as_read += Plain(value) ? 1 : 0;
    votes.swapped += Plain(other) ? 1 : 0;
  }
}

}  // namespace

bool MakesSenseOnlySwapped(const BundleReader& reader) {
  Votes votes;
  int tensors = 0;
  for (const BundleEntry& entry : reader.entries()) {
    if (SizeOf(entry.dtype) < 4 || entry.stored_bytes() > kMaxBytes) continue;
    if (tensors++ == kMaxTensors) break;
    const auto tensor = reader.Read(entry, {.verify = false});
    if (!tensor.ok()) continue;
    switch (entry.dtype) {
      case DataType::kFloat: Vote<float>(*tensor, votes); break;
      case DataType::kDouble: Vote<double>(*tensor, votes); break;
      case DataType::kInt32: Vote<int32_t>(*tensor, votes); break;
      case DataType::kInt64: Vote<int64_t>(*tensor, votes); break;
      default: break;
    }
  }
  return votes.swapped > 2 * votes.as_read;
}

}  // namespace smcli
