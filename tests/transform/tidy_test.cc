// The passes that leave what a graph computes as it is: each on a graph small enough to read.
#include "support/catch.h"
#include "support/draft_text.h"
#include "support/tensors.h"
#include "transform/fold_constants.h"
#include "transform/merge_duplicates.h"
#include "transform/prune.h"
#include "transform/remove_identities.h"
#include "transform/strip.h"

namespace smcli {
namespace {

const std::string kX = NodeText("x", "Placeholder", {}, {{"dtype", "type: DT_FLOAT"}});
const AttrTexts kIntT = {{"T", "type: DT_INT32"}};

// What stays when only these are fetched.
std::string Kept(TextDraft& draft, const std::vector<std::string>& fetches) {
  REQUIRE_OK(Prune(*draft, {.fetches = fetches, .feeds = {}, .functions = {}}));
  return draft.Lines();
}

TEST_CASE("identities go, those that somebody names stay", "[transform]") {
  TextDraft draft(kX + NodeText("i", "Identity", {"x"}, kFloatT) + NodeText("j", "StopGradient", {"i"}, kFloatT) +
                  NodeText("y", "Neg", {"j"}, kFloatT) + NodeText("out", "Identity", {"y"}, kFloatT));
  draft->Protect("out:0");
  REQUIRE_OK(RemoveIdentities(*draft));
  CHECK(Kept(draft, {"out:0"}) == "x = Placeholder()\ny = Neg(x)\nout = Identity(y)\n");
}

TEST_CASE("waiting for what only computes is waiting for nothing", "[transform]") {
  TextDraft draft(kX + NodeText("i", "Identity", {"x"}, kFloatT) + NodeText("n", "NoOp", {"^i"}) +
                  NodeText("y", "Neg", {"x", "^n"}, kFloatT) + NodeText("w", "Identity", {"y", "^n"}, kFloatT) +
                  NodeText("z", "Neg", {"w"}, kFloatT));
  REQUIRE_OK(RemoveIdentities(*draft));
  CHECK(Kept(draft, {"z:0"}) == "x = Placeholder()\ny = Neg(x)\nz = Neg(y)\n");
}

TEST_CASE("control edges of an identity move on; one that waits for an effect stays", "[transform]") {
  const std::string print =
      NodeText("s", "Placeholder", {}, {{"dtype", "type: DT_STRING"}}) + NodeText("print", "PrintV2", {"s"});
  TextDraft draft(
      kX + print + NodeText("r", "RandomUniform", {"d"}, {{"T", "type: DT_INT32"}, {"dtype", "type: DT_FLOAT"}}) +
      NodeText("d", "Placeholder", {}, {{"dtype", "type: DT_INT32"}}) + NodeText("i", "Identity", {"r"}, kFloatT) +
      NodeText("n", "NoOp", {"^i", "^print"}) + NodeText("y", "Neg", {"x", "^n"}, kFloatT) +
      NodeText("w", "Identity", {"x", "^print"}, kFloatT) + NodeText("z", "AddV2", {"w", "y"}, kFloatT));
  REQUIRE_OK(RemoveIdentities(*draft));
  CHECK(Kept(draft, {"z:0"}) ==
        "x = Placeholder()\ns = Placeholder()\nprint = PrintV2(s)\nr = RandomUniform(d)\nd = Placeholder()\n"
        "y = Neg(x, ^print, ^r)\nw = Identity(x, ^print)\nz = AddV2(w, y)\n");
}

TEST_CASE("an identity of a V1 variable is where it is read, and stays", "[transform]") {
  TextDraft draft(NodeText("v", "VariableV2", {}, {{"dtype", "type: DT_FLOAT"}, {"shape", "shape {}"}}) +
                  NodeText("r", "Identity", {"v"}, kFloatT) + NodeText("y", "Neg", {"r"}, kFloatT));
  REQUIRE_OK(RemoveIdentities(*draft));
  CHECK(Kept(draft, {"y:0"}) == "v = VariableV2()\nr = Identity(v)\ny = Neg(r)\n");
}

TEST_CASE("what constants alone decide is computed, through identities too", "[transform]") {
  TextDraft draft(kX + FloatsText("a", {1, 2}) + FloatsText("b", {3, 4}) + NodeText("i", "Identity", {"a"}, kFloatT) +
                  NodeText("s", "AddV2", {"i", "b"}, kFloatT) + NodeText("y", "Mul", {"x", "s"}, kFloatT));
  ThreadPool pool(1);
  REQUIRE_OK(FoldConstants(*draft, pool));
  CHECK(Kept(draft, {"y:0"}) == "x = Placeholder()\ns = Const()\ny = Mul(x, s)\n");
  CHECK(SameTensor(Value(draft->graph().ConstValue(draft->graph().Find("s"))), MakeTensor<float>({2}, {4, 6})));
}

TEST_CASE("a node with several outputs becomes several constants", "[transform]") {
  const std::string axis =
      "node { name: 'd' op: 'Const' attr { key: 'dtype' value { type: DT_INT32 } } attr { key: 'value' "
      "value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 0 } } } }";
  TextDraft draft(axis + FloatsText("a", {1, 2}) +
                  NodeText("s", "Split", {"d", "a"}, {{"T", "type: DT_FLOAT"}, {"num_split", "i: 2"}}) +
                  NodeText("y", "Neg", {"s:1"}, kFloatT) + NodeText("z", "AddV2", {"y", "s:1"}, kFloatT) +
                  NodeText("out", "Mul", {"z", "x"}, kFloatT) + kX);
  ThreadPool pool(1);
  REQUIRE_OK(FoldConstants(*draft, pool));
  CHECK(Kept(draft, {"out:0"}) == "z = Const()\nout = Mul(z, x)\nx = Placeholder()\n");
}

TEST_CASE("random numbers, failures and results that are too large are not folded", "[transform]") {
  const auto ints = [](const std::string& name, const std::string& shape, const std::string& values) {
    return "node { name: '" + name +
           "' op: 'Const' attr { key: 'dtype' value { type: DT_INT32 } } attr { key: 'value' value { "
           "tensor { dtype: DT_INT32 tensor_shape { " +
           shape + " } " + values + " } } } }\n";
  };
  const std::string text =
      ints("huge", "dim { size: 2 }", "int_val: 1000000 int_val: 1000000") + ints("zero", "", "int_val: 0") +
      FloatsText("a", {1}, true) +
      NodeText("r", "RandomUniform", {"huge"}, {{"T", "type: DT_INT32"}, {"dtype", "type: DT_FLOAT"}}) +
      NodeText("f", "Fill", {"huge", "a"}, {{"T", "type: DT_FLOAT"}, {"index_type", "type: DT_INT32"}}) +
      NodeText("q", "FloorDiv", {"zero", "zero"}, kIntT);
  TextDraft draft(text);
  const std::string before = draft.Lines();
  ThreadPool pool(1);
  REQUIRE_OK(FoldConstants(*draft, pool));
  CHECK(draft.Lines() == before);
}

TEST_CASE("equal nodes and equal constants are one", "[transform]") {
  TextDraft draft(kX + FloatsText("a", {1, 2}) + FloatsText("b", {1, 2}) + FloatsText("c", {1, 3}) +
                  NodeText("p", "AddV2", {"x", "a"}, kFloatT) + NodeText("q", "AddV2", {"x", "b"}, kFloatT) +
                  NodeText("r", "AddV2", {"x", "c"}, kFloatT) +
                  NodeText("y", "AddN", {"p", "q", "r"}, {{"T", "type: DT_FLOAT"}, {"N", "i: 3"}}));
  REQUIRE_OK(MergeDuplicates(*draft));
  CHECK(Kept(draft, {"y:0"}) ==
        "x = Placeholder()\na = Const()\nc = Const()\np = AddV2(x, a)\nr = AddV2(x, c)\ny = AddN(p, p, r)\n");
}

TEST_CASE("placeholders, random ops and other attributes are not duplicates", "[transform]") {
  const AttrTexts shape = {{"T", "type: DT_FLOAT"}, {"out_type", "type: DT_INT64"}};
  TextDraft draft(kX + NodeText("x2", "Placeholder", {}, {{"dtype", "type: DT_FLOAT"}}) +
                  NodeText("s", "Shape", {"x"}, kFloatT) + NodeText("t", "Shape", {"x"}, shape));
  const std::string before = draft.Lines();
  REQUIRE_OK(MergeDuplicates(*draft));
  CHECK(Kept(draft, {"x", "x2", "s:0", "t:0"}) == before);
}

TEST_CASE("debug ops go, and the branch that only asserted", "[transform]") {
  const std::string branch =
      "library { function { signature { name: 'check' input_arg { name: 'p' type: DT_BOOL } output_arg { name: 'o' "
      "type: "
      "DT_BOOL } is_stateful: true control_output: 'a' } " +
      NodeText("a", "Assert", {"p", "p"}, {{"T", "list { type: DT_BOOL }"}}, "node_def") +
      "ret { key: 'o' value: 'p' } control_ret { key: 'a' value: 'a' } } }";
  TextDraft draft(kX + NodeText("p", "Placeholder", {}, {{"dtype", "type: DT_BOOL"}}) +
                  NodeText("guard", "If", {"p", "p"},
                           {{"Tcond", "type: DT_BOOL"},
                            {"Tin", "list { type: DT_BOOL }"},
                            {"Tout", "list { type: DT_BOOL }"},
                            {"then_branch", "func { name: 'check' }"},
                            {"else_branch", "func { name: 'check' }"}}) +
                  NodeText("c", "CheckNumerics", {"x", "^guard"}, {{"T", "type: DT_FLOAT"}, {"message", "s: 'bad'"}}) +
                  NodeText("y", "Neg", {"c"}, kFloatT) + branch);
  REQUIRE_OK(StripDebug(*draft));
  REQUIRE_OK(Prune(*draft, {.fetches = {"y:0"}, .feeds = {}, .functions = {}}));
  CHECK(draft.Lines() == "x = Placeholder()\nguard = NoOp()\nc = Identity(x, ^guard)\ny = Neg(c)\n");
  CHECK(draft->functions().empty());
}

TEST_CASE("training parts are gradients and what stops them", "[transform]") {
  TextDraft draft(
      kX +
      NodeText("s", "StopGradient", {"x"}, {{"T", "type: DT_FLOAT"}, {"_gradient_op_type", "s: 'CustomGradient-1'"}}) +
      "library { gradient { function_name: 'f' gradient_func: 'f' } function { signature { name: 'f' } } }");
  REQUIRE_OK(StripTraining(*draft));
  const tensorflow::GraphDef written = draft.Written();
  CHECK(draft.Lines() == "x = Placeholder()\ns = Identity(x)\n");
  CHECK(written.node(1).attr().count("_gradient_op_type") == 0);
  CHECK(written.library().gradient_size() == 0);
}

}  // namespace
}  // namespace smcli
