#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/base64.h"
#include "base/json.h"
#include "base/utf8.h"

namespace smcli {
namespace {

// A string literal. Besides what JSON demands, everything a terminal would obey is escaped.
void AppendLiteral(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    const auto length = static_cast<size_t>(point.length);
    switch (point.value) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case CodePoint::kInvalid: out += "\xef\xbf\xbd"; break;
      default:
        if (IsControl(point.value)) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", point.value);
        } else {
          out += text.substr(0, length);
        }
    }
    text.remove_prefix(length);
  }
  out += '"';
}

template <typename T>
void AppendReal(T value, std::string& out) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    const size_t begin = out.size();
    fmt::format_to(std::back_inserter(out), "{}", value);
    if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
  }
}

}  // namespace

void JsonWriter::NewLine() {
  out_ += '\n';
  out_.append(2 * levels_.size(), ' ');
}

void JsonWriter::Separate() {
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) out_ += level.layout == Layout::kLine ? ", " : ",";
  level.empty = false;
  if (level.layout == Layout::kLines) NewLine();
}

void JsonWriter::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
  } else {
    Separate();
  }
}

void JsonWriter::Begin(char bracket, Layout layout) {
  BeforeValue();
  const Layout outer = levels_.empty() ? layout_ : levels_.back().layout;
  out_ += bracket;
  levels_.push_back({outer == Layout::kLine ? outer : layout, true});
}

void JsonWriter::End(char bracket) {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty && level.layout == Layout::kLines) NewLine();
  out_ += bracket;
}

void JsonWriter::Key(std::string_view name) {
  Separate();
  AppendLiteral(name, out_);
  out_ += ": ";
  after_key_ = true;
}

void JsonWriter::Null() { Raw("null"); }
void JsonWriter::Bool(bool value) { Raw(value ? "true" : "false"); }

void JsonWriter::Int(int64_t value) {
  BeforeValue();
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void JsonWriter::Uint(uint64_t value) {
  BeforeValue();
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void JsonWriter::Float(float value) {
  BeforeValue();
  AppendReal(value, out_);
}

void JsonWriter::Double(double value) {
  BeforeValue();
  AppendReal(value, out_);
}

void JsonWriter::String(std::string_view value) {
  if (!IsValidUtf8(value)) {
    BeginObject(Layout::kLine);
    Key("b64");
    String(Base64Encode(value));
    EndObject();
    return;
  }
  BeforeValue();
  AppendLiteral(value, out_);
}

void JsonWriter::Raw(std::string_view json) {
  BeforeValue();
  out_ += json;
}

// Json::Parse bounds the depth, so recursion is safe.
void JsonWriter::Value(const Json& value) {
  if (const Json::Object* object = value.object()) {
    BeginObject();
    for (const auto& [name, member] : *object) {
      Key(name);
      Value(member);
    }
    EndObject();
  } else if (const Json::Array* array = value.array()) {
    bool flat = true;
    for (const Json& element : *array) flat = flat && !element.array() && !element.object();
    BeginArray(flat ? Layout::kLine : Layout::kLines);
    for (const Json& element : *array) Value(element);
    EndArray();
  } else if (const std::string* text = value.string()) {
    String(*text);
  } else if (const bool* boolean = value.boolean()) {
    Bool(*boolean);
  } else if (value.is_integer()) {
    const auto small = value.integer();
    small ? Int(*small) : Uint(*value.unsigned_integer());
  } else if (const auto number = value.number()) {
    Double(*number);
  } else {
    Null();
  }
}

}  // namespace smcli
