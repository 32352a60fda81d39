// Linear algebra: shapes, the conventions of TensorFlow where a matrix has no answer, and refusals.
#include <cmath>

#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr DataType kF = DataType::kFloat;

std::string Node(std::string_view op, std::string_view attrs = "") {
  return fmt::format(R"(op: "{}" attr {{ key: "T" value {{ type: DT_FLOAT }} }} {})", op, attrs);
}
std::string Flag(std::string_view name, bool value) {
  return fmt::format(R"(attr {{ key: "{}" value {{ b: {} }} }})", name, value);
}

TEST_CASE(
    "a matrix that is not positive definite has NaN for a Cholesky factor, its neighbours in the batch have theirs") {
  const Tensor a = MakeTensor<float>({2, 2, 2}, {4, 2, 2, 5, 1, 2, 2, 1});
  const auto out = Value(OpRunner(Node("Cholesky"), {kF}).Run({a}));
  const float* l = out[0].data<float>();
  CHECK(l[0] == Approx(2));
  CHECK(l[1] == 0);
  CHECK(l[3] == Approx(2));
  CHECK(l[5] == 0);
  for (int i : {4, 6, 7}) CHECK(std::isnan(l[i]));
}

TEST_CASE("singular matrices are refused by Lu, MatrixInverse and MatrixSolve") {
  const Tensor a = MakeTensor<float>({2, 2}, {1, 2, 2, 4});
  const Tensor b = MakeTensor<float>({2, 1}, {1, 2});
  CHECK_FAILS(OpRunner(Node("Lu"), {kF, DataType::kInt32}).Run({a}), ErrorKind::kModel, "not invertible");
  CHECK_FAILS(OpRunner(Node("MatrixInverse"), {kF}).Run({a}), ErrorKind::kModel, "not invertible");
  CHECK_FAILS(OpRunner(Node("MatrixSolve"), {kF}).Run({a, b}), ErrorKind::kModel, "not invertible");
}

TEST_CASE("matrices must be square, and right sides as high as they are") {
  const Tensor wide = MakeTensor<float>({1, 2}, {1, 2});
  const Tensor square = MakeTensor<float>({2, 2}, {1, 0, 0, 1});
  CHECK_FAILS(OpRunner(Node("MatrixDeterminant"), {kF}).Run({wide}), ErrorKind::kModel, "square");
  CHECK_FAILS(OpRunner(Node("Cholesky"), {kF}).Run({MakeTensor<float>({2}, {1, 2})}), ErrorKind::kModel, "rank");
  CHECK_FAILS(OpRunner(Node("MatrixSolve"), {kF}).Run({square, wide}), ErrorKind::kModel, "incompatible");
  CHECK_FAILS(OpRunner(Node("MatrixTriangularSolve"), {kF}).Run({square, wide}), ErrorKind::kModel, "mismatch");
}

TEST_CASE("empty matrices: the determinant is 1, factors are empty, full bases are whole") {
  const Tensor none = MakeTensor<float>({0, 0}, {});
  CHECK(Value(OpRunner(Node("MatrixDeterminant"), {kF}).Run({none}))[0].scalar<float>() == 1);
  CHECK(Value(OpRunner(Node("Cholesky"), {kF}).Run({none}))[0].shape() == Shape{0, 0});
  const auto svd =
      Value(OpRunner(Node("Svd", Flag("full_matrices", true)), {kF, kF, kF}).Run({MakeTensor<float>({0, 2}, {})}));
  CHECK(svd[0].shape() == Shape{0});
  CHECK(SameTensor(svd[2], MakeTensor<float>({2, 2}, {1, 0, 0, 1})));
}

