#include "formats/python_value.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "base/utf8.h"
#include "tensor/float_text.h"
#include "tensor/print.h"

namespace smcli {

namespace {

// repr() of a str: like bytes, but printable characters beyond ASCII stand as they are.
std::string TextRepr(std::string_view text) {
  const bool double_quotes = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string out(1, quote);
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    const std::string_view piece = text.substr(0, static_cast<size_t>(point.length));
    text.remove_prefix(piece.size());
    if (point.value == static_cast<uint32_t>(quote) || point.value == '\\') out += '\\';
    out += IsControl(point.value) || point.value == CodePoint::kInvalid ? Escaped(piece) : std::string(piece);
  }
  return out + quote;
}

std::string Joined(const PythonValue::Items& items) {
  std::string out;
  for (const PythonValue& item : items) {
    if (!out.empty()) out += ", ";
    out += item.Repr();
  }
  return out;
}

std::string DictRepr(const PythonValue::Dict& dict) {
  std::string out;
  for (const auto& [key, value] : dict.entries) {
    if (!out.empty()) out += ", ";
    out += key.Repr() + ": " + value.Repr();
  }
  return "{" + out + "}";
}

std::optional<double> RealNumber(const PythonValue& value) {
  if (const bool* v = value.boolean()) return *v ? 1 : 0;
  if (const int64_t* v = value.integer()) return static_cast<double>(*v);
  if (const uint64_t* v = value.large_integer()) return static_cast<double>(*v);
  if (const double* v = value.real()) return *v;
  return std::nullopt;
}

bool SameItems(const PythonValue::Items& a, const PythonValue::Items& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i].Equals(b[i])) return false;
  }
  return true;
}

bool SameDict(const PythonValue::Dict& a, const PythonValue::Dict& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    bool found = false;
    for (const auto& [other_key, other] : b.entries) found = found || (key.Equals(other_key) && value.Equals(other));
    if (!found) return false;
  }
  return true;
}

}  // namespace

const std::string* PythonValue::bytes() const {
  const Bytes* value = std::get_if<Bytes>(&value_);
  return value ? &value->bytes : nullptr;
}

const PythonValue::Items* PythonValue::list() const {
  const List* value = std::get_if<List>(&value_);
  return value ? &value->items : nullptr;
}

const PythonValue::Items* PythonValue::tuple() const {
  const Tuple* value = std::get_if<Tuple>(&value_);
  return value ? &value->items : nullptr;
}

const PythonValue::Items* PythonValue::sequence() const { return list() ? list() : tuple(); }

std::string_view PythonValue::TypeName() const {
  static constexpr std::string_view kNames[] = {"NoneType", "bool", "int",   "int",  "float", "complex",      "str",
                                                "bytes",    "list", "tuple", "dict", "name",  "numpy.ndarray"};
  static_assert(std::size(kNames) == std::variant_size_v<decltype(value_)>);
  return kNames[value_.index()];
}

std::string PythonValue::Repr() const {
  if (is_none()) return "None";
  if (const bool* v = boolean()) return *v ? "True" : "False";
  if (const int64_t* v = integer()) return fmt::format("{}", *v);
  if (const uint64_t* v = large_integer()) return fmt::format("{}", *v);
  if (const double* v = real()) return FloatScalarText(*v, FloatWidth::kDouble);
  if (const auto* v = complex()) return ComplexScalarText(v->real(), v->imag(), FloatWidth::kDouble);
  if (const std::string* v = text()) return TextRepr(*v);
  if (const std::string* v = bytes()) return PythonBytesText(*v);
  if (const Items* v = list()) return "[" + Joined(*v) + "]";
  if (const Items* v = tuple()) return "(" + Joined(*v) + (v->size() == 1 ? ",)" : ")");
  if (const Dict* v = dict()) return DictRepr(*v);
  if (const Name* v = name()) return v->path;
  return NumpyText(*array());
}

bool PythonValue::Equals(const PythonValue& other) const {
  if (integer() && other.integer()) return *integer() == *other.integer();
  const std::optional<double> a = RealNumber(*this), b = RealNumber(other);
  if (a || b) return a && b && *a == *b;
  if (is_none() || other.is_none()) return is_none() && other.is_none();
  if (value_.index() != other.value_.index()) return false;
  if (complex()) return *complex() == *other.complex();
  if (text()) return *text() == *other.text();
  if (bytes()) return *bytes() == *other.bytes();
  if (sequence()) return SameItems(*sequence(), *other.sequence());
  if (dict()) return SameDict(*dict(), *other.dict());
  return false;
}

}  // namespace smcli
