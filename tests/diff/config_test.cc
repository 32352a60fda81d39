#include "diff/config.h"

#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("settings are read") {
  const DiffConfig config = Value(ParseDiffConfig(R"(
use: [PREDICT, SIGNATURE_OUTPUT_RANK_KNOWN]
except: SIGNATURE_SAME_METHOD_NAME
ignore:
  SIGNATURE_NO_DELETE: ["debug_*", "x"]
  "*": experimental.*
only: [signatures]
atol: 1e-6
)",
                                                  "smcli-diff.yaml"));
  CHECK(config.breaking.use == std::vector<std::string>{"PREDICT", "SIGNATURE_OUTPUT_RANK_KNOWN"});
  CHECK(config.breaking.except == std::vector<std::string>{"SIGNATURE_SAME_METHOD_NAME"});
  REQUIRE(config.breaking.ignore.size() == 3);
  CHECK(config.breaking.ignore[2].rule == "*");
  CHECK(config.breaking.ignore[2].glob == "experimental.*");
  CHECK(config.only == std::vector<std::string>{"signatures"});
  CHECK(config.atol == 1e-6);
  CHECK_FALSE(config.rtol.has_value());
}

TEST_CASE("an empty file asks for nothing") {
  CHECK(Value(ParseDiffConfig("", "f")).breaking.use.empty());
  CHECK(Value(ParseDiffConfig("# nothing\n", "f")).only.empty());
}

TEST_CASE("faults are told with their line") {
  const auto message = [](const std::string& text) { return ParseDiffConfig(text, "f.yaml").error().message(); };
  CHECK(message("use: [A]\nexept: [B]\n").find("f.yaml:2:1") != std::string::npos);
  CHECK(message("use: [A]\nexept: [B]\n").find("did you mean \"except\"") != std::string::npos);
  CHECK_FALSE(ParseDiffConfig("use: [A", "f").ok());
  CHECK_FALSE(ParseDiffConfig("- a\n", "f").ok());
  CHECK_FALSE(ParseDiffConfig("atol: much\n", "f").ok());
  CHECK_FALSE(ParseDiffConfig("ignore: [a]\n", "f").ok());
}

TEST_CASE("aliases cannot make a file endless") {
  std::string text = "use: &a [x, x, x, x, x, x, x, x, x]\nexcept: &b [*a, *a, *a, *a]\n";
  CHECK_FALSE(ParseDiffConfig(text, "f").ok());
  CHECK_FALSE(ParseDiffConfig(std::string(2 << 20, '#'), "f").ok());
}

}  // namespace
}  // namespace smcli
