#include "ops/scatter.h"

#include "ops/arithmetic.h"
#include "ops/move.h"
#include "ops/order.h"

namespace smcli {
namespace {

struct Rows {
  std::span<const int64_t> places;
  int64_t slice;
  bool repeat;
};

template <typename T, typename F>
void Combine(const Rows& rows, const T* updates, T* target, F&& combine) {
  for (size_t i = 0; i < rows.places.size(); ++i) {
    if (rows.places[i] < 0) continue;
    T* to = target + rows.places[i] * rows.slice;
    const T* from = rows.repeat ? updates : updates + static_cast<int64_t>(i) * rows.slice;
    const int64_t step = rows.repeat ? 0 : 1;
    for (int64_t k = 0; k < rows.slice; ++k) combine(to[k], from[k * step]);
  }
}

template <typename T>
bool HasZero(const Tensor& tensor) {
  return std::ranges::any_of(tensor.flat<T>(), [](T value) { return value == T(0); });
}

Status Update(const Rows& rows, const Tensor& updates, Tensor& target) {
  DispatchMove(target.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    Combine(rows, updates.data<T>(), target.mutable_data<T>(), [](T& a, const T& b) { a = b; });
  });
  return {};
}

Error NoSuchAction(DataType dtype) {
  return UnsupportedError("scattering into {} other than by assignment", Name(dtype));
}

// Add, Sub, Mul, Div: what complex numbers know as well.
Status Arithmetic(ScatterAction action, const Rows& rows, const Tensor& updates, Tensor& target) {
  bool zero_divisor = false;
  const bool known = DispatchNumbers(target.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = updates.data<T>();
    T* to = target.mutable_data<T>();
    switch (action) {
      case ScatterAction::kAdd: return Combine(rows, from, to, [](T& a, T b) { a = Plus(a, b); });
      case ScatterAction::kSub: return Combine(rows, from, to, [](T& a, T b) { a = Minus(a, b); });
      case ScatterAction::kMul: return Combine(rows, from, to, [](T& a, T b) { a = Times(a, b); });
      default:
        if constexpr (std::is_integral_v<T>) zero_divisor = HasZero<T>(updates);
        if (!zero_divisor) Combine(rows, from, to, [](T& a, T b) { a = Quotient(a, b); });
    }
  });
  if (zero_divisor) return ModelError("integer division by zero");
  if (!known) return NoSuchAction(target.dtype());
  return {};
}

Status Extremum(ScatterAction action, const Rows& rows, const Tensor& updates, Tensor& target) {
  const bool known = DispatchRealNumbers(target.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = updates.data<T>();
    T* to = target.mutable_data<T>();
    switch (action) {
      case ScatterAction::kMin: return Combine(rows, from, to, [](T& a, T b) { a = Less(b, a) ? b : a; });
      case ScatterAction::kMax: return Combine(rows, from, to, [](T& a, T b) { a = Less(a, b) ? b : a; });
      case ScatterAction::kLastMin: return Combine(rows, from, to, [](T& a, T b) { a = Less(a, b) ? a : b; });
      default: return Combine(rows, from, to, [](T& a, T b) { a = Less(b, a) ? a : b; });
    }
  });
  if (!known) return NoSuchAction(target.dtype());
  return {};
}

}  // namespace

Status ScatterRows(ScatterAction action, std::span<const int64_t> places, int64_t slice, const Tensor& updates,
                   bool repeat, Tensor& target) {
  const Rows rows{places, slice, repeat};
  if (action == ScatterAction::kUpdate) return Update(rows, updates, target);
  if (action >= ScatterAction::kMin) return Extremum(action, rows, updates, target);
  if (action == ScatterAction::kAdd && target.dtype() == DataType::kString) {
    Combine(rows, updates.data<std::string>(), target.mutable_data<std::string>(),
            [](std::string& a, const std::string& b) { a += b; });
    return {};
  }
  if (action == ScatterAction::kAdd && target.dtype() == DataType::kBool) {
    Combine(rows, updates.data<bool>(), target.mutable_data<bool>(), [](bool& a, bool b) { a = a || b; });
    return {};
  }
  return Arithmetic(action, rows, updates, target);
}

}  // namespace smcli
