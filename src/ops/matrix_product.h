// Products of dense matrices over the thread pool, for every numeric type: what MatMul, BatchMatMul and Einsum share.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/result.h"
#include "base/thread_pool.h"
#include "loops/loops.h"
#include "tensor/tensor.h"

namespace smcli {

template <typename T>
const ProductLoops<T>& LoopsOfProduct();
template <>
inline const ProductLoops<float>& LoopsOfProduct<float>() {
  return *CurrentLoops().product_f32;
}
template <>
inline const ProductLoops<double>& LoopsOfProduct<double>() {
  return *CurrentLoops().product_f64;
}

// A matrix in memory: element (i, j) at data + i * row_step + j * column_step. One of the steps is 1.
template <typename T>
struct MatrixRef {
  const T* data = nullptr;
  int64_t row_step = 0;
  int64_t column_step = 1;
};

// Whether a right side of n columns is worth packing: a single one is read where it lies.
inline bool PanelsHelp(int64_t n) { return n > 1; }

// b[k][n] in panels, as ProductArgs wants them. T: float or double.
template <typename T>
Result<Tensor> PackMatrix(ThreadPool& pool, const MatrixRef<T>& b, int64_t k, int64_t n);

// c[m][n], its rows side by side, = a[m][k] * b[k][n]. `packed`: b in panels, or null; then it is packed here if so
// many rows are worth it. Sums run over k in order, so the answer does not depend on the threads. T: float, double
// (loops/product.cc), int32, int64 (wrapping) or complex.
template <typename T>
Status MultiplyMatrices(ThreadPool& pool, const MatrixRef<T>& a, const MatrixRef<T>& b, const T* packed, int64_t m,
                        int64_t k, int64_t n, T* c);

// A right side that may be the same tensor in every call, as weights are. From the second call on it is kept packed.
// The tensor itself is kept too: whoever would change it in place must then copy it first, so equal memory means equal
// elements.
class WeightCache {
 public:
  // The packed form of `weights`, which is a k x n matrix; no value when the tensor was not here in the last call.
  // pack() makes it: Result<Tensor>.
  template <typename PackFunction>
  Result<Tensor> Find(const Tensor& weights, int64_t k, int64_t n, PackFunction&& pack) const {
    std::lock_guard lock(mutex_);
    if (!Known(weights, k, n)) return Tensor();
    if (!packed_.has_value()) {
      SMCLI_ASSIGN_OR_RETURN(packed_, pack());
    }
    return packed_;
  }

 private:
  bool Known(const Tensor& weights, int64_t k, int64_t n) const;

  mutable std::mutex mutex_;
  mutable const void* seen_ = nullptr;
  mutable int64_t k_ = 0, n_ = 0;
  mutable Tensor held_, packed_;
  mutable int changes_ = 0;
};

}  // namespace smcli
