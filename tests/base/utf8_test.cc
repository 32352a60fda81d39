#include "base/utf8.h"

#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("every code point survives a round trip, and surrogates are none") {
  for (uint32_t point = 0; point < 0x110000; point += point < 0x3000 ? 1 : 97) {
    std::string text;
    AppendUtf8(point, text);
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    REQUIRE(FirstCodePoint(text).value == (surrogate ? 0xfffdu : point));
    REQUIRE(FirstCodePoint(text).length == static_cast<int>(text.size()));
    REQUIRE(IsValidUtf8(text));
  }
}

TEST_CASE("malformed UTF-8 is recognised") {
  for (const std::string_view bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80",
                                     "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
    CHECK_FALSE(IsValidUtf8(bad));
  }
  CHECK(IsValidUtf8("grün € 𝄞"));
}

TEST_CASE("nothing that a terminal obeys gets through") {
  CHECK(Escaped("plain / grün") == "plain / grün");
  CHECK(Escaped("a\nb\tc\r\x1b[31m\x7f") == "a\\nb\\tc\\r\\x1b[31m\\x7f");
  CHECK(Escaped("\xff\xfe ok") == "\\xff\\xfe ok");
  CHECK(Escaped("a\u202eb\u2066c\u200fd\u0085") == "a\\u202eb\\u2066c\\u200fd\\u0085");
  CHECK(Escaped(std::string_view("\0", 1)) == "\\x00");
  CHECK(Quoted("say \"hi\"\n") == "\"say \\\"hi\\\"\\n\"");
}

TEST_CASE("width counts columns, not bytes") {
  CHECK(DisplayWidth("abc") == 3);
  CHECK(DisplayWidth("grün") == 4);
  CHECK(DisplayWidth("漢字") == 4);
  CHECK(DisplayWidth("e\u0301") == 1);
  CHECK(DisplayWidth("🙂") == 2);
  CHECK(FittedTo("abcdef", 6) == "abcdef");
  CHECK(FittedTo("abcdef", 4) == "abc…");
  CHECK(FittedTo("漢字漢字", 4) == "漢…");
  CHECK(FittedTo("abc", 1) == "…");
  CHECK(FittedTo("abc", 0).empty());
}

}  // namespace
}  // namespace smcli
