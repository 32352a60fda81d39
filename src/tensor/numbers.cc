#include "tensor/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

namespace smcli {

DataType StorageOf(DataType dtype) {
  switch (dtype) {
    case DataType::kQint8:
    case DataType::kInt4:
    case DataType::kInt2: return DataType::kInt8;
    case DataType::kQuint8:
    case DataType::kUint4:
    case DataType::kUint2: return DataType::kUint8;
    case DataType::kQint16: return DataType::kInt16;
    case DataType::kQuint16: return DataType::kUint16;
    case DataType::kQint32: return DataType::kInt32;
    default: return dtype;
  }
}

namespace {

constexpr int64_t kRun = 1024;

constexpr DataTypeSet kIntegral =
    kInts | kQuantized | DataType::kInt4 | DataType::kUint4 | DataType::kInt2 | DataType::kUint2;

// A bool is read as its byte: no file can make that undefined.
DataType ReadableAs(DataType dtype) { return dtype == DataType::kBool ? DataType::kUint8 : StorageOf(dtype); }

template <typename To, typename From>
To Narrow(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_same_v<To, Half> || std::is_same_v<To, BFloat16>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    // The bounds are powers of two, which a double holds; NaN fails the comparison.
    constexpr double kLow = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double kHigh = 2.0 * static_cast<double>(To(1) << (std::numeric_limits<To>::digits - 1));
    const double whole = std::trunc(value);
    return whole >= kLow && whole < kHigh ? static_cast<To>(whole) : std::numeric_limits<To>::min();
  } else {
    return static_cast<To>(value);
  }
}

template <typename T>
double Widen(T value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return static_cast<double>(static_cast<float>(value));
  } else {
    return static_cast<double>(value);
  }
}

template <typename F>
bool DispatchIntsAndBool(DataType dtype, F&& f) {
  if (dtype == DataType::kBool) {
    f(TypeTag<bool>{});
    return true;
  }
  return DispatchInts(dtype, f);
}

// Calls f(first, count) for runs that cover n elements.
template <typename F>
void ForRuns(int64_t n, F&& f) {
  for (int64_t first = 0; first < n; first += kRun) f(first, static_cast<size_t>(std::min(kRun, n - first)));
}

// How many bits of a whole number a float type keeps, and the largest power of two below its limit.
struct Mantissa {
  int bits;
  int max_exponent;
};
Mantissa MantissaOf(DataType dtype) {
  switch (dtype) {
    case DataType::kHalf: return {11, 16};
    case DataType::kBfloat16: return {8, 128};
    case DataType::kFloat:
    case DataType::kComplex64: return {24, 128};
    default: return {53, 1024};
  }
}

bool FitsMantissa(uint64_t magnitude, Mantissa mantissa) {
  if (magnitude == 0) return true;
  const int width = 64 - std::countl_zero(magnitude);
  return width - std::countr_zero(magnitude) <= mantissa.bits && width <= mantissa.max_exponent;
}

template <typename T>
bool FitsInteger(int64_t value, bool is_uint64) {
  if (is_uint64 && value < 0) return std::is_same_v<T, uint64_t>;
  return std::in_range<T>(value);
}

}  // namespace

bool IsIntegral(DataType dtype) { return kIntegral.Contains(dtype); }
bool IsReal(DataType dtype) { return kFloats.Contains(dtype); }
bool IsComplex(DataType dtype) { return kComplexes.Contains(dtype); }

void ReadInts(const Tensor& tensor, int64_t first, std::span<int64_t> out) {
  DispatchInts(ReadableAs(tensor.dtype()), [&](auto tag) {
    const auto* data = tensor.data<typename decltype(tag)::type>() + first;
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<int64_t>(data[i]);
  });
}

void ReadDoubles(const Tensor& tensor, int64_t first, std::span<double> out) {
  const auto read = [&](auto tag) {
    const auto* data = tensor.data<typename decltype(tag)::type>() + first;
    for (size_t i = 0; i < out.size(); ++i) out[i] = Widen(data[i]);
  };
  if (!DispatchFloats(tensor.dtype(), read)) DispatchInts(ReadableAs(tensor.dtype()), read);
}

