#include "transform/lower_control_flow.h"

#include "support/catch.h"
#include "support/draft_text.h"
#include "support/tensors.h"
#include "transform/passes.h"

namespace smcli {
namespace {

const std::string kX = NodeText("x", "Placeholder", {}, {{"dtype", "type: DT_FLOAT"}});

std::string Function(const std::string& name, const std::string& body, const std::string& ret) {
  return "function { signature { name: '" + name +
         "' input_arg { name: 'a' type: DT_FLOAT } output_arg { name: 'o' type: "
         "DT_FLOAT } } " +
         body + " ret { key: 'o' value: '" + ret + "' } }\n";
}
std::string Library(const std::string& functions) { return "library { " + functions + " }"; }
std::string Op(const std::string& op) { return NodeText("n", op, {"a"}, kFloatT, "node_def"); }

float RunFloat(TextDraft& draft, const std::string& chooser, Tensor choice, const std::string& fetch) {
  return Value(draft.Run({{"x:0", Tensor::Scalar(2.0F)}, {chooser, std::move(choice)}}, {fetch}))[0].scalar<float>();
}

TextDraft Choice(const std::string& dtype) {
  return TextDraft(
      kX + NodeText("p", "Placeholder", {}, {{"dtype", "type: " + dtype}}) +
      NodeText("y", "StatelessIf", {"p", "x"},
               {{"Tcond", "type: " + dtype},
                {"Tin", "list { type: DT_FLOAT }"},
                {"Tout", "list { type: DT_FLOAT }"},
                {"then_branch", "func { name: 't' }"},
                {"else_branch", "func { name: 'e' }"}}) +
      Library(Function("t", Op("Neg"), "n:y:0") + Function("e", FloatsText("k", {7}, true, "node_def"), "k:output:0")));
}

TEST_CASE("If runs one branch", "[transform]") {
  TextDraft draft = Choice("DT_BOOL");
  REQUIRE_OK(LowerControlFlow(*draft));
  CHECK(draft->functions().empty());
  CHECK(RunFloat(draft, "p:0", Tensor::Scalar(true), "y:0") == -2);
  CHECK(RunFloat(draft, "p:0", Tensor::Scalar(false), "y:0") == 7);
}

TEST_CASE("a condition that is no bool is asked for its truth", "[transform]") {
  TextDraft draft = Choice("DT_FLOAT");
  REQUIRE_OK(LowerControlFlow(*draft));
  CHECK(draft.Lines().find("y/truth = ToBool(p)\ny/then/switch = Switch(y/truth, y/truth)\n") != std::string::npos);
}

TEST_CASE("Case runs the branch of the number, the last for any other", "[transform]") {
  TextDraft draft(
      kX + NodeText("i", "Placeholder", {}, {{"dtype", "type: DT_INT32"}}) +
      NodeText("y", "Case", {"i", "x"},
               {{"Tin", "list { type: DT_FLOAT }"},
                {"Tout", "list { type: DT_FLOAT }"},
                {"branches", "list { func { name: 'f0' } func { name: 'f1' } func { name: 'f2' } }"}}) +
      Library(Function("f0", Op("Neg"), "n:y:0") + Function("f1", Op("Square"), "n:y:0") + Function("f2", "", "a")));
  REQUIRE_OK(LowerControlFlow(*draft));
  CHECK(RunFloat(draft, "i:0", Tensor::Scalar<int32_t>(0), "y:0") == -2);
  CHECK(RunFloat(draft, "i:0", Tensor::Scalar<int32_t>(1), "y:0") == 4);
  CHECK(RunFloat(draft, "i:0", Tensor::Scalar<int32_t>(2), "y:0") == 2);
  CHECK(RunFloat(draft, "i:0", Tensor::Scalar<int32_t>(-1), "y:0") == 2);
}

TEST_CASE("While goes round until its condition fails, with a branch inside", "[transform]") {
  const std::string less = FloatsText("limit", {100}, true, "node_def") +
                           NodeText("l", "Less", {"a", "limit:output:0"}, kFloatT, "node_def");
  const std::string condition =
      "function { signature { name: 'c' input_arg { name: 'a' type: DT_FLOAT } output_arg { name: 'o' "
      "type: DT_BOOL } } " +
      less + "ret { key: 'o' value: 'l:z:0' } }";
  const std::string choose = FloatsText("limit", {10}, true, "node_def") +
                             NodeText("l", "Less", {"a", "limit:output:0"}, kFloatT, "node_def") +
                             NodeText("i", "If", {"l:z:0", "a"},
                                      {{"Tcond", "type: DT_BOOL"},
                                       {"Tin", "list { type: DT_FLOAT }"},
                                       {"Tout", "list { type: DT_FLOAT }"},
                                       {"then_branch", "func { name: 't' }"},
                                       {"else_branch", "func { name: 'e' }"}},
                                      "node_def");
  TextDraft draft(
      kX +
      NodeText("y", "While", {"x"},
               {{"T", "list { type: DT_FLOAT }"}, {"cond", "func { name: 'c' }"}, {"body", "func { name: 'b' }"}}) +
      NodeText("z", "Neg", {"y"}, kFloatT) +
      Library(condition + Function("b", choose, "i:output:0") + Function("t", Op("Square"), "n:y:0") +
              Function("e",
                       FloatsText("k", {50}, true, "node_def") +
                           NodeText("n", "AddV2", {"a", "k:output:0"}, kFloatT, "node_def"),
                       "n:z:0")));
  REQUIRE_OK(LowerControlFlow(*draft));
  CHECK(draft->functions().empty());
  // 2, 4, 16, 66, 116
  CHECK(Value(draft.Run({{"x:0", Tensor::Scalar(2.0F)}}, {"z:0"}))[0].scalar<float>() == -116);
  CHECK(Value(draft.Run({{"x:0", Tensor::Scalar(200.0F)}}, {"y:0"}))[0].scalar<float>() == 200);
}

TEST_CASE("constants folded in lowered branches stay in their branches", "[transform]") {
  TextDraft draft(kX + NodeText("p", "Placeholder", {}, {{"dtype", "type: DT_BOOL"}}) +
                  NodeText("y", "If", {"p", "x"},
                           {{"Tcond", "type: DT_BOOL"},
                            {"Tin", "list { type: DT_FLOAT }"},
                            {"Tout", "list { type: DT_FLOAT }"},
                            {"then_branch", "func { name: 't' }"},
                            {"else_branch", "func { name: 'e' }"}}) +
                  Library(Function("t",
                                   FloatsText("k", {7}, true, "node_def") +
                                       NodeText("n", "Neg", {"k:output:0"}, kFloatT, "node_def"),
                                   "n:y:0") +
                          Function("e", Op("Neg"), "n:y:0")));
  ThreadPool pool(1);
  PassContext context;
  context.roots = {.fetches = {"y:0"}, .feeds = {"x:0", "p:0"}, .functions = {}};
  context.pool = &pool;
  const std::string_view names[] = {"lower-control-flow", "remove-identities", "fold-constants", "merge-duplicates"};
  REQUIRE_OK(RunPasses(Value(PickPasses(names, {})), *draft, context));
  CHECK(RunFloat(draft, "p:0", Tensor::Scalar(true), "y:0") == -7);
  CHECK(RunFloat(draft, "p:0", Tensor::Scalar(false), "y:0") == -2);
}

}  // namespace
}  // namespace smcli
