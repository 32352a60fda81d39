// Gradients of resizing: expected values are TensorFlow's.
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

OpRunner Gradient(std::string_view op, std::string_view flag) {
  return OpRunner(
      fmt::format(R"(op: "{}" attr {{ key: "T" value {{ type: DT_FLOAT }} }} attr {{ key: "{}" value {{ b: true }} }})",
                  op, flag),
      {DataType::kFloat});
}

TEST_CASE("gradients of a resized image go back to the pixels that were mixed") {
  const Tensor gradients = MakeTensor<float>({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Tensor image = MakeTensor<float>({1, 2, 2, 1}, {0, 0, 0, 0});
  const std::vector<float> expected = {5.25f, 8.25f, 14.25f, 17.25f};
  for (const auto& [op, flag] :
       {std::pair("ResizeBilinearGrad", "half_pixel_centers"), std::pair("ResizeBicubicGrad", "align_corners")}) {
    const Tensor out = Value(Gradient(op, flag).Run({gradients, image}))[0];
    REQUIRE(out.shape() == Shape{1, 2, 2, 1});
    for (size_t i = 0; i < expected.size(); ++i) CHECK(out.flat<float>()[i] == Approx(expected[i]));
  }
}

TEST_CASE("gradients of images without pixels are refused") {
  const OpRunner gradient = Gradient("ResizeBilinearGrad", "align_corners");
  const Tensor image = MakeTensor<float>({1, 1, 1, 1}, {0});
  CHECK_FAILS(gradient.Run({MakeTensor<float>({1, 0, 1, 1}, {}), image}), ErrorKind::kModel, "non-zero size");
  CHECK_FAILS(gradient.Run({image, MakeTensor<float>({1, 1, 0, 1}, {})}), ErrorKind::kModel, "non-zero size");
  CHECK_FAILS(gradient.Run({MakeTensor<float>({1}, {0}), image}), ErrorKind::kModel, "4-dimensional");
  CHECK(Value(gradient.Run({MakeTensor<float>({0, 1, 1, 1}, {}), image}))[0].shape() == Shape{0, 1, 1, 1});
}

}  // namespace
}  // namespace smcli
