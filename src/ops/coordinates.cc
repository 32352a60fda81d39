#include "ops/coordinates.h"

#include "ops/int_args.h"

namespace smcli {
namespace {

template <typename Index>
int64_t Place(const Index* coordinates, const Shape& shape, int depth) {
  int64_t place = 0;
  bool inside = true;
  for (int d = 0; d < depth; ++d) {
    const auto at = static_cast<int64_t>(coordinates[d]);
    inside &= static_cast<uint64_t>(at) < static_cast<uint64_t>(shape.dim(d));
    if (inside) place = place * shape.dim(d) + at;
  }
  return inside ? place : -1;
}

template <typename Index>
Result<std::vector<int64_t>> Places(const Tensor& indices, int64_t rows, const Shape& shape, int depth,
                                    bool ignore_bad) {
  std::vector<int64_t> places(static_cast<size_t>(rows));
  const Index* coordinates = indices.data<Index>();
  for (int64_t i = 0; i < rows; ++i, coordinates += depth) {
    const int64_t place = Place(coordinates, shape, depth);
    if (place < 0 && !ignore_bad) {
      return ModelError("indices[{}] = [{}] does not index into shape {}", i,
                        fmt::join(std::span(coordinates, static_cast<size_t>(depth)), ", "), shape.ToString());
    }
    places[static_cast<size_t>(i)] = place;
  }
  return places;
}

}  // namespace

Result<bool> IgnoresBadIndices(const NodeInfo& node) {
  const std::string policy = node.attrs.String("bad_indices_policy", "");
  if (policy == "IGNORE") return true;
  if (policy.empty() || policy == "DEFAULT" || policy == "ERROR") return false;
  return UnsupportedError("bad_indices_policy '{}'", policy);
}

Result<std::vector<int64_t>> FlatPlaces(const Tensor& indices, int64_t rows, const Shape& shape, int depth,
                                        bool ignore_bad) {
  switch (indices.dtype()) {
    case DataType::kInt16: return Places<int16_t>(indices, rows, shape, depth, ignore_bad);
    case DataType::kUint16: return Places<uint16_t>(indices, rows, shape, depth, ignore_bad);
    case DataType::kInt32: return Places<int32_t>(indices, rows, shape, depth, ignore_bad);
    default: return Places<int64_t>(indices, rows, shape, depth, ignore_bad);
  }
}

}  // namespace smcli
