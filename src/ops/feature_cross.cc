#include "ops/feature_cross.h"

#include <limits>

#include "base/fingerprint.h"
#include "ops/sip_hash.h"

namespace smcli {

Result<int64_t> FeatureCrosser::Count(std::span<const FeatureRange> row) {
  if (row.empty()) return int64_t{0};
  int64_t count = 1;
  for (const FeatureRange& range : row) {
    if (range.count == 0) return int64_t{0};
    if (__builtin_mul_overflow(count, range.count, &count))
      return ModelError("a row has more crosses than fit into 64 bits");
  }
  return count;
}

void FeatureCrosser::Cross(std::span<const FeatureRange> row, Tensor& out, int64_t at) const {
  std::vector<int64_t> places;
  for (const FeatureRange& range : row) {
    if (range.count == 0) return;
    places.push_back(range.begin);
  }
  while (true) {
    if (kind == Kind::kText) {
      out.mutable_data<std::string>()[at++] = Text(places);
    } else {
      out.mutable_data<int64_t>()[at++] = Hash(places);
    }
    size_t i = row.size();
    while (i > 0 && ++places[i - 1] == row[i - 1].begin + row[i - 1].count) {
      places[i - 1] = row[i - 1].begin;
      --i;
    }
    if (i == 0) return;
  }
}

std::string FeatureCrosser::Text(std::span<const int64_t> places) const {
  std::string text;
  for (size_t i = 0; i < places.size(); ++i) {
    const Tensor& values = *columns_[i].values;
    if (i > 0) text += separator;
    if (values.dtype() == DataType::kString) {
      text += values.data<std::string>()[places[i]];
    } else {
      text += std::to_string(values.data<int64_t>()[places[i]]);
    }
  }
  return text;
}

// How TensorFlow hashes one feature (kernels/sparse_cross_op.cc). SparseCrossHashed takes of a sparse integer, and with
// strong hashing of a dense one too, only the lower four bytes: the size of its enumeration of types.
uint64_t FeatureCrosser::Feature(const Column& column, int64_t place) const {
  const bool text = column.values->dtype() == DataType::kString;
  if (!text && (kind == Kind::kHash || (!strong && !column.sparse))) {
    return static_cast<uint64_t>(column.values->data<int64_t>()[place]);
  }
  const std::string_view bytes =
      text ? std::string_view(column.values->data<std::string>()[place])
           : std::string_view(reinterpret_cast<const char*>(column.values->data<int64_t>() + place), 4);
  return strong ? SipHash(salt[0], salt[1])(bytes) : Fingerprint64(bytes);
}

int64_t FeatureCrosser::Hash(std::span<const int64_t> places) const {
  size_t i = 0;
  uint64_t hash = kind == Kind::kSaltedHash ? Feature(columns_[i++], places[0]) : key;
  for (; i < places.size(); ++i) hash = FingerprintCat64(hash, Feature(columns_[i], places[i]));
  const int64_t modulus = buckets > 0 ? buckets : std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(hash % static_cast<uint64_t>(modulus));
}

}  // namespace smcli
