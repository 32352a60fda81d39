#include "ops/lookup_table.h"

#include <algorithm>
#include <cstring>

#include "ops/int_args.h"

namespace smcli {
namespace {

bool IsText(DataType dtype) { return dtype == DataType::kString; }

// Copies `count` elements of tensors of one dtype.
void CopyElements(const Tensor& from, int64_t from_element, Tensor& to, int64_t to_element, int64_t count) {
  if (count == 0) return;
  if (IsText(from.dtype())) {
    std::copy_n(from.data<std::string>() + from_element, count, to.mutable_data<std::string>() + to_element);
    return;
  }
  const auto width = static_cast<size_t>(SizeOf(from.dtype()));
  std::memcpy(static_cast<char*>(to.mutable_raw_data()) + static_cast<size_t>(to_element) * width,
              static_cast<const char*>(from.raw_data()) + static_cast<size_t>(from_element) * width,
              static_cast<size_t>(count) * width);
}

// rows x the shape of one.
Result<Shape> Rows(int64_t rows, const Shape& one) {
  IntList dims;
  dims.push_back(rows);
  dims.append(one.dims());
  return CheckedShape(dims);
}

std::string ElementText(const Tensor& tensor, int64_t i) {
  std::string text = "?";
  if (IsText(tensor.dtype())) return tensor.data<std::string>()[i];
  DispatchNumbersAndBool(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_arithmetic_v<T>) text = fmt::format("{}", tensor.data<T>()[i]);
  });
  return text;
}

}  // namespace

Result<std::shared_ptr<LookupTable>> LookupTable::Make(TableSchema schema) {
  constexpr DataTypeSet kKeys = kInts | DataType::kString | DataType::kBool | kFloats;
  constexpr DataTypeSet kValues = kNumbers | DataType::kString | DataType::kBool;
  if (!kKeys.Contains(schema.key) || !kValues.Contains(schema.value)) {
    return UnsupportedError("a table from {} to {}", Name(schema.key), Name(schema.value));
  }
  if (IsText(schema.key) && !schema.key_shape.scalar())
    return UnsupportedError("a table whose keys are rows of strings");
  return std::shared_ptr<LookupTable>(new LookupTable(std::move(schema)));
}

LookupTable::LookupTable(TableSchema schema)
    : schema_(std::move(schema)),
      key_width_(schema_.key_shape.num_elements()),
      value_width_(schema_.value_shape.num_elements()) {
  if (!schema_.key_shape.scalar() || !kIndexTypes.Contains(schema_.key)) rows_.emplace<TextRows>();
}

// Calls f with key i as the kind of key that the table holds: int64, or text. Rows of numbers are text of their bytes.
template <typename F>
auto LookupTable::WithKey(const Tensor& keys, int64_t i, F&& f) const {
  if (std::holds_alternative<IntRows>(rows_)) return f(std::in_place_index<0>, IntAt(keys, i));
  if (IsText(schema_.key)) return f(std::in_place_index<1>, std::string_view(keys.data<std::string>()[i]));
  const auto width = static_cast<size_t>(key_width_ * SizeOf(schema_.key));
  const char* bytes = static_cast<const char*>(keys.raw_data()) + static_cast<size_t>(i) * width;
  return f(std::in_place_index<1>, std::string_view(bytes, width));
}

int64_t LookupTable::RowOf(const Tensor& keys, int64_t i) const {
  return WithKey(keys, i, [&]<size_t I>(std::in_place_index_t<I>, auto key) { return std::get<I>(rows_).Find(key); });
}

int64_t LookupTable::NumRows() const {
  return std::visit([](const auto& rows) { return rows.size(); }, rows_);
}

int64_t LookupTable::size() const {
  std::lock_guard lock(mutex_);
  return NumRows();
}

bool LookupTable::initialized() const {
  std::lock_guard lock(mutex_);
  return initialized_ || schema_.kind != TableKind::kStatic;
}

// The last dimensions are those of one key.
Status LookupTable::CheckKeys(const Tensor& keys) const {
  if (keys.dtype() != schema_.key) {
    return ModelError("keys of {} for a table with keys of {}", Name(keys.dtype()), Name(schema_.key));
  }
  const Shape& one = schema_.key_shape;
  const int outer = keys.rank() - one.rank();
  if (outer < 0 || !std::ranges::equal(keys.shape().dims().subspan(static_cast<size_t>(outer)), one.dims())) {
    return ModelError("expected keys whose shape ends with {}, got {}", one.ToString(), keys.shape().ToString());
  }
  return {};
}

