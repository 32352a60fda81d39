#include "base/bytes.h"

#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("a reader hands out numbers and never reads past its end") {
  ByteReader reader(std::string_view("\x01\x02\x03\x04\x05", 5));
  CHECK(reader.Fixed<uint32_t>() == 0x04030201u);
  CHECK(reader.position() == 4);
  CHECK_FALSE(reader.Fixed<uint16_t>().has_value());
  CHECK(reader.remaining() == 1);
  CHECK(reader.Fixed<uint8_t>() == 5);
  CHECK(reader.empty());
  CHECK_FALSE(reader.Varint().has_value());
  CHECK_FALSE(reader.Take(1).has_value());
  CHECK(reader.Take(0) == "");
}

TEST_CASE("varints are read up to ten bytes, and a cut one leaves the reader where it was") {
  ByteReader reader(std::string_view("\x00\xac\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x80", 14));
  CHECK(reader.Varint() == 0u);
  CHECK(reader.Varint() == 300u);
  CHECK(reader.Varint() == ~uint64_t{0});
  CHECK_FALSE(reader.Varint().has_value());
  CHECK(reader.remaining() == 1);
  CHECK_FALSE(ByteReader(std::string(11, '\xff')).Varint().has_value());
}

TEST_CASE("a length prefix that runs past the end is refused without moving") {
  ByteReader reader(
      "\x03"
      "abc"
      "\x05"
      "de");
  CHECK(reader.LengthPrefixed() == "abc");
  CHECK_FALSE(reader.LengthPrefixed().has_value());
  CHECK(reader.rest() ==
        "\x05"
        "de");
}

}  // namespace
}  // namespace smcli
