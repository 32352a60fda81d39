#include "formats/safetensors.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/bytes.h"
#include "base/json.h"
#include "base/utf8.h"
#include "tensor/numbers.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

constexpr uint64_t kMaxHeader = 100'000'000;
constexpr std::string_view kMetadataKey = "__metadata__";

struct DtypeRow {
  std::string_view name;
  DataType dtype;
};
// The first row of a dtype is how it is written.
constexpr DtypeRow kDtypes[] = {
    {"BOOL", DataType::kBool},
    {"U8", DataType::kUint8},
    {"I8", DataType::kInt8},
    {"U16", DataType::kUint16},
    {"I16", DataType::kInt16},
    {"U32", DataType::kUint32},
    {"I32", DataType::kInt32},
    {"U64", DataType::kUint64},
    {"I64", DataType::kInt64},
    {"F16", DataType::kHalf},
    {"BF16", DataType::kBfloat16},
    {"F32", DataType::kFloat},
    {"F64", DataType::kDouble},
    {"C64", DataType::kComplex64},
    {"F8_E4M3", DataType::kFloat8E4m3fn},
    {"F8_E5M2", DataType::kFloat8E5m2},
    {"F8_E4M3FNUZ", DataType::kFloat8E4m3fnuz},
    {"F8_E5M2FNUZ", DataType::kFloat8E5m2fnuz},
};

const DtypeRow* FindDtype(DataType dtype) {
  const auto row = std::ranges::find(kDtypes, StorageOf(dtype), &DtypeRow::dtype);
  return row == std::end(kDtypes) ? nullptr : row;
}

Error BadHeader(std::string_view name, std::string_view why) {
  return InvalidModelError("{}: {} (SafetensorsHeaderInvalid)", Quoted(name), why);
}

std::optional<std::vector<int64_t>> Sizes(const Json* value) {
  if (value == nullptr || value->array() == nullptr) return std::nullopt;
  std::vector<int64_t> sizes;
  for (const Json& item : *value->array()) {
    const auto size = item.is_integer() ? item.integer() : std::nullopt;
    if (!size || *size < 0) return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

Result<SafetensorsEntry> ParseEntry(const std::string& name, const Json& json) {
  SafetensorsEntry entry;
  entry.name = name;
  const Json* dtype = json.Find("dtype");
  if (dtype == nullptr || dtype->string() == nullptr) return BadHeader(name, "it has no dtype");
  entry.dtype_name = *dtype->string();
  const auto row = std::ranges::find(kDtypes, entry.dtype_name, &DtypeRow::name);
  if (row != std::end(kDtypes)) entry.dtype = row->dtype;
  const auto dims = Sizes(json.Find("shape"));
  const auto offsets = Sizes(json.Find("data_offsets"));
  if (!dims) return BadHeader(name, "its shape is no list of sizes");
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1])
    return BadHeader(name, "its data_offsets are no pair");
  SMCLI_ASSIGN_OR_RETURN(entry.shape, Shape::Make(*dims).Annotate("SafetensorsHeaderInvalid"));
  entry.begin = static_cast<uint64_t>((*offsets)[0]);
  entry.end = static_cast<uint64_t>((*offsets)[1]);
  uint64_t size = 0;
  const auto element = static_cast<uint64_t>(SizeOf(entry.dtype));
  const bool overflow = __builtin_mul_overflow(static_cast<uint64_t>(entry.shape.num_elements()), element, &size);
  if (entry.dtype != DataType::kInvalid && (overflow || size != entry.end - entry.begin)) {
    return BadHeader(name, "its shape and its data_offsets do not fit");
  }
  return entry;
}

// Ascending, without gap or overlap, from 0 to the end of the file.
Status CheckOffsets(const std::vector<SafetensorsEntry>& entries, uint64_t data_size) {
  uint64_t at = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != at) {
      return InvalidModelError("{}: its data begin at {}, not at {} (SafetensorsOffsetsInvalid)", Quoted(entry.name),
                               entry.begin, at);
    }
    at = entry.end;
  }
  if (at == data_size) return {};
  return InvalidModelError("the tensors take {} bytes, the file has {} (SafetensorsOffsetsInvalid)", at, data_size);
}

std::string MakeHeader(const std::vector<SafetensorsItem>& items,
                       std::span<const std::pair<std::string, std::string>> metadata) {
  std::string json;
  JsonWriter writer(json, JsonWriter::Layout::kLine);
  writer.BeginObject();
  if (!metadata.empty()) {
    writer.Key(kMetadataKey);
    writer.BeginObject();
    for (const auto& [key, value] : metadata) {
      writer.Key(key);
      writer.String(value);
    }
    writer.EndObject();
  }
  uint64_t at = 0;
  for (const SafetensorsItem& item : items) {
    writer.Key(item.name);
    writer.BeginObject();
    writer.Key("dtype");
    writer.String(FindDtype(item.dtype)->name);
    writer.Key("shape");
    writer.BeginArray();
    for (const int64_t dim : item.shape.dims()) writer.Int(dim);
    writer.EndArray();
    writer.Key("data_offsets");
    writer.BeginArray();
    writer.Uint(at);
    writer.Uint(at += item.num_bytes());
    writer.EndArray();
    writer.EndObject();
  }
  writer.EndObject();
  json.resize((json.size() + 7) / 8 * 8, ' ');
  return json;
}

}  // namespace

