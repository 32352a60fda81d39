// JSON, the one door to nlohmann/json. Json is a value read from a file; JsonWriter writes text, the same for the same
// calls. Both keep the order of members.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace smcli {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // names are unique, in the file's order

  Json() = default;  // null
  explicit Json(bool value) : value_(value) {}
  explicit Json(int64_t value) : value_(value) {}
  explicit Json(uint64_t value) : value_(value) {}
  explicit Json(double value) : value_(value) {}
  explicit Json(std::string value) : value_(std::move(value)) {}
  explicit Json(Array value) : value_(std::move(value)) {}
  explicit Json(Object value) : value_(std::move(value)) {}

  // `InvalidModelError` with line and column for text that is not JSON, nests deeper than `max_depth`, or names a
  // member twice. The bare words NaN, Infinity and -Infinity, which TensorFlow Serving takes, are read as the strings
  // that JsonWriter makes of these numbers. Integers beyond 64 bits become doubles.
  static Result<Json> Parse(std::string_view text, int max_depth = 100);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // Null where the value is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Array* mutable_array() { return std::get_if<Array>(&value_); }
  Object* mutable_object() { return std::get_if<Object>(&value_); }

  // A number that an int64 holds exactly, 3.0 and 1e3 included; else nullopt.
  std::optional<int64_t> integer() const;
  // Likewise for uint64.
  std::optional<uint64_t> unsigned_integer() const;
  // Any number, and the strings "NaN", "Infinity" and "-Infinity"; else nullopt.
  std::optional<double> number() const;
  // Written without a fraction or exponent: 3, not 3.0.
  bool is_integer() const {
    return std::holds_alternative<int64_t>(value_) || std::holds_alternative<uint64_t>(value_);
  }

  // The member of an object; null where there is none or this is no object.
  const Json* Find(std::string_view name) const;

  // "null", "a boolean", "a number", "a string", "an array", "an object": for messages.
  std::string_view KindName() const;

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

// Appends JSON to a string. The caller keeps the grammar: a Key before each value of an object, an End for each Begin.
class JsonWriter {
 public:
  enum class Layout {
    kLines,  // every member or element on a line of its own, indented by two blanks
    kLine,   // all on one line, blanks after ':' and ','
  };

  explicit JsonWriter(std::string& out, Layout layout = Layout::kLines) : out_(out), layout_(layout) {}

  // What is begun with kLine, and all inside it, stands on one line: a shape, a row of numbers.
  void BeginObject(Layout layout = Layout::kLines) { Begin('{', layout); }
  void EndObject() { End('}'); }
  void BeginArray(Layout layout = Layout::kLines) { Begin('[', layout); }
  void EndArray() { End(']'); }
  // Bytes that are not UTF-8 become U+FFFD.
  void Key(std::string_view name);

  void Null();
  void Bool(bool value);
  void Int(int64_t value);
  void Uint(uint64_t value);
  // The shortest digits that read back as the same number, always with a point or an exponent; "NaN", "Infinity" and
  // "-Infinity" as strings.
  void Float(float value);
  void Double(double value);
  // Text as it is; bytes that are not UTF-8 as {"b64": "..."}.
  void String(std::string_view value);
  void Value(const Json& value);
  // A value that is JSON already.
  void Raw(std::string_view json);

 private:
  struct Level {
    Layout layout;
    bool empty;
  };

  void Begin(char bracket, Layout layout);
  void End(char bracket);
  void BeforeValue();
  void Separate();
  void NewLine();

  std::string& out_;
  Layout layout_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace smcli
