#include "model/attr_text.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "model/attr_value.h"
#include "model/spec_text.h"
#include "tensor/print.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

constexpr int64_t kFewElements = 8;
constexpr int kFewItems = 32;  // of a list

std::string DtypeNumberText(int number) {
  const std::optional<DataType> dtype = DataTypeFromNumber(number);
  return DtypeText(dtype.value_or(DataType::kInvalid), number);
}

std::string ShapeText(std::string_view bytes) {
  const Result<PartialShape> shape = ShapeFromBytes(bytes);
  return !shape.ok() ? "(unreadable shape)" : shape->known_rank() ? shape->ToString() : "[...]";
}

std::string TensorText(std::string_view bytes) {
  const Result<TensorHeader> header = ReadTensorHeader(bytes);
  if (!header.ok()) return "(unreadable tensor)";
  const std::string type = TypeText(DtypeText(header->dtype, header->dtype_number), header->shape);
  const std::optional<Shape> shape = header->shape.ToShape();
  if (!shape || shape->num_elements() > kFewElements || shape->num_elements() == 0) return type;
  const Result<Tensor> tensor = TensorFromBytes(bytes);
  if (!tensor.ok()) return type;
  std::string values;
  for (const char c : NumpyText(*tensor)) {
    if (c != '\n') values += c;
  }
  return fmt::format("{} {}", type, values);
}

std::string FunctionText(std::string_view name_attr_list) {
  WireReader reader(name_attr_list);
  WireField field;
  std::string_view name;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) name = field.bytes;  // NameAttrList.name
  }
  return std::string(name);
}

// One value, of the member that `kind` names.
std::string ItemText(AttrField kind, const WireField& field) {
  switch (kind) {
    case AttrField::kString: return Quoted(field.bytes);
    case AttrField::kInt: return fmt::format("{}", field.as_int64());
    case AttrField::kFloat: return fmt::format("{}", field.as_float());
    case AttrField::kBool: return field.value != 0 ? "true" : "false";
    case AttrField::kType: return DtypeNumberText(field.as_int32());
    case AttrField::kShape: return ShapeText(field.bytes);
    case AttrField::kTensor: return TensorText(field.bytes);
    case AttrField::kPlaceholder: return "$" + std::string(field.bytes);
    case AttrField::kFunc: return FunctionText(field.bytes);
    case AttrField::kNone:
    case AttrField::kList: break;
  }
  return "";
}

class ListText {
 public:
  std::string Of(std::string_view list_value) {
    WireReader reader(list_value);
    WireField field;
    while (reader.Next(field)) {
      const AttrField kind = field.number == kListFuncField ? AttrField::kFunc : static_cast<AttrField>(field.number);
      const bool holds_bytes = kind == AttrField::kString || kind == AttrField::kShape || kind == AttrField::kTensor ||
                               kind == AttrField::kFunc;
      if (field.type == WireType::kBytes && !holds_bytes) {
        AddPacked(kind, field.bytes);
      } else {
        Add(kind, field);
      }
    }
    if (count_ > kFewItems) text_ += fmt::format(",...({} more)", count_ - kFewItems);
    return fmt::format("[{}]", text_);
  }

 private:
  void Add(AttrField kind, const WireField& field) {
    if (++count_ > kFewItems) return;
    if (count_ > 1) text_ += ',';
    text_ += ItemText(kind, field);
  }

  void AddPacked(AttrField kind, std::string_view packed) {
    WireField field;
    if (kind == AttrField::kFloat) {
      for (size_t at = 0; at + 4 <= packed.size(); at += 4) {
        uint32_t bits;
        std::memcpy(&bits, packed.data() + at, sizeof bits);
        field.value = bits;
        Add(kind, field);
      }
      return;
    }
    ForEachPackedVarint(packed, [&](uint64_t value) {
      field.value = value;
      Add(kind, field);
    });
  }

  std::string text_;
  int64_t count_ = 0;
};

}  // namespace

std::string AttrText(std::string_view attr_value) {
  const Result<AttrMember> member = ReadAttrMember(attr_value);
  if (!member.ok()) return "(unreadable)";
  if (member->which == AttrField::kNone) return "(nothing)";
  if (member->which == AttrField::kList) return ListText().Of(member->field.bytes);
  return ItemText(member->which, member->field);
}

}  // namespace smcli
