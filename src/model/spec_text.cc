#include "model/spec_text.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

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

TensorSpec WholeSpec(const TensorSpec& spec) {
  TensorSpec whole = spec;
  const bool ragged = spec.encoding == TensorSpec::Encoding::kComposite && spec.type_name == "RaggedTensorSpec";
  if (!ragged || spec.dtype_number != 0 || spec.components.empty()) return whole;
  const TensorSpec& values = spec.components[0];
  whole.dtype = values.dtype;
  whole.dtype_number = values.dtype_number;
  const size_t splits = spec.components.size() - 1;
  if (values.shape.known_rank() && values.shape.rank() > 0 && splits <= static_cast<size_t>(kMaxRank)) {
    std::vector<int64_t> dims(splits + 1, -1);
    const std::span<const int64_t> rest = values.shape.dims().subspan(1);
    dims.insert(dims.end(), rest.begin(), rest.end());
    whole.shape = PartialShape(std::move(dims));
  }
  return whole;
}

std::string SpecTypeText(const TensorSpec& spec) {
  const TensorSpec whole = WholeSpec(spec);
  return fmt::format("{}{}", KindText(spec), TypeText(DtypeText(whole.dtype, whole.dtype_number), whole.shape));
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
