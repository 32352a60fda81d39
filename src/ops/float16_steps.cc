#include "ops/float16_steps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/element_function.h"

namespace smcli {
namespace {

const ElementLoops& Floats() { return CurrentLoops().f32; }

void Round(DataType dtype, float* x, int64_t n) {
  uint16_t narrow[kFloat16Block];
  NarrowFromFloat(dtype, x, narrow, n);
  WidenToFloat(dtype, narrow, x, n);
}
float Rounded(DataType dtype, float x) {
  Round(dtype, &x, 1);
  return x;
}

void AddOne(float* x, int64_t n) {
  constexpr float kOne = 1;
  Floats()[BinaryFn::kAdd](x, &kOne, x, n, Scalar::kRight);
}

// exp(x) / (exp(x) + 1), and 1 where exp(x) is infinite.
void Sigmoid(DataType dtype, const float* x, float* y, int64_t n) {
  float power[kFloat16Block], sum[kFloat16Block];
  Floats()[UnaryFn::kExp](x, power, n);
  Round(dtype, power, n);
  std::copy_n(power, n, sum);
  AddOne(sum, n);
  Round(dtype, sum, n);
  for (int64_t i = 0; i < n; ++i) {
    y[i] = power[i] == std::numeric_limits<float>::infinity() ? 1.0f : power[i] / sum[i];
  }
}

// exp(x) - 1 below 0, rounded.
void ExpLessOne(DataType dtype, const float* x, float* y, int64_t n) {
  Floats()[UnaryFn::kExp](x, y, n);
  Round(dtype, y, n);
  for (int64_t i = 0; i < n; ++i) y[i] -= 1;
  Round(dtype, y, n);
}

void Elu(DataType dtype, const float* x, float* y, int64_t n) {
  float below[kFloat16Block];
  ExpLessOne(dtype, x, below, n);
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] < 0 ? below[i] : x[i];
}

void Selu(DataType dtype, const float* x, float* y, int64_t n) {
  const float scale = Rounded(dtype, 1.0507009873554804934f), scale_alpha = Rounded(dtype, 1.7580993408473768600f);
  float below[kFloat16Block];
  ExpLessOne(dtype, x, below, n);
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] < 0 ? scale_alpha * below[i] : scale * x[i];
}

void Softsign(DataType dtype, const float* x, float* y, int64_t n) {
  float sum[kFloat16Block];
  Floats()[UnaryFn::kAbs](x, sum, n);
  AddOne(sum, n);
  Round(dtype, sum, n);
  Floats()[BinaryFn::kRealDiv](x, sum, y, n, Scalar::kNone);
}

void FloorDivide(DataType dtype, const float* a, const float* b, float* y, int64_t n, Scalar scalar) {
  Floats()[BinaryFn::kRealDiv](a, b, y, n, scalar);
  Round(dtype, y, n);
  Floats()[UnaryFn::kFloor](y, y, n);
}
void TruncateDivide(DataType dtype, const float* a, const float* b, float* y, int64_t n, Scalar scalar) {
  Floats()[BinaryFn::kRealDiv](a, b, y, n, scalar);
  Round(dtype, y, n);
  std::transform(y, y + n, y, [](float value) { return std::trunc(value); });
}

void SquaredDifference(DataType dtype, const float* a, const float* b, float* y, int64_t n, Scalar scalar) {
  Floats()[BinaryFn::kSub](a, b, y, n, scalar);
  Round(dtype, y, n);
  Floats()[UnaryFn::kSquare](y, y, n);
}

// a * log(b), and 0 where a is 0.
template <UnaryFn kLog>
void TimesLogarithm(DataType dtype, const float* a, const float* b, float* y, int64_t n, Scalar scalar) {
  float logarithm[kFloat16Block];
  const int64_t count = scalar == Scalar::kRight ? 1 : n;
  Floats()[kLog](b, logarithm, count);
  Round(dtype, logarithm, count);
  for (int64_t i = 0; i < n; ++i) {
    const float left = a[scalar == Scalar::kLeft ? 0 : i];
    y[i] = left == 0 ? 0 : left * logarithm[scalar == Scalar::kRight ? 0 : i];
  }
}

}  // namespace

UnaryFloat16Steps FindFloat16Steps(UnaryFn fn) {
  switch (fn) {
    case UnaryFn::kElu: return Elu;
    case UnaryFn::kSelu: return Selu;
    case UnaryFn::kSigmoid: return Sigmoid;
    case UnaryFn::kSoftsign: return Softsign;
    default: return nullptr;
  }
}

BinaryFloat16Steps FindFloat16Steps(BinaryFn fn) {
  switch (fn) {
    case BinaryFn::kFloorDiv: return FloorDivide;
    case BinaryFn::kSquaredDifference: return SquaredDifference;
    case BinaryFn::kTruncateDiv: return TruncateDivide;
    case BinaryFn::kXlog1py: return TimesLogarithm<UnaryFn::kLog1p>;
    case BinaryFn::kXlogy: return TimesLogarithm<UnaryFn::kLog>;
    default: return nullptr;
  }
}

}  // namespace smcli