namespace {

// A table has keys of one kind, but the compiler sees both.
template <typename A, typename B>
bool SameKey(const A& a, const B& b) {
  if constexpr (std::is_same_v<A, B>) {
    return a == b;
  } else {
    return false;
  }
}

}  // namespace

// Is key i the empty_key (0) or the deleted_key (1) of a dense table?
bool LookupTable::IsReserved(const Tensor& keys, int64_t i, int which) const {
  return WithKey(keys, i, [&](auto, auto key) {
    return WithKey(schema_.reserved_keys[which], 0, [&](auto, auto other) { return SameKey(key, other); });
  });
}

Status LookupTable::CheckNotReserved(const Tensor& keys) const {
  if (schema_.kind != TableKind::kDense) return {};
  const int64_t count = key_width_ == 0 ? 0 : keys.num_elements() / key_width_;
  for (int64_t i = 0; i < 2 * count; ++i) {
    if (!IsReserved(keys, i / 2, static_cast<int>(i % 2))) continue;
    return ModelError("using the {} as a table key is not allowed", i % 2 == 0 ? "empty_key" : "deleted_key");
  }
  return {};
}

Result<Tensor> LookupTable::Find(const Tensor& keys, const Tensor& fallback) const {
  SMCLI_RETURN_IF_ERROR(CheckKeys(keys));
  if (fallback.dtype() != schema_.value) {
    return ModelError("a default of {} for a table with values of {}", Name(fallback.dtype()), Name(schema_.value));
  }
  IntList dims(keys.shape().dims().first(static_cast<size_t>(keys.rank() - schema_.key_shape.rank())));
  if (dims.size() + schema_.value_shape.rank() > kMaxRank) return ModelError("the keys have too many dimensions");
  dims.append(schema_.value_shape.dims());
  SMCLI_ASSIGN_OR_RETURN(const Shape full, CheckedShape(dims));
  const bool one_default = fallback.shape() == schema_.value_shape;
  if (!one_default && !(fallback.shape() == full)) {
    return ModelError("expected shape {} or {} for the default value, got {}", schema_.value_shape.ToString(),
                      full.ToString(), fallback.shape().ToString());
  }
  SMCLI_RETURN_IF_ERROR(CheckNotReserved(keys));
  SMCLI_ASSIGN_OR_RETURN(Tensor values, Tensor::Make(schema_.value, full));
  std::lock_guard lock(mutex_);
  if (schema_.kind == TableKind::kStatic && !initialized_) return ModelError("table not initialized");
  const int64_t count = key_width_ == 0 ? 0 : keys.num_elements() / key_width_;
  const auto width = static_cast<size_t>(value_width_ * SizeOf(schema_.value));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = RowOf(keys, i);
    if (row < 0) {
      CopyElements(fallback, one_default ? 0 : i * value_width_, values, i * value_width_, value_width_);
    } else if (IsText(schema_.value)) {
      std::copy_n(text_values_.data() + row * value_width_, value_width_,
                  values.mutable_data<std::string>() + i * value_width_);
    } else if (width > 0) {
      std::memcpy(static_cast<char*>(values.mutable_raw_data()) + static_cast<size_t>(i) * width,
                  plain_values_.data() + static_cast<size_t>(row) * width, width);
    }
  }
  return values;
}

Status LookupTable::CheckInsert(const Tensor& keys, const Tensor& values) const {
  SMCLI_RETURN_IF_ERROR(CheckKeys(keys));
  if (values.dtype() != schema_.value) {
    return ModelError("values of {} for a table with values of {}", Name(values.dtype()), Name(schema_.value));
  }
  IntList dims(keys.shape().dims().first(static_cast<size_t>(keys.rank() - schema_.key_shape.rank())));
  if (dims.size() + schema_.value_shape.rank() > kMaxRank) return ModelError("the keys have too many dimensions");
  dims.append(schema_.value_shape.dims());
  SMCLI_ASSIGN_OR_RETURN(const Shape expected, CheckedShape(dims));
  if (!(values.shape() == expected)) {
    return ModelError("expected shape {} for value, got {}", expected.ToString(), values.shape().ToString());
  }
  return {};
}