Result<SafetensorsReader> SafetensorsReader::Open(MappedFile file) {
  ByteReader reader(file.bytes());
  const auto length = reader.Fixed<uint64_t>();
  const auto text = length && *length <= kMaxHeader ? reader.Take(*length) : std::nullopt;
  if (!text || !text->starts_with('{')) {
    return InvalidModelError("it is no safetensors file, or cut off (SafetensorsHeaderInvalid)");
  }
  SMCLI_ASSIGN_OR_RETURN(const Json json, Json::Parse(*text).Annotate("SafetensorsHeaderInvalid"));
  SafetensorsReader result;
  result.data_ = MappedFile(reader.rest(), file.keep_alive());
  for (const auto& [name, value] : *json.object()) {
    if (name != kMetadataKey) {
      SMCLI_ASSIGN_OR_RETURN(SafetensorsEntry entry, ParseEntry(name, value));
      result.entries_.push_back(std::move(entry));
      continue;
    }
    if (value.object() == nullptr) return BadHeader(name, "it is no object");
    for (const auto& [key, text_value] : *value.object()) {
      if (text_value.string() == nullptr) return BadHeader(name, "it holds something else than strings");
      result.metadata_.emplace_back(key, *text_value.string());
    }
  }
  std::ranges::sort(result.entries_, {},
                    [](const SafetensorsEntry& entry) { return std::pair(entry.begin, entry.end); });
  SMCLI_RETURN_IF_ERROR(CheckOffsets(result.entries_, result.data_.size()));
  return result;
}

Result<Tensor> SafetensorsReader::Read(const SafetensorsEntry& entry) const {
  if (entry.dtype == DataType::kInvalid) {
    return UnsupportedError("{}: dtype {} is not supported (DtypeUnsupported)", Quoted(entry.name),
                            Escaped(entry.dtype_name));
  }
  if (entry.begin == entry.end) return Tensor::Make(entry.dtype, entry.shape);
  const std::string_view bytes = data_.bytes().substr(entry.begin, entry.end - entry.begin);
  return TensorFromContent(entry.dtype, entry.shape, bytes, data_.keep_alive());
}

bool SafetensorsHolds(DataType dtype) { return FindDtype(dtype) != nullptr; }

uint64_t SafetensorsItem::num_bytes() const {
  return static_cast<uint64_t>(shape.num_elements()) * static_cast<uint64_t>(SizeOf(dtype));
}

Status WriteSafetensorsHeader(OutputFile& file, std::vector<SafetensorsItem>& items,
                              std::span<const std::pair<std::string, std::string>> metadata) {
  std::ranges::sort(items, [](const SafetensorsItem& a, const SafetensorsItem& b) {
    const int a_size = SizeOf(a.dtype), b_size = SizeOf(b.dtype);
    return a_size != b_size ? a_size > b_size : a.name < b.name;
  });
  std::set<std::string_view> names;
  for (const SafetensorsItem& item : items) {
    if (!SafetensorsHolds(item.dtype)) {
      return UnsupportedError("{}: safetensors has no dtype for {}", Quoted(item.name), Name(item.dtype));
    }
    if (item.name == kMetadataKey || !IsValidUtf8(item.name) || !names.insert(item.name).second) {
      return UnsupportedError("{}: no name for safetensors", Quoted(item.name));
    }
  }
  const std::string header = MakeHeader(items, metadata);
  if (header.size() > kMaxHeader) {
    return UnsupportedError("{} tensors need a header of {} bytes, more than safetensors allows", items.size(),
                            header.size());
  }
  const uint64_t length = header.size();
  SMCLI_RETURN_IF_ERROR(file.Append({reinterpret_cast<const char*>(&length), sizeof(length)}));
  return file.Append(header);
}

Status WriteSafetensors(OutputFile& file, std::vector<NamedTensor> tensors) {
  std::vector<SafetensorsItem> items;
  std::map<std::string_view, const Tensor*> by_name;
  for (const NamedTensor& named : tensors) {
    items.push_back({named.name, named.tensor.dtype(), named.tensor.shape()});
    by_name.emplace(named.name, &named.tensor);
  }
  SMCLI_RETURN_IF_ERROR(WriteSafetensorsHeader(file, items, {}));
  for (const SafetensorsItem& item : items) {
    if (item.num_bytes() > 0) SMCLI_RETURN_IF_ERROR(file.Append(by_name.at(item.name)->bytes()));
  }
  return {};
}

}  // namespace smcli
