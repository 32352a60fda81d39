#include <optional>
#include <vector>

#include "formats/numpy_functions.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

// float64 numbers drawn one after the other; a plain float when there is no size.
template <typename Draw>
Result<PythonValue> DrawReals(const std::optional<Shape>& shape, Draw&& draw) {
  if (!shape) return PythonValue(static_cast<double>(draw()));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, MakeNumpyArray(DataType::kDouble, *shape));
  for (double& value : out.mutable_flat<double>()) value = draw();
  return PythonValue(std::move(out));
}

// No size: one number.
Result<std::optional<Shape>> SizeAt(const NumpyArguments& a, size_t i) {
  if (!a.Has(i)) return std::optional<Shape>();
  SMCLI_ASSIGN_OR_RETURN(Shape shape, a.ShapeAt(i));
  return std::optional<Shape>(std::move(shape));
}

Result<std::optional<Shape>> SizeOfDimensions(const NumpyArguments& a) {
  if (a.size() == 0) return std::optional<Shape>();
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> dims, a.DimsFrom(0));
  SMCLI_ASSIGN_OR_RETURN(Shape shape, ShapeOfDims(dims));
  return std::optional<Shape>(std::move(shape));
}

Result<PythonValue> Rand(const NumpyArguments& a, NumpyRandom& random) {
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Shape> shape, SizeOfDimensions(a));
  return DrawReals(shape, [&] { return random.NextDouble(); });
}

Result<PythonValue> Randn(const NumpyArguments& a, NumpyRandom& random) {
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Shape> shape, SizeOfDimensions(a));
  return DrawReals(shape, [&] { return random.NextGaussian(); });
}

Result<PythonValue> RandomSample(const NumpyArguments& a, NumpyRandom& random) {
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Shape> shape, SizeAt(a, 0));
  return DrawReals(shape, [&] { return random.NextDouble(); });
}

Result<PythonValue> Normal(const NumpyArguments& a, NumpyRandom& random) {
  SMCLI_ASSIGN_OR_RETURN(const double mean, a.Real(0, 0));
  SMCLI_ASSIGN_OR_RETURN(const double deviation, a.Real(1, 1));
  if (deviation < 0) return UsageError("np.random.normal: scale must not be negative");
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Shape> shape, SizeAt(a, 2));
  return DrawReals(shape, [&] { return mean + deviation * random.NextGaussian(); });
}

Result<PythonValue> Uniform(const NumpyArguments& a, NumpyRandom& random) {
  SMCLI_ASSIGN_OR_RETURN(const double low, a.Real(0, 0));
  SMCLI_ASSIGN_OR_RETURN(const double high, a.Real(1, 1));
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Shape> shape, SizeAt(a, 2));
  return DrawReals(shape, [&] { return low + (high - low) * random.NextDouble(); });
}

Result<PythonValue> Randint(const NumpyArguments& a, NumpyRandom& random) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t first, a.Integer(0));
  SMCLI_ASSIGN_OR_RETURN(const int64_t high, a.Integer(1, first));
  const int64_t low = a.Has(1) ? first : 0;
  if (low >= high) return UsageError("np.random.randint: low >= high");
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Shape> shape, SizeAt(a, 2));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, a.Dtype(3, DataType::kInt64));
  if (!IsIntegral(dtype)) return UsageError("np.random.randint makes integers, not {}", NumpyName(dtype));
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) - 1;
  const auto draw = [&] { return static_cast<int64_t>(static_cast<uint64_t>(low) + random.NextBounded(range)); };
  if (!shape && !a[3]) return PythonValue(draw());
  SMCLI_ASSIGN_OR_RETURN(Tensor out, MakeNumpyArray(dtype, shape.value_or(Shape{})));
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    const int64_t value = draw();
    WriteInts({&value, 1}, false, i, out);
  }
  return PythonValue(std::move(out));
}

constexpr std::string_view kSizeParameters[] = {"size"};
constexpr std::string_view kNormalParameters[] = {"loc", "scale", "size"};
constexpr std::string_view kUniformParameters[] = {"low", "high", "size"};
constexpr std::string_view kRandintParameters[] = {"low", "high", "size", "dtype"};

constexpr NumpyFunction kFunctions[] = {
    {"np.random.rand", {}, 0, Rand, true},
    {"np.random.randn", {}, 0, Randn, true},
    {"np.random.randint", kRandintParameters, 1, Randint},
    {"np.random.normal", kNormalParameters, 0, Normal},
    {"np.random.uniform", kUniformParameters, 0, Uniform},
    {"np.random.random", kSizeParameters, 0, RandomSample},
    {"np.random.random_sample", kSizeParameters, 0, RandomSample},
};

}  // namespace

std::span<const NumpyFunction> NumpyRandomFunctions() { return kFunctions; }

}  // namespace smcli
