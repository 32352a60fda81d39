#include "cli/generated_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/crc32c.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/assignments.h"
#include "formats/numpy_random.h"
#include "formats/python_parser.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

constexpr int64_t kMaxElements = int64_t{1} << 32;

Result<PythonValue::Items> ListOf(std::string_view flag, const std::string& text) {
  Result<PythonValue> value = ParsePythonLiteral(text);
  if (!value.ok() || !value->sequence()) return UsageError("{} {}: the form is [NAME:][...]", flag, Quoted(text));
  return *value->sequence();
}

Result<double> NumberOf(const PythonValue& value, std::string_view flag) {
  if (value.real()) return *value.real();
  if (value.integer()) return static_cast<double>(*value.integer());
  return UsageError("{}: {} is no number", flag, Escaped(value.Repr()));
}

// "x:[1,2]" or "[1,2]"; the name may hold ':'.
Assignment Scoped(const std::string& text) {
  const size_t bracket = text.find('[');
  if (bracket == std::string::npos || bracket == 0) return {"", text};
  const size_t name_end = text[bracket - 1] == ':' ? bracket - 1 : bracket;
  return {text.substr(0, name_end), text.substr(bracket)};
}

template <typename T>
const T* Find(const std::map<std::string, T, std::less<>>& map, std::string_view key) {
  if (const auto it = map.find(key); it != map.end()) return &it->second;
  const auto it = map.find("");
  return it == map.end() ? nullptr : &it->second;
}

std::string Word(NumpyRandom& random) {
  std::string word(random.NextBounded(7) + 1, ' ');
  for (char& c : word) c = static_cast<char>('a' + random.NextBounded(25));
  return word;
}

void Fill(const GeneratedInputs::Range& range, NumpyRandom& random, Tensor& tensor) {
  const double span = range.high - range.low;
  for (int64_t i = 0; i < tensor.num_elements(); ++i) {
    if (tensor.dtype() == DataType::kString) {
      tensor.mutable_data<std::string>()[i] = Word(random);
    } else if (IsIntegral(tensor.dtype())) {
      const auto low = static_cast<int64_t>(range.low);
      const auto value =
          static_cast<int64_t>(static_cast<uint64_t>(low) + random.NextBounded(static_cast<uint64_t>(span)));
      WriteInts({&value, 1}, false, i, tensor);
    } else if (IsComplex(tensor.dtype())) {
      const std::complex<double> value(range.low + span * random.NextDouble(), range.low + span * random.NextDouble());
      WriteComplexes({&value, 1}, i, tensor);
    } else if (tensor.dtype() == DataType::kBool) {
      const auto value = static_cast<int64_t>(random.NextBounded(1));
      WriteInts({&value, 1}, false, i, tensor);
    } else {
      const double value = range.low + span * random.NextDouble();
      WriteDoubles({&value, 1}, i, tensor);
    }
  }
}

}  // namespace

Result<GeneratedInputs> GeneratedInputs::Parse(int64_t seed, std::span<const std::string> ranges,
                                               std::span<const std::string> shapes) {
  GeneratedInputs out;
  if (seed < 0 || seed > UINT32_MAX) return UsageError("--seed: seeds go from 0 to 4294967295");
  out.seed = static_cast<uint32_t>(seed);
  for (const std::string& text : ranges) {
    const Assignment scoped = Scoped(text);
    SMCLI_ASSIGN_OR_RETURN(const PythonValue::Items items, ListOf("--range", scoped.value));
    if (items.size() != 2) return UsageError("--range {}: a range is [LOW,HIGH]", Quoted(text));
    Range range;
    SMCLI_ASSIGN_OR_RETURN(range.low, NumberOf(items[0], "--range"));
    SMCLI_ASSIGN_OR_RETURN(range.high, NumberOf(items[1], "--range"));
    if (!std::isfinite(range.high - range.low)) {
      return UsageError("--range {}: its ends are finite numbers", Quoted(text));
    }
    if (range.low > range.high) return UsageError("--range {}: the lower end comes first", Quoted(text));
    out.ranges[scoped.name] = range;
  }
  for (const std::string& text : shapes) {
    const Assignment scoped = Scoped(text);
    SMCLI_ASSIGN_OR_RETURN(const PythonValue::Items items, ListOf("--input-shapes", scoped.value));
    std::vector<int64_t>& dims = out.shapes[scoped.name];
    for (const PythonValue& item : items) {
      if (!item.integer() || *item.integer() < 0)
        return UsageError("--input-shapes {}: sizes are whole numbers, 0 or more", Quoted(text));
      dims.push_back(*item.integer());
    }
  }
  return out;
}

