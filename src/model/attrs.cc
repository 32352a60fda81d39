#include "model/attrs.h"

#include <algorithm>
#include <cstring>

#include "base/wire.h"
#include "model/attr_value.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// Tensors per node; no graph comes near, and the sum over a node's arguments stays far from overflow.
constexpr int64_t kMaxArity = 1 << 20;

// Key and value of one entry of an attr map. A repeated value would have to be merged: see graph_builder.cc, which
// writes such NodeDefs anew.
struct MapEntry {
  std::string_view key;
  std::string_view value;
};

bool ReadEntry(std::string_view bytes, MapEntry& entry) {
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) entry.key = field.bytes;
    if (field.is(2, WireType::kBytes)) entry.value = field.bytes;
  }
  return reader.ok();
}

std::optional<std::string_view> FindOnNode(std::string_view node_def, std::string_view name) {
  std::optional<std::string_view> found;
  WireReader reader(node_def);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(5, WireType::kBytes)) continue;
    MapEntry entry;
    if (ReadEntry(field.bytes, entry) && entry.key == name) found = entry.value;  // the last one wins
  }
  return found;
}

std::optional<std::string_view> FindBinding(const AttrBindings* bindings, std::string_view name) {
  if (bindings == nullptr) return std::nullopt;
  const auto found = std::ranges::find(*bindings, name, &AttrBindings::value_type::first);
  if (found == bindings->end()) return std::nullopt;
  return found->second;
}

Result<DataType> TypeFromNumber(uint64_t value) {
  const auto number = static_cast<int32_t>(static_cast<uint32_t>(value));
  if (const auto dtype = DataTypeFromNumber(number)) return *dtype;
  return UnsupportedError("unknown dtype number {} (DtypeUnsupported)", number);
}

Result<FuncAttr> ReadFunc(std::string_view bytes) {
  FuncAttr func;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) func.name = field.bytes;
    if (!field.is(2, WireType::kBytes)) continue;
    MapEntry entry;
    if (!ReadEntry(field.bytes, entry))
      return InvalidModelError("an attribute of function '{}' cannot be read", func.name);
    func.attrs.emplace_back(entry.key, entry.value);
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return func;
}

// Calls visit(element) for every element of the list member `number`; packed and single forms may be mixed. Elements of
// numeric kinds come as bits, the others as bytes.
template <typename VisitBits, typename VisitBytes>
Status ForEachItem(std::string_view list, uint32_t number, WireType element, VisitBits on_bits, VisitBytes on_bytes) {
  WireReader reader(list);
  WireField field;
  bool whole = true;
  while (reader.Next(field)) {
    if (field.number != number) continue;
    if (field.type != WireType::kBytes) {
      if (field.type == element) on_bits(field.value);
    } else if (element == WireType::kBytes) {
      on_bytes(field.bytes);
    } else if (element == WireType::kVarint) {
      whole = whole && ForEachPackedVarint(field.bytes, on_bits);
    } else {
      whole = whole && field.bytes.size() % sizeof(uint32_t) == 0;
      for (size_t i = 0; i + sizeof(uint32_t) <= field.bytes.size(); i += sizeof(uint32_t)) {
        uint32_t bits;
        std::memcpy(&bits, field.bytes.data() + i, sizeof bits);
        on_bits(bits);
      }
    }
  }
  if (!whole) return InvalidModelError("a packed list is cut off (ProtoTruncated)");
  return reader.status();
}

constexpr auto kIgnoreBits = [](uint64_t) {};
constexpr auto kIgnoreBytes = [](std::string_view) {};

float FloatFromBits(uint64_t bits) {
  const auto low = static_cast<uint32_t>(bits);
  float value;
  std::memcpy(&value, &low, sizeof value);
  return value;
}

}  // namespace

std::optional<std::string_view> AttrReader::Raw(std::string_view name) const {
  std::optional<std::string_view> value = FindOnNode(source_.node_def, name);
  if (value) {
    const auto member = ReadAttrMember(*value);
    if (!member.ok() || member->which != AttrField::kPlaceholder) return value;
    return FindBinding(source_.bindings, member->field.bytes);
  }
  if (source_.schema != nullptr) {
    const AttrSchema* attr = source_.schema->FindAttr(name);
    if (attr != nullptr && attr->default_value) return *attr->default_value;
  }
  return std::nullopt;
}

bool AttrReader::IsSet(std::string_view name) const { return FindOnNode(source_.node_def, name).has_value(); }
bool AttrReader::Has(std::string_view name) const { return Raw(name).has_value(); }

std::vector<std::string_view> AttrReader::Names() const {
  std::vector<std::string_view> names;
  WireReader reader(source_.node_def);
  WireField field;
  while (reader.Next(field)) {
    MapEntry entry;
    if (!field.is(5, WireType::kBytes) || !ReadEntry(field.bytes, entry)) continue;
    if (std::ranges::find(names, entry.key) == names.end()) names.push_back(entry.key);
  }
  return names;
}