TEST_CASE("Svd without vectors puts out empty ones; values fall") {
  const Tensor a = MakeTensor<float>({2, 2}, {3, 0, 0, 4});
  const auto out = Value(OpRunner(Node("Svd", Flag("compute_uv", false)), {kF, kF, kF}).Run({a}));
  CHECK(out[0].data<float>()[0] == Approx(4));
  CHECK(out[0].data<float>()[1] == Approx(3));
  CHECK(out[1].num_elements() == 0);
}

TEST_CASE("a batch of one triangle is solved for each right side") {
  const Tensor lower = MakeTensor<float>({1, 2, 2}, {2, 9, 1, 1});
  const Tensor b = MakeTensor<float>({2, 2, 1}, {2, 3, 4, 5});
  const auto out = Value(OpRunner(Node("MatrixTriangularSolve"), {kF}).Run({lower, b}));
  CHECK(SameTensor(out[0], MakeTensor<float>({2, 2, 1}, {1, 2, 2, 3})));
}

TEST_CASE("three diagonals: a zero pivot needs pivoting, a singular system gives NaN") {
  const Tensor diagonals = MakeTensor<float>({3, 2}, {1, 0, 0, 0, 0, 1});
  const Tensor b = MakeTensor<float>({2, 1}, {5, 7});
  const auto pivoted = Value(OpRunner(Node("TridiagonalSolve"), {kF}).Run({diagonals, b}));
  CHECK(SameTensor(pivoted[0], MakeTensor<float>({2, 1}, {7, 5})));
  const auto plain =
      Value(OpRunner(Node("TridiagonalSolve", Flag("partial_pivoting", false)), {kF}).Run({diagonals, b}));
  CHECK(std::isnan(plain[0].data<float>()[0]));
  CHECK_FAILS(OpRunner(Node("TridiagonalSolve"), {kF}).Run({MakeTensor<float>({2, 2}, {1, 1, 1, 1}), b}),
              ErrorKind::kModel, "3 rows");
}

TEST_CASE("cross products are of vectors of three, and integers wrap") {
  const std::string node = R"(op: "Cross" attr { key: "T" value { type: DT_UINT8 } })";
  const OpRunner cross(node, {DataType::kUint8});
  const Tensor a = MakeTensor<uint8_t>({3}, {1, 2, 3}), b = MakeTensor<uint8_t>({3}, {4, 5, 6});
  CHECK(SameTensor(Value(cross.Run({a, b}))[0], MakeTensor<uint8_t>({3}, {253, 6, 253})));
  CHECK_FAILS(cross.Run({MakeTensor<uint8_t>({2}, {1, 2}), MakeTensor<uint8_t>({2}, {1, 2})}), ErrorKind::kModel,
              "3-element");
}

TEST_CASE("eigenvalues of a real matrix are not sorted, as TensorFlow's are not") {
  const std::string node =
      R"(op: "Eig" attr { key: "T" value { type: DT_FLOAT } } attr { key: "Tout" value { type: DT_COMPLEX64 } })";
  const Tensor a = MakeTensor<float>({2, 2}, {3, 0, 0, 1});
  const auto out = Value(OpRunner(node, {DataType::kComplex64, DataType::kComplex64}).Run({a}));
  CHECK(SameTensor(out[0], MakeTensor<std::complex<float>>({2}, {3, 1})));
}

TEST_CASE("a product of bfloat16 is rounded to the nearest, as TensorFlow with oneDNN rounds it") {
  const std::string node = R"(op: "MatMul" attr { key: "T" value { type: DT_BFLOAT16 } })";
  const auto b16 = [](float value) { return BFloat16(value); };
  const Tensor a = MakeTensor<BFloat16>({1, 2}, {b16(1), b16(0x1.8p-8f)});
  const Tensor b = MakeTensor<BFloat16>({2, 1}, {b16(1), b16(1)});
  const auto out = Value(OpRunner(node, {DataType::kBfloat16}).Run({a, b}));
  CHECK(static_cast<float>(out[0].data<BFloat16>()[0]) == 1.0078125f);
}

}  // namespace
}  // namespace smcli
