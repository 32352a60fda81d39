#include "exec/session.h"

#include <chrono>
#include <thread>

#include "exec/text_session.h"

namespace smcli {
namespace {

// f(x) on this many threads must be the same bytes.
Tensor OnThreads(const std::string& graph, const Tensor& x, int threads) {
  TextSession session(graph, threads);
  return session.RunOne({{"x:0", x}}, "y:0");
}

Tensor Wave(const Shape& shape) {
  Tensor tensor = *Tensor::Make(DataType::kFloat, shape);
  float value = 0.1f;
  for (float& element : tensor.mutable_flat<float>()) element = value = 3.7f * value * (1 - value);
  return tensor;
}

std::string Reduction(const std::string& op) {
  return Placeholder("x") +
         NodeText("axis", "Const", {},
                  {{"dtype", "type: DT_INT32"},
                   {"value", "tensor { dtype: DT_INT32 tensor_shape { dim { size: 2 } } int_val: 0 int_val: 1 }"}}) +
         NodeText("y", op, {"x", "axis"}, {{"T", "type: DT_FLOAT"}, {"Tidx", "type: DT_INT32"}});
}

TEST_CASE("results do not depend on the number of threads") {
  const Tensor x = Wave(Shape{300, 517});
  const std::string graphs[] = {
      Reduction("Sum"),
      Reduction("Mean"),
      Placeholder("x") + NodeText("y", "Softmax", {"x"}, kFloatT),
      Placeholder("x") + NodeText("y", "Tanh", {"x"}, kFloatT),
      Placeholder("x") + NodeText("y", "MatMul", {"x", "x"},
                                  {{"T", "type: DT_FLOAT"}, {"transpose_a", "b: false"}, {"transpose_b", "b: true"}}),
  };
  for (const std::string& graph : graphs) {
    const Tensor one = OnThreads(graph, x, 1);
    for (const int threads : {2, 3, 5}) CHECK(SameTensor(OnThreads(graph, x, threads), one));
  }
}

TEST_CASE("one entry point runs on several threads at once") {
  TextSession session(Placeholder("x") + NodeText("a", "Square", {"x"}, kFloatT) +
                      NodeText("y", "AddV2", {"a", "x"}, kFloatT));
  const auto entry = Value(session.Prepare({"x:0"}, {"y:0"}));
  CHECK_FALSE(entry->changes_state());
  session.session().ExpectParallelRuns();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto x = static_cast<float>(t * 1000 + i);
        const auto y = entry->Run({Float(x)});
        if (!y.ok() || (*y)[0].scalar<float>() != x * x + x) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("runs that leave something behind are known") {
  const AttrTexts variable = {{"dtype", "type: DT_FLOAT"}, {"shape", "shape { }"}, {"shared_name", "s: \"v\""}};
  const AttrTexts dtype = {{"dtype", "type: DT_FLOAT"}};
  TextSession session(
      NodeText("v", "VarHandleOp", {}, variable) + ScalarConst("one", "DT_FLOAT", "float_val: 1") +
      NodeText("read", "ReadVariableOp", {"v"}, dtype) + NodeText("set", "AssignVariableOp", {"v", "one"}, dtype) +
      NodeText("after", "ReadVariableOp", {"v", "^set"}, dtype) +
      NodeText("ref", "VariableV2", {}, {{"dtype", "type: DT_FLOAT"}, {"shape", "shape { }"}}) +
      NodeText("assign", "Assign", {"ref", "one"}, kFloatT) +
      NodeText("rng", "RandomStandardNormal", {"n"}, {{"T", "type: DT_INT32"}, {"dtype", "type: DT_FLOAT"}}) +
      NodeText("n", "Const", {},
               {{"dtype", "type: DT_INT32"},
                {"value", "tensor { dtype: DT_INT32 tensor_shape { dim { size: 1 } } int_val: 3 }"}}));
  CHECK_FALSE(Value(session.Prepare({}, {"read:0"}))->changes_state());
  CHECK(Value(session.Prepare({}, {"after:0"}))->changes_state());
  CHECK_FALSE(Value(session.Prepare({}, {"ref:0"}))->changes_state());
  CHECK(Value(session.Prepare({}, {"assign:0"}))->changes_state());
  CHECK(Value(session.Prepare({}, {"rng:0"}))->changes_state());
}

TEST_CASE("an endless loop ends when it is cancelled, even one without a step") {
  const std::string loop = NodeText(
      "y", "While", {"x"},
      {{"T", "list { type: DT_FLOAT }"}, {"cond", "func { name: \"always\" }"}, {"body", "func { name: \"same\" }"}});
  TextSession session(
      Placeholder("x") + loop +
      Library(FunctionText("always", BodyNode("yes", "Const", {}, ScalarAttrs("DT_BOOL", "bool_val: true")),
                           "yes:output:0", "DT_BOOL") +
              FunctionText("same", BodyNode("id", "Identity", {"a"}, kFloatT), "id:output:0")));
  const auto entry = Value(session.Prepare({"x:0"}, {"y:0"}));
  std::thread clock([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    session.session().Cancel("enough");
  });
  CHECK_FAILS(entry->Run({Float(1)}), ErrorKind::kModel, "cancelled: enough");
  clock.join();
}

TEST_CASE("a model that wants more memory than it may have gets an error") {
  TextSession session(Placeholder("x", "DT_INT32") + ScalarConst("one", "DT_FLOAT", "float_val: 1") +
                      NodeText("y", "Fill", {"x", "one"}, {{"T", "type: DT_FLOAT"}, {"index_type", "type: DT_INT32"}}));
  SetTensorMemoryLimit(TensorMemoryInUse() + (int64_t{1} << 20));
  const auto fill = session.Run({{"x:0", MakeTensor<int32_t>(Shape{2}, {1024, 1024})}}, {"y:0"});
  SetTensorMemoryLimit(0);
  CHECK_FAILS(fill, ErrorKind::kModel, "node 'y' (op Fill): out of memory");
}

TEST_CASE("files stay closed to a model that may open none") {
  TextSession session(ScalarConst("path", "DT_STRING", "string_val: '/etc/passwd'") +
                      NodeText("y", "ReadFile", {"path"}));
  CHECK_FAILS(session.Run({}, {"y:0"}), ErrorKind::kUnsupported, "--allow-files");
}

TEST_CASE("an input that is absent, unknown or of another shape is the caller's error") {
  TextSession session(NodeText("x", "Placeholder", {},
                               {{"dtype", "type: DT_FLOAT"}, {"shape", "shape { dim { size: -1 } dim { size: 2 } }"}}) +
                      NodeText("y", "Neg", {"x"}, kFloatT));
  const auto entry = Value(session.Prepare({"x:0"}, {"y:0"}));
  CHECK_FAILS(entry->Run({Tensor()}), ErrorKind::kUsage, "\"x:0\" was not given");
  CHECK_FAILS(entry->Run({Float(1)}), ErrorKind::kUsage, "has shape [?,2], got []");
  CHECK_FAILS(session.Prepare({"x:0"}, {"z:0"}), ErrorKind::kUsage, "no node \"z\"");
  CHECK_FAILS(session.Prepare({"xx:0"}, {"y:0"}), ErrorKind::kUsage, "no node \"xx\"; did you mean \"x\"?");
  CHECK_FAILS(session.Prepare({"x:0"}, {"y:1"}), ErrorKind::kUsage, "has 1 outputs");
}

}  // namespace
}  // namespace smcli
