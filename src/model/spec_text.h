// Dtypes, shapes and tensors of signatures in a few characters.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/signature.h"
#include "tensor/shape.h"

namespace smcli {

// "float32", "float32_ref", "dtype 99": the name people know, or the number where there is none.
std::string DtypeText(DataType dtype, int number);
// "float32[?,3]"; "float32[...]" where the rank is unknown.
std::string TypeText(std::string_view dtype, const PartialShape& shape);
// What a ragged tensor is as a whole, which its TensorInfo leaves open: the dtype of its values, a dimension for each
// of its row splits before theirs. Other specs come back as they are.
TensorSpec WholeSpec(const TensorSpec& spec);
// "float32[?,3]", "sparse float32[?,10]", "ragged int64[?,?]".
std::string SpecTypeText(const TensorSpec& spec);
// With its key: "x float32[?,3]".
std::string SpecText(const TensorSpec& spec);
// SpecText of all, joined by commas.
std::string SpecsText(std::span<const TensorSpec> specs);

}  // namespace smcli
