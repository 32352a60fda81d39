#include "transform/attr_lists.h"

#include "base/wire.h"
#include "model/attr_value.h"

namespace smcli {
namespace {

std::string ListAttr(std::string_view list) {
  std::string attr;
  AppendBytesField(static_cast<uint32_t>(AttrField::kList), list, attr);
  return attr;
}

// A NameAttrList.
std::string NameAttrList(const FuncAttr& function) {
  std::string bytes;
  AppendBytesField(1, function.name, bytes);
  for (const auto& [name, value] : function.attrs) {
    std::string entry;
    AppendBytesField(1, name, entry);
    AppendBytesField(2, value, entry);
    AppendBytesField(2, entry, bytes);
  }
  return bytes;
}

}  // namespace

std::string TypesAttr(std::span<const DataType> types) {
  std::string packed, list;
  for (DataType type : types) AppendVarint(static_cast<uint64_t>(static_cast<int>(type)), packed);
  if (!packed.empty()) AppendBytesField(static_cast<uint32_t>(AttrField::kType), packed, list);
  return ListAttr(list);
}

std::string ShapesAttr(std::span<const PartialShape> shapes) {
  std::string list;
  for (const PartialShape& shape : shapes) {
    AppendBytesField(static_cast<uint32_t>(AttrField::kShape), ShapeBytes(shape), list);
  }
  return ListAttr(list);
}

std::string StringsAttr(std::span<const std::string> strings) {
  std::string list;
  for (const std::string& text : strings) AppendBytesField(static_cast<uint32_t>(AttrField::kString), text, list);
  return ListAttr(list);
}

std::string FuncAttrBytes(const FuncAttr& function) {
  std::string attr;
  AppendBytesField(static_cast<uint32_t>(AttrField::kFunc), NameAttrList(function), attr);
  return attr;
}

std::string FuncsAttr(std::span<const FuncAttr> functions) {
  std::string list;
  for (const FuncAttr& function : functions) AppendBytesField(kListFuncField, NameAttrList(function), list);
  return ListAttr(list);
}

}  // namespace smcli
