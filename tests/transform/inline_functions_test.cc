#include "transform/inline_functions.h"

#include "support/catch.h"
#include "support/draft_text.h"
#include "support/tensors.h"
#include "transform/prune.h"

namespace smcli {
namespace {

const AttrTexts kOneFloat = {{"Tin", "list { type: DT_FLOAT }"}, {"Tout", "list { type: DT_FLOAT }"}};
const std::string kX = NodeText("x", "Placeholder", {}, {{"dtype", "type: DT_FLOAT"}});

std::string Call(const std::string& name, const std::string& f, const std::vector<std::string>& inputs,
                 const std::string& field = "node") {
  AttrTexts attrs = kOneFloat;
  attrs.emplace_back("f", "func { name: '" + f + "' }");
  return NodeText(name, "PartitionedCall", inputs, attrs, field);
}
std::string Function(const std::string& name, const std::string& body, const std::string& ret,
                     const std::string& more = "") {
  return "function { signature { name: '" + name +
         "' input_arg { name: 'a' type: DT_FLOAT } output_arg { name: 'o' type: DT_FLOAT } } " + body +
         " ret { key: 'o' value: '" + ret + "' } " + more + " }\n";
}

std::string Library(const std::string& functions) { return "library { " + functions + " }"; }

TEST_CASE("a call is replaced by the body; its name stays as an IdentityN", "[transform]") {
  TextDraft draft(kX + Call("c", "f", {"x"}) + NodeText("y", "Neg", {"c"}, kFloatT) +
                  Library(Function("f", NodeText("e", "Exp", {"a"}, kFloatT, "node_def"), "e:y:0")));
  REQUIRE_OK(InlineFunctions(*draft));
  CHECK(draft.Lines() == "x = Placeholder()\nc = IdentityN(c/e)\ny = Neg(c/e)\nc/e = Exp(x)\n");
  CHECK(draft.Written().library().function_size() == 0);
}

TEST_CASE("nested calls are inlined under the names of both", "[transform]") {
  TextDraft draft(kX + Call("c", "outer", {"x"}) +
                  Library(Function("outer", Call("k", "inner", {"a"}, "node_def"), "k:output:0") +
                          Function("inner", NodeText("e", "Neg", {"a"}, kFloatT, "node_def"), "e:y:0")));
  REQUIRE_OK(InlineFunctions(*draft));
  CHECK(draft.Lines() == "x = Placeholder()\nc = IdentityN(c/k/e)\nc/k = IdentityN(c/k/e)\nc/k/e = Neg(x)\n");
  CHECK(SameTensor(Value(draft.Run({{"x:0", Tensor::Scalar(2.0F)}}, {"c:0"}))[0], Tensor::Scalar(-2.0F)));
}

TEST_CASE("who waits for a call waits for what the function must run; its sources wait for what the call waited for",
          "[transform]") {
  TextDraft draft(
      kX + NodeText("before", "NoOp") + Call("c", "f", {"x", "^before"}) + NodeText("after", "NoOp", {"^c"}) +
      Library(Function(
          "f", NodeText("first", "NoOp", {}, {}, "node_def") + NodeText("last", "NoOp", {"^first"}, {}, "node_def"),
          "a", "control_ret { key: 'last' value: 'last' }")));
  REQUIRE_OK(InlineFunctions(*draft));
  CHECK(draft.Lines() ==
        "x = Placeholder()\nbefore = NoOp()\nc = IdentityN(x, ^before, ^c/last)\nafter = NoOp(^c)\n"
        "c/first = NoOp(^before)\nc/last = NoOp(^c/first)\n");
}

TEST_CASE("a function's name as op is a call too", "[transform]") {
  TextDraft draft(kX + NodeText("c", "f", {"x"}) +
                  Library(Function("f", NodeText("e", "Exp", {"a"}, kFloatT, "node_def"), "e:y:0")));
  REQUIRE_OK(InlineFunctions(*draft));
  CHECK(draft.Lines() == "x = Placeholder()\nc = IdentityN(c/e)\nc/e = Exp(x)\n");
}

TEST_CASE("a function that calls itself stays a call", "[transform]") {
  TextDraft draft(kX + Call("c", "f", {"x"}) +
                  Library(Function("f", Call("again", "f", {"a"}, "node_def"), "again:output:0")));
  REQUIRE_OK(InlineFunctions(*draft));
  CHECK(draft.Lines() == "x = Placeholder()\nc = IdentityN(c/again)\nc/again = PartitionedCall(x)\n");
  CHECK(draft->HasFunction("f"));
}

TEST_CASE("calls in branches are inlined where they are", "[transform]") {
  AttrTexts branch = {{"Tcond", "type: DT_BOOL"},
                      {"Tin", "list { type: DT_FLOAT }"},
                      {"Tout", "list { type: DT_FLOAT }"},
                      {"then_branch", "func { name: 't' }"},
                      {"else_branch", "func { name: 'e' }"}};
  TextDraft draft(kX + NodeText("p", "Placeholder", {}, {{"dtype", "type: DT_BOOL"}}) +
                  NodeText("y", "If", {"p", "x"}, branch) +
                  Library(Function("t", Call("k", "e", {"a"}, "node_def"), "k:output:0") +
                          Function("e", NodeText("n", "Neg", {"a"}, kFloatT, "node_def"), "n:y:0")));
  REQUIRE_OK(InlineFunctions(*draft));
  CHECK(draft.FunctionLines("t") == "k/n = Neg(a)\nret o = k/n:y:0\n");
  CHECK(draft.FunctionLines("e") == "n = Neg(a)\nret o = n:y:0\n");
}

TEST_CASE("in a graph with Switch, a body without inputs lives only where its call does", "[transform]") {
  TextDraft draft(kX + NodeText("p", "Placeholder", {}, {{"dtype", "type: DT_BOOL"}}) +
                  NodeText("s", "Switch", {"x", "p"}, kFloatT) + Call("c", "f", {"s:1"}) +
                  NodeText("m", "Merge", {"s", "c"}, {{"T", "type: DT_FLOAT"}, {"N", "i: 2"}}) +
                  Library(Function("f", FloatsText("k", {7}, true, "node_def"), "k:output:0")));
  REQUIRE_OK(InlineFunctions(*draft));
  const auto run = [&](bool p) {
    return Value(draft.Run({{"x:0", Tensor::Scalar(1.0F)}, {"p:0", Tensor::Scalar(p)}}, {"m:0"}))[0];
  };
  CHECK(SameTensor(run(true), Tensor::Scalar(7.0F)));
  CHECK(SameTensor(run(false), Tensor::Scalar(1.0F)));
}

TEST_CASE("a call with too few arguments is refused", "[transform]") {
  TextDraft draft(NodeText("c", "PartitionedCall", {},
                           {{"Tin", "list {}"}, {"Tout", "list { type: DT_FLOAT }"}, {"f", "func { name: 'f' }"}}) +
                  Library(Function("f", "", "a")));
  CHECK_FAILS(InlineFunctions(*draft), ErrorKind::kInvalidModel, "FunctionArgMismatch");
}

}  // namespace
}  // namespace smcli
