#include "model/attr_value.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace smcli {
namespace {

constexpr std::array<AttrField, 8> kFields = {AttrField::kString, AttrField::kInt,  AttrField::kFloat,
                                              AttrField::kBool,   AttrField::kType, AttrField::kShape,
                                              AttrField::kTensor, AttrField::kFunc};
constexpr std::array<std::string_view, 11> kFieldNames = {"nothing", "list",  "string", "int",         "float", "bool",
                                                          "type",    "shape", "tensor", "placeholder", "func"};

constexpr std::array<WireType, 11> kWireTypes = {
    WireType::kBytes,  WireType::kBytes, WireType::kBytes, WireType::kVarint, WireType::kFixed32, WireType::kVarint,
    WireType::kVarint, WireType::kBytes, WireType::kBytes, WireType::kBytes,  WireType::kBytes};

uint32_t FloatBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

void AppendFixed32(uint32_t bits, std::string& out) { out.append(reinterpret_cast<const char*>(&bits), sizeof bits); }

int64_t ParseInt(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

float ParseFloat(std::string_view text) { return std::strtof(std::string(text).c_str(), nullptr); }

PartialShape ParseShapeText(std::string_view text) {
  if (text == "?") return {};
  std::vector<int64_t> dims;
  for (std::string_view dim : SplitOpText(text)) dims.push_back(dim == "?" ? -1 : ParseInt(dim));
  return PartialShape(std::move(dims));
}

uint64_t TypeNumber(std::string_view name) {
  return static_cast<uint64_t>(static_cast<int>(DataTypeFromName(name).value_or(DataType::kInvalid)));
}

// Appends the items of a list as ListValue fields: numbers packed, the rest one by one.
void AppendListItems(AttrKind kind, std::span<const std::string_view> items, std::string& list) {
  const auto number = static_cast<uint32_t>(FieldOf(kind));
  std::string packed;
  for (std::string_view item : items) {
    switch (kind) {
      case AttrKind::kString: AppendBytesField(number, UnquoteOpText(item), list); break;
      case AttrKind::kShape: AppendBytesField(number, ShapeBytes(ParseShapeText(item)), list); break;
      case AttrKind::kInt: AppendVarint(static_cast<uint64_t>(ParseInt(item)), packed); break;
      case AttrKind::kBool: AppendVarint(item == "true" ? 1 : 0, packed); break;
      case AttrKind::kType: AppendVarint(TypeNumber(item), packed); break;
      case AttrKind::kFloat: AppendFixed32(FloatBits(ParseFloat(item)), packed); break;
      case AttrKind::kTensor:
      case AttrKind::kFunc: break;  // no op of TensorFlow has such a default
    }
  }
  if (!packed.empty()) AppendBytesField(number, packed, list);
}

std::string Member(AttrField field, std::string_view payload) {
  std::string out;
  AppendBytesField(static_cast<uint32_t>(field), payload, out);
  return out;
}

}  // namespace

AttrField FieldOf(AttrKind kind) { return kFields[static_cast<size_t>(kind)]; }

std::string_view Name(AttrField field) { return kFieldNames[static_cast<size_t>(field)]; }

Result<AttrMember> ReadAttrMember(std::string_view attr_value) {
  AttrMember member;
  WireReader reader(attr_value);
  WireField field;
  while (reader.Next(field)) {
    if (field.number >= kWireTypes.size() || field.type != kWireTypes[field.number]) continue;
    member.which = static_cast<AttrField>(field.number);
    member.field = field;
    ++member.count;
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return member;
}

std::string IntAttr(int64_t value) {
  std::string out;
  AppendVarintField(static_cast<uint32_t>(AttrField::kInt), static_cast<uint64_t>(value), out);
  return out;
}

std::string FloatAttr(float value) {
  std::string out;
  AppendTag(static_cast<uint32_t>(AttrField::kFloat), WireType::kFixed32, out);
  AppendFixed32(FloatBits(value), out);
  return out;
}

std::string BoolAttr(bool value) {
  std::string out;
  AppendVarintField(static_cast<uint32_t>(AttrField::kBool), value ? 1 : 0, out);
  return out;
}

std::string TypeAttr(DataType value) {
  std::string out;
  AppendVarintField(static_cast<uint32_t>(AttrField::kType), static_cast<uint64_t>(static_cast<int>(value)), out);
  return out;
}

std::string StringAttr(std::string_view value) { return Member(AttrField::kString, value); }

std::string ShapeAttr(const PartialShape& value) { return Member(AttrField::kShape, ShapeBytes(value)); }

std::string FunctionAttr(std::string_view name) {
  std::string list;
  if (!name.empty()) AppendBytesField(1, name, list);
  return Member(AttrField::kFunc, list);
}

std::string ShapeBytes(const PartialShape& shape) {
  std::string out;
  if (!shape.known_rank()) {
    AppendVarintField(3, 1, out);
    return out;
  }
  for (int64_t size : shape.dims()) {
    std::string dim;
    if (size != 0) AppendVarintField(1, static_cast<uint64_t>(size), dim);
    AppendBytesField(2, dim, out);
  }
  return out;
}

std::optional<std::string> AttrFromText(AttrKind kind, bool list, std::string_view text) {
  if (kind == AttrKind::kTensor) return std::nullopt;
  if (list) {
    std::string items;
    AppendListItems(kind, SplitOpText(text), items);
    return Member(AttrField::kList, items);
  }
  switch (kind) {
    case AttrKind::kString: return StringAttr(UnquoteOpText(text));
    case AttrKind::kInt: return IntAttr(ParseInt(text));
    case AttrKind::kFloat: return FloatAttr(ParseFloat(text));
    case AttrKind::kBool: return BoolAttr(text == "true");
    case AttrKind::kShape: return ShapeAttr(ParseShapeText(text));
    case AttrKind::kFunc: return FunctionAttr(text == "func" ? "" : text);
    default: return TypeAttr(DataTypeFromName(text).value_or(DataType::kInvalid));
  }
}

std::string UnquoteOpText(std::string_view quoted) {
  std::string out;
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] != '\\') {
      out.push_back(quoted[i]);
      continue;
    }
    unsigned byte = 0;  // \xNN
    std::from_chars(quoted.data() + i + 2, quoted.data() + i + 4, byte, 16);
    out.push_back(static_cast<char>(byte));
    i += 3;
  }
  return out;
}

std::vector<std::string_view> SplitOpText(std::string_view items) {
  std::vector<std::string_view> parts;
  const std::string_view inner = items.substr(1, items.size() - 2);
  if (inner.empty()) return parts;
  size_t start = 0;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < inner.size(); ++i) {
    const char c = inner[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[') ++depth;
    if (c == ']') --depth;
    if (c == ',' && depth == 0) {
      parts.push_back(inner.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(inner.substr(start));
  return parts;
}

}  // namespace smcli
