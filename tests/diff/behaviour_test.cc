#include "diff/behaviour.h"

#include <cmath>
#include <limits>

#include "base/thread_pool.h"
#include "diff/bisect.h"
#include "diff/model_side.h"
#include "support/catch.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr Tolerances kExact{.atol = 0, .rtol = 0};
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("outputs of two dtypes are compared by value") {
  const OutputChange change =
      CompareOutput("y", MakeTensor<float>({2}, {1, 2}), MakeTensor<double>({2}, {1, 2.5}), kExact);
  CHECK(change.changed);
  CHECK(change.max_abs == 0.5);
}

TEST_CASE("a NaN on one side is a change that no number says") {
  const OutputChange change = CompareOutput("y", MakeTensor<float>({1}, {1}), MakeTensor<float>({1}, {kNan}), kExact);
  CHECK(change.changed);
  CHECK(change.one_sided_nan);
  CHECK_FALSE(CompareOutput("y", MakeTensor<float>({1}, {kNan}), MakeTensor<float>({1}, {kNan}), kExact).changed);
}

TEST_CASE("strings that differ are 1 apart, shapes that differ infinitely") {
  CHECK(CompareOutput("y", Tensor::Strings(Shape({1}), {"a"}), Tensor::Strings(Shape({1}), {"b"}), kExact).max_abs ==
        1);
  CHECK(std::isinf(CompareOutput("y", MakeTensor<float>({1}, {1}), MakeTensor<float>({2}, {1, 1}), kExact).max_abs));
}

TEST_CASE("zeros of two signs behave alike") {
  CHECK_FALSE(CompareOutput("y", MakeTensor<float>({1}, {0.0F}), MakeTensor<float>({1}, {-0.0F}), kExact).changed);
}

class PairOf {
 public:
  explicit PairOf(const std::string& folder)
      : files_(MakeRealFileSystem()),
        before_(Value(OpenSide(*files_, folder + "/old"))),
        after_(Value(OpenSide(*files_, folder + "/new"))),
        pair_(MatchMetaGraph("serve", *before_.model->meta_graphs()[0], *after_.model->meta_graphs()[0])),
        threads_(1),
        names_(Value(StepNames::Make(pair_, threads_))) {}
  const StepNames& names() const { return *names_; }

 private:
  std::unique_ptr<FileSystem> files_;
  ModelSide before_, after_;
  MetaGraphPair pair_;
  ThreadPool threads_;
  std::unique_ptr<const StepNames> names_;
};

TEST_CASE("the first of the old model's steps with another value is named, under the name that it has in the new one") {
  const PairOf pair("testdata/diff/node_renamed");
  Bisection bisection(pair.names());
  const std::vector<Tensor> two = {MakeTensor<float>({1}, {2})}, three = {MakeTensor<float>({1}, {3})};
  bisection.ObserveBefore({"", "w", "Const"}, two);
  bisection.ObserveBefore({"", "y", "Mul"}, two);
  bisection.ObserveBefore({"", "z", "Identity"}, two);
  bisection.ObserveAfter({"", "w", "Const"}, two);
  bisection.ObserveAfter({"", "product", "Mul"}, three);
  bisection.ObserveAfter({"", "z", "Identity"}, three);
  const auto first = bisection.First(kExact);
  REQUIRE(first.has_value());
  CHECK(first->node == "y");
  CHECK(first->node_after == "product");
  CHECK(first->agreed == 1);
  CHECK_FALSE(bisection.First({.atol = 2, .rtol = 0}).has_value());
}

TEST_CASE("a node that runs again is compared turn by turn") {
  const PairOf pair("testdata/diff/behaviour");
  Bisection bisection(pair.names());
  for (const float value : {1.0F, 2.0F}) {
    bisection.ObserveBefore({"", "y", "Mul"}, std::vector<Tensor>{MakeTensor<float>({1}, {value})});
    bisection.ObserveAfter({"", "y", "Mul"}, std::vector<Tensor>{MakeTensor<float>({1}, {value * value})});
  }
  const auto first = bisection.First(kExact);
  REQUIRE(first.has_value());
  CHECK(first->turn == 1);
}

}  // namespace
}  // namespace smcli