Result<std::string_view> AttrReader::Value(std::string_view name) const {
  if (const auto value = Raw(name)) return *value;
  const auto on_node = FindOnNode(source_.node_def, name);
  if (on_node) {
    return InvalidModelError(
        "node '{}' ({}): attribute '{}' is a placeholder that the call does not fill (AttrMissing)", source_.node,
        source_.op, name);
  }
  return InvalidModelError("node '{}' ({}): attribute '{}' is missing (AttrMissing)", source_.node, source_.op, name);
}

Error AttrReader::Mismatch(std::string_view name, std::string_view wanted, std::string_view value) const {
  const auto member = ReadAttrMember(value);
  return InvalidModelError("node '{}' ({}): attribute '{}' should be a {} and is a {} (AttrTypeMismatch)", source_.node,
                           source_.op, name, wanted, Name(member.ok() ? member->which : AttrField::kNone));
}

Result<WireField> AttrReader::Member(std::string_view name, AttrField field) const {
  SMCLI_ASSIGN_OR_RETURN(const std::string_view value, Value(name));
  auto member = ReadAttrMember(value);
  if (!member.ok()) return Place(name, std::move(member).error());
  if (member->which != field) return Mismatch(name, Name(field), value);
  return member->field;
}

Error AttrReader::Place(std::string_view name, Error error) const {
  return std::move(error).Annotate(fmt::format("node '{}' ({}): attribute '{}'", source_.node, source_.op, name));
}

Result<DataType> AttrReader::Type(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kType));
  auto type = TypeFromNumber(field.value);
  if (!type.ok()) return Place(name, std::move(type).error());
  return *type;
}

Result<int64_t> AttrReader::Int(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kInt));
  return field.as_int64();
}

Result<float> AttrReader::Float(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kFloat));
  return field.as_float();
}

Result<bool> AttrReader::Bool(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kBool));
  return field.value != 0;
}

Result<std::string> AttrReader::String(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kString));
  return std::string(field.bytes);
}

Result<PartialShape> AttrReader::Shape(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kShape));
  auto shape = ShapeFromBytes(field.bytes);
  if (!shape.ok()) return Place(name, std::move(shape).error());
  return shape;
}

Result<smcli::Tensor> AttrReader::Tensor(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kTensor));
  auto tensor = TensorFromBytes(field.bytes, source_.keep_alive != nullptr ? *source_.keep_alive : nullptr);
  if (!tensor.ok()) return Place(name, std::move(tensor).error());
  return tensor;
}

Result<FuncAttr> AttrReader::Func(std::string_view name) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField field, Member(name, AttrField::kFunc));
  auto func = ReadFunc(field.bytes);
  if (!func.ok()) return Place(name, std::move(func).error());
  return func;
}

// `read(bits)` or `read(bytes)` turns one item into a T or an Error.
template <typename T, typename Read>
Result<std::vector<T>> AttrReader::List(std::string_view name, uint32_t number, WireType element, Read read) const {
  SMCLI_ASSIGN_OR_RETURN(const WireField list, Member(name, AttrField::kList));
  std::vector<T> items;
  Status status;
  const auto add = [&](auto raw) {
    if (!status.ok()) return;
    auto item = read(raw);
    if constexpr (std::is_convertible_v<decltype(item), T>) {
      items.push_back(std::move(item));
    } else if (item.ok()) {
      items.push_back(*std::move(item));
    } else {
      status = std::move(item).error();
    }
  };
  Status walked;
  if constexpr (std::is_invocable_v<Read, std::string_view>) {
    walked = ForEachItem(list.bytes, number, element, kIgnoreBits, add);
  } else {
    walked = ForEachItem(list.bytes, number, element, add, kIgnoreBytes);
  }
  if (!walked.ok()) return Place(name, std::move(walked).error());
  if (!status.ok()) return Place(name, std::move(status).error());
  return items;
}

Result<std::vector<DataType>> AttrReader::Types(std::string_view name) const {
  return List<DataType>(name, 6, WireType::kVarint, [](uint64_t bits) { return TypeFromNumber(bits); });
}

Result<std::vector<int64_t>> AttrReader::Ints(std::string_view name) const {
  return List<int64_t>(name, 3, WireType::kVarint, [](uint64_t bits) { return static_cast<int64_t>(bits); });
}

Result<std::vector<float>> AttrReader::Floats(std::string_view name) const {
  return List<float>(name, 4, WireType::kFixed32, [](uint64_t bits) { return FloatFromBits(bits); });
}

Result<std::vector<bool>> AttrReader::Bools(std::string_view name) const {
  return List<bool>(name, 5, WireType::kVarint, [](uint64_t bits) { return bits != 0; });
}

