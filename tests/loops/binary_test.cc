// The binary loops of every CPU level against plain C++.
#include <cmath>
#include <limits>
#include <vector>

#include "loops/loops.h"
#include "support/catch.h"

namespace smcli {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double FloorMod(double a, double b) {
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

struct Row {
  const char* name;
  BinaryFn fn;
  double (*reference)(double, double);
};
const Row kRows[] = {
    {"Add", BinaryFn::kAdd, [](double a, double b) { return a + b; }},
    {"Sub", BinaryFn::kSub, [](double a, double b) { return a - b; }},
    {"Mul", BinaryFn::kMul, [](double a, double b) { return a * b; }},
    {"RealDiv", BinaryFn::kRealDiv, [](double a, double b) { return a / b; }},
    {"DivNoNan", BinaryFn::kDivNoNan, [](double a, double b) { return b == 0 ? 0 : a / b; }},
    {"MulNoNan", BinaryFn::kMulNoNan, [](double a, double b) { return b == 0 ? 0 : a * b; }},
    {"FloorDiv", BinaryFn::kFloorDiv, [](double a, double b) { return std::floor(a / b); }},
    {"FloorMod", BinaryFn::kFloorMod, FloorMod},
    {"Mod", BinaryFn::kMod, [](double a, double b) { return std::fmod(a, b); }},
    {"Pow", BinaryFn::kPow, [](double a, double b) { return std::pow(a, b); }},
    {"Atan2", BinaryFn::kAtan2, [](double a, double b) { return std::atan2(a, b); }},
    {"SquaredDifference", BinaryFn::kSquaredDifference, [](double a, double b) { return (a - b) * (a - b); }},
    {"Maximum", BinaryFn::kMaximum, [](double a, double b) { return a != a || b != b ? kNan
                                                                    : a > b          ? a
                                                                                     : b; }},
    {"Minimum", BinaryFn::kMinimum, [](double a, double b) { return a != a || b != b ? kNan
                                                                    : a < b          ? a
                                                                                     : b; }},
    {"Xlogy", BinaryFn::kXlogy, [](double a, double b) { return a == 0 ? 0 : a * std::log(b); }},
    {"Xdivy", BinaryFn::kXdivy, [](double a, double b) { return a == 0 ? 0 : a / b; }},
    {"LeakyRelu", BinaryFn::kLeakyRelu, [](double a, double b) { return a > 0 ? a : a * b; }},
};

bool Near(double got, double want, double rtol) {
  if (std::isnan(want)) return std::isnan(got);
  if (std::isinf(want)) return got == want;
  return std::fabs(got - want) <= rtol * std::fabs(want) + 1e-30;
}

TEST_CASE("binary loops agree with plain C++, special values included") {
  const double values[] = {0, 1, -1, 0.5, -2.5, 3, 7, -7, 2, kInf, -kInf, kNan, 1e-3, 1e4, -0.25, 11};
  std::vector<double> a, b;
  for (double x : values) {
    for (double y : values) a.push_back(x), b.push_back(y);
  }
  const int n = static_cast<int>(a.size());
  const std::vector<float> a32(a.begin(), a.end()), b32(b.begin(), b.end());
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Loops& loops = *AllIsas().tables[isa];
    for (const Row& row : kRows) {
      std::vector<double> y(n);
      std::vector<float> y32(n);
      loops.f64[row.fn](a.data(), b.data(), y.data(), n, Scalar::kNone);
      loops.f32[row.fn](a32.data(), b32.data(), y32.data(), n, Scalar::kNone);
      for (int i = 0; i < n; ++i) {
        INFO(loops.isa << " " << row.name << "(" << a[i] << ", " << b[i] << ")");
        CHECK(Near(y[i], row.reference(a[i], b[i]), 1e-14));
        const double wide = row.reference(a32[i], b32[i]);
        if (std::fabs(wide) < 1e30 || std::isinf(wide)) CHECK(Near(y32[i], wide, 1e-6));
      }
    }
  }
}

TEST_CASE("a scalar operand stands for every element, and exactly n are written") {
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Loops& loops = *AllIsas().tables[isa];
    for (int n = 0; n < 40; ++n) {
      std::vector<float> x(n), y(n + 1, -1.0f);
      for (int i = 0; i < n; ++i) x[i] = static_cast<float>(i);
      const float ten = 10;
      loops.f32[BinaryFn::kSub](x.data(), &ten, y.data(), n, Scalar::kRight);
      for (int i = 0; i < n; ++i) REQUIRE(y[i] == x[i] - 10);
      loops.f32[BinaryFn::kSub](&ten, x.data(), y.data(), n, Scalar::kLeft);
      for (int i = 0; i < n; ++i) REQUIRE(y[i] == 10 - x[i]);
      REQUIRE(y[n] == -1);
    }
  }
}

TEST_CASE("comparisons write one byte for each element and are false for NaN, NotEqual true") {
  const double a[] = {1, 2, 3, kNan, kInf}, b[] = {2, 2, 2, kNan, kInf};
  const struct {
    BinaryFn fn;
    std::vector<int> want;
  } rows[] = {
      {BinaryFn::kLess, {1, 0, 0, 0, 0}},    {BinaryFn::kLessEqual, {1, 1, 0, 0, 1}},
      {BinaryFn::kGreater, {0, 0, 1, 0, 0}}, {BinaryFn::kGreaterEqual, {0, 1, 1, 0, 1}},
      {BinaryFn::kEqual, {0, 1, 0, 0, 1}},   {BinaryFn::kNotEqual, {1, 0, 1, 1, 0}},
  };
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Loops& loops = *AllIsas().tables[isa];
    for (const auto& row : rows) {
      uint8_t y[5];
      loops.f64[row.fn](a, b, y, 5, Scalar::kNone);
      CHECK(std::vector<int>(y, y + 5) == row.want);
    }
  }
}

}  // namespace
}  // namespace smcli
