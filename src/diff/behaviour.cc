#include "diff/behaviour.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "tensor/numbers.h"

namespace smcli {
namespace {

bool IsNan(const std::complex<double>& number) { return std::isnan(number.real()) || std::isnan(number.imag()); }

bool IsFloating(DataType dtype) { return IsReal(dtype) || IsComplex(dtype); }

// Both hold numbers and have one shape.
bool NanOnOneSide(const Tensor& before, const Tensor& after) {
  if (!IsFloating(before.dtype()) && !IsFloating(after.dtype())) return false;
  constexpr int64_t kRun = 1024;
  std::vector<std::complex<double>> a(kRun), b(kRun);
  for (int64_t first = 0; first < before.num_elements(); first += kRun) {
    const auto count = static_cast<size_t>(std::min(kRun, before.num_elements() - first));
    ReadComplexes(before, first, std::span(a).first(count));
    ReadComplexes(after, first, std::span(b).first(count));
    for (size_t i = 0; i < count; ++i) {
      if (IsNan(a[i]) != IsNan(b[i])) return true;
    }
  }
  return false;
}

}  // namespace

OutputChange CompareOutput(std::string key, const Tensor& before, const Tensor& after, const Tolerances& tolerances) {
  OutputChange change;
  change.key = std::move(key);
  change.comparison = Compare(after, before, tolerances);
  const Comparison& figures = change.comparison;
  change.changed = !figures.passed();
  change.max_abs = figures.max_abs;
  if (!figures.mismatch.empty()) {
    change.max_abs = std::numeric_limits<double>::infinity();
  } else if (figures.incomparable > 0) {
    const bool words = before.dtype() == DataType::kString || before.dtype() == DataType::kBool;
    if (words) {
      change.max_abs = 1;
    } else if (NanOnOneSide(before, after)) {
      change.one_sided_nan = true;
    } else {
      change.max_abs = std::numeric_limits<double>::infinity();
    }
  }
  return change;
}

bool BehaviourDiff::changed() const { return std::ranges::any_of(signatures, &SignatureBehaviour::changed); }

bool BehaviourDiff::one_sided_nan() const {
  return std::ranges::any_of(signatures, [](const SignatureBehaviour& signature) {
    return std::ranges::any_of(signature.outputs, &OutputChange::one_sided_nan);
  });
}

double BehaviourDiff::max_abs() const {
  double largest = 0;
  for (const SignatureBehaviour& signature : signatures) {
    for (const OutputChange& output : signature.outputs) largest = std::max(largest, output.max_abs);
  }
  return largest;
}

}  // namespace smcli
