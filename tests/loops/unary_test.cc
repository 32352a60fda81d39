// The unary loops of every CPU level against the C library's long double functions.
#include <cmath>
#include <limits>
#include <vector>

#include "loops/loops.h"
#include "support/catch.h"

namespace smcli {
namespace {

long double Sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double Softplus(long double x) { return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x))); }
long double Rsqrt(long double x) { return 1 / std::sqrt(x); }
long double Elu(long double x) { return x < 0 ? std::expm1(x) : x; }
long double Square(long double x) { return x * x; }
long double Selu(long double x) {
  return 1.0507009873554804934193349852946L * (x < 0 ? 1.6732632423543772848170429916717L * std::expm1(x) : x);
}

struct Row {
  const char* name;
  UnaryFn fn;
  long double (*reference)(long double);
  double low, high;
  double rtol32, atol32;  // float: |y - reference| <= atol + rtol |reference|
  double rtol64;
};

// Where a loop is a polynomial of Eigen's, its error bound is Eigen's; lane by lane it is the C library's.
const Row kRows[] = {
    {"Exp", UnaryFn::kExp, std::exp, -87, 88, 3e-7, 0, 4e-16},
    {"Expm1", UnaryFn::kExpm1, std::expm1, -20, 88, 6e-7, 0, 1e-15},
    {"Log", UnaryFn::kLog, std::log, 1e-30, 1e30, 3e-7, 1e-9, 4e-16},
    {"Log1p", UnaryFn::kLog1p, std::log1p, -0.99, 100, 6e-7, 0, 1e-15},
    {"Tanh", UnaryFn::kTanh, std::tanh, -12, 12, 6e-7, 0, 2e-15},
    {"Sigmoid", UnaryFn::kSigmoid, Sigmoid, -80, 80, 6e-7, 0, 1e-15},
    {"Softplus", UnaryFn::kSoftplus, Softplus, -80, 80, 8e-7, 0, 2e-15},
    {"Elu", UnaryFn::kElu, Elu, -20, 20, 6e-7, 0, 1e-15},
    {"Selu", UnaryFn::kSelu, Selu, -20, 20, 6e-7, 0, 1e-15},
    {"Erf", UnaryFn::kErf, std::erf, -5, 5, 5e-7, 0, 1e-15},
    {"Erfc", UnaryFn::kErfc, std::erfc, -5, 9, 5e-6, 0, 1e-15},
    {"Sin", UnaryFn::kSin, std::sin, -100, 100, 3e-7, 2e-7, 1e-15},
    {"Cos", UnaryFn::kCos, std::cos, -100, 100, 3e-7, 2e-7, 1e-15},
    {"Tan", UnaryFn::kTan, std::tan, -100, 100, 3e-7, 0, 1e-15},
    {"Asin", UnaryFn::kAsin, std::asin, -1, 1, 3e-7, 0, 1e-15},
    {"Acos", UnaryFn::kAcos, std::acos, -1, 1, 3e-7, 0, 1e-15},
    {"Atan", UnaryFn::kAtan, std::atan, -50, 50, 3e-7, 0, 1e-15},
    {"Sinh", UnaryFn::kSinh, std::sinh, -20, 20, 3e-7, 0, 1e-15},
    {"Cosh", UnaryFn::kCosh, std::cosh, -20, 20, 3e-7, 0, 1e-15},
    {"Asinh", UnaryFn::kAsinh, std::asinh, -50, 50, 3e-7, 0, 1e-15},
    {"Acosh", UnaryFn::kAcosh, std::acosh, 1, 50, 3e-7, 0, 1e-15},
    {"Atanh", UnaryFn::kAtanh, std::atanh, -0.99, 0.99, 3e-7, 0, 1e-15},
    {"Sqrt", UnaryFn::kSqrt, std::sqrt, 0, 1e6, 1.2e-7, 0, 2.3e-16},
    {"Rsqrt", UnaryFn::kRsqrt, Rsqrt, 1e-6, 1e6, 2.4e-7, 0, 4e-16},
    {"Square", UnaryFn::kSquare, Square, -1e3, 1e3, 1.2e-7, 0, 2.3e-16},
    {"Floor", UnaryFn::kFloor, std::floor, -1e3, 1e3, 0, 0, 0},
    {"Ceil", UnaryFn::kCeil, std::ceil, -1e3, 1e3, 0, 0, 0},
    {"Rint", UnaryFn::kRint, std::rint, -1e3, 1e3, 0, 0, 0},
};

template <typename T>
double WorstExcess(UnaryLoop loop, const Row& row, double rtol, double atol) {
  const int n = 20011;
  std::vector<T> x(n), y(n);
  for (int i = 0; i < n; ++i) {
    x[i] = static_cast<T>(row.low + (row.high - row.low) * i / (n - 1));
    if (row.low > 0 && row.high / row.low > 1e6) {
      x[i] = static_cast<T>(std::exp(std::log(row.low) + std::log(row.high / row.low) * i / (n - 1)));
    }
  }
  loop(x.data(), y.data(), n);
  double worst = 0;
  for (int i = 0; i < n; ++i) {
    const long double want = row.reference(x[i]);
    const auto error = static_cast<double>(std::fabs(y[i] - want));
    worst = std::fmax(worst, error - (atol + rtol * static_cast<double>(std::fabs(want))));
  }
  return worst;
}

