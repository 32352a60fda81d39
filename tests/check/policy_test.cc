// The table of rules, and which of them count.
#include "check/policy.h"

#include <algorithm>
#include <set>

#include "check/collector.h"
#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("every rule has a name of its own, a purpose, a reason and a fix") {
  std::set<std::string_view> names;
  for (const CheckRule* rule : AllCheckRules()) {
    INFO(rule->name);
    CHECK(names.insert(rule->name).second);
    CHECK(rule->purpose.starts_with("Checks "));
    CHECK(rule->purpose.ends_with('.'));
    CHECK(rule->reason.ends_with('.'));
    CHECK(rule->fix.ends_with('.'));
    CHECK(rule->profiles != 0);
    CHECK(FindCheckRule(rule->name) == rule);
  }
}

TEST_CASE("the code at the end of a message names the rule, and is left out of what people read") {
  const Error problem = InvalidModelError("node 'n' (MatMul): input 'a': there is no such node (InputNotFound)");
  CHECK(RuleOfProblem(problem) == "GRAPH_INPUT_EXISTS");
  CHECK(WithoutCode(problem.message()) == "node 'n' (MatMul): input 'a': there is no such node");
  CHECK(RuleOfProblem(InvalidModelError("node 'n' (MatMul): strange")).empty());
  CHECK(WithoutCode("node 'n' (MatMul): strange") == "node 'n' (MatMul): strange");
  CHECK(WithoutCode("(Broken") == "(Broken");
  CHECK(WithoutCode("") == "");
}

TEST_CASE("profiles, --select and --ignore choose the rules") {
  const auto counts = [](const CheckWords& words, std::string_view rule) {
    return Value(CheckPolicy::Make(words)).Wants(*FindCheckRule(rule));
  };
  CHECK(counts({}, "WARMUP_READABLE"));
  CHECK(counts({}, "GRAPH_NO_CYCLE"));
  CHECK_FALSE(counts({}, "REST_INPUT_PRESENT"));
  CHECK_FALSE(counts({{"load"}, {}, {}}, "WARMUP_READABLE"));
  CHECK(counts({{"rest"}, {}, {}}, "WARMUP_READABLE"));
  CHECK(counts({{"rest"}, {}, {}}, "GRAPH_NO_CYCLE"));
  CHECK(counts({{"load", "smcli"}, {}, {}}, "SMCLI_SUPPORTED"));
  CHECK(counts({{}, {"REST_*"}, {}}, "REST_INPUT_PRESENT"));
  CHECK_FALSE(counts({{}, {"REST_*"}, {}}, "GRAPH_NO_CYCLE"));
  CHECK_FALSE(counts({{}, {}, {"GRAPH_NO_CYCLE"}}, "GRAPH_NO_CYCLE"));
  CHECK(counts({{}, {}, {"GRAPH_NO_CYCLE=*node a*"}}, "GRAPH_NO_CYCLE"));
  CHECK_FAILS(CheckPolicy::Make({{"servig"}, {}, {}}), ErrorKind::kUsage, "did you mean \"serving\"");
  CHECK_FAILS(CheckPolicy::Make({{}, {"GRAPH_NO_CYCLES"}, {}}), ErrorKind::kUsage, "did you mean \"GRAPH_NO_CYCLE\"");
  CHECK_FAILS(CheckPolicy::Make({{}, {}, {"NOPE=x"}}), ErrorKind::kUsage, "unknown rule \"NOPE\"");
}

TEST_CASE("findings come worst first, once each, and not without end") {
  const CheckPolicy policy = Value(CheckPolicy::Make({{}, {}, {"GRAPH_NO_CYCLE=*: node ignored"}}));
  FindingCollector found(policy);
  found.Add("ASSET_DECLARED", "f", "", "note");
  found.Add("GRAPH_NO_CYCLE", "f", "node ignored", "cycle");
  found.Add("REST_INPUT_PRESENT", "f", "", "not of this profile");
  for (int i = 0; i < 3; ++i) found.Add("GRAPH_OP_KNOWN", "f", "node a", "same");
  for (int i = 0; i < 250; ++i) found.Add("GRAPH_INPUT_EXISTS", "f", fmt::format("node {}", i), "gone");
  const std::vector<Finding> all = found.Take();
  REQUIRE(all.size() == 1 + 1 + 100 + 1);
  CHECK(all.front().severity == Severity::kError);
  CHECK(all.back().rule == "ASSET_DECLARED");
  CHECK(std::ranges::count_if(all, [](const Finding& f) { return f.message == "and 150 more of the same kind"; }) == 1);
}

TEST_CASE("a reader's message is split into place and reason") {
  const CheckPolicy policy = Value(CheckPolicy::Make({}));
  FindingCollector found(policy);
  found.AddGraphProblem(InvalidModelError("m.pb: node 'a/b' (Relu): input 'x': there is no such node (InputNotFound)"),
                        "GRAPH_READABLE", "m.pb", "function f");
  found.AddGraphProblem(InvalidModelError("function 'f': node 'n' (Mul) takes 2 inputs and has 1 (InputCountMismatch)"),
                        "GRAPH_READABLE", "m.pb", "function f");
  found.AddProblem(InvalidModelError("m.pb: byte 7: strange"), "GRAPH_READABLE", "m.pb", "");
  const std::vector<Finding> all = found.Take();
  REQUIRE(all.size() == 3);
  CHECK(all[0].message == "byte 7: strange");
  CHECK(all[1].place == "function f, node a/b");
  CHECK(all[1].message == "Relu: input 'x': there is no such node");
  CHECK(all[2].place == "function f, node n");
  CHECK(all[2].message == "Mul: takes 2 inputs and has 1");
}

}  // namespace
}  // namespace smcli
