// Plus, Minus, Times and Quotient for every numeric element type: integers wrap (as TensorFlow's do, without undefined
// behaviour), half and bfloat16 compute in float and round once.
#pragma once

#include <type_traits>

#include "tensor/float16.h"

namespace smcli {

template <typename T>
inline constexpr bool kIsFloat16 = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

template <typename T, typename F>
T Compute2(T a, T b, F f) {
  if constexpr (kIsFloat16<T>) {
    return T(f(static_cast<float>(a), static_cast<float>(b)));
  } else if constexpr (std::is_integral_v<T>) {
    // Unsigned arithmetic of at least int's width: narrow types would promote to int and could overflow.
    using Wide = std::conditional_t<(sizeof(T) < 4), uint32_t, std::make_unsigned_t<T>>;
    return static_cast<T>(f(static_cast<Wide>(a), static_cast<Wide>(b)));
  } else {
    return f(a, b);
  }
}

template <typename T>
T Plus(T a, T b) {
  return Compute2(a, b, [](auto x, auto y) { return x + y; });
}
template <typename T>
T Minus(T a, T b) {
  return Compute2(a, b, [](auto x, auto y) { return x - y; });
}
template <typename T>
T Times(T a, T b) {
  return Compute2(a, b, [](auto x, auto y) { return x * y; });
}

// Integers truncate towards zero, and the smallest one by -1 wraps; the caller has refused to divide them by zero.
template <typename T>
T Quotient(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) {
      if (b == T(-1)) return Minus(T(0), a);
    }
    return static_cast<T>(a / b);
  } else {
    return Compute2(a, b, [](auto x, auto y) { return x / y; });
  }
}

}  // namespace smcli
