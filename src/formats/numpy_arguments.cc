#include "formats/numpy_arguments.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "formats/numpy_array.h"
#include "formats/numpy_dtype.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

Result<int64_t> IntegerOf(const PythonValue& value, std::string_view what) {
  if (value.integer()) return *value.integer();
  if (value.boolean()) return static_cast<int64_t>(*value.boolean());
  const Tensor* array = value.array();
  if (array && array->num_elements() == 1 && IsIntegral(array->dtype())) {
    int64_t element = 0;
    ReadInts(*array, 0, {&element, 1});
    return element;
  }
  return UsageError("{} must be an integer, not {}", what, value.Repr());
}

Result<double> RealOf(const PythonValue& value, std::string_view what) {
  if (value.real()) return *value.real();
  const Tensor* array = value.array();
  if (array && array->num_elements() == 1 && IsReal(array->dtype())) {
    double element = 0;
    ReadDoubles(*array, 0, {&element, 1});
    return element;
  }
  const Result<int64_t> integer = IntegerOf(value, what);
  if (!integer.ok()) return UsageError("{} must be a number, not {}", what, value.Repr());
  return static_cast<double>(*integer);
}

}  // namespace

Result<NumpyArguments> NumpyArguments::Bind(std::string_view function, std::span<const std::string_view> parameters,
                                            size_t required, std::span<const PythonArgument> arguments) {
  NumpyArguments bound;
  bound.values_.resize(parameters.size());
  bound.names_.assign(parameters.begin(), parameters.end());
  for (size_t i = 0; i < arguments.size(); ++i) {
    const PythonArgument& argument = arguments[i];
    size_t at = i;
    if (!argument.keyword.empty()) {
      at = static_cast<size_t>(std::ranges::find(parameters, argument.keyword) - parameters.begin());
      if (at == parameters.size()) {
        return UsageError("{}() has no argument {}{}", function, Quoted(argument.keyword),
                          Suggestion(argument.keyword, parameters));
      }
    }
    if (at >= parameters.size()) return UsageError("{}() takes at most {} arguments", function, parameters.size());
    if (bound.values_[at]) return UsageError("{}() got two values for {}", function, parameters[at]);
    bound.values_[at] = &argument.value;
  }
  for (size_t i = 0; i < required; ++i) {
    if (!bound.values_[i]) return UsageError("{}() lacks its argument {}", function, Quoted(parameters[i]));
  }
  return bound;
}

Result<int64_t> NumpyArguments::Integer(size_t i) const { return IntegerOf(*values_[i], names_[i]); }
Result<int64_t> NumpyArguments::Integer(size_t i, int64_t fallback) const {
  return Has(i) ? Integer(i) : Result<int64_t>(fallback);
}
Result<double> NumpyArguments::Real(size_t i) const { return RealOf(*values_[i], names_[i]); }
Result<double> NumpyArguments::Real(size_t i, double fallback) const {
  return Has(i) ? Real(i) : Result<double>(fallback);
}
Result<Tensor> NumpyArguments::Array(size_t i) const { return ArrayFromPython(*values_[i]); }

Result<DataType> NumpyArguments::Dtype(size_t i, DataType fallback) const {
  return Has(i) ? DtypeOfPython(*values_[i]) : Result<DataType>(fallback);
}

Result<std::vector<int64_t>> NumpyArguments::Dims(size_t i) const {
  std::vector<int64_t> dims;
  if (!values_[i]->sequence()) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t dim, IntegerOf(*values_[i], "a shape"));
    dims.push_back(dim);
    return dims;
  }
  for (const PythonValue& item : *values_[i]->sequence()) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t dim, IntegerOf(item, "a dimension"));
    dims.push_back(dim);
  }
  return dims;
}

Result<Shape> NumpyArguments::ShapeAt(size_t i) const {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> dims, Dims(i));
  return ShapeOfDims(dims);
}

Result<std::vector<int64_t>> NumpyArguments::DimsFrom(size_t i) const {
  if (size() == i + 1 && values_[i]->sequence()) return Dims(i);
  std::vector<int64_t> dims;
  for (; i < size(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t dim, IntegerOf(*values_[i], "a dimension"));
    dims.push_back(dim);
  }
  return dims;
}

Result<DataType> DtypeOfPython(const PythonValue& value) {
  std::string_view name;
  if (value.text()) name = *value.text();
  if (value.name() && !value.name()->self) name = value.name()->path;
  if (name.starts_with("tf.")) {
    if (const auto dtype = TensorFlowDtype(name.substr(3))) return *dtype;
  }
  if (name.starts_with("np.")) name.remove_prefix(3);
  if (const auto dtype = NumpyDtype(name)) return *dtype;
  return UsageError("{} is no dtype", value.Repr());
}

Result<Shape> ShapeOfDims(std::span<const int64_t> dims) {
  if (std::ranges::any_of(dims, [](int64_t d) { return d < 0; })) {
    return UsageError("negative dimensions are not allowed");
  }
  Result<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) return UsageError("{}", shape.error().message());
  return shape;
}

Result<Tensor> MakeNumpyArray(DataType dtype, const Shape& shape) {
  const int64_t size =
      dtype == DataType::kString ? static_cast<int64_t>(sizeof(std::string)) : std::max(SizeOf(dtype), 1);
  if (shape.num_elements() > kMaxExpressionBytes / size) {
    return UsageError("an array of {} {} is too large for an expression", shape.ToString(), NumpyName(dtype));
  }
  return Tensor::Make(dtype, shape);
}

}  // namespace smcli
