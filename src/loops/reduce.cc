// One number out of many on end. Each loop keeps several registers of partial answers, so the order of the sum differs
// between CPU levels, but for one level it depends on n alone.
#include "loops/tables.h"
#include "loops/vec.h"

SMCLI_LOOPS_BEGIN
namespace {

// Elements whose sum is taken in T; the sums of such blocks are added in double.
constexpr int64_t kSumBlock = 2048;

template <typename T>
struct Plus {
  static constexpr T kStart = 0;
  static Vec<T> Map(Vec<T> x) { return x; }
  static Vec<T> Join(Vec<T> a, Vec<T> b) { return a + b; }
  static T MapOne(T x) { return x; }
  static T JoinOne(T a, T b) { return a + b; }
};
template <typename T>
struct PlusSquare : Plus<T> {
  static Vec<T> Map(Vec<T> x) { return x * x; }
  static T MapOne(T x) { return x * x; }
};
template <typename T>
struct Times : Plus<T> {
  static constexpr T kStart = 1;
  static Vec<T> Join(Vec<T> a, Vec<T> b) { return a * b; }
  static T JoinOne(T a, T b) { return a * b; }
};
// NaN wins.
template <typename T>
struct Larger : Plus<T> {
  static constexpr T kStart = -std::numeric_limits<T>::infinity();
  static Vec<T> Join(Vec<T> a, Vec<T> b) { return Max(a, b); }
  static T JoinOne(T a, T b) { return a > b || a != a ? a : b; }
};
template <typename T>
struct Smaller : Plus<T> {
  static constexpr T kStart = std::numeric_limits<T>::infinity();
  static Vec<T> Join(Vec<T> a, Vec<T> b) { return Min(a, b); }
  static T JoinOne(T a, T b) { return a < b || a != a ? a : b; }
};

template <typename T, typename F>
T Reduce(const T* x, int64_t n) {
  constexpr int kLanes = Vec<T>::kLanes;
  T answer = F::kStart;
  int64_t i = 0;
  if (n >= 4 * kLanes) {
    Vec<T> part[4] = {F::Map(Vec<T>::Load(x)), F::Map(Vec<T>::Load(x + kLanes)), F::Map(Vec<T>::Load(x + 2 * kLanes)),
                      F::Map(Vec<T>::Load(x + 3 * kLanes))};
    for (i = 4 * kLanes; i + 4 * kLanes <= n; i += 4 * kLanes) {
      for (int j = 0; j < 4; ++j) part[j] = F::Join(part[j], F::Map(Vec<T>::Load(x + i + j * kLanes)));
    }
    T lanes[kLanes];
    F::Join(F::Join(part[0], part[1]), F::Join(part[2], part[3])).Store(lanes);
    for (T lane : lanes) answer = F::JoinOne(answer, lane);
  }
  for (; i < n; ++i) answer = F::JoinOne(answer, F::MapOne(x[i]));
  return answer;
}

template <typename T, typename F>
void ReduceTo(const void* x, int64_t n, void* y) {
  *static_cast<T*>(y) = Reduce<T, F>(static_cast<const T*>(x), n);
}

template <typename T, typename F>
void SumTo(const void* x, int64_t n, void* y) {
  const T* values = static_cast<const T*>(x);
  double sum = 0;
  for (int64_t i = 0; i < n; i += kSumBlock) {
    sum += Reduce<T, F>(values + i, n - i < kSumBlock ? n - i : kSumBlock);
  }
  *static_cast<T*>(y) = static_cast<T>(sum);
}

}  // namespace

constinit const ReduceLoops kReduceF32 = {SumTo<float, Plus<float>>, SumTo<float, PlusSquare<float>>,
                                          ReduceTo<float, Times<float>>, ReduceTo<float, Larger<float>>,
                                          ReduceTo<float, Smaller<float>>};
constinit const ReduceLoops kReduceF64 = {SumTo<double, Plus<double>>, SumTo<double, PlusSquare<double>>,
                                          ReduceTo<double, Times<double>>, ReduceTo<double, Larger<double>>,
                                          ReduceTo<double, Smaller<double>>};

SMCLI_LOOPS_END
