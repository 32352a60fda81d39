#include "ops/element_chain.h"

#include <array>
#include <cmath>

#include "exec/text_session.h"

namespace smcli {
namespace {

Tensor Ramp(const Shape& shape, float scale) {
  Tensor tensor = *Tensor::Make(DataType::kFloat, shape);
  float value = -1;
  for (float& element : tensor.mutable_flat<float>()) element = value += scale;
  return tensor;
}

// relu6(sigmoid(x * a + b) - c), c coming in on the left of a sum as well.
std::string Graph() {
  return Placeholder("x") + Placeholder("a") + Placeholder("b") + Placeholder("c") +
         NodeText("mul", "Mul", {"a", "x"}, kFloatT) + NodeText("add", "AddV2", {"b", "mul"}, kFloatT) +
         NodeText("sigmoid", "Sigmoid", {"add"}, kFloatT) + NodeText("sub", "Sub", {"sigmoid", "c"}, kFloatT) +
         NodeText("y", "Relu6", {"sub"}, kFloatT);
}

// The steps as an observer sees them are the ops alone.
Tensor OneByOne(TextSession& session, const TextSession::Feeds& feeds, int steps) {
  int seen = 0;
  session.session().SetObserver([&](const StepInfo&, std::span<const Tensor>) { ++seen; });
  const Tensor y = session.RunOne(feeds, "y:0");
  session.session().SetObserver(nullptr);
  CHECK(seen == steps);
  return y;
}

TEST_CASE("a chain gives the bits of its ops alone, whatever the operands' shapes") {
  TextSession session(Graph(), 3);
  const std::vector<std::array<Shape, 4>> cases = {
      {Shape{70, 3}, Shape{3}, Shape{3}, Shape{}},
      {Shape{5, 70, 48}, Shape{1, 1, 48}, Shape{5, 70, 48}, Shape{1}},
      {Shape{33, 300}, Shape{300}, Shape{}, Shape{33, 300}},
      {Shape{3, 6000}, Shape{6000}, Shape{6000}, Shape{6000}},
      {Shape{10'007}, Shape{}, Shape{10'007}, Shape{1}},
      {Shape{4, 1}, Shape{4, 5}, Shape{5}, Shape{1, 5}},  // x grows: not in blocks
      {Shape{6, 4}, Shape{6, 1}, Shape{4}, Shape{4}},
      {Shape{}, Shape{}, Shape{}, Shape{}},
      {Shape{0, 8}, Shape{8}, Shape{8}, Shape{8}},
  };
  for (const auto& [x, a, b, c] : cases) {
    const TextSession::Feeds feeds = {
        {"x:0", Ramp(x, 0.01f)}, {"a:0", Ramp(a, 0.7f)}, {"b:0", Ramp(b, 0.3f)}, {"c:0", Ramp(c, 0.02f)}};
    CHECK(SameTensor(session.RunOne(feeds, "y:0"), OneByOne(session, feeds, 5)));
  }
}

// A layer normalisation as Keras writes it, and GELU: numbers for each row, a tensor that grows on the way, functions.
std::string Normalisation() {
  return Placeholder("x") + Placeholder("variance") + Placeholder("gamma") + Placeholder("mean") +
         NodeText("inverse", "Rsqrt", {"variance"}, kFloatT) + NodeText("scale", "Mul", {"inverse", "gamma"}, kFloatT) +
         NodeText("scaled", "Mul", {"scale", "x"}, kFloatT) + NodeText("shifted", "Sub", {"scaled", "mean"}, kFloatT) +
         NodeText("erfc", "Erfc", {"shifted"}, kFloatT) + NodeText("half", "RealDiv", {"erfc", "variance"}, kFloatT) +
         NodeText("y", "SquaredDifference", {"mean", "half"}, kFloatT);
}

TEST_CASE("numbers for each row go through a chain, and one that grows goes on from there") {
  TextSession session(Normalisation(), 3);
  for (const auto& [rows, columns] : std::vector<std::pair<int64_t, int64_t>>{{70, 16}, {33, 300}, {5, 6000}, {9, 3}}) {
    const TextSession::Feeds feeds = {{"x:0", Ramp(Shape{2, rows, columns}, 0.01f)},
                                      {"variance:0", Ramp(Shape{2, rows, 1}, 1.3f)},
                                      {"gamma:0", Ramp(Shape{columns}, 0.7f)},
                                      {"mean:0", Ramp(Shape{2, rows, 1}, 0.1f)}};
    CHECK(SameTensor(session.RunOne(feeds, "y:0"), OneByOne(session, feeds, 7)));
  }
}

TEST_CASE("a chain names the link that fails") {
  TextSession session(Graph());
  const TextSession::Feeds feeds = {
      {"x:0", Ramp(Shape{3}, 1)}, {"a:0", Ramp(Shape{2}, 1)}, {"b:0", Float(1)}, {"c:0", Float(1)}};
  const auto failed = session.Run(feeds, {"y:0"});
  CHECK_FAILS(failed, ErrorKind::kModel, "node 'mul' (op Mul)");
  CHECK(failed.error().message().find("(op Relu6)") == std::string::npos);
}

TEST_CASE("what somebody else reads, or fetches, ends a chain") {
  TextSession session(Graph() + NodeText("z", "AddV2", {"y", "sigmoid"}, kFloatT));
  const TextSession::Feeds feeds = {{"x:0", Float(2)}, {"a:0", Float(1)}, {"b:0", Float(0)}, {"c:0", Float(0)}};
  const auto values = Value(session.Run(feeds, {"z:0", "add:0"}));
  CHECK(values[0].scalar<float>() == Approx(2 / (1 + std::exp(-2.0f))));
  CHECK(values[1].scalar<float>() == 2);
}

}  // namespace
}  // namespace smcli
