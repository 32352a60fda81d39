// Signatures in words, beside model/spec_text.h.
#pragma once

#include <string>

#include "model/signature.h"
#include "model/spec_text.h"

namespace smcli {

inline std::string DtypeText(const TensorSpec& spec) { return DtypeText(spec.dtype, spec.dtype_number); }
std::string ShapeText(const PartialShape& shape);  // "[?,3]", "[]" of a scalar, "unknown rank"
std::string_view EncodingText(TensorSpec::Encoding encoding);
// "float32[2,3]" and, of a tensor of few elements, its value.
std::string DefaultText(const Tensor& tensor);
bool SameTensor(const Tensor& a, const Tensor& b);  // dtype, shape and bits

}  // namespace smcli
