#include "cli/input_fitting.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <vector>

#include "base/utf8.h"
#include "formats/numpy_array.h"
#include "tensor/compare.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

Error WrongDtype(const InputValue& value, const TensorSpec& spec, DataType given, std::string_view why) {
  return UsageError("{}: input {} takes {}, this is {}{}", Escaped(value.place), Quoted(spec.key),
                    NumpyName(spec.dtype), NumpyName(given), why);
}

bool IsNumeric(DataType dtype) { return IsIntegral(dtype) || IsReal(dtype) || IsComplex(dtype); }

// Numbers that were typed: any integer that fits, any real number rounded to the model's type.
bool TypedNumberFits(DataType from, DataType to) {
  if (IsIntegral(from)) return IsNumeric(to);
  if (IsReal(from)) return IsReal(to) || IsComplex(to);
  return IsComplex(from) && IsComplex(to);
}

// Quantised and narrow integers are stored in the plain type of their size.
bool SameStorage(DataType a, DataType b) {
  return SizeOf(a) == SizeOf(b) && IsIntegral(a) && IsIntegral(b) && (kQuantized.Contains(b) || kQuantized.Contains(a));
}

Result<Tensor> ToDtype(const InputValue& value, const TensorSpec& spec, Tensor tensor, NumberConversion conversion) {
  const DataType from = tensor.dtype(), to = spec.dtype;
  if (from == to) return tensor;
  if (tensor.num_elements() == 0 && value.kind != InputValue::Kind::kArray) return Tensor::Make(to, tensor.shape());
  if (SameStorage(from, to)) return tensor.Bitcast(to, tensor.shape());
  const bool both_numbers = (IsNumeric(from) || from == DataType::kBool) && (IsNumeric(to) || to == DataType::kBool);
  if (!both_numbers) return WrongDtype(value, spec, from, "");
  if (conversion == NumberConversion::kNumpy) return CastNumbers(tensor, to);

  const bool typed = value.kind != InputValue::Kind::kArray;
  const bool allowed = (typed && TypedNumberFits(from, to)) || (IsIntegral(from) && (IsReal(to) || IsComplex(to))) ||
                       (from == DataType::kFloat && to == DataType::kBfloat16);
  if (!allowed) return WrongDtype(value, spec, from, "; --cast converts it as numpy's astype");
  if (IsIntegral(from)) {
    if (const int64_t at = FirstInexact(tensor, to); at >= 0) {
      int64_t element = 0;
      ReadInts(tensor, at, {&element, 1});
      const std::string number =
          from == DataType::kUint64 ? fmt::format("{}", static_cast<uint64_t>(element)) : fmt::format("{}", element);
      return WrongDtype(value, spec, from,
                        fmt::format(", and {} at {} has no exact {}; --cast converts it as numpy's astype", number,
                                    IndexText(tensor.shape(), at), NumpyName(to)));
    }
  }
  return CastNumbers(tensor, to);
}

Result<Tensor> ToShape(const InputValue& value, const TensorSpec& spec, Tensor tensor) {
  if (spec.shape.Accepts(tensor.shape())) return tensor;
  const bool image = value.kind == InputValue::Kind::kImages;
  return UsageError("{}: input {} takes shape {}, this is {}{}", Escaped(value.place), Quoted(spec.key),
                    spec.shape.ToString(), tensor.shape().ToString(), image ? "; nothing is resized or cropped" : "");
}

// A vector where the model wants a scalar of one element, or a column.
Tensor LinesForRank(Tensor lines, const PartialShape& wanted) {
  const int64_t count = lines.num_elements();
  if (wanted.known_rank() && wanted.rank() == 0 && count == 1) return std::move(lines).Reshaped(Shape{});
  if (wanted.known_rank() && wanted.rank() == 2) {
    const bool row = wanted.dim(0) == 1 && wanted.dim(1) != 1;
    return std::move(lines).Reshaped(row ? Shape{1, count} : Shape{count, 1});
  }
  return lines;
}

// A copy in which the strings that JSON has for NaN and the infinities are numbers. What JSON holds nests at most 100
// deep.
PythonValue WithNamedNumbers(const PythonValue& value) {
  if (const std::string* text = value.text()) {
    if (*text == "NaN") return PythonValue(std::numeric_limits<double>::quiet_NaN());
    if (*text == "Infinity") return PythonValue(std::numeric_limits<double>::infinity());
    if (*text == "-Infinity") return PythonValue(-std::numeric_limits<double>::infinity());
  }
  if (!value.list()) return value;
  PythonValue::List list;
  list.items.reserve(value.list()->size());
  for (const PythonValue& item : *value.list()) list.items.push_back(WithNamedNumbers(item));
  return PythonValue(std::move(list));
}

