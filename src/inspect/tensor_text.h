// Dtypes, shapes and tensors of signatures in a few characters, and as parts of reports.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/signature.h"
#include "report/report.h"
#include "tensor/shape.h"

namespace smcli {

// "float32", "float32_ref", "dtype 99": the name people know, or the number where there is none.
std::string DtypeText(DataType dtype, int number);
// "float32[?,3]"; "float32[...]" where the rank is unknown.
std::string TypeText(std::string_view dtype, const PartialShape& shape);
// "x float32[?,3]", "s sparse float32[?,10]", "r ragged int64[?,?]".
std::string SpecText(const TensorSpec& spec);
// SpecText of all, joined by commas.
std::string SpecsText(std::span<const TensorSpec> specs);

// [-1, 3] for machines, "[?,3]" for people; null where the rank is unknown.
Value ShapeValue(const PartialShape& shape);
Value ShapeValue(const Shape& shape);

}  // namespace smcli
