// Every expectation is what NumPy 2.4 answers.
#include "formats/numpy_functions.h"

#include "formats/numpy_array.h"
#include "support/catch.h"
#include "tensor/print.h"

namespace smcli {
namespace {

// "float64 [2] [1. 1.]"
std::string Evaluated(std::string_view expression) {
  NumpyRandom random(7);
  const PythonValue value = Value(EvaluateNumpy(expression, random));
  const Tensor array = Value(ArrayFromPython(value));
  return fmt::format("{} {} {}", NumpyName(array.dtype()), array.shape().ToString(), NumpyText(array));
}

Result<PythonValue> Refused(std::string_view expression) {
  NumpyRandom random(7);
  return EvaluateNumpy(expression, random);
}

TEST_CASE("literals have NumPy's default dtypes") {
  CHECK(Evaluated("[1, 2.5]") == "float64 [2] [1.  2.5]");
  CHECK(Evaluated("[[1,2],[3,4]]") == "int64 [2,2] [[1 2]\n [3 4]]");
  CHECK(Evaluated("[True, 2]") == "int64 [2] [1 2]");
  CHECK(Evaluated("18446744073709551615") == "uint64 [] 18446744073709551615");
  CHECK(Evaluated("[1, 2j]") == "complex128 [2] [1.+0.j 0.+2.j]");
  CHECK(Evaluated("['a', b'\\xff']") == "string [2] [b'a' b'\\xff']");
  CHECK(Evaluated("[]") == "float64 [0] []");
  CHECK(Evaluated("1, 2") == "int64 [2] [1 2]");
}

TEST_CASE("numbers are computed as Python computes them") {
  CHECK(Evaluated("-2**2") == "int64 [] -4");
  CHECK(Evaluated("-7 // 2") == "int64 [] -4");
  CHECK(Evaluated("-7 % 3") == "int64 [] 2");
  CHECK(Evaluated("2**-1") == "float64 [] 0.5");
  CHECK(Evaluated("1_000 + 0x1F") == "int64 [] 1031");
}

TEST_CASE("the functions of the closed subset") {
  CHECK(Evaluated("np.ones((2, 3), dtype=np.float32)") == "float32 [2,3] [[1. 1. 1.]\n [1. 1. 1.]]");
  CHECK(Evaluated("np.zeros(2, 'u1')") == "uint8 [2] [0 0]");
  CHECK(Evaluated("np.full((1, 2), 7.5)") == "float64 [1,2] [[7.5 7.5]]");
  CHECK(Evaluated("np.eye(2, 3, k=1, dtype=np.int8)") == "int8 [2,3] [[0 1 0]\n [0 0 1]]");
  CHECK(Evaluated("np.arange(10, 0, -3)") == "int64 [4] [10  7  4  1]");
  CHECK(Evaluated("np.arange(0.0, 1.0, 0.25)") == "float64 [4] [0.   0.25 0.5  0.75]");
  CHECK(Evaluated("np.linspace(0, 1, 5)") == "float64 [5] [0.   0.25 0.5  0.75 1.  ]");
  CHECK(Evaluated("np.arange(6).reshape(2, -1).astype(np.float16)") == "float16 [2,3] [[0. 1. 2.]\n [3. 4. 5.]]");
  CHECK(Evaluated("np.array([1.7, -1.7]).astype('int32')") == "int32 [2] [ 1 -1]");
  CHECK(Evaluated("np.array([0] * 3)") == "int64 [3] [0 0 0]");
}

TEST_CASE("arithmetic on arrays promotes and broadcasts as NumPy does") {
  CHECK(Evaluated("np.ones(2, np.float32) * 2.5") == "float32 [2] [2.5 2.5]");
  CHECK(Evaluated("np.array([1, 2]) / 2") == "float64 [2] [0.5 1. ]");
  CHECK(Evaluated("np.array([200], np.uint8) + np.array([100], np.uint8)") == "uint8 [1] [44]");
  CHECK(Evaluated("np.ones(1, np.uint64) + np.ones(1, np.int64)") == "float64 [1] [2.]");
  CHECK(Evaluated("np.ones((2, 1)) + np.arange(3)") == "float64 [2,3] [[1. 2. 3.]\n [1. 2. 3.]]");
  CHECK(Evaluated("np.array([7, 8, -9]) // np.array([2, 0, -4])") == "int64 [3] [3 0 2]");
  CHECK(Evaluated("-np.array([0.0])") == "float64 [1] [-0.]");
}

TEST_CASE("random numbers are those of np.random.seed(7)") {
  CHECK(Evaluated("np.random.rand(2)") == "float64 [2] [0.07630829 0.77991879]");
  CHECK(Evaluated("np.random.randn(3)") == "float64 [3] [ 1.6905257  -0.46593737  0.03282016]");
  CHECK(Evaluated("np.random.randint(10, size=4)") == "int64 [4] [4 9 6 3]");
  CHECK(Evaluated("np.random.normal(5, 2, 2)") == "float64 [2] [8.38105141 4.06812526]");
}

TEST_CASE("nothing beyond the subset can be said") {
  CHECK_FAILS(Refused("__import__('os')"), ErrorKind::kUsage, "not among");
  CHECK_FAILS(Refused("np.load('x')"), ErrorKind::kUsage, "not among");
  CHECK_FAILS(Refused("np.onse(2)"), ErrorKind::kUsage, "did you mean \"np.ones\"");
  CHECK_FAILS(Refused("[].append(1)"), ErrorKind::kUsage, "no attribute");
  CHECK_FAILS(Refused("np.ones(10**12)"), ErrorKind::kUsage, "too large");
  CHECK_FAILS(Refused("[0] * 10**9"), ErrorKind::kUsage, "more than");
  CHECK_FAILS(Refused("np.ones(2, foo=1)"), ErrorKind::kUsage, "no argument \"foo\"");
  CHECK_FAILS(Refused(std::string(100, '[')), ErrorKind::kUsage, "nests more than 64");
  CHECK_FAILS(Refused("1/0"), ErrorKind::kUsage, "division by zero");
  CHECK_FAILS(Refused("1 2"), ErrorKind::kUsage, "column 3");
}

TEST_CASE("lists of different lengths make no array") {
  CHECK_FAILS(ArrayFromPython(Value(Refused("[[1], [2, 3]]"))), ErrorKind::kUsage, "lengths differ");
  CHECK_FAILS(ArrayFromPython(Value(Refused("['a', 1]"))), ErrorKind::kUsage, "strings and numbers");
  CHECK_FAILS(ArrayFromPython(Value(Refused("[None]"))), ErrorKind::kUsage, "no array element");
}

}  // namespace
}  // namespace smcli
