#include "formats/numpy_arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <optional>
#include <vector>

#include "formats/numpy_array.h"
#include "formats/numpy_dtype.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

bool IsPythonNumber(const PythonValue& v) {
  return v.boolean() || v.integer() || v.large_integer() || v.real() || v.complex();
}

// The dtype of `array op number`: the array's, unless the number is of a higher kind.
DataType WithNumber(DataType array, const PythonValue& number) {
  if (number.complex() && KindRank(array) < 3) {
    return array == DataType::kFloat || array == DataType::kHalf ? DataType::kComplex64 : DataType::kComplex128;
  }
  if (number.real() && KindRank(array) < 2) return DataType::kDouble;
  if (!number.boolean() && KindRank(array) < 1) return DataType::kInt64;
  return array;
}

Result<Shape> Broadcast(const Shape& a, const Shape& b) {
  std::vector<int64_t> dims(static_cast<size_t>(std::max(a.rank(), b.rank())));
  for (int i = 1; i <= static_cast<int>(dims.size()); ++i) {
    const int64_t x = i <= a.rank() ? a.dim(a.rank() - i) : 1, y = i <= b.rank() ? b.dim(b.rank() - i) : 1;
    if (x != y && x != 1 && y != 1) {
      return UsageError("shapes {} and {} do not go together", a.ToString(), b.ToString());
    }
    dims[dims.size() - static_cast<size_t>(i)] = x == 1 ? y : x;
  }
  return Shape::Make(dims);
}

// For each element of `to`, the flat index of the element of `from` that broadcasting puts there.
std::vector<int64_t> SourceIndices(const Shape& from, const Shape& to) {
  std::vector<int64_t> index(static_cast<size_t>(to.num_elements()), 0);
  int64_t stride = 1, repeat = 1;
  for (int i = 1; i <= to.rank(); ++i) {
    const int64_t extent = to.dim(to.rank() - i);
    const int64_t own = i <= from.rank() ? from.dim(from.rank() - i) : 1;
    if (own != 1) {
      for (size_t k = 0; k < index.size(); ++k) index[k] += static_cast<int64_t>(k) / repeat % extent * stride;
    }
    stride *= own;
    repeat *= std::max<int64_t>(extent, 1);
  }
  return index;
}

int64_t IntegerPower(int64_t base, int64_t exponent) {
  uint64_t value = 1, square = static_cast<uint64_t>(base);
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) value *= square;
    square *= square;
  }
  return static_cast<int64_t>(value);
}

// Integers of any width as NumPy computes them: wrapping, division by zero gives 0.
template <typename T>
Result<int64_t> IntegerOp(char op, int64_t left, int64_t right) {
  const auto a = static_cast<uint64_t>(left), b = static_cast<uint64_t>(right);
  switch (op) {
    case '+': return static_cast<int64_t>(a + b);
    case '-': return static_cast<int64_t>(a - b);
    case '*': return static_cast<int64_t>(a * b);
    case '^':
      if (std::is_signed_v<T> && right < 0) return UsageError("integers to negative integer powers are not allowed");
      return IntegerPower(left, right);
    default: break;
  }
  const T x = static_cast<T>(left), y = static_cast<T>(right);
  if (y == 0 || (std::is_signed_v<T> && y == T(-1))) {
    return op == 'f' && y != 0 ? static_cast<int64_t>(uint64_t{0} - a) : 0;
  }
  const T quotient = static_cast<T>(x / y), rest = static_cast<T>(x % y);
  const bool down = rest != 0 && (rest < 0) != (y < 0);
  return static_cast<int64_t>(op == 'f' ? quotient - (down ? 1 : 0) : rest + (down ? y : 0));
}

// What reals and complex numbers have in common; nullopt for other ops.
template <typename T>
std::optional<T> FieldOp(char op, T a, T b) {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '^': return std::pow(a, b);
    default: return std::nullopt;
  }
}

