// Crosses of features: every combination of one feature from each column, as a text or as a hash. Behind SparseCross*
// and RaggedCross.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// Features of one row in one column: elements [begin, begin + count) of the column's values.
struct FeatureRange {
  int64_t begin = 0, count = 0;
};

// The values of the columns (string or int64), in the order in which they are crossed, and how they become a cross.
class FeatureCrosser {
 public:
  enum class Kind {
    kText,        // joined by `separator`
    kHash,        // fingerprints folded onto `key` (SparseCross, RaggedCross)
    kSaltedHash,  // folded onto each other (SparseCrossHashed)
  };
  Kind kind = Kind::kText;
  std::string separator = "_X_";
  uint64_t key = 0;
  int64_t buckets = 0;  // 0: as many as int64 has numbers
  bool strong = false;  // kSaltedHash: SipHash under the salt
  uint64_t salt[2] = {0, 0};

  void AddColumn(const Tensor& values, bool sparse) { columns_.push_back({&values, sparse}); }
  size_t columns() const { return columns_.size(); }

  // How many crosses a row has; ModelError when more than int64 holds.
  static Result<int64_t> Count(std::span<const FeatureRange> row);
  // Writes the crosses of a row to out[at, ...); the last column varies fastest. The ranges lie inside the values.
  void Cross(std::span<const FeatureRange> row, Tensor& out, int64_t at) const;

 private:
  struct Column {
    const Tensor* values;
    bool sparse;
  };
  std::string Text(std::span<const int64_t> places) const;
  int64_t Hash(std::span<const int64_t> places) const;
  uint64_t Feature(const Column& column, int64_t place) const;

  std::vector<Column> columns_;
};

}  // namespace smcli