TEST_CASE("unary loops agree with the C library on every CPU level") {
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Loops& loops = *AllIsas().tables[isa];
    for (const Row& row : kRows) {
      INFO(loops.isa << " " << row.name);
      CHECK(WorstExcess<float>(loops.f32[row.fn], row, row.rtol32, row.atol32) <= 0);
      CHECK(WorstExcess<double>(loops.f64[row.fn], row, row.rtol64, 1e-16) <= 0);
    }
  }
}

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Special {
  UnaryFn fn;
  float x, want;
};
const Special kSpecials[] = {
    {UnaryFn::kExp, kInf, kInf},
    {UnaryFn::kExp, -kInf, 0},
    {UnaryFn::kExp, kNan, kNan},
    {UnaryFn::kExp, 89, kInf},
    {UnaryFn::kLog, 0, -kInf},
    {UnaryFn::kLog, -1, kNan},
    {UnaryFn::kLog, kInf, kInf},
    {UnaryFn::kLog, kNan, kNan},
    {UnaryFn::kLog1p, -1, -kInf},
    {UnaryFn::kLog1p, kInf, kInf},
    {UnaryFn::kLog1p, -2, kNan},
    {UnaryFn::kExpm1, -kInf, -1},
    {UnaryFn::kExpm1, kInf, kInf},
    {UnaryFn::kExpm1, kNan, kNan},
    {UnaryFn::kTanh, kInf, 1},
    {UnaryFn::kTanh, -kInf, -1},
    {UnaryFn::kTanh, kNan, kNan},
    {UnaryFn::kSigmoid, -kInf, 0},
    {UnaryFn::kSigmoid, kInf, 1},
    {UnaryFn::kSigmoid, kNan, kNan},
    {UnaryFn::kErf, kInf, 1},
    {UnaryFn::kErf, -kInf, -1},
    {UnaryFn::kErf, kNan, kNan},
    {UnaryFn::kErfc, kInf, 0},
    {UnaryFn::kErfc, -kInf, 2},
    {UnaryFn::kErfc, kNan, kNan},
    {UnaryFn::kRelu, kNan, kNan},
    {UnaryFn::kRelu, -kInf, 0},
    {UnaryFn::kRelu6, kInf, 6},
    {UnaryFn::kRelu6, kNan, kNan},
    {UnaryFn::kSign, -3, -1},
    {UnaryFn::kSign, 0, 0},
    {UnaryFn::kSign, kNan, kNan},
    {UnaryFn::kElu, -kInf, -1},
    {UnaryFn::kElu, kNan, kNan},
    {UnaryFn::kSoftplus, kInf, kInf},
    {UnaryFn::kSoftplus, -kInf, 0},
    {UnaryFn::kSoftplus, kNan, kNan},
    {UnaryFn::kRint, 2.5f, 2},
    {UnaryFn::kRint, -3.5f, -4},
    {UnaryFn::kRint, 1e30f, 1e30f},
    {UnaryFn::kFloor, -0.5f, -1},
    {UnaryFn::kCeil, kNan, kNan},
    {UnaryFn::kSqrt, -1, kNan},
    {UnaryFn::kRsqrt, 0, kInf},
    {UnaryFn::kRsqrt, kInf, 0},
    {UnaryFn::kSin, kInf, kNan},
    {UnaryFn::kAbs, -kInf, kInf},
    {UnaryFn::kSin, 1e10f, -0.48750603f},
    {UnaryFn::kSoftsign, -1, -0.5f},
    {UnaryFn::kInv, 0, kInf},
};

TEST_CASE("unary loops handle infinities, NaN and edges as TensorFlow does") {
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Loops& loops = *AllIsas().tables[isa];
    for (const Special& special : kSpecials) {
      INFO(loops.isa << " fn " << static_cast<int>(special.fn) << " of " << special.x);
      const double wide = special.x;
      float y32;
      double y64;
      loops.f32[special.fn](&special.x, &y32, 1);
      CHECK(((std::isnan(special.want) && std::isnan(y32)) || y32 == Approx(special.want).margin(1e-37)));
      if (std::fabs(special.x) == 89 || special.x > 1e9f) continue;  // not the same in double
      loops.f64[special.fn](&wide, &y64, 1);
      CHECK(((std::isnan(special.want) && std::isnan(y64)) || y64 == Approx(special.want).margin(1e-37)));
    }
  }
}

TEST_CASE("unary loops write exactly n elements, in place too") {
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Loops& loops = *AllIsas().tables[isa];
    for (int n = 0; n < 70; ++n) {
      std::vector<float> x(n + 2, 3.0f);
      x[n] = x[n + 1] = -7;
      loops.f32[UnaryFn::kSquare](x.data(), x.data(), n);
      for (int i = 0; i < n; ++i) REQUIRE(x[i] == 9);
      REQUIRE(x[n] == -7);
    }
  }
}

TEST_CASE("predicates answer one byte for each element") {
  const float x[] = {0, kNan, kInf, -kInf, 3e38f};
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Loops& loops = *AllIsas().tables[isa];
    uint8_t nan[5], inf[5], finite[5];
    loops.f32[UnaryFn::kIsNan](x, nan, 5);
    loops.f32[UnaryFn::kIsInf](x, inf, 5);
    loops.f32[UnaryFn::kIsFinite](x, finite, 5);
    CHECK(std::vector<int>(nan, nan + 5) == std::vector<int>{0, 1, 0, 0, 0});
    CHECK(std::vector<int>(inf, inf + 5) == std::vector<int>{0, 0, 1, 1, 0});
    CHECK(std::vector<int>(finite, finite + 5) == std::vector<int>{1, 0, 0, 0, 1});
  }
}

}  // namespace
}  // namespace smcli
