// Softmax and its logarithm over rows.
#include "loops/tables.h"
#include "loops/vec_math.h"

SMCLI_LOOPS_BEGIN
namespace {

// y[i] = exp(x[i] - shift); answers the sum.
template <typename T>
T ExpRow(const T* x, T shift, T* y, int64_t n) {
  constexpr int kLanes = Vec<T>::kLanes;
  const Vec<T> shifts(shift);
  Vec<T> sums(T(0));
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Vec<T> e = Exp(Vec<T>::Load(x + i) - shifts);
    if (y) e.Store(y + i);
    sums = sums + e;
  }
  if (i < n) {
    // The lanes beyond the row add exp(-inf) = 0.
    const Vec<T> e = Exp(Tail<T>::Load(x + i, n - i, -std::numeric_limits<T>::infinity()) - shifts);
    if (y) Tail<T>::Store(e, y + i, n - i);
    T lanes[kLanes];
    e.Store(lanes);
    T sum = 0;
    for (int64_t j = 0; j < n - i; ++j) sum += lanes[j];
    T whole[kLanes];
    sums.Store(whole);
    for (T lane : whole) sum += lane;
    return sum;
  }
  T whole[kLanes];
  sums.Store(whole);
  T sum = 0;
  for (T lane : whole) sum += lane;
  return sum;
}

template <typename T>
T Largest(const T* x, int64_t n) {
  constexpr int kLanes = Vec<T>::kLanes;
  T largest = x[0];
  int64_t i = 0;
  if (n >= kLanes) {
    Vec<T> best = Vec<T>::Load(x);
    for (i = kLanes; i + kLanes <= n; i += kLanes) best = Max(best, Vec<T>::Load(x + i));
    T lanes[kLanes];
    best.Store(lanes);
    for (T lane : lanes) largest = largest != largest || largest > lane ? largest : lane;
  }
  for (; i < n; ++i) largest = largest != largest || largest > x[i] ? largest : x[i];
  return largest;
}

template <typename T>
void Softmax(const void* from, void* to, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* x = static_cast<const T*>(from) + r * n;
    T* y = static_cast<T*>(to) + r * n;
    const T inverse = T(1) / ExpRow(x, Largest(x, n), y, n);
    for (int64_t i = 0; i < n; ++i) y[i] *= inverse;
  }
}

template <typename T>
void LogSoftmax(const void* from, void* to, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* x = static_cast<const T*>(from) + r * n;
    T* y = static_cast<T*>(to) + r * n;
    const T largest = Largest(x, n);
    const T log_sum = std::log(ExpRow<T>(x, largest, nullptr, n));
    for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - largest) - log_sum;
  }
}

}  // namespace

constinit const SoftmaxLoops kSoftmaxF32 = {Softmax<float>, LogSoftmax<float>};
constinit const SoftmaxLoops kSoftmaxF64 = {Softmax<double>, LogSoftmax<double>};

SMCLI_LOOPS_END
