#include "ops/example_features.h"

#include <algorithm>
#include <cstring>

#include "base/wire.h"

namespace smcli {
namespace {

Error Malformed() { return ModelError("can't parse serialized Example"); }

Status AppendFloats(std::string_view list, std::vector<float>& values) {
  WireReader reader(list);
  WireField field;
  std::optional<WireType> form;
  while (reader.Next(field)) {
    if (field.number != 1 || (form && *form != field.type)) return Malformed();
    form = field.type;
    if (field.type == WireType::kFixed32) {
      values.push_back(field.as_float());
    } else if (field.type == WireType::kBytes && field.bytes.size() % sizeof(float) == 0) {
      const size_t before = values.size();
      values.resize(before + field.bytes.size() / sizeof(float));
      if (!field.bytes.empty()) std::memcpy(values.data() + before, field.bytes.data(), field.bytes.size());
    } else {
      return Malformed();
    }
  }
  return reader.ok() ? Status() : Malformed();
}

Status AppendInts(std::string_view list, std::vector<int64_t>& values) {
  WireReader reader(list);
  WireField field;
  std::optional<WireType> form;
  while (reader.Next(field)) {
    if (field.number != 1 || (form && *form != field.type)) return Malformed();
    form = field.type;
    if (field.type == WireType::kVarint) {
      values.push_back(field.as_int64());
    } else if (field.type != WireType::kBytes || !ForEachPackedVarint(field.bytes, [&](uint64_t value) {
                 values.push_back(static_cast<int64_t>(value));
               })) {
      return Malformed();
    }
  }
  return reader.ok() ? Status() : Malformed();
}

Status AppendTexts(std::string_view list, std::vector<std::string>& values) {
  WireReader reader(list);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(1, WireType::kBytes)) return Malformed();
    values.emplace_back(field.bytes);
  }
  return reader.ok() ? Status() : Malformed();
}

template <typename T>
void AppendElements(const Tensor& tensor, std::vector<T>& values) {
  const auto elements = tensor.flat<T>();
  values.insert(values.end(), elements.begin(), elements.end());
}

template <typename T>
void FillRows(std::vector<T>& values, const std::vector<int64_t>& lengths, int64_t width, const Tensor* filler, T* to) {
  const T filling = filler != nullptr ? *filler->data<T>() : T();
  auto from = values.begin();
  for (int64_t length : lengths) {
    to = std::move(from, from + length, to);
    to = std::fill_n(to, width - length, filling);
    from += length;
  }
  values.clear();
}

}  // namespace

Result<FeatureView> ReadFeature(std::string_view message) {
  if (message.empty()) return FeatureView();
  WireReader reader(message);
  WireField field;
  if (!reader.Next(field)) return Malformed();
  constexpr DataType kLists[] = {DataType::kInvalid, DataType::kString, DataType::kFloat, DataType::kInt64};
  if (field.type != WireType::kBytes || field.number > 3) return ModelError("unsupported datatype");
  return FeatureView{kLists[field.number], field.bytes};
}

size_t WantedKeys::Add(const std::string& key) { return slots_.try_emplace(key, slots_.size()).first->second; }

std::optional<size_t> WantedKeys::Find(std::string_view key) const {
  const auto at = slots_.find(key);
  return at == slots_.end() ? std::nullopt : std::optional(at->second);
}

Status CollectMap(std::string_view message, uint32_t number, const WantedKeys& keys, FoundMessages& found) {
  found.assign(keys.size(), std::nullopt);
  const auto entry = [&](std::string_view bytes) -> Status {
    WireReader reader(bytes);
    WireField field;
    std::string_view key, value;
    bool has_value = false;
    while (reader.Next(field)) {
      if (field.is(1, WireType::kBytes)) key = field.bytes;
      if (field.is(2, WireType::kBytes)) value = field.bytes, has_value = true;
    }
    if (!reader.ok() || !has_value) return Malformed();
    if (const auto slot = keys.Find(key)) found[*slot] = value;
    return {};
  };
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(number, WireType::kBytes)) continue;
    WireReader entries(field.bytes);
    while (entries.Next(field)) {
      if (field.is(1, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(entry(field.bytes));
    }
    if (!entries.ok()) return Malformed();
  }
  return reader.ok() ? Status() : Malformed();
}

int64_t FeatureValues::size() const { return static_cast<int64_t>(floats_.size() + ints_.size() + texts_.size()); }

Status FeatureValues::Append(const FeatureView& feature) {
  switch (dtype_) {
    case DataType::kFloat: return AppendFloats(feature.list, floats_);
    case DataType::kInt64: return AppendInts(feature.list, ints_);
    default: return AppendTexts(feature.list, texts_);
  }
}

void FeatureValues::Append(const Tensor& tensor) {
  switch (dtype_) {
    case DataType::kFloat: return AppendElements(tensor, floats_);
    case DataType::kInt64: return AppendElements(tensor, ints_);
    default: return AppendElements(tensor, texts_);
  }
}

Tensor FeatureValues::Take(const Shape& shape) {
  if (dtype_ == DataType::kFloat) return Tensor::Of<float>(shape, std::exchange(floats_, {}));
  if (dtype_ == DataType::kInt64) return Tensor::Of<int64_t>(shape, std::exchange(ints_, {}));
  return Tensor::Strings(shape, std::exchange(texts_, {}));
}

Result<Tensor> FeatureValues::TakePadded(const std::vector<int64_t>& lengths, int64_t width, const Tensor* filler,
                                         const Shape& shape) {
  SMCLI_ASSIGN_OR_RETURN(Tensor rows, Tensor::Make(dtype_, shape));
  switch (dtype_) {
    case DataType::kFloat: FillRows(floats_, lengths, width, filler, rows.mutable_data<float>()); break;
    case DataType::kInt64: FillRows(ints_, lengths, width, filler, rows.mutable_data<int64_t>()); break;
    default: FillRows(texts_, lengths, width, filler, rows.mutable_data<std::string>()); break;
  }
  return rows;
}

}  // namespace smcli
