#include "exec/function_table.h"

#include "exec/text_session.h"

namespace smcli {
namespace {

const AttrTexts kOneToOne = {{"Tin", "list { type: DT_FLOAT }"}, {"Tout", "list { type: DT_FLOAT }"}};

AttrTexts Calling(const std::string& attr, const std::string& function, AttrTexts attrs = kOneToOne) {
  attrs.push_back({attr, fmt::format("func {{ name: \"{}\" }}", function)});
  return attrs;
}

std::string Double() { return FunctionText("double", BodyNode("sum", "AddV2", {"a", "a"}, kFloatT), "sum:z:0"); }
std::string Negative() { return FunctionText("negative", BodyNode("neg", "Neg", {"a"}, kFloatT), "neg:y:0"); }

TEST_CASE("functions are called by PartitionedCall and by their own name") {
  TextSession session(Placeholder("x") + NodeText("a", "PartitionedCall", {"x"}, Calling("f", "double")) +
                      NodeText("b", "double", {"a"}) + Library(Double()));
  CHECK(session.RunScalar({{"x:0", Float(3)}}, "b:0") == 12);
}

TEST_CASE("of several implementations of one thing the one for the CPU is called") {
  const auto implementing = [](const std::string& function, const std::string& device) {
    const std::string attrs = R"(attr { key: "api_implements" value { s: "thing" } } )" +
                              fmt::format(R"(attr {{ key: "api_preferred_device" value {{ s: "{}" }} }} )", device);
    return std::string(function).insert(function.find("{") + 1, attrs);
  };
  const std::string other_type =
      FunctionText("wrong", BodyNode("c", "Cast", {"a"}, {{"SrcT", "type: DT_FLOAT"}, {"DstT", "type: DT_INT32"}}),
                   "c:y:0", "DT_INT32");
  const std::string calls = Placeholder("x") + NodeText("y", "PartitionedCall", {"x"}, Calling("f", "double"));
  TextSession chosen(calls + Library(implementing(Double(), "GPU") + implementing(other_type, "CPU") +
                                     implementing(Negative(), "CPU")));
  CHECK(chosen.RunScalar({{"x:0", Float(3)}}, "y:0") == -3);
  TextSession only(calls + Library(implementing(Double(), "GPU") + Negative()));
  CHECK(only.RunScalar({{"x:0", Float(3)}}, "y:0") == 6);
}

TEST_CASE("If and Case choose a branch; an index out of range is the last one") {
  AttrTexts branches = Calling("then_branch", "double");
  branches.push_back({"else_branch", "func { name: \"negative\" }"});
  branches.push_back({"Tcond", "type: DT_BOOL"});
  AttrTexts cases = kOneToOne;
  cases.push_back({"branches", "list { func { name: \"double\" } func { name: \"negative\" } }"});
  TextSession session(Placeholder("x") + Placeholder("p", "DT_BOOL") + Placeholder("i", "DT_INT32") +
                      NodeText("if", "If", {"p", "x"}, branches) + NodeText("case", "Case", {"i", "x"}, cases) +
                      Library(Double() + Negative()));
  CHECK(session.RunScalar({{"x:0", Float(3)}, {"p:0", Tensor::Scalar(true)}}, "if:0") == 6);
  CHECK(session.RunScalar({{"x:0", Float(3)}, {"p:0", Tensor::Scalar(false)}}, "if:0") == -3);
  CHECK(session.RunScalar({{"x:0", Float(3)}, {"i:0", Tensor::Scalar<int32_t>(0)}}, "case:0") == 6);
  CHECK(session.RunScalar({{"x:0", Float(3)}, {"i:0", Tensor::Scalar<int32_t>(-7)}}, "case:0") == -3);
}

TEST_CASE("While runs its body as long as its condition holds") {
  AttrTexts loop = {
      {"T", "list { type: DT_FLOAT }"}, {"cond", "func { name: \"small\" }"}, {"body", "func { name: \"double\" }"}};
  const std::string small = FunctionText("small",
                                         BodyNode("limit", "Const", {}, ScalarAttrs("DT_FLOAT", "float_val: 100")) +
                                             BodyNode("less", "Less", {"a", "limit:output:0"}, kFloatT),
                                         "less:z:0", "DT_BOOL");
  TextSession session(Placeholder("x") + NodeText("y", "While", {"x"}, loop) + Library(Double() + small));
  CHECK(session.RunScalar({{"x:0", Float(3)}}, "y:0") == 192);
  CHECK(session.RunScalar({{"x:0", Float(300)}}, "y:0") == 300);
}

TEST_CASE("what a function does counts, though nobody reads it") {
  const std::string check =
      FunctionText("check",
                   BodyNode("no", "Const", {}, ScalarAttrs("DT_BOOL", "bool_val: false")) +
                       BodyNode("assert", "Assert", {"no:output:0", "a"}, {{"T", "list { type: DT_FLOAT }"}}) +
                       BodyNode("same", "Identity", {"a"}, kFloatT),
                   "same:output:0");
  TextSession session(Placeholder("x") + NodeText("y", "check", {"x"}) + Library(check));
  const auto values = session.Run({{"x:0", Float(1)}}, {"y:0"});
  CHECK_FAILS(values, ErrorKind::kModel, "node 'y' (op check): node 'assert' (op Assert) in function 'check'");
}

TEST_CASE("endless recursion ends after 200 calls, with a message that can be read") {
  TextSession session(Placeholder("x") + NodeText("y", "again", {"x"}) +
                      Library(FunctionText("again", BodyNode("call", "again", {"a"}), "call:r:0")));
  const auto values = session.Run({{"x:0", Float(1)}}, {"y:0"});
  CHECK_FAILS(values, ErrorKind::kModel, "FunctionRecursion");
  CHECK_FAILS(values, ErrorKind::kModel, "node 'y' (op again)");
  CHECK(values.error().message().size() < 3000);
}

TEST_CASE("calls that do not fit their function are refused") {
  TextSession missing(Placeholder("x") + NodeText("y", "PartitionedCall", {"x"}, Calling("f", "nowhere")));
  CHECK_FAILS(missing.Prepare({"x:0"}, {"y:0"}), ErrorKind::kInvalidModel, "nowhere");
  TextSession arity(
      Placeholder("x") + Library(Double()) +
      NodeText("y", "PartitionedCall", {"x", "x"},
               Calling("f", "double",
                       {{"Tin", "list { type: DT_FLOAT type: DT_FLOAT }"}, {"Tout", "list { type: DT_FLOAT }"}})));
  CHECK_FAILS(arity.Prepare({"x:0"}, {"y:0"}), ErrorKind::kInvalidModel, "takes 1 arguments");
  TextSession types(
      Placeholder("x", "DT_INT32") + Library(Double()) +
      NodeText("y", "PartitionedCall", {"x"},
               Calling("f", "double", {{"Tin", "list { type: DT_INT32 }"}, {"Tout", "list { type: DT_FLOAT }"}})));
  CHECK_FAILS(types.Run({{"x:0", Tensor::Scalar<int32_t>(1)}}, {"y:0"}), ErrorKind::kModel,
              "takes float as argument 0");
  TextSession rets(
      Placeholder("x") + Library(Double()) +
      NodeText("y", "PartitionedCall", {"x"},
               Calling("f", "double", {{"Tin", "list { type: DT_FLOAT }"}, {"Tout", "list { type: DT_STRING }"}})));
  CHECK_FAILS(rets.Run({{"x:0", Float(1)}}, {"y:0"}), ErrorKind::kModel, "output 0 is float, the node says string");
}

TEST_CASE("a function returns what it says") {
  TextSession session(Placeholder("x") + NodeText("y", "liar", {"x"}) +
                      Library(FunctionText("liar", BodyNode("neg", "Neg", {"a"}, kFloatT), "neg:y:0", "DT_STRING")));
  CHECK_FAILS(session.Prepare({"x:0"}, {"y:0"}), ErrorKind::kInvalidModel, "EdgeTypeMismatch");
}

}  // namespace
}  // namespace smcli
