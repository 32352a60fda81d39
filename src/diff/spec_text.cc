#include "diff/spec_text.h"

#include <algorithm>

#include "tensor/print.h"

namespace smcli {
namespace {

constexpr int64_t kFewElements = 8;

}  // namespace

std::string ShapeText(const PartialShape& shape) { return shape.ToString(); }

std::string_view EncodingText(TensorSpec::Encoding encoding) {
  switch (encoding) {
    case TensorSpec::Encoding::kDense: return "dense";
    case TensorSpec::Encoding::kSparse: return "sparse";
    case TensorSpec::Encoding::kComposite: return "composite";
    default: return "no tensor";
  }
}

std::string DefaultText(const Tensor& tensor) {
  const std::string type = fmt::format("{}{}", NumpyName(tensor.dtype()), tensor.shape().ToString());
  if (tensor.num_elements() > kFewElements) return type;
  std::string value = NumpyText(tensor);
  std::ranges::replace(value, '\n', ' ');
  return fmt::format("{} {}", type, value);
}

bool SameTensor(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  if (a.dtype() == DataType::kString) return std::ranges::equal(a.flat<std::string>(), b.flat<std::string>());
  return a.bytes() == b.bytes();
}

}  // namespace smcli
