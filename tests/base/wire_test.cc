#include "base/wire.h"

#include <vector>

#include "support/catch.h"

namespace smcli {
namespace {

// What is wrong with a message, or "" when nothing is.
std::string Fault(std::string_view message) {
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) {
  }
  return reader.ok() ? "" : reader.status().error().message();
}

TEST_CASE("fields come one after another with number, type and value") {
  std::string message;
  AppendVarintField(1, 300, message);
  AppendBytesField(2, "abc", message);
  message += std::string("\x1d\x00\x00\x80\x3f", 5);                  // 3: float 1
  message += std::string("\x21\x00\x00\x00\x00\x00\x00\xf0\x3f", 9);  // 4: double 1
  AppendVarintField(536870911, UINT64_MAX, message);
  WireReader reader(message);
  WireField field;
  REQUIRE(reader.Next(field));
  CHECK(field.is(1, WireType::kVarint));
  CHECK(field.value == 300);
  REQUIRE(reader.Next(field));
  CHECK(field.is(2, WireType::kBytes));
  CHECK(field.bytes == "abc");
  CHECK(field.whole == std::string_view("\x12\x03"
                                        "abc"));
  REQUIRE(reader.Next(field));
  CHECK(field.as_float() == 1.0f);
  REQUIRE(reader.Next(field));
  CHECK(field.as_double() == 1.0);
  REQUIRE(reader.Next(field));
  CHECK(field.number == 536870911);
  CHECK(field.as_int64() == -1);
  CHECK(field.as_int32() == -1);
  CHECK_FALSE(reader.Next(field));
  CHECK(reader.ok());
}

TEST_CASE("bytes that are no message are named with their place") {
  CHECK(Fault("") == "");
  CHECK_THAT(Fault("\x08"), Catch::Contains("byte 1: the message ends inside a field (ProtoTruncated)"));
  CHECK_THAT(Fault("\x08\x01\x10\x80"), Catch::Contains("byte 3:"));
  CHECK_THAT(Fault(std::string("\x0d\x00\x00", 3)), Catch::Contains("ProtoTruncated"));
  CHECK_THAT(Fault("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
             Catch::Contains("more than ten bytes (ProtoBadVarint)"));
  CHECK_THAT(Fault(std::string("\x00\x01", 2)), Catch::Contains("byte 0: no field can start here (ProtoBadTag)"));
  CHECK_THAT(Fault("\x0e"), Catch::Contains("ProtoBadTag"));
  CHECK_THAT(Fault("\x0f"), Catch::Contains("ProtoBadTag"));
  CHECK_THAT(Fault("\x0c"), Catch::Contains("ProtoBadGroup"));
  CHECK_THAT(Fault("\x08\x01\x12\x05"
                   "abcd"),
             Catch::Contains("byte 2: a field is longer than what holds it (ProtoLengthOverrun)"));
  CHECK_THAT(Fault("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), Catch::Contains("ProtoLengthOverrun"));
}

TEST_CASE("positions are counted from the start of the file") {
  const std::string file = "0123456789\x12\x05";
  WireReader reader(std::string_view(file).substr(10), file.data());
  WireField field;
  CHECK_FALSE(reader.Next(field));
  CHECK(reader.cut_off());
  CHECK(reader.position() == 10);
}

TEST_CASE("balanced groups are stepped over, others are refused") {
  WireReader reader("\x0b\x10\x05\x13\x14\x0c\x18\x07");  // 1: { 2: 5, 2: {} }, 3: 7
  WireField field;
  REQUIRE(reader.Next(field));
  CHECK(field.is(1, WireType::kGroup));
  CHECK(field.bytes == "\x10\x05\x13\x14");
  REQUIRE(reader.Next(field));
  CHECK(field.value == 7);
  CHECK_THAT(Fault("\x0b\x10\x05"), Catch::Contains("a group is not balanced (ProtoBadGroup)"));
  CHECK_THAT(Fault("\x0b\x14"), Catch::Contains("ProtoBadGroup"));
  CHECK_THAT(Fault(std::string(100000, '\x0b')), Catch::Contains("ProtoBadGroup"));
}

TEST_CASE("packed varints are visited, and a cut one is noticed") {
  std::vector<uint64_t> values;
  CHECK(ForEachPackedVarint("\x01\xac\x02\x7f", [&](uint64_t value) { values.push_back(value); }));
  CHECK(values == std::vector<uint64_t>{1, 300, 127});
  CHECK_FALSE(ForEachPackedVarint("\x01\xac", [](uint64_t) {}));
  CHECK_FALSE(ForEachPackedVarint(std::string(11, '\x80'), [](uint64_t) {}));
}

}  // namespace
}  // namespace smcli
