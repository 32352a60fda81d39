#include "ops/int_args.h"

#include <limits>

namespace smcli {
namespace {

bool Fits(DataType dtype, int64_t value) {
  return dtype == DataType::kInt64 ||
         (value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max());
}

Error TooLarge(int64_t value) { return ModelError("{} does not fit into the int32 that the node asks for", value); }

}  // namespace

int64_t IntAt(const Tensor& tensor, int64_t i) {
  switch (tensor.dtype()) {
    case DataType::kInt32: return tensor.data<int32_t>()[i];
    case DataType::kInt64: return tensor.data<int64_t>()[i];
    case DataType::kInt16: return tensor.data<int16_t>()[i];
    case DataType::kInt8: return tensor.data<int8_t>()[i];
    case DataType::kUint8: return tensor.data<uint8_t>()[i];
    case DataType::kUint16: return tensor.data<uint16_t>()[i];
    case DataType::kUint32: return tensor.data<uint32_t>()[i];
    case DataType::kUint64: return static_cast<int64_t>(tensor.data<uint64_t>()[i]);
    default: SMCLI_CHECK(false && "an integer tensor"); return 0;
  }
}

Result<int64_t> ScalarInt(const Tensor& tensor, std::string_view what) {
  if (!tensor.shape().scalar()) return ModelError("{} must be a scalar, got shape {}", what, tensor.shape().ToString());
  return IntAt(tensor, 0);
}

Result<int64_t> SingleInt(const Tensor& tensor, std::string_view what) {
  if (tensor.num_elements() != 1) {
    return ModelError("{} must be a single value, got shape {}", what, tensor.shape().ToString());
  }
  return IntAt(tensor, 0);
}

Result<IntList> VectorInts(const Tensor& tensor, std::string_view what) {
  if (!tensor.shape().vector()) return ModelError("{} must be a vector, got shape {}", what, tensor.shape().ToString());
  if (tensor.num_elements() > kMaxRank) {
    return ModelError("{} has {} elements; a tensor has at most {} dimensions", what, tensor.num_elements(), kMaxRank);
  }
  IntList values;
  for (int64_t i = 0; i < tensor.num_elements(); ++i) values.push_back(IntAt(tensor, i));
  return values;
}

Result<int> NormalAxis(int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) return ModelError("axis {} is not in [{}, {})", axis, -rank, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Result<Shape> CheckedShape(std::span<const int64_t> dims) {
  auto shape = Shape::Make(dims);
  if (!shape.ok()) return ModelError("{}", shape.error().message());
  return shape;
}

Result<Shape> ReplaceDim(const Shape& shape, int axis, std::span<const int64_t> middle) {
  const auto dims = shape.dims();
  if (dims.size() - 1 + middle.size() > static_cast<size_t>(kMaxRank)) {
    return ModelError("a result of rank {} (at most {} is possible)", dims.size() - 1 + middle.size(), kMaxRank);
  }
  IntList result(dims.first(static_cast<size_t>(axis)));
  result.append(middle);
  result.append(dims.subspan(static_cast<size_t>(axis) + 1));
  return CheckedShape(result);
}

Result<Tensor> IntVector(DataType dtype, std::span<const int64_t> values) {
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Make(dtype, Shape{static_cast<int64_t>(values.size())}));
  for (int64_t value : values) {
    if (!Fits(dtype, value)) return TooLarge(value);
  }
  if (dtype == DataType::kInt64) {
    std::ranges::copy(values, tensor.mutable_data<int64_t>());
  } else {
    std::ranges::transform(values, tensor.mutable_data<int32_t>(), [](int64_t v) { return static_cast<int32_t>(v); });
  }
  return tensor;
}

Result<Tensor> IntScalar(DataType dtype, int64_t value) {
  if (!Fits(dtype, value)) return TooLarge(value);
  return dtype == DataType::kInt64 ? Tensor::Scalar<int64_t>(value) : Tensor::Scalar(static_cast<int32_t>(value));
}

}  // namespace smcli
