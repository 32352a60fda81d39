#include "ops/rows.h"

#include "ops/move.h"

namespace smcli {

Result<Shape> WithFirst(int64_t first, std::span<const int64_t> rest) {
  std::vector<int64_t> dims = {first};
  dims.insert(dims.end(), rest.begin(), rest.end());
  auto shape = Shape::Make(dims);
  if (!shape.ok()) return ModelError("{}", shape.error().message());
  return shape;
}

Result<std::vector<Tensor>> RowsOf(const Tensor& tensor) {
  if (tensor.rank() < 1) {
    return ModelError("Tensor must be at least a vector, but saw shape: {}", tensor.shape().ToString());
  }
  const Shape row(tensor.shape().dims().subspan(1));
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < tensor.dim(0); ++i) {
    SMCLI_ASSIGN_OR_RETURN(Tensor part, SubTensor(tensor, i * row.num_elements(), row));
    rows.push_back(std::move(part));
  }
  return rows;
}

Result<std::vector<Tensor>> SplitRows(const Tensor& tensor, std::span<const int64_t> lengths) {
  if (tensor.rank() < 1) {
    return ModelError("Tensor must be at least a vector, but saw shape: {}", tensor.shape().ToString());
  }
  std::vector<Tensor> pieces;
  const int64_t row = tensor.shape().Product(1, tensor.rank());
  int64_t at = 0;
  for (int64_t length : lengths) {
    if (length < 0) return ModelError("Invalid value in lengths: {}", length);
    if (length > tensor.dim(0) - at) {
      return ModelError("Attempting to slice [{}, {}] from tensor with length {}", at, at + length, tensor.dim(0));
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, WithFirst(length, tensor.shape().dims().subspan(1)));
    SMCLI_ASSIGN_OR_RETURN(Tensor piece, SubTensor(tensor, at * row, shape));
    pieces.push_back(std::move(piece));
    at += length;
  }
  if (at != tensor.dim(0)) {
    return ModelError("Unused values in tensor. Length of tensor: {} Values used: {}", tensor.dim(0), at);
  }
  return pieces;
}

Status StackTensors(KernelContext& ctx, int output, DataType dtype, const Shape& shape, std::span<const Tensor> items) {
  SMCLI_ASSIGN_OR_RETURN(const Shape whole, WithFirst(static_cast<int64_t>(items.size()), shape.dims()));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(output, dtype, whole));
  for (size_t i = 0; i < items.size(); ++i)
    CopyElements(items[i], 0, shape.num_elements(), *out, static_cast<int64_t>(i) * shape.num_elements());
  return {};
}

Status JoinTensors(KernelContext& ctx, DataType dtype, std::span<const Tensor> items) {
  if (items.empty()) return ModelError("nothing to concatenate: there are no elements");
  std::vector<int64_t> lengths;
  int64_t total = 0;
  const std::span<const int64_t> rest = items[0].shape().dims().subspan(1);
  for (const Tensor& item : items) {
    if (!std::ranges::equal(item.shape().dims().subspan(1), rest)) {
      return ModelError("Concat saw inconsistent shapes: {} and {}", items[0].shape().ToString(),
                        item.shape().ToString());
    }
    lengths.push_back(item.dim(0));
    if (__builtin_add_overflow(total, item.dim(0), &total))
      return ModelError("the elements have too many rows together");
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape whole, WithFirst(total, rest));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, whole));
  int64_t at = 0;
  for (const Tensor& item : items) {
    CopyElements(item, 0, item.num_elements(), *out, at);
    at += item.num_elements();
  }
  ctx.set_output(1, Tensor::Vector<int64_t>(lengths));
  return {};
}

}  // namespace smcli
