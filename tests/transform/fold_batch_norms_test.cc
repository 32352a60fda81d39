#include "transform/fold_batch_norms.h"

#include "support/catch.h"
#include "support/draft_text.h"
#include "support/tensors.h"
#include "tensor/compare.h"
#include "transform/prune.h"

namespace smcli {
namespace {

const std::string kX = NodeText("x", "Placeholder", {}, {{"dtype", "type: DT_FLOAT"}});
const Tensor kImage = MakeTensor<float>({1, 2, 2, 2}, {1, -2, 3, 4, -5, 6, 7, 8});

// A float Const of any shape.
std::string Weights(const std::string& name, const std::vector<int>& dims) {
  std::string shape, values;
  int count = 1;
  for (int dim : dims) {
    shape += " dim { size: " + std::to_string(dim) + " }";
    count *= dim;
  }
  for (int i = 0; i < count; ++i) values += " float_val: " + std::to_string(0.5F + 0.25F * static_cast<float>(i % 7));
  return NodeText(name, "Const", {},
                  {{"dtype", "type: DT_FLOAT"},
                   {"value", "tensor { dtype: DT_FLOAT tensor_shape {" + shape + " }" + values + " }"}});
}
std::string Conv(const std::string& op, const std::string& weights) {
  return NodeText("conv", op, {"x", weights},
                  {{"T", "type: DT_FLOAT"}, {"strides", "list { i: [1, 1, 1, 1] }"}, {"padding", "s: 'SAME'"}});
}
std::string Norm(const std::string& input, bool training = false) {
  return FloatsText("gamma", {1.5, 0.5}) + FloatsText("beta", {0.25, -1}) + FloatsText("mean", {2, 3}) +
         FloatsText("variance", {4, 0.25}) +
         NodeText("bn", "FusedBatchNormV3", {input, "gamma", "beta", "mean", "variance"},
                  {{"T", "type: DT_FLOAT"},
                   {"U", "type: DT_FLOAT"},
                   {"epsilon", "f: 0.001"},
                   {"is_training", training ? "b: true" : "b: false"}});
}

void CheckSameAnswer(TextDraft& draft, const std::string& fetch, const Tensor& x) {
  const Tensor before = Value(draft.Run({{"x:0", x}}, {fetch}))[0];
  REQUIRE_OK(FoldBatchNorms(*draft));
  REQUIRE_OK(Prune(*draft, {.fetches = {fetch}, .feeds = {}, .functions = {}}));
  const Tensor after = Value(draft.Run({{"x:0", x}}, {fetch}))[0];
  REQUIRE(before.shape() == after.shape());
  for (int64_t i = 0; i < before.num_elements(); ++i) {
    CHECK(after.data<float>()[i] == Approx(before.data<float>()[i]).epsilon(1e-5));
  }
}

TEST_CASE("a batch norm behind a convolution becomes a bias", "[transform]") {
  TextDraft draft(kX + Weights("w", {1, 1, 2, 2}) + Conv("Conv2D", "w") + Norm("conv"));
  CheckSameAnswer(draft, "bn:0", kImage);
  CHECK(draft.Lines() ==
        "x = Placeholder()\nconv = Conv2D(x, conv/scaled)\nbn = BiasAdd(conv, bn/shift)\nconv/scaled = "
        "Const()\nbn/shift = Const()\n");
}

TEST_CASE("a bias in between is shifted and scaled too", "[transform]") {
  TextDraft draft(kX + Weights("w", {2, 2, 2, 2}) + Conv("Conv2D", "w") + FloatsText("b", {1, 2}) +
                  NodeText("biased", "BiasAdd", {"conv", "b"}, kFloatT) + Norm("biased"));
  CheckSameAnswer(draft, "bn:0", kImage);
  CHECK(draft->graph().Find("biased") == -1);
}

TEST_CASE("depthwise weights are scaled by channel and multiplier", "[transform]") {
  TextDraft draft(kX + Weights("w", {2, 2, 2, 1}) + Conv("DepthwiseConv2dNative", "w") + Norm("conv"));
  CheckSameAnswer(draft, "bn:0", kImage);
  CHECK(draft->graph().Find("conv/scaled") >= 0);
}

TEST_CASE("a factor per column goes into the matrix, transposed or not, twice over", "[transform]") {
  for (const std::string transposed : {"false", "true"}) {
    TextDraft draft(
        kX + Weights("w", {2, 2}) +
        NodeText("mm", "MatMul", {"x", "w"}, {{"T", "type: DT_FLOAT"}, {"transpose_b", "b: " + transposed}}) +
        FloatsText("b", {1, 2}) + NodeText("biased", "BiasAdd", {"mm", "b"}, kFloatT) + FloatsText("k", {3, -1}) +
        NodeText("scaled", "Mul", {"k", "biased"}, kFloatT) + FloatsText("two", {2}, true) +
        NodeText("twice", "Mul", {"scaled", "two"}, kFloatT) + NodeText("y", "Relu", {"twice"}, kFloatT));
    CheckSameAnswer(draft, "y:0", MakeTensor<float>({2, 2}, {1, 2, -3, 4}));
    CHECK(draft->graph().Find("scaled") == -1);
    CHECK(draft->graph().Find("twice") == -1);
  }
}

TEST_CASE("what others read, or training, is left alone", "[transform]") {
  const std::string shared = NodeText("other", "Neg", {"conv"}, kFloatT);
  for (const std::string& text : {Norm("conv") + shared, Norm("conv", true)}) {
    TextDraft draft(kX + Weights("w", {1, 1, 2, 2}) + Conv("Conv2D", "w") + text);
    const std::string before = draft.Lines();
    REQUIRE_OK(FoldBatchNorms(*draft));
    CHECK(draft.Lines() == before);
  }
}

}  // namespace
}  // namespace smcli
