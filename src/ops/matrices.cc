#include "ops/matrices.h"

namespace smcli {

Result<Matrices> Matrices::Of(const Tensor& tensor, std::string_view what) {
  const int rank = tensor.rank();
  if (rank < 2) return ModelError("{} must have rank >= 2, got {}", what, rank);
  Matrices matrices;
  matrices.outer = IntList(tensor.shape().dims().first(static_cast<size_t>(rank - 2)));
  matrices.count = tensor.shape().Product(0, rank - 2);
  matrices.rows = tensor.dim(rank - 2);
  matrices.columns = tensor.dim(rank - 1);
  return matrices;
}

Result<Matrices> Matrices::SquareOf(const Tensor& tensor, std::string_view what) {
  SMCLI_ASSIGN_OR_RETURN(const Matrices matrices, Of(tensor, what));
  if (matrices.rows != matrices.columns) {
    return ModelError("{} matrix must be square, got {}", what, tensor.shape().ToString());
  }
  return matrices;
}

Result<Shape> Matrices::Times(std::initializer_list<int64_t> dims) const {
  IntList all = outer;
  all.append(std::span<const int64_t>(dims.begin(), dims.size()));
  return CheckedShape(all);
}

}  // namespace smcli
