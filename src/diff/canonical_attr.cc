#include "diff/canonical_attr.h"

#include <map>

#include "base/wire.h"
#include "model/attr_value.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// Functions whose attributes are functions whose ...: nobody nests so deep.
constexpr int kMaxDepth = 16;

constexpr uint32_t kNameField = 1, kAttrField = 2;  // of NameAttrList
constexpr uint32_t kEntryKey = 1, kEntryValue = 2;  // of every map

class AttrCanonicalizer {
 public:
  AttrCanonicalizer(const FunctionDigests& functions, std::string& out) : functions_(functions), out_(out) {}

  void Append(std::string_view attr_value, int depth) {
    const auto member = ReadAttrMember(attr_value);
    if (!member.ok() || depth > kMaxDepth) return AppendRaw(attr_value);
    out_ += static_cast<char>(member->which);
    if (member->which == AttrField::kList) {
      AppendList(member->field.bytes, depth);
    } else {
      AppendMember(static_cast<uint32_t>(member->which), member->field, depth);
    }
  }

 private:
  void AppendRaw(std::string_view bytes) {
    out_ += '\xff';
    AppendText(bytes, out_);
  }

  void AppendMember(uint32_t number, const WireField& field, int depth) {
    switch (static_cast<AttrField>(number)) {
      case AttrField::kNone: break;
      case AttrField::kShape: AppendShape(field.bytes); break;
      case AttrField::kTensor: AppendCanonicalTensor(field.bytes, out_); break;
      case AttrField::kFunc: AppendFunc(field.bytes, depth); break;
      default: field.type == WireType::kBytes ? AppendText(field.bytes, out_) : AppendNumber(field.value, out_);
    }
  }

  void AppendShape(std::string_view bytes) {
    const auto shape = ShapeFromBytes(bytes);
    if (!shape.ok()) return AppendRaw(bytes);
    AppendNumber(static_cast<uint64_t>(static_cast<int64_t>(shape->rank())), out_);
    for (const int64_t dim : shape->dims()) AppendNumber(static_cast<uint64_t>(dim), out_);
  }

  void AppendFunc(std::string_view name_attr_list, int depth) {
    std::string_view name;
    std::map<std::string_view, std::string_view> attrs;
    WireReader reader(name_attr_list);
    WireField field;
    while (reader.Next(field)) {
      if (field.is(kNameField, WireType::kBytes)) name = field.bytes;
      if (!field.is(kAttrField, WireType::kBytes)) continue;
      std::string_view key, value;
      WireReader entry(field.bytes);
      WireField part;
      while (entry.Next(part)) {
        if (part.is(kEntryKey, WireType::kBytes)) key = part.bytes;
        if (part.is(kEntryValue, WireType::kBytes)) value = part.bytes;
      }
      if (!key.starts_with('_')) attrs[key] = value;
    }
    AppendFunction(name, functions_, out_);
    AppendNumber(attrs.size(), out_);
    for (const auto& [key, value] : attrs) {
      AppendText(key, out_);
      Append(value, depth + 1);
    }
  }

  void AppendList(std::string_view list, int depth) {
    WireReader reader(list);
    WireField field;
    while (reader.Next(field)) {
      if (field.number == kListFuncField) field.number = static_cast<uint32_t>(AttrField::kFunc);
      const auto kind = static_cast<AttrField>(field.number);
      const bool number = kind == AttrField::kInt || kind == AttrField::kBool || kind == AttrField::kType;
      if (field.type == WireType::kBytes && (number || kind == AttrField::kFloat)) {
        AppendPacked(field);
        continue;
      }
      out_ += static_cast<char>(field.number);
      AppendMember(field.number, field, depth + 1);
    }
    out_ += '\0';
  }

  void AppendPacked(const WireField& field) {
    const auto item = [&](uint64_t value) {
      out_ += static_cast<char>(field.number);
      AppendNumber(value, out_);
    };
    if (field.number != static_cast<uint32_t>(AttrField::kFloat)) {
      if (!ForEachPackedVarint(field.bytes, item)) AppendRaw(field.bytes);
      return;
    }
    for (size_t i = 0; i + 4 <= field.bytes.size(); i += 4) {
      uint32_t bits;
      std::memcpy(&bits, field.bytes.data() + i, sizeof bits);
      item(bits);
    }
    if (field.bytes.size() % 4 != 0) AppendRaw(field.bytes);
  }

  const FunctionDigests& functions_;
  std::string& out_;
};

}  // namespace

bool AttrCounts(std::string_view op, std::string_view attr) {
  if (attr.starts_with('_') || attr == "config_proto" || attr == "debug_name") return false;
  return attr != "shared_name" || op.find("HashTable") == op.npos;
}

void AppendFunction(std::string_view name, const FunctionDigests& functions, std::string& out) {
  const auto found = functions.find(name);
  if (found == functions.end()) {
    out += 'n';
    AppendText(name, out);
  } else {
    out += 'f';
    AppendDigest(found->second, out);
  }
}

void AppendCanonicalAttr(std::string_view attr_value, const FunctionDigests& functions, std::string& out) {
  AttrCanonicalizer(functions, out).Append(attr_value, 0);
}

}  // namespace smcli
