// Small tensors for tests, and what makes two of them the same.
#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace smcli {

// MakeTensor<float>({2, 2}, {1, 2, 3, 4})
template <typename T>
Tensor MakeTensor(const Shape& shape, const std::vector<T>& values) {
  if constexpr (std::is_same_v<T, std::string>) {
    return Tensor::Strings(shape, values);
  } else {
    return Tensor::Of<T>(shape, std::span<const T>(values));
  }
}
// std::vector<bool> has no elements to point at.
inline Tensor MakeBools(const Shape& shape, std::initializer_list<bool> values) {
  return Tensor::Of<bool>(shape, std::span<const bool>(values.begin(), values.size()));
}

// Equal dtype, shape and elements, bit for bit.
inline bool SameTensor(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.dtype() == DataType::kString) return std::ranges::equal(a.flat<std::string>(), b.flat<std::string>());
  return a.num_elements() == 0 || a.bytes() == b.bytes();
}

// Elements 0, 1, 2, ... of any plain dtype, as its bytes happen to be.
inline Tensor PatternTensor(DataType dtype, const Shape& shape) {
  Tensor tensor = *Tensor::Make(dtype, shape);
  auto* bytes = static_cast<uint8_t*>(tensor.mutable_raw_data());
  for (size_t i = 0; i < tensor.num_bytes(); ++i) bytes[i] = static_cast<uint8_t>(dtype == DataType::kBool ? i % 2 : i);
  return tensor;
}

}  // namespace smcli
