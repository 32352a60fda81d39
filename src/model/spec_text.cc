#include "model/spec_text.h"

#include <fmt/format.h>

namespace smcli {
namespace {

std::string_view KindText(const TensorSpec& spec) {
  if (spec.encoding == TensorSpec::Encoding::kSparse) return "sparse ";
  if (spec.encoding != TensorSpec::Encoding::kComposite) return "";
  return spec.type_name == "RaggedTensorSpec" ? "ragged " : "composite ";
}

}  // namespace

std::string DtypeText(DataType dtype, int number) {
  if (dtype == DataType::kInvalid) return number == 0 ? "-" : fmt::format("dtype {}", number);
  std::string text(NumpyName(dtype));
  if (IsRefNumber(number)) text += "_ref";
  return text;
}

std::string TypeText(std::string_view dtype, const PartialShape& shape) {
  return fmt::format("{}{}", dtype, shape.known_rank() ? shape.ToString() : "[...]");
}

std::string SpecTypeText(const TensorSpec& spec) {
  return fmt::format("{}{}", KindText(spec), TypeText(DtypeText(spec.dtype, spec.dtype_number), spec.shape));
}

std::string SpecText(const TensorSpec& spec) { return fmt::format("{} {}", spec.key, SpecTypeText(spec)); }

std::string SpecsText(std::span<const TensorSpec> specs) {
  std::string out;
  for (const TensorSpec& spec : specs) {
    if (!out.empty()) out += ", ";
    out += SpecText(spec);
  }
  return out;
}

}  // namespace smcli
