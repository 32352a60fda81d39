// The arguments of one call of a NumPy function, and how Python values are read as what the function wants.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/python_parser.h"
#include "formats/python_value.h"
#include "tensor/tensor.h"

namespace smcli {

// By the function's parameter names; an absent one is null. All errors here are `UsageError`s.
class NumpyArguments {
 public:
  // Refuses too many arguments, unknown keywords, one given twice, a missing one of the first `required`. The values
  // stay the caller's.
  static Result<NumpyArguments> Bind(std::string_view function, std::span<const std::string_view> parameters,
                                     size_t required, std::span<const PythonArgument> arguments);

  size_t size() const { return values_.size(); }
  const PythonValue* operator[](size_t i) const { return values_[i]; }
  // Present and not None.
  bool Has(size_t i) const { return values_[i] && !values_[i]->is_none(); }

  Result<int64_t> Integer(size_t i) const;
  Result<int64_t> Integer(size_t i, int64_t fallback) const;
  Result<double> Real(size_t i) const;
  Result<double> Real(size_t i, double fallback) const;
  // numpy.array of the argument.
  Result<Tensor> Array(size_t i) const;
  // np.float32, float, "float32".
  Result<DataType> Dtype(size_t i, DataType fallback) const;
  // An integer or a sequence of them; negative ones are allowed here.
  Result<std::vector<int64_t>> Dims(size_t i) const;
  Result<Shape> ShapeAt(size_t i) const;
  // Dimensions one by one from argument i on, or as one sequence: a.reshape(2, 3), a.reshape((2, 3)).
  Result<std::vector<int64_t>> DimsFrom(size_t i) const;

 private:
  std::vector<const PythonValue*> values_;
  std::vector<std::string> names_;
};

Result<DataType> DtypeOfPython(const PythonValue& value);
Result<Shape> ShapeOfDims(std::span<const int64_t> dims);
// Tensor::Make with a bound on what an expression may make: 4 GiB.
Result<Tensor> MakeNumpyArray(DataType dtype, const Shape& shape);
inline constexpr int64_t kMaxExpressionBytes = int64_t{1} << 32;

}  // namespace smcli
