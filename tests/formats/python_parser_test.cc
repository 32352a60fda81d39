#include "formats/python_parser.h"

#include "support/catch.h"

namespace smcli {
namespace {

std::string Read(std::string_view text) { return Value(ParsePythonLiteral(text)).Repr(); }

TEST_CASE("literals come back as Python writes them") {
  CHECK(Read("{'x': [2.5], \"y\": (1,), 3: None}") == "{'x': [2.5], 'y': (1,), 3: None}");
  CHECK(Read("[True, -1, 1e30, 'it''s', b'\\x00']") == "[True, -1, 1e+30, 'its', b'\\x00']");
  CHECK(Read("\"it's\"") == "\"it's\"");
  CHECK(Read("'''a\nb'''") == "'a\\nb'");
  CHECK(Read("u'\\u00e9\\t'") == "'\xc3\xa9\\t'");
  CHECK(Read("r'\\n'") == "'\\\\n'");
  CHECK(Read("-9223372036854775808") == "-9223372036854775808");
}

TEST_CASE("a literal holds no names and no calls") {
  CHECK_FAILS(ParsePythonLiteral("os.system('x')"), ErrorKind::kUsage, "only literals");
  CHECK_FAILS(ParsePythonLiteral("[x]"), ErrorKind::kUsage, "only literals");
  CHECK_FAILS(ParsePythonLiteral("'a' % 1"), ErrorKind::kUsage, "only literals");
}

TEST_CASE("what is no expression is refused with its column") {
  CHECK_FAILS(ParsePythonLiteral(""), ErrorKind::kUsage, "too early");
  CHECK_FAILS(ParsePythonLiteral("[1, 2"), ErrorKind::kUsage, "too early");
  CHECK_FAILS(ParsePythonLiteral("'a"), ErrorKind::kUsage, "not closed");
  CHECK_FAILS(ParsePythonLiteral("[1 @ 2]"), ErrorKind::kUsage, "column 4");
  CHECK_FAILS(ParsePythonLiteral("b'\xc3\xa9'"), ErrorKind::kUsage, "ASCII");
  CHECK_FAILS(ParsePythonLiteral("99999999999999999999"), ErrorKind::kUsage, "64 bits");
  CHECK_FAILS(ParsePythonLiteral("'\\x1'"), ErrorKind::kUsage, "lacks digits");
}

TEST_CASE("equality is Python's") {
  const auto value = [](std::string_view text) { return Value(ParsePythonLiteral(text)); };
  CHECK(value("1").Equals(value("True")));
  CHECK(value("2.0").Equals(value("2")));
  CHECK(value("[1, 'a']").Equals(value("[1, 'a']")));
  CHECK_FALSE(value("[1]").Equals(value("(1,)")));
  CHECK_FALSE(value("'a'").Equals(value("b'a'")));
  CHECK_FALSE(value("None").Equals(value("False")));
  CHECK(value("{'a': 1, 'b': 2}").Equals(value("{'b': 2, 'a': 1}")));
}

}  // namespace
}  // namespace smcli
