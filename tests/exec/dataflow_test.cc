#include "exec/dataflow.h"

#include "exec/text_session.h"

namespace smcli {
namespace {

std::string If() {
  return Placeholder("x") + Placeholder("p", "DT_BOOL") + NodeText("switch", "Switch", {"x", "p"}, kFloatT) +
         NodeText("no", "Neg", {"switch:0"}, kFloatT) + NodeText("yes", "Square", {"switch:1"}, kFloatT) +
         NodeText("merge", "Merge", {"no", "yes"}, {{"T", "type: DT_FLOAT"}, {"N", "i: 2"}});
}

// i = start; while i < limit: i += 1
std::string Loop(const std::string& name, const std::string& start, const std::string& limit) {
  const auto n = [&](const char* node) { return fmt::format("{}/{}", name, node); };
  const AttrTexts enter = {{"T", "type: DT_FLOAT"}, {"frame_name", fmt::format("s: \"{}\"", name)}};
  AttrTexts constant = enter;
  constant.push_back({"is_constant", "b: true"});
  return NodeText(n("enter"), "Enter", {start}, enter) + NodeText(n("limit"), "Enter", {limit}, constant) +
         NodeText(n("merge"), "Merge", {n("enter"), n("next")}, {{"T", "type: DT_FLOAT"}, {"N", "i: 2"}}) +
         NodeText(n("less"), "Less", {n("merge"), n("limit")}, kFloatT) + NodeText(n("cond"), "LoopCond", {n("less")}) +
         NodeText(n("switch"), "Switch", {n("merge"), n("cond")}, kFloatT) +
         ScalarConst(n("one"), "DT_FLOAT", "float_val: 1", {"^" + n("switch")}) +
         NodeText(n("body"), "AddV2", {n("switch") + ":1", n("one")}, kFloatT) +
         NodeText(n("next"), "NextIteration", {n("body")}, kFloatT) +
         NodeText(n("exit"), "Exit", {n("switch") + ":0"}, kFloatT);
}

Tensor Bool(bool value) { return Tensor::Scalar(value); }

TEST_CASE("a branch that is not taken is dead; Merge takes the other, and says which") {
  TextSession session(If());
  const auto taken = Value(session.Run({{"x:0", Float(3)}, {"p:0", Bool(true)}}, {"merge:0", "merge:1"}));
  CHECK(taken[0].scalar<float>() == 9);
  CHECK(taken[1].scalar<int32_t>() == 1);
  const auto other = Value(session.Run({{"x:0", Float(3)}, {"p:0", Bool(false)}}, {"merge:0", "merge:1"}));
  CHECK(other[0].scalar<float>() == -3);
  CHECK(other[1].scalar<int32_t>() == 0);
}

TEST_CASE("to fetch a dead tensor is the model's error") {
  TextSession session(If());
  CHECK_FAILS(session.Run({{"x:0", Float(3)}, {"p:0", Bool(false)}}, {"yes:0"}), ErrorKind::kModel, "DeadFetch");
}

TEST_CASE("what a dead node controls is dead as well") {
  TextSession session(If() + NodeText("behind", "Neg", {"x", "^yes"}, kFloatT));
  CHECK(session.RunScalar({{"x:0", Float(3)}, {"p:0", Bool(true)}}, "behind:0") == -3);
  CHECK_FAILS(session.Run({{"x:0", Float(3)}, {"p:0", Bool(false)}}, {"behind:0"}), ErrorKind::kModel, "DeadFetch");
}

TEST_CASE("loops run as often as their condition holds, also never") {
  TextSession session(Placeholder("x") + ScalarConst("ten", "DT_FLOAT", "float_val: 10") + Loop("loop", "x", "ten"));
  CHECK(session.RunScalar({{"x:0", Float(0.5f)}}, "loop/exit:0") == 10.5f);
  CHECK(session.RunScalar({{"x:0", Float(20)}}, "loop/exit:0") == 20);
}

TEST_CASE("a loop within a branch runs only when the branch does") {
  TextSession session(Placeholder("p", "DT_BOOL") + Placeholder("x") + ScalarConst("ten", "DT_FLOAT", "float_val: 10") +
                      NodeText("switch", "Switch", {"x", "p"}, kFloatT) +
                      NodeText("limit", "Switch", {"ten", "p"}, kFloatT) + Loop("loop", "switch:1", "limit:1") +
                      NodeText("merge", "Merge", {"switch:0", "loop/exit"}, {{"T", "type: DT_FLOAT"}, {"N", "i: 2"}}));
  CHECK(session.RunScalar({{"x:0", Float(0)}, {"p:0", Bool(true)}}, "merge:0") == 10);
  CHECK(session.RunScalar({{"x:0", Float(0)}, {"p:0", Bool(false)}}, "merge:0") == 0);
}

TEST_CASE("one loop's result starts another") {
  TextSession session(Placeholder("x") + ScalarConst("five", "DT_FLOAT", "float_val: 5") +
                      ScalarConst("ten", "DT_FLOAT", "float_val: 10") + Loop("a", "x", "five") +
                      Loop("b", "a/exit", "ten"));
  CHECK(session.RunScalar({{"x:0", Float(0)}}, "b/exit:0") == 10);
}

TEST_CASE("loops that are no loops are refused") {
  TextSession outside(Placeholder("x") + NodeText("y", "Exit", {"x"}, kFloatT));
  CHECK_FAILS(outside.Prepare({"x:0"}, {"y:0"}), ErrorKind::kInvalidModel, "FrameMismatch");
  const AttrTexts enter = {{"T", "type: DT_FLOAT"}, {"frame_name", "s: \"f\""}};
  TextSession inside(Placeholder("x") + NodeText("y", "Enter", {"x"}, enter));
  CHECK_FAILS(inside.Prepare({"x:0"}, {"y:0"}), ErrorKind::kInvalidModel, "FrameMismatch");
  TextSession mixed(Placeholder("x") + NodeText("e", "Enter", {"x"}, enter) +
                    NodeText("y", "AddV2", {"e", "x"}, kFloatT));
  CHECK_FAILS(mixed.Prepare({"x:0"}, {"y:0"}), ErrorKind::kInvalidModel, "FrameMismatch");
}

TEST_CASE("edges of a graph with control flow are checked as well") {
  TextSession session(If() + NodeText("bad", "Neg", {"merge:1"}, kFloatT));
  CHECK_FAILS(session.Prepare({"x:0", "p:0"}, {"bad:0"}), ErrorKind::kInvalidModel, "EdgeTypeMismatch");
}

}  // namespace
}  // namespace smcli