void ReadComplexes(const Tensor& tensor, int64_t first, std::span<std::complex<double>> out) {
  const bool complex = DispatchComplexes(tensor.dtype(), [&](auto tag) {
    const auto* data = tensor.data<typename decltype(tag)::type>() + first;
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = {static_cast<double>(data[i].real()), static_cast<double>(data[i].imag())};
    }
  });
  if (complex) return;
  std::array<double, kRun> run;
  for (size_t done = 0; done < out.size(); done += kRun) {
    const std::span<double> part(run.data(), std::min<size_t>(kRun, out.size() - done));
    ReadDoubles(tensor, first + static_cast<int64_t>(done), part);
    std::copy(part.begin(), part.end(), out.begin() + static_cast<int64_t>(done));
  }
}

void WriteInts(std::span<const int64_t> values, bool are_uint64, int64_t first, Tensor& tensor) {
  const bool integral = DispatchIntsAndBool(StorageOf(tensor.dtype()), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = tensor.mutable_data<T>() + first;
    for (size_t i = 0; i < values.size(); ++i) data[i] = Narrow<T>(values[i]);
  });
  if (integral) return;
  std::array<double, kRun> run;
  for (size_t done = 0; done < values.size(); done += kRun) {
    const size_t count = std::min<size_t>(kRun, values.size() - done);
    for (size_t i = 0; i < count; ++i) {
      const int64_t value = values[done + i];
      run[i] = are_uint64 ? static_cast<double>(static_cast<uint64_t>(value)) : static_cast<double>(value);
    }
    WriteDoubles({run.data(), count}, first + static_cast<int64_t>(done), tensor);
  }
}

void WriteDoubles(std::span<const double> values, int64_t first, Tensor& tensor) {
  const auto write = [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = tensor.mutable_data<T>() + first;
    for (size_t i = 0; i < values.size(); ++i) data[i] = Narrow<T>(values[i]);
  };
  if (DispatchFloats(tensor.dtype(), write) || DispatchIntsAndBool(StorageOf(tensor.dtype()), write)) return;
  DispatchComplexes(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = tensor.mutable_data<T>() + first;
    for (size_t i = 0; i < values.size(); ++i) data[i] = static_cast<typename T::value_type>(values[i]);
  });
}

void WriteComplexes(std::span<const std::complex<double>> values, int64_t first, Tensor& tensor) {
  const bool complex = DispatchComplexes(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    using R = typename T::value_type;
    T* data = tensor.mutable_data<T>() + first;
    for (size_t i = 0; i < values.size(); ++i) {
      data[i] = {static_cast<R>(values[i].real()), static_cast<R>(values[i].imag())};
    }
  });
  if (complex) return;
  for (size_t i = 0; i < values.size(); ++i) {
    const double real = values[i].real();
    WriteDoubles({&real, 1}, first + static_cast<int64_t>(i), tensor);
  }
}

Result<Tensor> CastNumbers(const Tensor& tensor, DataType dtype) {
  if (tensor.dtype() == dtype) return tensor;
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(dtype, tensor.shape()));
  const bool from_complex = IsComplex(tensor.dtype()), from_real = IsReal(tensor.dtype());
  std::array<std::complex<double>, kRun> complexes;
  std::array<double, kRun> doubles;
  std::array<int64_t, kRun> ints;
  ForRuns(tensor.num_elements(), [&](int64_t first, size_t count) {
    if (from_complex) {
      ReadComplexes(tensor, first, {complexes.data(), count});
      WriteComplexes({complexes.data(), count}, first, out);
    } else if (from_real) {
      ReadDoubles(tensor, first, {doubles.data(), count});
      WriteDoubles({doubles.data(), count}, first, out);
    } else {
      ReadInts(tensor, first, {ints.data(), count});
      WriteInts({ints.data(), count}, tensor.dtype() == DataType::kUint64, first, out);
    }
  });
  return out;
}

int64_t FirstInexact(const Tensor& integers, DataType dtype) {
  const bool is_uint64 = integers.dtype() == DataType::kUint64;
  const Mantissa mantissa = MantissaOf(dtype);
  std::array<int64_t, kRun> run;
  int64_t found = -1;
  ForRuns(integers.num_elements(), [&](int64_t first, size_t count) {
    if (found >= 0) return;
    ReadInts(integers, first, {run.data(), count});
    for (size_t i = 0; i < count && found < 0; ++i) {
      const int64_t value = run[i];
      const bool negative = value < 0 && !is_uint64;
      const uint64_t magnitude = negative ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
      bool fits = FitsMantissa(magnitude, mantissa);
      DispatchInts(StorageOf(dtype),
                   [&](auto tag) { fits = FitsInteger<typename decltype(tag)::type>(value, is_uint64); });
      if (!fits) found = first + static_cast<int64_t>(i);
    }
  });
  return found;
}

}  // namespace smcli
