#include "inspect/python_repr.h"

#include <fmt/format.h>

#include <cmath>

#include "base/utf8.h"

namespace smcli {
namespace {

std::string DtypeName(const StructuredValue& value) {
  std::string name(NumpyName(value.dtype));
  return IsRefNumber(value.dtype_number) ? name + "_ref" : name;
}

// The dimensions as str(TensorShape) lists them: "(None, 2)", "(3,)", "<unknown>".
std::string ShapeStr(const PartialShape& shape) {
  if (!shape.known_rank()) return "<unknown>";
  std::string out;
  for (int64_t dim : shape.dims()) {
    if (!out.empty()) out += ", ";
    out += dim < 0 ? "None" : fmt::format("{}", dim);
  }
  return shape.rank() == 1 ? "(" + out + ",)" : "(" + out + ")";
}

std::string ShapeRepr(const PartialShape& shape) {
  if (!shape.known_rank()) return "TensorShape(None)";
  std::string out;
  for (int64_t dim : shape.dims()) {
    if (!out.empty()) out += ", ";
    out += dim < 0 ? "None" : fmt::format("{}", dim);
  }
  return "TensorShape([" + out + "])";
}

std::string Join(const std::vector<StructuredValue>& items) {
  std::string out;
  for (const StructuredValue& item : items) {
    if (!out.empty()) out += ", ";
    out += PythonRepr(item);
  }
  return out;
}

// Entries of a dict ('k': v) or fields of a named tuple (k=v).
std::string JoinPairs(const StructuredValue& value, bool fields) {
  std::string out;
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) out += ", ";
    out += fields ? value.keys[i] + "=" : PythonRepr(value.keys[i]) + ": ";
    out += PythonRepr(value.items[i]);
  }
  return out;
}

std::string SpecRepr(const StructuredValue& value) {
  std::string out = fmt::format("shape={}, dtype=tf.{}, name={}", ShapeStr(value.shape), DtypeName(value),
                                value.name.empty() ? "None" : PythonRepr(value.name));
  if (!value.bounded) return "TensorSpec(" + out + ")";
  static constexpr std::string_view kBounds[] = {"minimum", "maximum"};
  for (size_t i = 0; i < value.items.size() && i < 2; ++i)
    out += fmt::format(", {}={}", kBounds[i], PythonRepr(value.items[i]));
  return "BoundedTensorSpec(" + out + ")";
}

std::string ClassName(std::string_view qualified) { return std::string(qualified.substr(qualified.rfind('.') + 1)); }

}  // namespace

std::string PythonRepr(std::string_view text) {
  const bool single = text.find('\'') != std::string_view::npos;
  const char quote = single && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (char c : text) {
    if (c == quote || c == '\\') out += '\\';
    out += c;
  }
  return Escaped(out) + quote;
}

std::string PythonRepr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string PythonRepr(const StructuredValue& value) {
  using Kind = StructuredValue::Kind;
  switch (value.kind) {
    case Kind::kUnset:
    case Kind::kNone: return "None";
    case Kind::kFloat: return PythonRepr(value.float_value);
    case Kind::kInt: return fmt::format("{}", value.int_value);
    case Kind::kString: return PythonRepr(std::string_view(value.name));
    case Kind::kBool: return value.bool_value ? "True" : "False";
    case Kind::kShape: return ShapeRepr(value.shape);
    case Kind::kDtype: return "tf." + DtypeName(value);
    case Kind::kTensorSpec: return SpecRepr(value);
    case Kind::kTypeSpec: return ClassName(value.name) + (value.items.empty() ? "()" : PythonRepr(value.items[0]));
    case Kind::kList: return "[" + Join(value.items) + "]";
    case Kind::kTuple: return "(" + Join(value.items) + (value.items.size() == 1 ? ",)" : ")");
    case Kind::kDict: return "{" + JoinPairs(value, false) + "}";
    case Kind::kNamedTuple: return ClassName(value.name) + "(" + JoinPairs(value, true) + ")";
    case Kind::kTensor:
    case Kind::kNumpy: return fmt::format("<{} {}>", Name(value.tensor.dtype()), value.tensor.shape().ToString());
  }
  return "None";
}

std::string PythonStr(const StructuredValue& value) {
  using Kind = StructuredValue::Kind;
  if (value.kind == Kind::kString) return Escaped(value.name);
  if (value.kind == Kind::kShape) return ShapeStr(value.shape);
  if (value.kind == Kind::kDtype) return "<dtype: '" + DtypeName(value) + "'>";
  return PythonRepr(value);
}

std::string PythonTypeName(const StructuredValue& value) {
  using Kind = StructuredValue::Kind;
  switch (value.kind) {
    case Kind::kUnset:
    case Kind::kNone: return "NoneType";
    case Kind::kFloat: return "float";
    case Kind::kInt: return "int";
    case Kind::kString: return "str";
    case Kind::kBool: return "bool";
    case Kind::kShape: return "TensorShape";
    case Kind::kDtype: return "DType";
    case Kind::kTensorSpec: return value.bounded ? "BoundedTensorSpec" : "TensorSpec";
    case Kind::kTypeSpec: return ClassName(value.name);
    case Kind::kList: return "list";
    case Kind::kTuple: return "tuple";
    case Kind::kDict: return "dict";
    case Kind::kNamedTuple: return ClassName(value.name);
    case Kind::kTensor: return "EagerTensor";
    case Kind::kNumpy: return "ndarray";
  }
  return "NoneType";
}

}  // namespace smcli
