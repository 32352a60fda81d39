#include "exec/plan.h"

#include "exec/text_session.h"

namespace smcli {
namespace {

// The names of the nodes that run, in order.
std::vector<std::string> StepsOf(TextSession& session, const TextSession::Feeds& feeds,
                                 const std::vector<std::string>& fetches) {
  std::vector<std::string> steps;
  session.session().SetObserver([&](const StepInfo& step, std::span<const Tensor>) { steps.emplace_back(step.node); });
  REQUIRE_OK(session.Run(feeds, fetches));
  session.session().SetObserver(nullptr);
  return steps;
}

Tensor Large(int64_t elements) {
  Tensor tensor = *Tensor::Make(DataType::kFloat, Shape{elements});
  std::ranges::fill(tensor.mutable_flat<float>(), 1.0f);
  return tensor;
}

TEST_CASE("only what the fetches need runs, each node after what it reads") {
  TextSession session(Placeholder("x") + NodeText("unused", "Neg", {"x"}, kFloatT) +
                      NodeText("sum", "AddV2", {"abs", "neg"}, kFloatT) + NodeText("abs", "Abs", {"neg"}, kFloatT) +
                      NodeText("neg", "Neg", {"x"}, kFloatT));
  CHECK(StepsOf(session, {{"x:0", Float(2)}}, {"sum:0"}) == std::vector<std::string>{"neg", "abs", "sum"});
  CHECK(session.RunScalar({{"x:0", Float(2)}}, "sum:0") == 0);
}

TEST_CASE("a fed tensor cuts the graph, wherever it lies") {
  TextSession session(Placeholder("x") + NodeText("neg", "Neg", {"x"}, kFloatT) +
                      NodeText("abs", "Abs", {"neg"}, kFloatT));
  CHECK(StepsOf(session, {{"neg:0", Float(-3)}}, {"abs:0"}) == std::vector<std::string>{"abs"});
  CHECK_FAILS(session.Run({}, {"abs:0"}), ErrorKind::kModel, "x");
}

TEST_CASE("who waits for a fed node waits for nothing that runs") {
  TextSession session(Placeholder("x") + NodeText("neg", "Neg", {"x"}, kFloatT) +
                      NodeText("abs", "Abs", {"neg", "^x", "^neg"}, kFloatT));
  const TextSession::Feeds feeds = {{"neg:0", Float(-3)}, {"x:0", Float(1)}};
  CHECK(StepsOf(session, feeds, {"abs:0"}) == std::vector<std::string>{"abs"});
}

TEST_CASE("a tensor may be fetched twice, and fed and fetched at once") {
  TextSession session(Placeholder("x") + NodeText("neg", "Neg", {"x"}, kFloatT));
  const auto values = Value(session.Run({{"x:0", Float(2)}}, {"neg:0", "x:0", "neg:0"}));
  CHECK(values[0].scalar<float>() == -2);
  CHECK(values[1].scalar<float>() == 2);
  CHECK(values[2].scalar<float>() == -2);
}

TEST_CASE("what depends on constants alone is computed when the plan is made") {
  const std::string graph = Placeholder("x") + ScalarConst("two", "DT_FLOAT", "float_val: 2") +
                            NodeText("four", "Mul", {"two", "two"}, kFloatT) +
                            NodeText("y", "Mul", {"x", "four"}, kFloatT);
  TextSession folded(graph);
  CHECK(StepsOf(folded, {{"x:0", Float(3)}}, {"y:0"}) == std::vector<std::string>{"y"});
  CHECK(folded.RunScalar({{"x:0", Float(3)}}, "y:0") == 12);
  TextSession plain(graph, 1, false);
  CHECK(StepsOf(plain, {{"x:0", Float(3)}}, {"y:0"}).size() == 3);
  CHECK(plain.RunScalar({{"x:0", Float(3)}}, "y:0") == 12);
}

TEST_CASE("a division by a constant rounds as a product with its reciprocal") {
  const AttrTexts half = {{"T", "type: DT_HALF"}};
  TextSession session(Placeholder("x", "DT_HALF") + ScalarConst("three", "DT_HALF", "half_val: 16896") +
                      NodeText("y", "RealDiv", {"x", "three"}, half));
  const auto values = Value(session.Run({{"x:0", Tensor::Scalar(Half(10000.0f))}}, {"y:0"}));
  CHECK(static_cast<float>(values[0].scalar<Half>()) == 3332.0f);  // 10000 / 3 is nearer to 3334
}

TEST_CASE("a constant step that fails, fails when it runs, and only where somebody asks for it") {
  TextSession session(Placeholder("x") + ScalarConst("zero", "DT_INT32", "int_val: 0") +
                      NodeText("bad", "FloorDiv", {"zero", "zero"}, {{"T", "type: DT_INT32"}}) +
                      NodeText("y", "Neg", {"x"}, kFloatT));
  CHECK(session.RunScalar({{"x:0", Float(1)}}, "y:0") == -1);
  REQUIRE_OK(session.Prepare({}, {"bad:0"}));
  CHECK_FAILS(session.Run({}, {"bad:0"}), ErrorKind::kModel, "node 'bad' (op FloorDiv)");
}

TEST_CASE("element-wise chains work in one buffer; what somebody else reads later stays as it is") {
  TextSession session(Placeholder("x") + NodeText("a", "Neg", {"x"}, kFloatT) + NodeText("b", "Abs", {"a"}, kFloatT) +
                      NodeText("c", "Neg", {"b"}, kFloatT) + NodeText("y", "AddV2", {"c", "b"}, kFloatT));
  const Tensor x = Large(5000);
  std::vector<const void*> buffers;
  session.session().SetObserver(
      [&](const StepInfo&, std::span<const Tensor> outputs) { buffers.push_back(outputs[0].raw_data()); });
  const Tensor y = session.RunOne({{"x:0", x}}, "y:0");
  REQUIRE(buffers.size() == 4);
  CHECK(buffers[0] != x.raw_data());  // the caller's tensor
  CHECK(buffers[1] == buffers[0]);    // nobody else reads a
  CHECK(buffers[2] != buffers[1]);    // b is read again
  CHECK(y.flat<float>()[0] == 0);
  CHECK(x.flat<float>()[0] == 1);
}

TEST_CASE("a value leaves memory after its last reader") {
  std::string graph = Placeholder("x");
  for (int i = 0; i < 12; ++i) {
    graph += NodeText(fmt::format("n{}", i), "Cumsum", {i == 0 ? "x" : fmt::format("n{}", i - 1), "axis"},
                      {{"T", "type: DT_FLOAT"}, {"Tidx", "type: DT_INT32"}});
  }
  TextSession session(graph + ScalarConst("axis", "DT_INT32", "int_val: 0"));
  const Tensor x = Large(100'000);
  const int64_t before = TensorMemoryInUse();
  int64_t most = 0;
  session.session().SetObserver(
      [&](const StepInfo&, std::span<const Tensor>) { most = std::max(most, TensorMemoryInUse() - before); });
  session.RunOne({{"x:0", x}}, "n11:0");
  CHECK(most <= 2 * 400'000);
  CHECK(TensorMemoryInUse() == before);
}

TEST_CASE("control dependencies order side effects") {
  const AttrTexts variable = {{"dtype", "type: DT_FLOAT"}, {"shape", "shape { }"}, {"shared_name", "s: \"v\""}};
  const AttrTexts dtype = {{"dtype", "type: DT_FLOAT"}};
  TextSession session(NodeText("v", "VarHandleOp", {}, variable) + ScalarConst("one", "DT_FLOAT", "float_val: 1") +
                      ScalarConst("ten", "DT_FLOAT", "float_val: 10") +
                      NodeText("set", "AssignVariableOp", {"v", "one"}, dtype) +
                      NodeText("first", "ReadVariableOp", {"v", "^set"}, dtype) +
                      NodeText("add", "AssignAddVariableOp", {"v", "ten", "^first"}, dtype) +
                      NodeText("second", "ReadVariableOp", {"v", "^add"}, dtype));
  const auto values = Value(session.Run({}, {"second:0", "first:0"}));
  CHECK(values[0].scalar<float>() == 11);
  CHECK(values[1].scalar<float>() == 1);
}

TEST_CASE("a V1 reference is read when it is used") {
  const AttrTexts variable = {{"dtype", "type: DT_FLOAT"}, {"shape", "shape { }"}};
  TextSession session(NodeText("v", "VariableV2", {}, variable) + ScalarConst("two", "DT_FLOAT", "float_val: 2") +
                      NodeText("set", "Assign", {"v", "two"}, kFloatT) + NodeText("y", "Neg", {"set"}, kFloatT));
  CHECK(session.RunScalar({}, "y:0") == -2);
  CHECK(session.RunScalar({}, "set:0") == 2);
}

TEST_CASE("everything that is missing is named at once, before anything runs") {
  TextSession session(Placeholder("x") + NodeText("a", "NoSuchOp", {"x"}) + NodeText("b", "AnotherOne", {"a"}) +
                      NodeText("c", "MatMul", {"s", "s"}, {{"T", "type: DT_STRING"}}) +
                      ScalarConst("s", "DT_STRING", "string_val: 'a'"));
  const auto entry = session.Prepare({"x:0"}, {"b:0", "c:0"});
  CHECK_FAILS(entry, ErrorKind::kUnsupported, "the custom op 'NoSuchOp' (node 'a')");
  CHECK_FAILS(entry, ErrorKind::kUnsupported, "the custom op 'AnotherOne'");
  CHECK_FAILS(entry, ErrorKind::kUnsupported, "op 'MatMul' for string");
}

TEST_CASE("a circle, and an edge whose ends disagree, are refused") {
  TextSession circle(NodeText("a", "Neg", {"b"}, kFloatT) + NodeText("b", "Neg", {"a"}, kFloatT));
  CHECK_FAILS(circle.Prepare({}, {"a:0"}), ErrorKind::kInvalidModel, "GraphCycle");
  TextSession edge(ScalarConst("s", "DT_STRING", "string_val: 'a'") + NodeText("y", "Neg", {"s"}, kFloatT));
  CHECK_FAILS(edge.Prepare({}, {"y:0"}), ErrorKind::kInvalidModel,
              "EdgeTypeMismatch: input 0 of node 'y' (op Neg) is string");
}

TEST_CASE("values of a wrong dtype are refused where they come in") {
  TextSession session(Placeholder("x") + NodeText("y", "Neg", {"x"}, kFloatT));
  CHECK_FAILS(session.Run({{"x:0", Tensor::Scalar<int32_t>(1)}}, {"y:0"}), ErrorKind::kUsage, "takes float");
}

}  // namespace
}  // namespace smcli
