// LookupTable: the resource behind HashTable, MutableHashTable, MutableHashTableOfTensors and MutableDenseHashTable.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ops/key_rows.h"
#include "tensor/tensor.h"

namespace smcli {

enum class TableKind {
  kStatic,   // filled once, by an initialiser or an import; lookups before that fail
  kMutable,  // inserts overwrite
  kDense,    // mutable; two keys are reserved, and keys may be rows of numbers
};

struct TableSchema {
  TableKind kind = TableKind::kStatic;
  DataType key = DataType::kString;
  DataType value = DataType::kInt64;
  Shape key_shape;          // of one key; a scalar but for kDense
  Shape value_shape;        // of one value
  Tensor reserved_keys[2];  // kDense: empty_key, deleted_key

  // Same types and shapes: what TensorFlow demands of two nodes that share a table.
  bool Agrees(const TableSchema& other) const {
    return kind == other.kind && key == other.key && value == other.value && key_shape == other.key_shape &&
           value_shape == other.value_shape;
  }
};

// All members may be called from several threads. Errors are `ModelError`s in the sense of TensorFlow's.
class LookupTable final : public Resource {
 public:
  // `UnsupportedError` for types no table of ours holds.
  static Result<std::shared_ptr<LookupTable>> Make(TableSchema schema);

  std::string_view type_name() const override { return "lookup table"; }
  const TableSchema& schema() const { return schema_; }

  // A static table counts none before it is initialised.
  int64_t size() const;
  bool initialized() const;

  // The values of `keys`, and where there is none the default: one value, or one for every key.
  Result<Tensor> Find(const Tensor& keys, const Tensor& fallback) const;
  // Of mutable tables.
  Status Insert(const Tensor& keys, const Tensor& values);
  Status Remove(const Tensor& keys);
  // Replaces the content of a mutable table, initialises a static one.
  Status Import(const Tensor& keys, const Tensor& values);
  // In the order of insertion.
  Status Export(Tensor* keys, Tensor* values) const;
  // Of a static table: keys and values are vectors. A second time is fine when the number of entries is the same.
  Status Initialize(const Tensor& keys, const Tensor& values);

 private:
  explicit LookupTable(TableSchema schema);

  using IntRows = KeyRows<int64_t, int64_t>;
  using TextRows = KeyRows<std::string, std::string_view>;

  template <typename F>
  auto WithKey(const Tensor& keys, int64_t i, F&& f) const;
  int64_t RowOf(const Tensor& keys, int64_t i) const;
  int64_t NumRows() const;
  Status CheckKeys(const Tensor& keys) const;
  Status CheckInsert(const Tensor& keys, const Tensor& values) const;
  bool IsReserved(const Tensor& keys, int64_t i, int which) const;
  Status CheckNotReserved(const Tensor& keys) const;
  Status ImportBuckets(const Tensor& keys, const Tensor& values);
  Status Put(const Tensor& keys, const Tensor& values);
  void StoreValue(const Tensor& values, int64_t from, int64_t row);
  bool SameValue(const Tensor& values, int64_t from, int64_t row) const;
  void Clear();

  const TableSchema schema_;
  const int64_t key_width_;    // elements of a key
  const int64_t value_width_;  // elements of a value
  mutable std::mutex mutex_;
  bool initialized_ = false;
  std::variant<IntRows, TextRows> rows_;
  std::vector<char> plain_values_;
  std::vector<std::string> text_values_;
};

}  // namespace smcli
