#include "base/text.h"

#include "base/base64.h"
#include "base/lookup.h"
#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("globs match whole texts") {
  const struct {
    std::string_view pattern, text;
    bool matches;
  } rows[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "a/b", true},
      {"a*c", "abbc", true},
      {"a*c", "abbd", false},
      {"?", "", false},
      {"?b", "ab", true},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[!a-c]x", "dx", true},
      {"[!a-c]x", "ax", false},
      {"[]a]", "]", true},
      {"[]a]", "b", false},
      {"[", "[", true},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"*.b*", "a.b.c", true},
      {"*a*a*a*b", "aaaa", false},
      {"[a-", "[a-", true},
      {"dense*/kernel", "dense_1/kernel", true},
      {"**", "x", true},
      {"a\\", "a\\", true},
  };
  for (const auto& row : rows) {
    INFO(row.pattern << " against " << row.text);
    CHECK(GlobMatches(row.pattern, row.text) == row.matches);
  }
}

TEST_CASE("a hostile glob takes no more than the product of the lengths") {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  CHECK_FALSE(GlobMatches(pattern + "b", std::string(5000, 'a')));
}

TEST_CASE("edit distance counts swaps once and stops at its limit") {
  CHECK(EditDistance("", "", 5) == 0);
  CHECK(EditDistance("serve", "serve", 5) == 0);
  CHECK(EditDistance("serve", "sreve", 5) == 1);
  CHECK(EditDistance("serve", "server", 5) == 1);
  CHECK(EditDistance("kitten", "sitting", 5) == 3);
  CHECK(EditDistance("kitten", "sitting", 2) == 3);
  CHECK(EditDistance("a", "abcdefgh", 3) == 4);
}

TEST_CASE("the nearest name is suggested, and none when none is near") {
  const std::string_view names[] = {"serving_default", "train", "predict", "Predict_proba"};
  CHECK(NearestName("serving_defualt", names) == "serving_default");
  CHECK(NearestName("PREDICT-PROBA", names) == "Predict_proba");
  CHECK(NearestName("trian", names) == "train");
  CHECK(NearestName("", std::vector<std::string_view>{"a"}).empty());
  CHECK(NearestName("quantize", names).empty());
  CHECK(Suggestion("trian", names) ==
        "; did you mean \"train\"? (known: serving_default, train, predict, Predict_proba)");
  CHECK(Suggestion("zzz", names, 2) == " (known: serving_default, train, ... (2 more))");
  CHECK(Suggestion("zzz", {}).empty());
}

TEST_CASE("rows are found by name in tables of values and of pointers") {
  struct Row {
    std::string_view name;
    int value;
  };
  static const Row rows[] = {{"show", 1}, {"run", 2}};
  static const Row* const pointers[] = {&rows[0], &rows[1]};
  CHECK(FindByName(rows, "run")->value == 2);
  CHECK(FindByName(rows, "x") == nullptr);
  CHECK(FindByName(pointers, "show")->value == 1);
  CHECK(FindByName(pointers, "x") == nullptr);
  CHECK(UnknownNameError("command", "shwo", pointers).message() ==
        "unknown command \"shwo\"; did you mean \"show\"? (known: show, run)");
}

TEST_CASE("sizes and counts read well") {
  CHECK(HumanSize(0) == "0 B");
  CHECK(HumanSize(1023) == "1023 B");
  CHECK(HumanSize(1024) == "1.0 KiB");
  CHECK(HumanSize(1536) == "1.5 KiB");
  CHECK(HumanSize((1 << 20) - 1) == "1.0 MiB");
  CHECK(HumanSize(UINT64_MAX) == "16.0 EiB");
  CHECK(WithThousands(0) == "0");
  CHECK(WithThousands(-999) == "-999");
  CHECK(WithThousands(1000) == "1,000");
  CHECK(WithThousands(INT64_MIN) == "-9,223,372,036,854,775,808");
}

TEST_CASE("base64 goes there and back, in both alphabets") {
  const std::pair<std::string, std::string> rows[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                                      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"}};
  for (const auto& [bytes, text] : rows) {
    CHECK(Base64Encode(bytes) == text);
    CHECK(Base64Decode(text) == bytes);
  }
  CHECK(Base64Decode("Zg") == "f");
  CHECK(Base64Decode("__79") == "\xff\xfe\xfd");
  for (const std::string_view bad : {"Z", "Zg=", "Z===", "====", "Zm9v=", "Zm 9", "Zm\n9v"}) {
    INFO(bad);
    CHECK_FALSE(Base64Decode(bad).has_value());
  }
}

}  // namespace
}  // namespace smcli
