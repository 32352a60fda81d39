#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace smcli {
namespace {

using Library = nlohmann::json;

// Builds a Json from the library's events. Open containers lie on a list, so depth costs no stack.
class Builder : public nlohmann::json_sax<Library> {
 public:
  explicit Builder(int max_depth) : max_depth_(max_depth) {}

  bool null() override { return Add(Json()); }
  bool boolean(bool value) override { return Add(Json(value)); }
  bool number_integer(int64_t value) override { return Add(Json(value)); }
  bool number_unsigned(uint64_t value) override {
    return Add(value <= INT64_MAX ? Json(static_cast<int64_t>(value)) : Json(value));
  }
  bool number_float(double value, const std::string&) override { return Add(Json(value)); }
  bool string(std::string& value) override { return Add(Json(std::move(value))); }
  bool binary(Library::binary_t&) override { return Fail("binary values do not occur in text"); }
  bool start_object(size_t) override { return Open(Json(Json::Object())); }
  bool start_array(size_t) override { return Open(Json(Json::Array())); }
  bool end_object() override { return UniqueNames(*open_.back().value.object()) && Close(); }
  bool end_array() override { return Close(); }
  bool key(std::string& name) override {
    open_.back().name = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string&, const Library::exception& error) override {
    position_ = position;
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ...", and without a place
    // "[json.exception.out_of_range.406] number overflow ..."
    const std::string_view text = error.what();
    const size_t place = text.find(": "), name = text.find("] ");
    const size_t end = place != std::string_view::npos ? place : name;
    return Fail(std::string(end == std::string_view::npos ? text : text.substr(end + 2)));
  }

  Json TakeRoot() { return std::move(root_); }
  const std::string& reason() const { return reason_; }
  size_t position() const { return position_; }

 private:
  struct Container {
    Json value;
    std::string name;  // of the member to come
  };

  bool Fail(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
    return false;
  }

  bool Add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Container& container = open_.back(); Json::Object* object = container.value.mutable_object()) {
      object->emplace_back(std::move(container.name), std::move(value));
    } else {
      container.value.mutable_array()->push_back(std::move(value));
    }
    return true;
  }

  bool Open(Json value) {
    if (open_.size() >= static_cast<size_t>(max_depth_))
      return Fail(fmt::format("it nests deeper than {}", max_depth_));
    open_.push_back({std::move(value), {}});
    return true;
  }

  bool Close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return Add(std::move(value));
  }

  bool UniqueNames(const Json::Object& object) {
    std::vector<std::string_view> names;
    names.reserve(object.size());
    for (const auto& [name, value] : object) names.push_back(name);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    return twice == names.end() || Fail(fmt::format("the member {} occurs twice", Quoted(*twice)));
  }

  int max_depth_;
  std::vector<Container> open_;
  Json root_;
  std::string reason_;
  size_t position_ = 0;
};

// The length of NaN, Infinity or -Infinity at the start of `text`, else 0.
size_t BareWordLength(std::string_view text) {
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
    if (text.starts_with(word)) return word.size();
  }
  return 0;
}

// The same text with those words in quotes; strings are left alone.
std::string WithQuotedWords(std::string_view text) {
  std::string quoted;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (inside && text[i] == '\\' && i + 1 < text.size()) {
      quoted += text.substr(i++, 2);
      continue;
    }
    if (text[i] == '"') inside = !inside;
    const size_t length = inside ? 0 : BareWordLength(text.substr(i));
    if (length > 0) {
      quoted.append("\"").append(text.substr(i, length)).append("\"");
      i += length - 1;
    } else {
      quoted += text[i];
    }
  }
  return quoted;
}

Error ParseError(std::string_view text, const Builder& builder) {
  const std::string_view before = text.substr(0, std::min(builder.position(), text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const size_t column = before.size() - (before.rfind('\n') + 1);
  const std::string place =
      builder.position() > 0 ? fmt::format(" at line {}, column {}", line, column) : std::string();
  return InvalidModelError("not valid JSON{}: {}", place, Escaped(builder.reason()));
}

}  // namespace

Result<Json> Json::Parse(std::string_view text, int max_depth) {
  std::string quoted;
  if (text.find("NaN") != std::string_view::npos || text.find("Infinity") != std::string_view::npos) {
    quoted = WithQuotedWords(text);
    text = quoted;
  }
  Builder builder(max_depth);
  if (!Library::sax_parse(text.begin(), text.end(), &builder)) return ParseError(text, builder);
  return builder.TakeRoot();
}

std::optional<int64_t> Json::integer() const {
  if (const auto* value = std::get_if<int64_t>(&value_)) return *value;
  const auto* real = std::get_if<double>(&value_);
  if (real && *real >= -0x1p63 && *real < 0x1p63 && std::trunc(*real) == *real) return static_cast<int64_t>(*real);
  return std::nullopt;
}

std::optional<uint64_t> Json::unsigned_integer() const {
  if (const auto* value = std::get_if<uint64_t>(&value_)) return *value;
  const auto value = integer();
  return value && *value >= 0 ? std::optional<uint64_t>(*value) : std::nullopt;
}

std::optional<double> Json::number() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<uint64_t>(&value_)) return static_cast<double>(*value);
  const std::string* word = string();
  if (word == nullptr) return std::nullopt;
  if (*word == "NaN") return std::nan("");
  if (*word == "Infinity") return HUGE_VAL;
  if (*word == "-Infinity") return -HUGE_VAL;
  return std::nullopt;
}

const Json* Json::Find(std::string_view name) const {
  if (const Object* members = object()) {
    for (const auto& [key, value] : *members) {
      if (key == name) return &value;
    }
  }
  return nullptr;
}

std::string_view Json::KindName() const {
  constexpr std::string_view kNames[] = {"null",     "a boolean", "a number", "a number",
                                         "a number", "a string",  "an array", "an object"};
  return kNames[value_.index()];
}

}  // namespace smcli
