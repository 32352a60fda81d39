// What optimizers do to one element: the formulas of TensorFlow's training ops
// (tensorflow/core/kernels/training_ops.cc). v[0] is the variable, v[1]... its slots, in the order of the op's
// arguments; g the gradient; h the scalars in the order of the op's arguments; `flag` the op's one boolean attribute,
// where it has one that matters.
#pragma once

#include <algorithm>
#include <cmath>

namespace smcli {

template <typename T>
T SignOf(T x) {
  return static_cast<T>((x > T(0)) - (x < T(0)));
}

// sign(x) * max(|x| - rate * l1, 0) / (1 + rate * l2): the step back towards zero of the proximal methods.
template <typename T>
T Shrunk(T x, T rate, T l1, T l2) {
  const T kept = l1 > T(0) ? SignOf(x) * std::max(std::abs(x) - rate * l1, T(0)) : x;
  return kept / (T(1) + rate * l2);
}

struct GradientDescentRule {  // h: alpha
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[0] -= g * h[0];
  }
};

struct ProximalGradientDescentRule {  // h: alpha, l1, l2
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[0] = Shrunk(v[0] - g * h[0], h[0], h[1], h[2]);
  }
};

struct MomentumRule {  // v: accum; h: lr, momentum; flag: Nesterov
  template <typename T>
  void operator()(T* v, T g, const T* h, bool nesterov) const {
    v[1] = v[1] * h[1] + g;
    v[0] -= nesterov ? g * h[0] + v[1] * h[1] * h[0] : v[1] * h[0];
  }
};

struct KerasMomentumRule {  // v: accum; h: lr, momentum; flag: Nesterov
  template <typename T>
  void operator()(T* v, T g, const T* h, bool nesterov) const {
    v[1] = v[1] * h[1] - g * h[0];
    v[0] += nesterov ? v[1] * h[1] - g * h[0] : v[1];
  }
};

struct AdadeltaRule {  // v: accum, accum_update; h: lr, rho, epsilon
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[1] = v[1] * h[1] + g * g * (T(1) - h[1]);
    const T update = std::sqrt(v[2] + h[2]) / std::sqrt(v[1] + h[2]) * g;
    v[0] -= update * h[0];
    v[2] = v[2] * h[1] + update * update * (T(1) - h[1]);
  }
};

struct AdagradRule {  // v: accum; h: lr; flag: the accumulator moves
  template <typename T>
  void operator()(T* v, T g, const T* h, bool update) const {
    if (update) v[1] += g * g;
    v[0] -= g * h[0] / std::sqrt(v[1]);
  }
};

struct AdagradV2Rule {  // v: accum; h: lr, epsilon; flag: the accumulator moves
  template <typename T>
  void operator()(T* v, T g, const T* h, bool update) const {
    if (update) v[1] += g * g;
    v[0] -= g * h[0] / (std::sqrt(v[1]) + h[1]);
  }
};

struct ProximalAdagradRule {  // v: accum; h: lr, l1, l2
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[1] += g * g;
    const T rate = h[0] / std::sqrt(v[1]);
    v[0] = Shrunk(v[0] - g * rate, rate, h[1], h[2]);
  }
};

struct AdagradDARule {  // v: sum of gradients, of their squares; h: lr, l1, l2, global step
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[1] += g;
    v[2] += g * g;
    const T pull = h[1] > T(0) ? SignOf(v[1]) * std::max(std::abs(v[1]) - h[3] * h[1], T(0)) : v[1];
    v[0] = -h[0] * pull / (h[2] * h[3] * h[0] + std::sqrt(v[2]));
  }
};

