#include "ops/padded_window.h"

#include <cmath>

#include "exec/text_session.h"

namespace smcli {
namespace {

const AttrTexts kPadT = {{"T", "type: DT_FLOAT"}, {"Tpaddings", "type: DT_INT32"}};

// y = op(Pad(x, pads), f); `pads`: 8 numbers; strides of 2.
std::string Graph(const std::string& op, const std::vector<int>& pads, const std::string& padding = "VALID") {
  std::string values;
  for (const int pad : pads) values += fmt::format(" int_val: {}", pad);
  const std::string tensor =
      fmt::format("tensor {{ dtype: DT_INT32 tensor_shape {{ dim {{ size: 4 }} dim {{ size: 2 }} }}{} }}", values);
  return Placeholder("x") + Placeholder("f") +
         NodeText("pads", "Const", {}, {{"dtype", "type: DT_INT32"}, {"value", tensor}}) +
         NodeText("pad", "Pad", {"x", "pads"}, kPadT) +
         NodeText("y", op, {"pad", "f"},
                  {{"T", "type: DT_FLOAT"},
                   {"strides", "list { i: 1 i: 2 i: 2 i: 1 }"},
                   {"padding", fmt::format("s: \"{}\"", padding)}});
}

// Numbers of both signs whose products round.
Tensor Wave(const Shape& shape) {
  Tensor tensor = *Tensor::Make(DataType::kFloat, shape);
  int i = 0;
  for (float& element : tensor.mutable_flat<float>()) element = std::sin(static_cast<float>(++i));
  return tensor;
}

const TextSession::Feeds kFeeds = {{"x:0", Wave({2, 7, 9, 3})}, {"f:0", Wave({3, 3, 3, 4})}};

// As an observer has it done: each op alone. The ops that were seen come with it.
std::pair<Tensor, std::vector<std::string>> OneByOne(TextSession& session, const std::string& fetch) {
  std::vector<std::string> seen;
  session.session().SetObserver([&](const StepInfo& step, std::span<const Tensor>) { seen.emplace_back(step.op); });
  Tensor y = session.RunOne(kFeeds, fetch);
  session.session().SetObserver(nullptr);
  return {std::move(y), std::move(seen)};
}

TEST_CASE("a convolution that pads by itself gives the bits of both ops alone") {
  for (const char* op : {"Conv2D", "DepthwiseConv2dNative"}) {
    for (const std::vector<int>& pads : {std::vector{0, 0, 0, 1, 0, 1, 0, 0}, {0, 0, 2, 1, 3, 0, 0, 0}}) {
      INFO(op);
      TextSession session(Graph(op, pads), 2);
      const auto [y, seen] = OneByOne(session, "y:0");
      CHECK(seen == std::vector<std::string>{"Pad", op});
      CHECK(SameTensor(session.RunOne(kFeeds, "y:0"), y));
    }
  }
}

TEST_CASE("padding that a convolution cannot have stays where it is") {
  // The channels are padded from 2 to 3; the batch is; the window has padding of its own.
  const TextSession::Feeds narrow = {{"x:0", Wave({1, 4, 4, 2})}, kFeeds[1]};
  TextSession channels(Graph("Conv2D", {0, 0, 0, 0, 0, 0, 0, 1}));
  CHECK(channels.RunOne(narrow, "y:0").shape() == Shape{1, 1, 1, 4});
  TextSession batch(Graph("Conv2D", {1, 0, 0, 0, 0, 0, 0, 0}));
  CHECK(batch.RunOne(kFeeds, "y:0").shape() == Shape{3, 3, 4, 4});
  TextSession same(Graph("Conv2D", {0, 0, 1, 1, 1, 1, 0, 0}, "SAME"));
  CHECK(same.RunOne(kFeeds, "y:0").shape() == Shape{2, 5, 6, 4});
}

TEST_CASE("a padded image that somebody else wants is made") {
  TextSession session(Graph("Conv2D", {0, 0, 1, 1, 1, 1, 0, 0}));
  const auto values = Value(session.Run(kFeeds, {"y:0", "pad:0"}));
  CHECK(values[1].shape() == Shape{2, 9, 11, 3});
  CHECK(SameTensor(values[0], OneByOne(session, "y:0").first));
}

TEST_CASE("what is wrong with either op is said of it") {
  TextSession session(Graph("Conv2D", {0, 0, 0, 1, 0, 1, 0, 0}));
  const TextSession::Feeds flat = {{"x:0", Wave({7, 9})}, kFeeds[1]};
  CHECK_FAILS(session.Run(flat, {"y:0"}), ErrorKind::kModel, "node 'pad' (op Pad)");
  const TextSession::Feeds deep = {kFeeds[0], {"f:0", Wave({3, 3, 2, 4})}};
  CHECK_FAILS(session.Run(deep, {"y:0"}), ErrorKind::kModel, "input depth must be evenly divisible");
}

}  // namespace
}  // namespace smcli