Status GeneratedInputs::CheckNames(const std::vector<TensorSpec>& inputs) const {
  std::vector<std::string_view> known;
  for (const TensorSpec& spec : inputs) known.push_back(spec.key);
  const auto check = [&](std::string_view flag, std::string_view name) -> Status {
    if (name.empty() || std::ranges::find(known, name) != known.end()) return {};
    return UsageError("{}: there is no input {}{}", flag, Quoted(name), Suggestion(name, known));
  };
  for (const auto& [name, _] : ranges) SMCLI_RETURN_IF_ERROR(check("--range", name));
  for (const auto& [name, _] : shapes) SMCLI_RETURN_IF_ERROR(check("--input-shapes", name));
  return {};
}

Result<InputValue> GeneratedInputs::Make(const TensorSpec& spec, std::vector<std::string>* guessed) const {
  std::vector<int64_t> dims(spec.shape.dims().begin(), spec.shape.dims().end());
  if (const std::vector<int64_t>* given = Find(shapes, spec.key)) {
    dims = *given;
  } else if (!spec.shape.fully_known()) {
    for (int64_t& d : dims) d = d < 0 ? 1 : d;
    if (guessed) guessed->push_back(spec.key);
  }
  const Result<Shape> shape = Shape::Make(dims);
  const std::string asked = PartialShape(dims).ToString();
  if (!shape.ok() || shape->num_elements() > kMaxElements) {
    return UsageError("--input-shapes: {} for input {} is more than --random makes", asked, Quoted(spec.key));
  }
  if (!spec.shape.Accepts(*shape)) {
    return UsageError("--input-shapes: input {} takes shape {}, this is {}", Quoted(spec.key), spec.shape.ToString(),
                      asked);
  }
  if (spec.dtype != DataType::kString && spec.dtype != DataType::kBool && !IsIntegral(spec.dtype) &&
      !IsReal(spec.dtype) && !IsComplex(spec.dtype)) {
    return UsageError("--random makes no {}; give input {} a value", NumpyName(spec.dtype), Quoted(spec.key));
  }
  const Range* given = Find(ranges, spec.key);
  const Range range = given ? *given : Range{};
  constexpr double kInt64Limit = 9.2e18;
  if (IsIntegral(spec.dtype) && (std::fabs(range.low) > kInt64Limit || std::fabs(range.high) > kInt64Limit)) {
    return UsageError("--range: the range of input {} does not fit into 64 bits", Quoted(spec.key));
  }
  if (IsIntegral(spec.dtype)) {
    const int64_t ends[] = {static_cast<int64_t>(range.low), static_cast<int64_t>(range.high)};
    if (FirstInexact(Tensor::Vector<int64_t>(ends), spec.dtype) >= 0) {
      return UsageError("--range: the range of input {} does not fit into {}", Quoted(spec.key), NumpyName(spec.dtype));
    }
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Make(spec.dtype, *shape));
  NumpyRandom random(seed ^ Crc32c(spec.key));
  Fill(range, random, tensor);
  return InputValue::Array("--random", std::move(tensor));
}

PartialShape Narrower(const PartialShape& a, const PartialShape& b) {
  if (!a.known_rank()) return b;
  if (!b.known_rank() || b.rank() != a.rank()) return a;
  std::vector<int64_t> dims;
  for (int i = 0; i < a.rank(); ++i) dims.push_back(a.dim(i) < 0 ? b.dim(i) : a.dim(i));
  return PartialShape(std::move(dims));
}

}  // namespace smcli
