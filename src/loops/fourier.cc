// Passes of a discrete Fourier transform. The numbers of a run share their twiddles and go through side by side.
#include "loops/tables.h"
#include "loops/vec.h"

SMCLI_LOOPS_BEGIN
namespace {

template <typename V>
struct Complex {
  V re, im;
  friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  // -i * a
  Complex Turned() const { return {im, -re}; }
  Complex Scaled(double s) const { return {re * V(s), im * V(s)}; }
};
template <typename V>
Complex<V> Multiply(Complex<V> a, double re, double im) {
  return {a.re * V(re) - a.im * V(im), a.re * V(im) + a.im * V(re)};
}

inline double LoadAs(const double* from, double) { return *from; }
inline Vec<double> LoadAs(const double* from, Vec<double>) { return Vec<double>::Load(from); }
inline void StoreAs(double value, double* to) { *to = value; }
inline void StoreAs(Vec<double> value, double* to) { value.Store(to); }

// The transform of kRadix numbers, in place.
template <typename V>
void Transform(Complex<V> (&a)[2]) {
  const Complex<V> sum = a[0] + a[1];
  a[1] = a[0] - a[1];
  a[0] = sum;
}
template <typename V>
void Transform(Complex<V> (&a)[3]) {
  constexpr double kSin = 0.86602540378443864676;  // of a third of a turn
  const Complex<V> sum = a[1] + a[2], turned = (a[1] - a[2]).Turned().Scaled(kSin);
  const Complex<V> middle = a[0] + sum.Scaled(-0.5);
  a[0] = a[0] + sum;
  a[1] = middle + turned;
  a[2] = middle - turned;
}
template <typename V>
void Transform(Complex<V> (&a)[4]) {
  const Complex<V> even = a[0] + a[2], odd = a[1] + a[3];
  const Complex<V> difference = a[0] - a[2], turned = (a[1] - a[3]).Turned();
  a[0] = even + odd;
  a[1] = difference + turned;
  a[2] = even - odd;
  a[3] = difference - turned;
}
template <typename V>
void Transform(Complex<V> (&a)[5]) {
  constexpr double kCos1 = 0.30901699437494742410, kCos2 = -0.80901699437494742410;  // of one and two fifths of a turn
  constexpr double kSin1 = 0.95105651629515357212, kSin2 = 0.58778525229247312917;
  const Complex<V> sum1 = a[1] + a[4], sum2 = a[2] + a[3];
  const Complex<V> turned1 = (a[1] - a[4]).Turned(), turned2 = (a[2] - a[3]).Turned();
  const Complex<V> middle1 = a[0] + sum1.Scaled(kCos1) + sum2.Scaled(kCos2);
  const Complex<V> middle2 = a[0] + sum1.Scaled(kCos2) + sum2.Scaled(kCos1);
  const Complex<V> side1 = turned1.Scaled(kSin1) + turned2.Scaled(kSin2);
  const Complex<V> side2 = turned1.Scaled(kSin2) - turned2.Scaled(kSin1);
  a[0] = a[0] + sum1 + sum2;
  a[1] = middle1 + side1;
  a[2] = middle2 + side2;
  a[3] = middle2 - side2;
  a[4] = middle1 - side1;
}

template <typename V>
void Transform(Complex<V> (&a)[8]) {
  constexpr double kHalfRoot = 0.70710678118654752440;
  Complex<V> even[4] = {a[0] + a[4], a[1] + a[5], a[2] + a[6], a[3] + a[7]};
  const Complex<V> d1 = a[1] - a[5], d3 = a[3] - a[7];
  Complex<V> odd[4] = {a[0] - a[4], Complex<V>{d1.re + d1.im, d1.im - d1.re}.Scaled(kHalfRoot), (a[2] - a[6]).Turned(),
                       Complex<V>{d3.im - d3.re, -(d3.re + d3.im)}.Scaled(kHalfRoot)};
  Transform(even);
  Transform(odd);
  for (int i = 0; i < 4; ++i) {
    a[2 * i] = even[i];
    a[2 * i + 1] = odd[i];
  }
}

// Elements [q, q + lanes of V) of a run.
template <typename V, int kRadix>
void Butterfly(const FourierPass& pass, int64_t p, int64_t q) {
  Complex<V> a[kRadix];
  for (int j = 0; j < kRadix; ++j) {
    const int64_t at = (p + j * pass.groups) * pass.run + q;
    a[j] = {LoadAs(pass.x_re + at, V()), LoadAs(pass.x_im + at, V())};
  }
  Transform(a);
  const double* twiddle = pass.twiddles + p * (kRadix - 1) * 2;
  for (int k = 0; k < kRadix; ++k) {
    const Complex<V> out = k == 0 ? a[0] : Multiply(a[k], twiddle[2 * k - 2], twiddle[2 * k - 1]);
    const int64_t at = (p * kRadix + k) * pass.run + q;
    StoreAs(out.re, pass.y_re + at);
    StoreAs(out.im, pass.y_im + at);
  }
}

// The same for any radix, answer by answer.
template <typename V>
void AnyButterfly(const FourierPass& pass, int64_t p, int64_t q) {
  for (int k = 0; k < pass.radix; ++k) {
    Complex<V> sum{V(0.0), V(0.0)};
    for (int j = 0; j < pass.radix; ++j) {
      const int64_t at = (p + j * pass.groups) * pass.run + q;
      const double* root = pass.roots + 2 * (j * k % pass.radix);
      const Complex<V> a{LoadAs(pass.x_re + at, V()), LoadAs(pass.x_im + at, V())};
      sum = sum + Multiply(a, root[0], root[1]);
    }
    if (k > 0) {
      const double* twiddle = pass.twiddles + (p * (pass.radix - 1) + k - 1) * 2;
      sum = Multiply(sum, twiddle[0], twiddle[1]);
    }
    const int64_t at = (p * pass.radix + k) * pass.run + q;
    StoreAs(sum.re, pass.y_re + at);
    StoreAs(sum.im, pass.y_im + at);
  }
}

using Step = void (*)(const FourierPass&, int64_t, int64_t);

template <Step kWide, Step kNarrow>
void Run(const FourierPass& pass) {
  for (int64_t p = 0; p < pass.groups; ++p) {
    int64_t q = 0;
    for (; q + Vec<double>::kLanes <= pass.run; q += Vec<double>::kLanes) kWide(pass, p, q);
    for (; q < pass.run; ++q) kNarrow(pass, p, q);
  }
}

template <int kRadix>
constexpr auto kRunRadix = Run<Butterfly<Vec<double>, kRadix>, Butterfly<double, kRadix>>;

void RunPass(const FourierPass& pass) {
  switch (pass.radix) {
    case 2: return kRunRadix<2>(pass);
    case 3: return kRunRadix<3>(pass);
    case 4: return kRunRadix<4>(pass);
    case 5: return kRunRadix<5>(pass);
    case 8: return kRunRadix<8>(pass);
    default: return Run<AnyButterfly<Vec<double>>, AnyButterfly<double>>(pass);
  }
}

}  // namespace

constinit const FourierPassLoop kFourierPass = RunPass;

SMCLI_LOOPS_END
