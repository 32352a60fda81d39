// Makes UnaryLoops and BinaryLoops out of functions over Vec<T>.
#pragma once

#include "loops/loops.h"
#include "loops/vec.h"

SMCLI_LOOPS_BEGIN

template <typename T, typename F>
void RunUnary(const void* from, void* to, int64_t n) {
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  constexpr int kLanes = Vec<T>::kLanes;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) F::Apply(Vec<T>::Load(x + i)).Store(y + i);
  if (i < n) Tail<T>::Store(F::Apply(Tail<T>::Load(x + i, n - i)), y + i, n - i);
}

template <typename T, typename F>
void RunBinary(const void* left, const void* right, void* to, int64_t n, Scalar scalar) {
  const T* a = static_cast<const T*>(left);
  const T* b = static_cast<const T*>(right);
  T* y = static_cast<T*>(to);
  constexpr int kLanes = Vec<T>::kLanes;
  int64_t i = 0;
  if (scalar == Scalar::kNone) {
    for (; i + kLanes <= n; i += kLanes) F::Apply(Vec<T>::Load(a + i), Vec<T>::Load(b + i)).Store(y + i);
    if (i < n) Tail<T>::Store(F::Apply(Tail<T>::Load(a + i, n - i), Tail<T>::Load(b + i, n - i)), y + i, n - i);
  } else if (scalar == Scalar::kRight) {
    const Vec<T> same(b[0]);
    for (; i + kLanes <= n; i += kLanes) F::Apply(Vec<T>::Load(a + i), same).Store(y + i);
    if (i < n) Tail<T>::Store(F::Apply(Tail<T>::Load(a + i, n - i), same), y + i, n - i);
  } else {
    const Vec<T> same(a[0]);
    for (; i + kLanes <= n; i += kLanes) F::Apply(same, Vec<T>::Load(b + i)).Store(y + i);
    if (i < n) Tail<T>::Store(F::Apply(same, Tail<T>::Load(b + i, n - i)), y + i, n - i);
  }
}

SMCLI_LOOPS_END
