#include "ops/sparse_tensor.h"

#include <algorithm>
#include <numeric>

#include "ops/move.h"

namespace smcli {

Result<SparseTensor> SparseTensor::Of(const Tensor& indices, const Tensor& values, const Tensor& shape) {
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(shape, "the dense shape"));
  if (indices.rank() != 2) return ModelError("indices must be a matrix, got shape {}", indices.shape().ToString());
  if (values.rank() != 1) return ModelError("values must be a vector, got shape {}", values.shape().ToString());
  if (indices.dim(0) != values.dim(0)) {
    return ModelError("Number of elements in indices ({}) and values ({}) do not match", indices.dim(0), values.dim(0));
  }
  if (indices.dim(1) != dims.size()) {
    return ModelError("Index rank ({}) and shape rank ({}) do not match", indices.dim(1), dims.size());
  }
  for (int64_t dim : dims) {
    if (dim < 0) return ModelError("the dense shape [{}] has a negative dimension", fmt::join(dims.span(), ","));
  }
  return SparseTensor{indices, values, dims};
}

Status SparseTensor::CheckInside() const {
  for (int64_t i = 0; i < size(); ++i) {
    for (int d = 0; d < rank(); ++d) {
      if (index(i)[d] >= 0 && index(i)[d] < shape[d]) continue;
      return ModelError("indices[{}] = [{}] is out of bounds: need 0 <= index < [{}]", i,
                        fmt::join(std::span(index(i), static_cast<size_t>(rank())), ","), fmt::join(shape.span(), ","));
    }
  }
  return {};
}

Status SparseTensor::CheckOrdered() const {
  SMCLI_RETURN_IF_ERROR(CheckInside());
  for (int64_t i = 1; i < size(); ++i) {
    const int order = Compare(i - 1, *this, i);
    if (order == 0) return ModelError("indices[{}] is repeated", i);
    if (order > 0) return ModelError("indices[{}] is out of order. Many sparse ops require sorted indices.", i);
  }
  return {};
}

int SparseTensor::Compare(int64_t i, const SparseTensor& other, int64_t j) const {
  const int64_t* a = index(i);
  const int64_t* b = other.index(j);
  for (int d = 0; d < rank(); ++d) {
    if (a[d] != b[d]) return a[d] < b[d] ? -1 : 1;
  }
  return 0;
}

std::vector<int64_t> SparseTensor::RowMajorOrder() const {
  bool ordered = true;
  for (int64_t i = 1; i < size() && ordered; ++i) ordered = Compare(i - 1, *this, i) <= 0;
  if (ordered) return {};
  std::vector<int64_t> order(static_cast<size_t>(size()));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [this](int64_t a, int64_t b) { return Compare(a, *this, b) < 0; });
  return order;
}

Result<SparseTensor> SparseTensor::Ordered() const {
  const std::vector<int64_t> order = RowMajorOrder();
  if (order.empty()) return *this;
  SparseTensor ordered;
  SMCLI_ASSIGN_OR_RETURN(ordered.indices, PickRows(indices, order));
  SMCLI_ASSIGN_OR_RETURN(ordered.values, PickRows(values, order));
  ordered.shape = shape;
  return ordered;
}

Result<Tensor> PickRows(const Tensor& rows, std::span<const int64_t> order) {
  const auto count = static_cast<int64_t>(order.size());
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(rows.shape(), 0, std::span(&count, 1)));
  SMCLI_ASSIGN_OR_RETURN(Tensor picked, Tensor::Make(rows.dtype(), shape));
  if (shape.num_elements() == 0) return picked;
  const int64_t width = shape.num_elements() / count;
  DispatchMove(rows.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = picked.mutable_data<T>();
    for (int64_t row : order) {
      CopyRun(rows.data<T>() + row * width, width, to);
      to += width;
    }
  });
  return picked;
}

Result<Tensor> IndexMatrix(std::span<const int64_t> coordinates, int64_t count, int rank) {
  SMCLI_ASSIGN_OR_RETURN(Tensor flat, IntVector(DataType::kInt64, coordinates));
  return std::move(flat).Reshaped(Shape{count, rank});
}

}  // namespace smcli
