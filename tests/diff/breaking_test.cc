#include "diff/breaking.h"

#include <algorithm>

#include "base/lookup.h"
#include "support/catch.h"

namespace smcli {
namespace {

std::vector<Breakage> Some() {
  return {{FindByName(AllRules(), "SIGNATURE_NO_DELETE"), "debug_a", "deleted"},
          {FindByName(AllRules(), "SIGNATURE_NO_DELETE"), "serving_default", "deleted"},
          {FindByName(AllRules(), "SIGNATURE_INPUT_SAME_TENSOR_NAME"), "serving_default.inputs.x", "x:0 -> y:0"}};
}

TEST_CASE("a category counts its rules and no others") {
  const BreakingPolicy policy = Value(BreakingPolicy::Make({.use = {"PREDICT"}, .except = {}, .ignore = {}}));
  CHECK(policy.asked());
  CHECK(policy.text() == "PREDICT");
  CHECK(policy.Select(Some()).counted.size() == 2);
}

TEST_CASE("a rule may stand for itself, and be left out of a category") {
  const BreakingPolicy one =
      Value(BreakingPolicy::Make({.use = {"SIGNATURE_INPUT_SAME_TENSOR_NAME"}, .except = {}, .ignore = {}}));
  CHECK(one.Select(Some()).counted.size() == 1);
  const BreakingPolicy rest =
      Value(BreakingPolicy::Make({.use = {"all"}, .except = {"SIGNATURE_NO_DELETE"}, .ignore = {}}));
  CHECK(rest.Select(Some()).counted.size() == 1);
}

TEST_CASE("an ignored place is counted as ignored") {
  const BreakingPolicy policy = Value(BreakingPolicy::Make(
      {.use = {"all"}, .except = {}, .ignore = {Value(ParseIgnore("SIGNATURE_NO_DELETE=debug_*"))}}));
  const BreakingPolicy::Selection selection = policy.Select(Some());
  CHECK(selection.ignored == 1);
  CHECK(std::ranges::none_of(selection.counted, [](const Breakage& b) { return b.where == "debug_a"; }));
}

TEST_CASE("nobody asked: all rules, and no verdict") {
  const BreakingPolicy policy = Value(BreakingPolicy::Make({}));
  CHECK_FALSE(policy.asked());
  CHECK(policy.rules().size() == AllRules().size());
}

TEST_CASE("words that name nothing are refused with the nearest") {
  const auto policy = BreakingPolicy::Make({.use = {"PREDIKT"}, .except = {}, .ignore = {}});
  REQUIRE_FALSE(policy.ok());
  CHECK(policy.error().kind() == ErrorKind::kUsage);
  CHECK(policy.error().message().find("PREDICT") != std::string::npos);
  CHECK_FALSE(ParseIgnore("SIGNATURE_NO_DELETE").ok());
}

}  // namespace
}  // namespace smcli
