// Tensors as nested JSON lists.
#pragma once

#include <cstdint>

#include "base/json.h"
#include "tensor/tensor.h"

namespace smcli {

enum class TensorJsonStyle {
  kText,    // strings as they are, {"b64": "..."} only where they are no UTF-8
  kBase64,  // every string as {"b64": "..."}
};

// A scalar is a bare value. Complex numbers are [real, imaginary]; handles and variants are null.
void WriteTensorJson(const Tensor& tensor, TensorJsonStyle style, JsonWriter& json);
// Entry `row` of the first dimension; the tensor is no scalar.
void WriteRowJson(const Tensor& tensor, int64_t row, TensorJsonStyle style, JsonWriter& json);

}  // namespace smcli
