// Every expectation is what NumPy 2.4 prints.
#include "tensor/print.h"

#include <limits>

#include "support/catch.h"
#include "tensor/float_text.h"

namespace smcli {
namespace {

Tensor Floats(const Shape& shape, std::vector<float> values) { return Tensor::Of<float>(shape, values); }

TEST_CASE("floats of one array share their width") {
  CHECK(NumpyText(Floats({3, 1}, {2.5f, 3.25f, 0.5f})) == "[[2.5 ]\n [3.25]\n [0.5 ]]");
  CHECK(NumpyText(Floats({2, 1}, {7, 12})) == "[[ 7.]\n [12.]]");
  CHECK(NumpyText(Floats({2, 2}, {1.1f, 1e30f, 3.1f, 1e30f})) == "[[1.1e+00 1.0e+30]\n [3.1e+00 1.0e+30]]");
}

TEST_CASE("the exponent form begins where the type's precision or the spread of the values asks for it") {
  CHECK(NumpyText(Floats({2}, {1e6f, 1})) == "[1.e+06 1.e+00]");
  CHECK(NumpyText(Floats({2}, {999999, 1000})) == "[999999.   1000.]");
  CHECK(NumpyText(Floats({2}, {1e-4f, 1e-4f})) == "[0.0001 0.0001]");
  CHECK(NumpyText(Tensor::Vector<double>(std::vector<double>{9.9e7, 1e6})) == "[99000000.  1000000.]");
}

TEST_CASE("digits beyond the shortest form are those of the exact value") {
  CHECK(NumpyText(Floats({2}, {-1.3031573e5f, 2.8422241e3f})) == "[-130315.73     2842.224]");
  CHECK(NumpyText(Floats({2}, {3.10347568e-05f, 1.00625577e-04f})) == "[3.1034757e-05 1.0062558e-04]");
}

TEST_CASE("NaN and infinities stand flush right") {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(NumpyText(Floats({2, 2}, {nan, kInf, -kInf, 0.5f})) == "[[ nan  inf]\n [-inf  0.5]]");
  CHECK(NumpyText(Tensor::Scalar(nan)) == "nan");
}

TEST_CASE("scalars print as NumPy scalars") {
  CHECK(NumpyText(Tensor::Scalar(4.5f)) == "4.5");
  CHECK(NumpyText(Tensor::Scalar(2.0f)) == "2.0");
  CHECK(NumpyText(Tensor::Scalar(1e6f)) == "1e+06");
  CHECK(NumpyText(Tensor::Scalar(1e15)) == "1000000000000000.0");
  CHECK(NumpyText(Tensor::Scalar(1e-5)) == "1e-05");
  CHECK(NumpyText(Tensor::Scalar(int32_t{6})) == "6");
  CHECK(NumpyText(Tensor::Scalar(true)) == "True");
  CHECK(NumpyText(Tensor::Scalar(std::complex<float>(1, 2))) == "(1+2j)");
  CHECK(NumpyText(Tensor::Scalar(std::complex<float>(0, -2.5))) == "-2.5j");
  CHECK(NumpyText(Tensor::Scalar(std::string("a'b"))) == "b\"a'b\"");
}

TEST_CASE("a half is written with the fewest digits that name it") {
  CHECK(FloatScalarText(0.0999755859375, FloatWidth::kHalf) == "0.1");
  CHECK(FloatScalarText(0.015625, FloatWidth::kHalf) == "0.01563");
  CHECK(FloatScalarText(65504, FloatWidth::kHalf) == "6.55e+04");
}

TEST_CASE("integers, bools, strings and complex numbers") {
  CHECK(NumpyText(Tensor::Of<int32_t>({2, 2}, std::vector<int32_t>{-1, -10, 4, 40})) == "[[ -1 -10]\n [  4  40]]");
  Tensor bools = *Tensor::Make(DataType::kBool, {2});
  bools.mutable_data<bool>()[0] = true;
  bools.mutable_data<bool>()[1] = false;
  CHECK(NumpyText(bools) == "[ True False]");
  CHECK(NumpyText(Tensor::Strings({1, 2}, {"a b", std::string("\xff\0\n", 3)})) == "[[b'a b' b'\\xff\\x00\\n']]");
  const std::vector<std::complex<double>> complexes = {{1, 2}, {3.25, -1e-3}};
  CHECK(NumpyText(Tensor::Vector<std::complex<double>>(complexes)) == "[1.  +2.e+00j 3.25-1.e-03j]");
}

TEST_CASE("large arrays are summarised, long rows wrapped, empty ones bare") {
  std::vector<int64_t> values(2000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i);
  CHECK(NumpyText(Tensor::Of<int64_t>({2, 1000}, values)) ==
        "[[   0    1    2 ...  997  998  999]\n [1000 1001 1002 ... 1997 1998 1999]]");
  std::vector<int64_t> thirty(values.begin() + 1000, values.begin() + 1030);
  CHECK(NumpyText(Tensor::Vector<int64_t>(thirty)) ==
        "[1000 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013\n"
        " 1014 1015 1016 1017 1018 1019 1020 1021 1022 1023 1024 1025 1026 1027\n"
        " 1028 1029]");
  CHECK(NumpyText(Floats({0, 3}, {})) == "[]");
  CHECK(NumpyText(Floats({2, 1, 2}, {1, 2, 3, 4})) == "[[[1. 2.]]\n\n [[3. 4.]]]");
}

}  // namespace
}  // namespace smcli