void LookupTable::StoreValue(const Tensor& values, int64_t from, int64_t row) {
  if (IsText(schema_.value)) {
    text_values_.resize(std::max(text_values_.size(), static_cast<size_t>((row + 1) * value_width_)));
    std::copy_n(values.data<std::string>() + from * value_width_, value_width_,
                text_values_.begin() + row * value_width_);
    return;
  }
  const auto width = static_cast<size_t>(value_width_ * SizeOf(schema_.value));
  plain_values_.resize(std::max(plain_values_.size(), static_cast<size_t>(row + 1) * width));
  if (width == 0) return;
  std::memcpy(plain_values_.data() + static_cast<size_t>(row) * width,
              static_cast<const char*>(values.raw_data()) + static_cast<size_t>(from) * width, width);
}

bool LookupTable::SameValue(const Tensor& values, int64_t from, int64_t row) const {
  if (IsText(schema_.value)) {
    return std::equal(values.data<std::string>() + from * value_width_,
                      values.data<std::string>() + (from + 1) * value_width_,
                      text_values_.begin() + row * value_width_);
  }
  const auto width = static_cast<size_t>(value_width_ * SizeOf(schema_.value));
  return width == 0 ||
         std::memcmp(plain_values_.data() + static_cast<size_t>(row) * width,
                     static_cast<const char*>(values.raw_data()) + static_cast<size_t>(from) * width, width) == 0;
}

Status LookupTable::Put(const Tensor& keys, const Tensor& values) {
  const int64_t count = key_width_ == 0 ? 0 : keys.num_elements() / key_width_;
  if (NumRows() + count > IntRows::kMostRows) return ModelError("a table of more than {} entries", IntRows::kMostRows);
  for (int64_t i = 0; i < count; ++i) {
    // Among the buckets of an imported table; Insert has refused them.
    if (schema_.kind == TableKind::kDense && (IsReserved(keys, i, 0) || IsReserved(keys, i, 1))) continue;
    const auto [row, fresh] =
        WithKey(keys, i, [&]<size_t I>(std::in_place_index_t<I>, auto key) { return std::get<I>(rows_).Insert(key); });
    if (!fresh && schema_.kind == TableKind::kStatic) {
      if (SameValue(values, i, row)) continue;
      return ModelError(
          "the table has a different value for the same key: {} has another value than the one to add, {}",
          ElementText(keys, i), ElementText(values, i));
    }
    StoreValue(values, i, row);
  }
  return {};
}

void LookupTable::Clear() {
  std::visit([](auto& rows) { rows.Clear(); }, rows_);
  plain_values_.clear();
  text_values_.clear();
}

Status LookupTable::Insert(const Tensor& keys, const Tensor& values) {
  if (schema_.kind == TableKind::kStatic) return ModelError("this kind of table cannot be inserted into");
  SMCLI_RETURN_IF_ERROR(CheckInsert(keys, values));
  SMCLI_RETURN_IF_ERROR(CheckNotReserved(keys));
  std::lock_guard lock(mutex_);
  return Put(keys, values);
}

Status LookupTable::Remove(const Tensor& keys) {
  if (schema_.kind == TableKind::kStatic) return ModelError("nothing can be removed from this kind of table");
  SMCLI_RETURN_IF_ERROR(CheckKeys(keys));
  SMCLI_RETURN_IF_ERROR(CheckNotReserved(keys));
  std::lock_guard lock(mutex_);
  const int64_t count = key_width_ == 0 ? 0 : keys.num_elements() / key_width_;
  const auto width = static_cast<size_t>(value_width_ * SizeOf(schema_.value));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row =
        WithKey(keys, i, [&]<size_t I>(std::in_place_index_t<I>, auto key) { return std::get<I>(rows_).Erase(key); });
    if (row < 0) continue;
    const int64_t last = NumRows();
    if (IsText(schema_.value)) {
      if (row != last)
        std::move(text_values_.end() - value_width_, text_values_.end(), text_values_.begin() + row * value_width_);
      text_values_.resize(static_cast<size_t>(last * value_width_));
    } else if (width > 0) {
      if (row != last)
        std::memcpy(plain_values_.data() + static_cast<size_t>(row) * width,
                    plain_values_.data() + static_cast<size_t>(last) * width, width);
      plain_values_.resize(static_cast<size_t>(last) * width);
    }
  }
  return {};
}

