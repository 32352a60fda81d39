#include "ops/interior_padding.h"

#include <algorithm>
#include <cstdlib>

#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Which elements of a dimension stay, and where the first of them lands.
struct Kept {
  int64_t first = 0, count = 0, place = 0;
};

Kept KeptOf(int64_t extent, int64_t padded, int64_t low, int64_t step) {
  Kept kept;
  kept.first = low < 0 ? (-low + step - 1) / step : 0;
  kept.place = low + kept.first * step;
  if (kept.first < extent && kept.place < padded) {
    kept.count = std::min(extent - kept.first, (padded - kept.place + step - 1) / step);
  }
  return kept;
}

}  // namespace

Result<Shape> InteriorPadding::Apply(const Shape& shape) const {
  const int rank = shape.rank();
  if (low.size() != rank || high.size() != rank || interior.size() != rank) {
    return ModelError("paddings of {}, {} and {} entries for a tensor of rank {}", low.size(), high.size(),
                      interior.size(), rank);
  }
  constexpr int64_t kFar = int64_t{1} << 59;
  IntList dims;
  for (int i = 0; i < rank; ++i) {
    if (interior[i] < 0) return ModelError("interior padding must be non-negative, got {}", interior[i]);
    if (std::max({std::abs(low[i] / 2), std::abs(high[i] / 2), interior[i]}) > kFar) {
      return ModelError("the padded dimension {} is too large", i);
    }
    int64_t extent = 0;
    if (__builtin_mul_overflow(std::max<int64_t>(shape.dim(i) - 1, 0), interior[i], &extent) ||
        __builtin_add_overflow(extent, low[i] + high[i] + shape.dim(i), &extent)) {
      return ModelError("the padded dimension {} is too large", i);
    }
    if (extent < 0) return ModelError("padding leaves {} elements of dimension {}", extent, i);
    dims.push_back(extent);
  }
  return CheckedShape(dims);
}

Result<Tensor> PadInterior(ThreadPool& pool, const Tensor& tensor, const Tensor& value,
                           const InteriorPadding& padding) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, padding.Apply(tensor.shape()));
  if (shape == tensor.shape() && std::ranges::all_of(padding.low.span(), [](int64_t n) { return n == 0; })) {
    return tensor;
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(tensor.dtype(), shape));
  if (shape.num_elements() == 0) return out;
  StridedCopy fill, copy;
  fill.Add(shape.num_elements(), 0, 1);
  fill.Run(pool, value, 0, out, 0);
  const auto from = RowMajorStrides(tensor.shape());
  const auto to = RowMajorStrides(shape);
  int64_t source = 0, target = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto d = static_cast<size_t>(i);
    const int64_t step = padding.interior[i] + 1;
    const Kept kept = KeptOf(tensor.dim(i), shape.dim(i), padding.low[i], step);
    if (kept.count <= 0) return out;
    source += kept.first * from[d];
    target += kept.place * to[d];
    copy.Add(kept.count, from[d], step * to[d]);
  }
  copy.Run(pool, tensor, source, out, target);
  return out;
}

Result<Tensor> Permuted(ThreadPool& pool, const Tensor& tensor, const IntList& order) {
  IntList dims;
  bool moves = false;
  for (int i = 0; i < order.size(); ++i) {
    dims.push_back(tensor.dim(static_cast<int>(order[i])));
    moves = moves || order[i] != i;
  }
  if (!moves) return tensor;
  const Shape shape(dims.span());
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(tensor.dtype(), shape));
  const auto from = RowMajorStrides(tensor.shape());
  const auto to = RowMajorStrides(shape);
  StridedCopy copy;
  for (int i = 0; i < order.size(); ++i) {
    copy.Add(dims[i], from[static_cast<size_t>(order[i])], to[static_cast<size_t>(i)]);
  }
  copy.Run(pool, tensor, 0, out, 0);
  return out;
}

}  // namespace smcli
