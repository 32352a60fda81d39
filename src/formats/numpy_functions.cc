#include "formats/numpy_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "formats/numpy_array.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

Result<PythonValue> AsArray(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(Tensor array, a.Array(0));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, a.Dtype(1, array.dtype()));
  SMCLI_ASSIGN_OR_RETURN(array, CastArray(array, dtype));
  return PythonValue(std::move(array));
}

Result<PythonValue> Filled(const Shape& shape, DataType dtype, const Tensor& value) {
  if (value.num_elements() != 1) return UsageError("the fill value must be a scalar");
  SMCLI_ASSIGN_OR_RETURN(const Tensor cast, CastArray(value, dtype));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, MakeNumpyArray(dtype, shape));
  DispatchBySize(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::fill_n(out.mutable_data<T>(), out.num_elements(), cast.data<T>()[0]);
  });
  return PythonValue(std::move(out));
}

template <int kValue>
Result<PythonValue> Constant(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, a.ShapeAt(0));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, a.Dtype(1, DataType::kDouble));
  if (dtype == DataType::kString) return Filled(shape, dtype, Tensor::Scalar(std::string(kValue == 0 ? "" : "1")));
  return Filled(shape, dtype, Tensor::Scalar(static_cast<int64_t>(kValue)));
}

Result<PythonValue> Full(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, a.ShapeAt(0));
  SMCLI_ASSIGN_OR_RETURN(const Tensor value, a.Array(1));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, a.Dtype(2, value.dtype()));
  return Filled(shape, dtype, value);
}

Result<PythonValue> Eye(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t rows, a.Integer(0));
  SMCLI_ASSIGN_OR_RETURN(const int64_t columns, a.Integer(1, rows));
  SMCLI_ASSIGN_OR_RETURN(const int64_t diagonal, a.Integer(2, 0));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, a.Dtype(3, DataType::kDouble));
  const int64_t dims[] = {rows, columns};
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, ShapeOfDims(dims));
  SMCLI_ASSIGN_OR_RETURN(const PythonValue zeros, Filled(shape, dtype, Tensor::Scalar(int64_t{0})));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, zeros.array()->Clone());
  const int64_t one = 1;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t column = 0;
    if (!__builtin_add_overflow(row, diagonal, &column) && column >= 0 && column < columns) {
      WriteInts({&one, 1}, false, row * columns + column, out);
    }
  }
  return PythonValue(std::move(out));
}

bool IsWhole(const PythonValue* value) { return !value || value->integer() || value->boolean(); }

Result<PythonValue> IntegerRange(int64_t start, int64_t stop, int64_t step, DataType dtype) {
  if (step == 0) return UsageError("the step must not be zero");
  const bool up = step > 0;
  const uint64_t span = up ? static_cast<uint64_t>(stop) - static_cast<uint64_t>(start)
                           : static_cast<uint64_t>(start) - static_cast<uint64_t>(stop);
  const uint64_t stride = up ? static_cast<uint64_t>(step) : uint64_t{0} - static_cast<uint64_t>(step);
  const uint64_t count = (up ? start >= stop : start <= stop) ? 0 : (span - 1) / stride + 1;
  if (count > static_cast<uint64_t>(kMaxExpressionBytes)) return UsageError("too many elements for an expression");
  SMCLI_ASSIGN_OR_RETURN(Tensor out, MakeNumpyArray(dtype, Shape{static_cast<int64_t>(count)}));
  for (uint64_t i = 0; i < count; ++i) {
    const auto value = static_cast<int64_t>(static_cast<uint64_t>(start) + i * static_cast<uint64_t>(step));
    WriteInts({&value, 1}, false, static_cast<int64_t>(i), out);
  }
  return PythonValue(std::move(out));
}

Result<PythonValue> RealRange(double start, double stop, double step, DataType dtype) {
  const double length = std::ceil((stop - start) / step);
  if (std::isnan(length) || step == 0) return UsageError("from {} to {} in steps of {} is no range", start, stop, step);
  if (!(length < static_cast<double>(kMaxExpressionBytes))) return UsageError("too many elements for an expression");
  const int64_t count = length > 0 ? static_cast<int64_t>(length) : 0;
  SMCLI_ASSIGN_OR_RETURN(Tensor out, MakeNumpyArray(dtype, Shape{count}));
  const double delta = (start + step) - start;  // NumPy extrapolates from the first two elements
  for (int64_t i = 0; i < count; ++i) {
    const double value = i == 1 ? start + step : start + static_cast<double>(i) * delta;
    WriteDoubles({&value, 1}, i, out);
  }
  return PythonValue(std::move(out));
}