Result<std::vector<std::string>> AttrReader::Strings(std::string_view name) const {
  return List<std::string>(name, 2, WireType::kBytes, [](std::string_view bytes) { return std::string(bytes); });
}

Result<std::vector<PartialShape>> AttrReader::Shapes(std::string_view name) const {
  return List<PartialShape>(name, 7, WireType::kBytes, [](std::string_view bytes) { return ShapeFromBytes(bytes); });
}

Result<std::vector<smcli::Tensor>> AttrReader::Tensors(std::string_view name) const {
  const std::shared_ptr<const void> owner = source_.keep_alive != nullptr ? *source_.keep_alive : nullptr;
  return List<smcli::Tensor>(name, 8, WireType::kBytes,
                             [&](std::string_view bytes) { return TensorFromBytes(bytes, owner); });
}

Result<std::vector<FuncAttr>> AttrReader::Funcs(std::string_view name) const {
  return List<FuncAttr>(name, kListFuncField, WireType::kBytes, [](std::string_view bytes) { return ReadFunc(bytes); });
}

DataType AttrReader::Type(std::string_view name, DataType fallback) const {
  const auto value = Type(name);
  return value.ok() ? *value : fallback;
}

int64_t AttrReader::Int(std::string_view name, int64_t fallback) const {
  const auto value = Int(name);
  return value.ok() ? *value : fallback;
}

float AttrReader::Float(std::string_view name, float fallback) const {
  const auto value = Float(name);
  return value.ok() ? *value : fallback;
}

bool AttrReader::Bool(std::string_view name, bool fallback) const {
  const auto value = Bool(name);
  return value.ok() ? *value : fallback;
}

std::string AttrReader::String(std::string_view name, std::string_view fallback) const {
  auto value = String(name);
  return value.ok() ? *std::move(value) : std::string(fallback);
}

Result<int32_t> NumTensors(const AttrReader& attrs, const ArgSchema& arg) {
  if (arg.single()) return 1;
  int64_t count = 0;
  if (!arg.type_list_attr.empty()) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<DataType> types, attrs.Types(arg.type_list_attr));
    count = static_cast<int64_t>(types.size());
  } else {
    SMCLI_ASSIGN_OR_RETURN(count, attrs.Int(arg.number_attr));
  }
  if (count < 0 || count > kMaxArity) {
    return InvalidModelError("node '{}' ({}): argument '{}' stands for {} tensors (InputCountMismatch)", attrs.node(),
                             attrs.op(), arg.name, count);
  }
  return static_cast<int32_t>(count);
}

namespace {

Error TooMany(const AttrReader& attrs) {
  return InvalidModelError("node '{}' ({}) has more than {} inputs or outputs (InputCountMismatch)", attrs.node(),
                           attrs.op(), kMaxArity);
}

Result<int32_t> CountTensors(const AttrReader& attrs, const std::vector<ArgSchema>& args, bool fixed) {
  if (fixed) return static_cast<int32_t>(args.size());
  int64_t total = 0;
  for (const ArgSchema& arg : args) {
    SMCLI_ASSIGN_OR_RETURN(const int32_t count, NumTensors(attrs, arg));
    total += count;
    if (total > kMaxArity) return TooMany(attrs);
  }
  return static_cast<int32_t>(total);
}

Result<ArgTypes> FlattenTypes(const AttrReader& attrs, const std::vector<ArgSchema>& args) {
  ArgTypes flat;
  for (const ArgSchema& arg : args) {
    if (!arg.type_list_attr.empty()) {
      SMCLI_ASSIGN_OR_RETURN(const std::vector<DataType> types, attrs.Types(arg.type_list_attr));
      flat.types.insert(flat.types.end(), types.begin(), types.end());
    } else {
      DataType type = arg.type;
      if (!arg.type_attr.empty()) {
        SMCLI_ASSIGN_OR_RETURN(type, attrs.Type(arg.type_attr));
      }
      SMCLI_ASSIGN_OR_RETURN(const int32_t count, NumTensors(attrs, arg));
      flat.types.insert(flat.types.end(), static_cast<size_t>(count), type);
    }
    if (flat.types.size() > static_cast<size_t>(kMaxArity)) return TooMany(attrs);
    flat.is_ref.resize(flat.types.size(), arg.is_ref);
  }
  return flat;
}

}  // namespace

Result<ArgTypes> InputTypes(const AttrReader& attrs) { return FlattenTypes(attrs, attrs.schema()->inputs); }
Result<ArgTypes> OutputTypes(const AttrReader& attrs) { return FlattenTypes(attrs, attrs.schema()->outputs); }

Result<int32_t> NumInputs(const AttrReader& attrs) {
  return CountTensors(attrs, attrs.schema()->inputs, attrs.schema()->fixed_inputs);
}

Result<int32_t> NumOutputs(const AttrReader& attrs) {
  return CountTensors(attrs, attrs.schema()->outputs, attrs.schema()->fixed_outputs);
}

}  // namespace smcli