Status LookupTable::Import(const Tensor& keys, const Tensor& values) {
  if (schema_.kind == TableKind::kStatic) return Initialize(keys, values);
  if (schema_.kind == TableKind::kDense) return ImportBuckets(keys, values);
  SMCLI_RETURN_IF_ERROR(CheckInsert(keys, values));
  std::lock_guard lock(mutex_);
  Clear();
  return Put(keys, values);
}

// A dense table is saved with all its buckets, [buckets, elements of a key] and [buckets, elements of a value]; those
// that are empty or deleted hold the reserved keys.
Status LookupTable::ImportBuckets(const Tensor& keys, const Tensor& values) {
  const int64_t buckets = keys.rank() > 0 ? keys.dim(0) : 0;
  SMCLI_ASSIGN_OR_RETURN(const Shape key_shape, Rows(buckets, schema_.key_shape));
  SMCLI_ASSIGN_OR_RETURN(const Shape value_shape, Rows(buckets, schema_.value_shape));
  if (keys.num_elements() != key_shape.num_elements() || values.num_elements() != value_shape.num_elements()) {
    return ModelError("expected buckets of shapes {} and {}, got {} and {}", key_shape.ToString(),
                      value_shape.ToString(), keys.shape().ToString(), values.shape().ToString());
  }
  const Tensor all_keys = keys.Reshaped(key_shape), all_values = values.Reshaped(value_shape);
  SMCLI_RETURN_IF_ERROR(CheckInsert(all_keys, all_values));
  std::lock_guard lock(mutex_);
  Clear();
  return Put(all_keys, all_values);
}

Status LookupTable::Initialize(const Tensor& keys, const Tensor& values) {
  if (schema_.kind != TableKind::kStatic) return ModelError("this kind of table takes no initialiser");
  if (!keys.shape().vector()) return ModelError("keys must be a vector, but have shape {}", keys.shape().ToString());
  SMCLI_RETURN_IF_ERROR(CheckInsert(keys, values));
  if (keys.num_elements() == 0) return ModelError("keys and values cannot be empty tensors");
  std::lock_guard lock(mutex_);
  if (initialized_) {
    if (NumRows() == keys.num_elements()) return {};
    return ModelError("the table was already initialized with different data");
  }
  std::visit([&](auto& rows) { rows.Reserve(static_cast<size_t>(keys.num_elements())); }, rows_);
  SMCLI_RETURN_IF_ERROR(Put(keys, values));
  initialized_ = true;
  return {};
}

Status LookupTable::Export(Tensor* keys, Tensor* values) const {
  std::lock_guard lock(mutex_);
  if (schema_.kind == TableKind::kStatic && !initialized_) return ModelError("the table is not initialized");
  const int64_t count = NumRows();
  SMCLI_ASSIGN_OR_RETURN(const Shape key_shape, Rows(count, schema_.key_shape));
  SMCLI_ASSIGN_OR_RETURN(const Shape value_shape, Rows(count, schema_.value_shape));
  SMCLI_ASSIGN_OR_RETURN(*keys, Tensor::Make(schema_.key, key_shape));
  SMCLI_ASSIGN_OR_RETURN(*values, Tensor::Make(schema_.value, value_shape));
  for (int64_t row = 0; row < count; ++row) {
    if (const auto* ints = std::get_if<IntRows>(&rows_)) {
      if (schema_.key == DataType::kInt64) {
        keys->mutable_data<int64_t>()[row] = ints->key(row);
      } else {
        keys->mutable_data<int32_t>()[row] = static_cast<int32_t>(ints->key(row));
      }
      continue;
    }
    const std::string& key = std::get<TextRows>(rows_).key(row);
    if (IsText(schema_.key)) {
      keys->mutable_data<std::string>()[row] = key;
    } else {
      std::memcpy(static_cast<char*>(keys->mutable_raw_data()) + static_cast<size_t>(row) * key.size(), key.data(),
                  key.size());
    }
  }
  if (IsText(schema_.value)) {
    std::copy_n(text_values_.begin(), values->num_elements(), values->mutable_data<std::string>());
  } else if (values->num_bytes() > 0) {
    std::memcpy(values->mutable_raw_data(), plain_values_.data(), values->num_bytes());
  }
  return {};
}

}  // namespace smcli
