// What kernels demand of the shapes of their inputs, in one wording. `what` names the input in the ModelError.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

Status ExpectScalar(const Tensor& tensor, std::string_view what);
Status ExpectVector(const Tensor& tensor, std::string_view what);
Status ExpectMatrix(const Tensor& tensor, std::string_view what);
Status ExpectRank(const Tensor& tensor, int rank, std::string_view what);
Status ExpectSameShape(const Tensor& a, std::string_view a_name, const Tensor& b, std::string_view b_name);

// The only element of a scalar of C++ type T; the caller knows the dtype.
template <typename T>
Result<T> ScalarOf(const Tensor& tensor, std::string_view what) {
  SMCLI_RETURN_IF_ERROR(ExpectScalar(tensor, what));
  return tensor.scalar<T>();
}

}  // namespace smcli
