// The bytes of AttrValue messages: which member is set, and making them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/wire.h"
#include "model/op_defs.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace smcli {

// Field numbers of AttrValue; those of AttrValue.ListValue are the same, but for func.
enum class AttrField : uint32_t {
  kNone = 0,
  kList = 1,
  kString = 2,
  kInt = 3,
  kFloat = 4,
  kBool = 5,
  kType = 6,
  kShape = 7,
  kTensor = 8,
  kPlaceholder = 9,
  kFunc = 10,
};
inline constexpr uint32_t kListFuncField = 9;

AttrField FieldOf(AttrKind kind);
// "int", "list", "nothing": for messages.
std::string_view Name(AttrField field);

// The member that is set: the last one on the wire, as in every oneof.
struct AttrMember {
  AttrField which = AttrField::kNone;
  WireField field;
  int count = 0;  // of known members; above 1 the message came in an unusual form
};
Result<AttrMember> ReadAttrMember(std::string_view attr_value);

std::string IntAttr(int64_t value);
std::string FloatAttr(float value);
std::string BoolAttr(bool value);
std::string StringAttr(std::string_view value);
std::string TypeAttr(DataType value);
std::string ShapeAttr(const PartialShape& value);
std::string FunctionAttr(std::string_view name);

// The bytes of a TensorShapeProto.
std::string ShapeBytes(const PartialShape& shape);

// A default of op_defs.txt as bytes of an AttrValue; nullopt for tensors, whose values the table does not hold.
std::optional<std::string> AttrFromText(AttrKind kind, bool list, std::string_view text);
// A string literal of op_defs.txt, quotes included.
std::string UnquoteOpText(std::string_view quoted);
// "[a,b]" or "{a,b}" without its brackets, cut at the commas that are in no quotes and no inner brackets.
std::vector<std::string_view> SplitOpText(std::string_view items);

}  // namespace smcli
