#include "base/json.h"

#include <cmath>
#include <limits>

#include "support/catch.h"

namespace smcli {
namespace {

std::string Written(const Json& value, JsonWriter::Layout layout = JsonWriter::Layout::kLine) {
  std::string text;
  JsonWriter(text, layout).Value(value);
  return text;
}

TEST_CASE("what is read is written again, in the same order and with the same digits") {
  for (const std::string_view text :
       {"null", "true", "[]", "{}", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "0.1",
        "1.0", "1e+300", "\"\"", R"("a\"\\\n\u0001é")", R"({"z": 1, "a": [1, [2], {"b": null}]})"}) {
    CHECK(Written(Value(Json::Parse(text))) == text);
  }
}

TEST_CASE("members and elements stand on lines of their own, flat arrays on one") {
  const Json value = Value(Json::Parse(R"({"shape":[1,2],"rows":[[1],[2]],"none":{}})"));
  CHECK(Written(value, JsonWriter::Layout::kLines) == R"({
  "shape": [1, 2],
  "rows": [
    [1],
    [2]
  ],
  "none": {}
})");
}

TEST_CASE("numbers that JSON lacks are strings, and come back as numbers") {
  std::string text;
  JsonWriter writer(text, JsonWriter::Layout::kLine);
  writer.BeginArray();
  writer.Double(std::nan(""));
  writer.Double(HUGE_VAL);
  writer.Float(-HUGE_VALF);
  writer.Float(0.1f);
  writer.Double(0.1f);
  writer.Double(1e22);
  writer.Double(-0.0);
  writer.Int(std::numeric_limits<int64_t>::min());
  writer.EndArray();
  CHECK(text == R"(["NaN", "Infinity", "-Infinity", 0.1, 0.10000000149011612, 1e+22, -0.0, -9223372036854775808])");
  const Json value = Value(Json::Parse(text));
  CHECK(std::isnan(*value.array()->at(0).number()));
  CHECK(*value.array()->at(1).number() == HUGE_VAL);
  CHECK(*value.array()->at(2).number() == -HUGE_VAL);
}

TEST_CASE("bytes that are not UTF-8 are base64, and what a terminal obeys is escaped") {
  std::string text;
  JsonWriter writer(text, JsonWriter::Layout::kLine);
  writer.BeginObject();
  writer.Key("k\xff");
  writer.String("\xff\xfe");
  writer.Key("esc");
  writer.String("\x1b\u202e");
  writer.EndObject();
  CHECK(text == "{\"k\xef\xbf\xbd\": {\"b64\": \"//4=\"}, \"esc\": \"\\u001b\\u202e\"}");
}

TEST_CASE("NaN and Infinity without quotes are read too, outside strings only") {
  const Json value = Value(Json::Parse(R"([NaN, -Infinity, Infinity, "a NaN \" NaN", {"NaN": 1}])"));
  CHECK(std::isnan(*value.array()->at(0).number()));
  CHECK(*value.array()->at(1).number() == -HUGE_VAL);
  CHECK(*value.array()->at(2).number() == HUGE_VAL);
  CHECK(*value.array()->at(3).string() == "a NaN \" NaN");
  CHECK(value.array()->at(4).Find("NaN")->integer() == 1);
}

TEST_CASE("integers are exact, and a number is an integer when its value is one") {
  CHECK(Value(Json::Parse("9007199254740993")).integer() == 9007199254740993);
  CHECK(Value(Json::Parse("3.0")).integer() == 3);
  CHECK_FALSE(Value(Json::Parse("3.0")).is_integer());
  CHECK_FALSE(Value(Json::Parse("3.5")).integer().has_value());
  CHECK_FALSE(Value(Json::Parse("1e30")).integer().has_value());
  CHECK_FALSE(Value(Json::Parse("18446744073709551615")).integer().has_value());
  CHECK(Value(Json::Parse("18446744073709551615")).unsigned_integer() == UINT64_MAX);
  CHECK_FALSE(Value(Json::Parse("-1")).unsigned_integer().has_value());
  CHECK_FALSE(Value(Json::Parse("\"x\"")).number().has_value());
}

TEST_CASE("what is not JSON is refused with its place") {
  CHECK_FAILS(Json::Parse("{\n  \"a\": x}"), ErrorKind::kInvalidModel, "line 2, column 8");
  CHECK_FAILS(Json::Parse(R"({"a": 1, "b": 2, "a": 3})"), ErrorKind::kInvalidModel, "\"a\" occurs twice");
  for (const std::string_view bad :
       {"", "[", "[1,]", "{\"a\"}", "1 2", "\"\xff\"", "\"\\ud800\"", "nul", "NaNa", "+1", "01", "\"a\nb\"", "1e999"}) {
    INFO(bad);
    CHECK_FALSE(Json::Parse(bad).ok());
  }
}

TEST_CASE("depth is bounded, whatever the file says") {
  CHECK(Json::Parse(std::string(100, '[') + std::string(100, ']')).ok());
  CHECK_FAILS(Json::Parse(std::string(101, '[') + std::string(101, ']')), ErrorKind::kInvalidModel, "deeper than 100");
  CHECK_FAILS(Json::Parse(std::string(1'000'000, '[')), ErrorKind::kInvalidModel, "deeper than 100");
}

TEST_CASE("every truncation of a document is refused, none crashes") {
  const std::string text = R"({"a": [1, 2.5, "x\u00e9"], "b": {"c": NaN}})";
  for (size_t length = 0; length < text.size(); ++length) CHECK_FALSE(Json::Parse(text.substr(0, length)).ok());
}

}  // namespace
}  // namespace smcli
