// Moving elements without looking at them: plain types by their size, strings, handles and variants as objects.
#pragma once

#include <complex>
#include <cstring>
#include <string>
#include <type_traits>

#include "tensor/tensor.h"

namespace smcli {

// Calls f(TypeTag<T>{}) with the unit in which elements of the dtype are moved. Every dtype of a tensor has one.
template <typename F>
void DispatchMove(DataType dtype, F&& f) {
  if (dtype == DataType::kResource) {
    f(TypeTag<ResourceHandle>{});
  } else if (dtype == DataType::kVariant) {
    f(TypeTag<Variant>{});
  } else {
    SMCLI_CHECK(DispatchBySize(dtype, f));
  }
}

// Elements next to each other; the ranges do not overlap.
template <typename T>
void CopyRun(const T* from, int64_t count, T* to) {
  if constexpr (std::is_trivially_copyable_v<T>) {
    if (count > 0) std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
  } else {
    std::copy_n(from, count, to);
  }
}

// Bytes that an element takes in its buffer, objects included: what a copy of it costs.
inline int64_t UnitSize(DataType dtype) {
  switch (dtype) {
    case DataType::kString: return sizeof(std::string);
    case DataType::kResource: return sizeof(ResourceHandle);
    case DataType::kVariant: return sizeof(Variant);
    default: return SizeOf(dtype);
  }
}

// `count` elements from element `from_index` of `from` to element `to_index` of `to`; both have the same dtype.
void CopyElements(const Tensor& from, int64_t from_index, int64_t count, Tensor& to, int64_t to_index);

// Every element becomes zero, false, "" or null.
void FillZero(Tensor& tensor);

// `count` elements of `tensor` from `first` on, under a shape of that many elements. Large runs of plain elements share
// the tensor's memory (and keep it alive); small ones are copied.
Result<Tensor> SubTensor(const Tensor& tensor, int64_t first, const Shape& shape);

// The tensor itself when nobody shares its buffer, else a copy: something to change in place.
Result<Tensor> Exclusive(Tensor tensor);

}  // namespace smcli