double RealOp(char op, double a, double b) {
  if (const auto value = FieldOp(op, a, b)) return *value;
  if (op == 'f') return std::floor(a / b);
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

Result<std::complex<double>> ComplexOp(char op, std::complex<double> a, std::complex<double> b) {
  if (const auto value = FieldOp(op, a, b)) return *value;
  return UsageError("complex numbers have no floor division");
}

char OpLetter(std::string_view op) { return op == "**" ? '^' : op == "//" ? 'f' : op[0]; }

Result<Tensor> Compute(char op, const Tensor& a, const Tensor& b, DataType dtype) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Broadcast(a.shape(), b.shape()));
  SMCLI_ASSIGN_OR_RETURN(const Tensor left, CastArray(a, dtype));
  SMCLI_ASSIGN_OR_RETURN(const Tensor right, CastArray(b, dtype));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(dtype, shape));
  const std::vector<int64_t> from_left = SourceIndices(a.shape(), shape), from_right = SourceIndices(b.shape(), shape);
  for (int64_t i = 0; i < shape.num_elements(); ++i) {
    const int64_t l = from_left[static_cast<size_t>(i)], r = from_right[static_cast<size_t>(i)];
    if (IsComplex(dtype)) {
      std::array<std::complex<double>, 2> v;
      ReadComplexes(left, l, {&v[0], 1});
      ReadComplexes(right, r, {&v[1], 1});
      SMCLI_ASSIGN_OR_RETURN(const std::complex<double> value, ComplexOp(op, v[0], v[1]));
      WriteComplexes({&value, 1}, i, out);
    } else if (IsReal(dtype)) {
      std::array<double, 2> v;
      ReadDoubles(left, l, {&v[0], 1});
      ReadDoubles(right, r, {&v[1], 1});
      const double value = RealOp(op, v[0], v[1]);
      WriteDoubles({&value, 1}, i, out);
    } else {
      std::array<int64_t, 2> v;
      ReadInts(left, l, {&v[0], 1});
      ReadInts(right, r, {&v[1], 1});
      const bool is_unsigned = dtype == DataType::kUint64;
      SMCLI_ASSIGN_OR_RETURN(const int64_t value,
                             is_unsigned ? IntegerOp<uint64_t>(op, v[0], v[1]) : IntegerOp<int64_t>(op, v[0], v[1]));
      WriteInts({&value, 1}, is_unsigned, i, out);
    }
  }
  return out;
}

}  // namespace

Result<Tensor> ArrayBinary(std::string_view op, const PythonValue& left, const PythonValue& right) {
  SMCLI_ASSIGN_OR_RETURN(const Tensor a, ArrayFromPython(left));
  SMCLI_ASSIGN_OR_RETURN(const Tensor b, ArrayFromPython(right));
  DataType dtype = IsPythonNumber(right)  ? WithNumber(a.dtype(), right)
                   : IsPythonNumber(left) ? WithNumber(b.dtype(), left)
                                          : PromoteTypes(a.dtype(), b.dtype());
  if (!kArithmetic.Contains(dtype) || !kArithmetic.Contains(a.dtype()) || !kArithmetic.Contains(b.dtype())) {
    return UsageError("{} {} {} is not defined", NumpyName(a.dtype()), op, NumpyName(b.dtype()));
  }
  if (op == "/" && KindRank(dtype) < 2) dtype = DataType::kDouble;
  if (dtype == DataType::kBool) {
    if (op == "-") return UsageError("numpy boolean subtract is not defined");
    if (op != "+" && op != "*") dtype = DataType::kInt8;
  }
  return Compute(OpLetter(op), a, b, dtype);
}

Result<Tensor> ArrayNegative(const Tensor& array) {
  if (!kNumbers.Contains(array.dtype())) return UsageError("{} has no sign", NumpyName(array.dtype()));
  // -x, not 0 - x, which would lose the sign of zero.
  const auto minus_one = Tensor::Scalar(int64_t{-1});
  return Compute('*', array, minus_one, array.dtype());
}

}  // namespace smcli
