// LogicalAnd, LogicalOr, LogicalNot, and the bitwise ops of integers.
#include <bit>

#include "ops/elementwise.h"

namespace smcli {
namespace {

template <typename T, typename F>
void RunBinary(const void* left, const void* right, void* to, int64_t n, Scalar scalar) {
  const T* a = static_cast<const T*>(left);
  const T* b = static_cast<const T*>(right);
  T* y = static_cast<T*>(to);
  if (scalar == Scalar::kNone) {
    for (int64_t i = 0; i < n; ++i) y[i] = F::Apply(a[i], b[i]);
  } else {
    const T same = scalar == Scalar::kLeft ? a[0] : b[0];
    if (scalar == Scalar::kLeft) {
      for (int64_t i = 0; i < n; ++i) y[i] = F::Apply(same, b[i]);
    } else {
      for (int64_t i = 0; i < n; ++i) y[i] = F::Apply(a[i], same);
    }
  }
}

struct And {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct Or {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct Xor {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};
// Amounts below 0 count as 0, those beyond the width as width - 1 (TensorFlow: cwise_ops.h, left_shift_op).
template <typename T>
int ShiftAmount(T amount) {
  constexpr int kMost = static_cast<int>(sizeof(T)) * 8 - 1;
  return amount < T(0) ? 0 : amount > T(kMost) ? kMost : static_cast<int>(amount);
}
struct LeftShift {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(static_cast<uint64_t>(a) << ShiftAmount(b));
  }
};
struct RightShift {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(a >> ShiftAmount(b));
  }
};

template <typename F>
Result<std::unique_ptr<Kernel>> MakeBitwise(const NodeInfo& node) {
  BinaryFunction function;
  function.nanoseconds = 0.3;
  const DataType dtype = node.input_types[0];
  if (dtype == DataType::kBool) {
    function.loop = RunBinary<uint8_t, F>;
  } else {
    DispatchInts(dtype, [&](auto tag) { function.loop = RunBinary<typename decltype(tag)::type, F>; });
  }
  return std::make_unique<BinaryKernel>(function, dtype);
}

template <typename T, typename R, typename F>
void RunUnary(const void* from, void* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) static_cast<R*>(to)[i] = F::Apply(static_cast<const T*>(from)[i]);
}
struct Invert {
  template <typename T>
  static T Apply(T x) {
    return static_cast<T>(~x);
  }
};
struct Not {
  static uint8_t Apply(uint8_t x) { return x ^ 1; }
};
struct PopulationCount {
  template <typename T>
  static uint8_t Apply(T x) {
    return static_cast<uint8_t>(std::popcount(static_cast<std::make_unsigned_t<T>>(x)));
  }
};

Result<std::unique_ptr<Kernel>> MakeInvert(const NodeInfo& node) {
  UnaryFunction function;
  function.nanoseconds = 0.3;
  DispatchInts(node.input_types[0], [&](auto tag) {
    using T = typename decltype(tag)::type;
    function.loop = RunUnary<T, T, Invert>;
  });
  return std::make_unique<UnaryKernel>(function, node.input_types[0]);
}
Result<std::unique_ptr<Kernel>> MakeNot(const NodeInfo&) {
  UnaryFunction function;
  function.nanoseconds = 0.3;
  function.loop = RunUnary<uint8_t, uint8_t, Not>;
  return std::make_unique<UnaryKernel>(function, DataType::kBool);
}
Result<std::unique_ptr<Kernel>> MakePopulationCount(const NodeInfo& node) {
  UnaryFunction function;
  DispatchInts(node.input_types[0],
               [&](auto tag) { function.loop = RunUnary<typename decltype(tag)::type, uint8_t, PopulationCount>; });
  return std::make_unique<UnaryKernel>(function, DataType::kUint8);
}

constexpr Op kOps[] = {
    {.name = "BitwiseAnd", .types = {{{"T", kInts}}}, .make = MakeBitwise<And>},
    {.name = "BitwiseOr", .types = {{{"T", kInts}}}, .make = MakeBitwise<Or>},
    {.name = "BitwiseXor", .types = {{{"T", kInts}}}, .make = MakeBitwise<Xor>},
    {.name = "Invert", .types = {{{"T", kInts}}}, .make = MakeInvert},
    {.name = "LeftShift", .types = {{{"T", kInts}}}, .make = MakeBitwise<LeftShift>},
    {.name = "LogicalAnd", .types = {}, .make = MakeBitwise<And>},
    {.name = "LogicalNot", .types = {}, .make = MakeNot},
    {.name = "LogicalOr", .types = {}, .make = MakeBitwise<Or>},
    {.name = "PopulationCount", .types = {{{"T", kInts}}}, .make = MakePopulationCount},
    {.name = "RightShift", .types = {{{"T", kInts}}}, .make = MakeBitwise<RightShift>},
};

}  // namespace

std::span<const Op> LogicalOps() { return kOps; }

}  // namespace smcli
