#include "ops/expect.h"

namespace smcli {

Status ExpectScalar(const Tensor& tensor, std::string_view what) {
  if (tensor.shape().scalar()) return {};
  return ModelError("{} must be a scalar, but has shape {}", what, tensor.shape().ToString());
}

Status ExpectVector(const Tensor& tensor, std::string_view what) {
  if (tensor.shape().vector()) return {};
  return ModelError("{} must be a vector, but has shape {}", what, tensor.shape().ToString());
}

Status ExpectMatrix(const Tensor& tensor, std::string_view what) {
  if (tensor.shape().matrix()) return {};
  return ModelError("{} must be a matrix, but has shape {}", what, tensor.shape().ToString());
}

Status ExpectRank(const Tensor& tensor, int rank, std::string_view what) {
  if (tensor.rank() == rank) return {};
  return ModelError("{} must have {} dimensions, but has shape {}", what, rank, tensor.shape().ToString());
}

Status ExpectSameShape(const Tensor& a, std::string_view a_name, const Tensor& b, std::string_view b_name) {
  if (a.shape() == b.shape()) return {};
  return ModelError("{} and {} must have the same shape, but have {} and {}", a_name, b_name, a.shape().ToString(),
                    b.shape().ToString());
}

}  // namespace smcli
