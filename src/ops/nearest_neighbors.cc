// NearestNeighbors, by which k-means models assign points to centers.
#include <algorithm>
#include <numeric>
#include <vector>

#include "ops/expect.h"
#include "ops/op.h"

namespace smcli {
namespace {

float SquaredDistance(const float* a, const float* b, int64_t n) {
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// (points [n, dimensions], centers [m, dimensions], k): the k nearest centers of each point, and the squares of their
// distances.
Status NearestNeighbors(KernelContext& ctx) {
  const Tensor &points = ctx.input(0), &centers = ctx.input(1);
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(points, "points"));
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(centers, "centers"));
  SMCLI_ASSIGN_OR_RETURN(const int64_t most, ScalarOf<int64_t>(ctx.input(2), "k"));
  if (most < 0) return ModelError("k must be non-negative, got {}", most);
  const int64_t n = points.dim(0), m = centers.dim(0), dimensions = points.dim(1);
  if (dimensions != centers.dim(1)) {
    return ModelError("Expected point_dimensions == center_dimensions: {} vs {}.", dimensions, centers.dim(1));
  }
  const int64_t k = std::min(most, m);
  SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, Shape{n, k}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * distances, ctx.Allocate(1, DataType::kFloat, Shape{n, k}));
  int64_t* places = indices->mutable_data<int64_t>();
  float* squares = distances->mutable_data<float>();
  const double cost = static_cast<double>(m) * static_cast<double>(dimensions + 8);
  ctx.pool().ParallelFor(n, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
    std::vector<float> all(static_cast<size_t>(m));
    std::vector<int64_t> order(all.size());
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0; j < m; ++j) {
        all[static_cast<size_t>(j)] =
            SquaredDistance(points.data<float>() + i * dimensions, centers.data<float>() + j * dimensions, dimensions);
      }
      std::iota(order.begin(), order.end(), 0);
      std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int64_t a, int64_t b) {
        const float x = all[static_cast<size_t>(a)], y = all[static_cast<size_t>(b)];
        return x < y || (!(y < x) && a < b);
      });
      for (int64_t j = 0; j < k; ++j) {
        places[i * k + j] = order[static_cast<size_t>(j)];
        squares[i * k + j] = all[static_cast<size_t>(order[static_cast<size_t>(j)])];
      }
    }
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "NearestNeighbors",
     .types = {},
     .make = MakeFunctionKernel<NearestNeighbors>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> NearestNeighborsOps() { return kOps; }

}  // namespace smcli
