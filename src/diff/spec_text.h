// Signatures in words: "float32[?,3]".
#pragma once

#include <string>

#include "model/signature.h"

namespace smcli {

std::string DtypeText(const TensorSpec& spec);     // "float32"; "dtype 99" for what smcli does not know
std::string ShapeText(const PartialShape& shape);  // "[?,3]", "[]" of a scalar, "unknown rank"
std::string_view EncodingText(TensorSpec::Encoding encoding);
// "float32[?,3]", "float32 of unknown rank", "sparse float32[?,10]", "RaggedTensorSpec of 2 tensors".
std::string SpecText(const TensorSpec& spec);
// "float32[2,3]" and, of a tensor of few elements, its value.
std::string DefaultText(const Tensor& tensor);
bool SameTensor(const Tensor& a, const Tensor& b);  // dtype, shape and bits

}  // namespace smcli