// Rows of numbers; whole numbers stay exact while there is nothing else.
class NumberTable {
 public:
  Status AddLine(std::string_view line) {
    constexpr std::string_view kBetween = " \t\r,;";
    line = line.substr(0, line.find('#'));
    int64_t found = 0;
    for (size_t at = line.find_first_not_of(kBetween); at != std::string_view::npos;
         at = line.find_first_not_of(kBetween)) {
      line.remove_prefix(at);
      const std::string_view word = line.substr(0, line.find_first_of(kBetween));
      line.remove_prefix(word.size());
      SMCLI_RETURN_IF_ERROR(AddWord(word));
      ++found;
    }
    if (found == 0) return {};
    if (rows_ > 0 && found != columns_) return UsageError("{} numbers, the lines before have {}", found, columns_);
    columns_ = found;
    ++rows_;
    return {};
  }

  Tensor Finish() const {
    const Shape shape{rows_, columns_};
    return whole_ ? Tensor::Of<int64_t>(shape, integers_) : Tensor::Of<double>(shape, numbers_);
  }

 private:
  Status AddWord(std::string_view word) {
    const char* first = word.data() + (word.starts_with('+') ? 1 : 0);
    const char* last = word.data() + word.size();
    int64_t integer = 0;
    if (whole_) {
      const auto [stop, error] = std::from_chars(first, last, integer);
      whole_ = stop == last && error == std::errc();
      if (whole_) integers_.push_back(integer);
    }
    double number = 0;
    const auto [stop, error] = std::from_chars(first, last, number);
    if (stop != last || error == std::errc::invalid_argument) return UsageError("{} is no number", Quoted(word));
    numbers_.push_back(number);
    return {};
  }

  std::vector<double> numbers_;
  std::vector<int64_t> integers_;
  bool whole_ = true;
  int64_t rows_ = 0, columns_ = 0;
};

Result<Tensor> FromText(const InputValue& value, const TensorSpec& spec) {
  if (spec.dtype == DataType::kString) return LinesForRank(SplitLines(value.bytes), spec.shape);
  SMCLI_ASSIGN_OR_RETURN(Tensor table, ParseNumberTable(value.bytes));
  const int64_t rows = table.dim(0), columns = table.dim(1);
  if (!spec.shape.known_rank() || spec.shape.rank() == 2) return table;
  if (spec.shape.rank() == 1 && (rows == 1 || columns == 1)) return std::move(table).Reshaped(Shape{rows * columns});
  if (spec.shape.rank() == 0 && rows * columns == 1) return std::move(table).Reshaped(Shape{});
  return table;
}

}  // namespace

Tensor SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const Shape shape{static_cast<int64_t>(lines.size())};
  return Tensor::Strings(shape, std::move(lines));
}

Result<Tensor> ParseNumberTable(std::string_view text) {
  NumberTable table;
  for (int line_number = 1; !text.empty(); ++line_number) {
    const size_t end = text.find('\n');
    SMCLI_RETURN_IF_ERROR(table.AddLine(text.substr(0, end)).Annotate(fmt::format("line {}", line_number)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return table.Finish();
}

Result<Tensor> FitInput(const InputValue& value, const TensorSpec& spec, NumberConversion conversion) {
  Tensor tensor;
  switch (value.kind) {
    case InputValue::Kind::kArray: tensor = value.tensor; break;
    case InputValue::Kind::kPython:
    case InputValue::Kind::kJson: {
      const bool numbers = value.kind == InputValue::Kind::kJson && spec.dtype != DataType::kString;
      Result<Tensor> array = ArrayFromPython(numbers ? WithNamedNumbers(value.python) : value.python);
      if (!array.ok())
        return std::move(array).Annotate(fmt::format("{}: input {}", Escaped(value.place), Quoted(spec.key)));
      tensor = *std::move(array);
      break;
    }
    case InputValue::Kind::kText: {
      SMCLI_ASSIGN_OR_RETURN(tensor, FromText(value, spec).Annotate(Escaped(value.place)));
      break;
    }
    case InputValue::Kind::kImages: {
      SMCLI_ASSIGN_OR_RETURN(tensor, TensorFromImages(value.images, spec));
      break;
    }
  }
  SMCLI_ASSIGN_OR_RETURN(tensor, ToDtype(value, spec, std::move(tensor), conversion));
  return ToShape(value, spec, std::move(tensor));
}

}  // namespace smcli