// FTRL-proximal. flag: `linear` is kept multiplied by the learning rate.
template <typename T>
void FollowTheLeader(T* v, T g, T shrinkage, T lr, T l1, T l2, T power, bool times_lr) {
  const T accum = v[1] + g * g;
  const bool root = power == T(-0.5);
  const T before = root ? std::sqrt(v[1]) : std::pow(v[1], -power);
  const T after = root ? std::sqrt(accum) : std::pow(accum, -power);
  const T pull = g + T(2) * shrinkage * v[0];
  const T scale = times_lr ? lr : T(1);
  v[2] += times_lr ? pull * lr - (after - before) * v[0] : pull - (after - before) / lr * v[0];
  const T quadratic = (times_lr ? after : after / lr) + T(2) * l2 * scale;
  v[0] = std::abs(v[2]) > l1 * scale ? (l1 * scale * SignOf(v[2]) - v[2]) / quadratic : T(0);
  v[1] = accum;
}

struct FtrlRule {  // v: accum, linear; h: lr, l1, l2, lr_power
  template <typename T>
  void operator()(T* v, T g, const T* h, bool times_lr) const {
    FollowTheLeader(v, g, T(0), h[0], h[1], h[2], h[3], times_lr);
  }
};

struct FtrlV2Rule {  // v: accum, linear; h: lr, l1, l2, l2_shrinkage, lr_power
  template <typename T>
  void operator()(T* v, T g, const T* h, bool times_lr) const {
    FollowTheLeader(v, g, h[3], h[0], h[1], h[2], h[4], times_lr);
  }
};

struct AdamRule {  // v: m, v; h: beta1_power, beta2_power, lr, beta1, beta2, epsilon; flag: Nesterov
  template <typename T>
  void operator()(T* v, T g, const T* h, bool nesterov) const {
    const T alpha = h[2] * std::sqrt(T(1) - h[1]) / (T(1) - h[0]);
    v[1] += (g - v[1]) * (T(1) - h[3]);
    v[2] += (g * g - v[2]) * (T(1) - h[4]);
    const T step = nesterov ? g * (T(1) - h[3]) + v[1] * h[3] : v[1];
    v[0] -= step * alpha / (std::sqrt(v[2]) + h[5]);
  }
};

struct AdamWithAmsgradRule {  // v: m, v, vhat; h as for Adam
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    const T alpha = h[2] * std::sqrt(T(1) - h[1]) / (T(1) - h[0]);
    v[1] += (g - v[1]) * (T(1) - h[3]);
    v[2] += (g * g - v[2]) * (T(1) - h[4]);
    v[3] = std::max(v[3], v[2]);
    v[0] -= v[1] * alpha / (std::sqrt(v[3]) + h[5]);
  }
};

struct AdaMaxRule {  // v: m, v; h: beta1_power, lr, beta1, beta2, epsilon
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[1] += (g - v[1]) * (T(1) - h[2]);
    v[2] = std::max(v[2] * h[3], std::abs(g));
    v[0] -= h[1] / (T(1) - h[0]) * (v[1] / (v[2] + h[4]));
  }
};

struct RMSPropRule {  // v: ms, mom; h: lr, rho, momentum, epsilon
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[1] += (g * g - v[1]) * (T(1) - h[1]);
    v[2] = v[2] * h[2] + g * h[0] / std::sqrt(v[1] + h[3]);
    v[0] -= v[2];
  }
};

struct CenteredRMSPropRule {  // v: mg, ms, mom; h: lr, rho, momentum, epsilon
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[2] += (g * g - v[2]) * (T(1) - h[1]);
    v[1] += (g - v[1]) * (T(1) - h[1]);
    v[3] = v[3] * h[2] + g * h[0] / std::sqrt(v[2] - v[1] * v[1] + h[3]);
    v[0] -= v[3];
  }
};

struct AddSignRule {  // v: m; h: lr, alpha, sign_decay, beta
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[1] = v[1] * h[3] + g * (T(1) - h[3]);
    v[0] -= h[0] * (h[1] + h[2] * SignOf(g) * SignOf(v[1])) * g;
  }
};

struct PowerSignRule {  // v: m; h: lr, logbase, sign_decay, beta
  template <typename T>
  void operator()(T* v, T g, const T* h, bool) const {
    v[1] = v[1] * h[3] + g * (T(1) - h[3]);
    v[0] -= h[0] * std::exp(h[1] * h[2] * SignOf(g) * SignOf(v[1])) * g;
  }
};

}  // namespace smcli