// np.arange(stop), np.arange(start, stop), np.arange(start, stop, step)
Result<PythonValue> Arange(const NumpyArguments& a, NumpyRandom&) {
  const bool whole = IsWhole(a[0]) && IsWhole(a[1]) && IsWhole(a[2]);
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, a.Dtype(3, whole ? DataType::kInt64 : DataType::kDouble));
  if (!kNumbers.Contains(dtype)) return UsageError("np.arange makes numbers, not {}", NumpyName(dtype));
  const size_t stop_at = a.Has(1) ? 1 : 0;
  if (whole) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t stop, a.Integer(stop_at));
    SMCLI_ASSIGN_OR_RETURN(const int64_t start, stop_at == 1 ? a.Integer(0) : Result<int64_t>(0));
    SMCLI_ASSIGN_OR_RETURN(const int64_t step, a.Integer(2, 1));
    return IntegerRange(start, stop, step, dtype);
  }
  SMCLI_ASSIGN_OR_RETURN(const double stop, a.Real(stop_at));
  SMCLI_ASSIGN_OR_RETURN(const double start, stop_at == 1 ? a.Real(0) : Result<double>(0.0));
  SMCLI_ASSIGN_OR_RETURN(const double step, a.Real(2, 1));
  return RealRange(start, stop, step, dtype);
}

Result<PythonValue> Linspace(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(const double start, a.Real(0));
  SMCLI_ASSIGN_OR_RETURN(const double stop, a.Real(1));
  SMCLI_ASSIGN_OR_RETURN(const int64_t count, a.Integer(2, 50));
  if (count < 0) return UsageError("np.linspace: num must not be negative");
  const bool endpoint = !a[3] || !a[3]->boolean() || *a[3]->boolean();
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, a.Dtype(4, DataType::kDouble));
  if (!kNumbers.Contains(dtype)) return UsageError("np.linspace makes numbers, not {}", NumpyName(dtype));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, MakeNumpyArray(dtype, Shape{count}));
  const double delta = stop - start;
  const auto parts = static_cast<double>(endpoint ? count - 1 : count);
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<double>(i);
    const double step = delta / parts;
    double value = start + (parts <= 0 ? at * delta : step == 0 ? at / parts * delta : at * step);
    if (endpoint && count > 1 && i == count - 1) value = stop;
    if (IsIntegral(dtype)) value = std::floor(value);
    WriteDoubles({&value, 1}, i, out);
  }
  return PythonValue(std::move(out));
}

Result<PythonValue> ReshapedTo(const Tensor& array, std::vector<int64_t> dims) {
  int64_t known = 1, open = -1;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == -1 && open < 0) {
      open = static_cast<int64_t>(i);
    } else if (dims[i] < 0 || __builtin_mul_overflow(known, dims[i], &known)) {
      return UsageError("reshape: bad shape");
    }
  }
  const int64_t count = array.num_elements();
  if (open >= 0 && known > 0 && count % known == 0) dims[static_cast<size_t>(open)] = count / known;
  const Result<Shape> shape = ShapeOfDims(dims);
  if (!shape.ok() || shape->num_elements() != count) {
    return UsageError("cannot reshape array of size {} into shape ({})", count, fmt::join(dims, ","));
  }
  return PythonValue(array.Reshaped(*shape));
}

Result<PythonValue> Reshape(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(const Tensor array, a.Array(0));
  SMCLI_ASSIGN_OR_RETURN(std::vector<int64_t> dims, a.Dims(1));
  return ReshapedTo(array, std::move(dims));
}

Result<PythonValue> ReshapeMethod(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(std::vector<int64_t> dims, a.DimsFrom(1));
  return ReshapedTo(*a[0]->array(), std::move(dims));
}

Result<PythonValue> Astype(const NumpyArguments& a, NumpyRandom&) {
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, DtypeOfPython(*a[1]));
  SMCLI_ASSIGN_OR_RETURN(Tensor array, CastArray(*a[0]->array(), dtype));
  return PythonValue(std::move(array));
}

constexpr std::string_view kArrayParameters[] = {"object", "dtype"};
constexpr std::string_view kAsarrayParameters[] = {"a", "dtype"};
constexpr std::string_view kShapeParameters[] = {"shape", "dtype"};
constexpr std::string_view kFullParameters[] = {"shape", "fill_value", "dtype"};
constexpr std::string_view kEyeParameters[] = {"N", "M", "k", "dtype"};
constexpr std::string_view kArangeParameters[] = {"start", "stop", "step", "dtype"};
constexpr std::string_view kLinspaceParameters[] = {"start", "stop", "num", "endpoint", "dtype"};
constexpr std::string_view kReshapeParameters[] = {"a", "shape"};
constexpr std::string_view kSelf[] = {"self"};
constexpr std::string_view kAstypeParameters[] = {"self", "dtype"};

constexpr NumpyFunction kFunctions[] = {
    {"np.array", kArrayParameters, 1, AsArray},     {"np.asarray", kAsarrayParameters, 1, AsArray},
    {"np.ones", kShapeParameters, 1, Constant<1>},  {"np.zeros", kShapeParameters, 1, Constant<0>},
    {"np.full", kFullParameters, 2, Full},          {"np.eye", kEyeParameters, 1, Eye},
    {"np.arange", kArangeParameters, 1, Arange},    {"np.linspace", kLinspaceParameters, 2, Linspace},
    {"np.reshape", kReshapeParameters, 2, Reshape}, {".reshape", kSelf, 1, ReshapeMethod, true},
    {".astype", kAstypeParameters, 2, Astype},
};

}  // namespace

std::span<const NumpyFunction> NumpyArrayFunctions() { return kFunctions; }

}  // namespace smcli
