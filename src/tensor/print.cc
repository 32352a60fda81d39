#include "tensor/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "tensor/float_text.h"

namespace smcli {

namespace {

// Writes single elements; made for the elements that will be seen, so that all come out equally wide.
class ElementText {
 public:
  virtual ~ElementText() = default;
  virtual std::string Text(int64_t index) const = 0;
};

// Number i of a real or complex tensor as double: exact for every type up to 32 bits of mantissa.
template <typename T>
double RealPart(const T* data, int64_t i) {
  if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>) {
    return static_cast<double>(data[i].real());
  } else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return static_cast<double>(static_cast<float>(data[i]));
  } else {
    return static_cast<double>(data[i]);
  }
}

// 10^min(8, decimal digits the type holds for sure): from here on an array is written with exponents.
double ArrayScientificFrom(FloatWidth width) {
  switch (width) {
    case FloatWidth::kHalf: return 1e3;
    case FloatWidth::kFloat: return 1e6;
    case FloatWidth::kDouble: return 1e8;
  }
  return 1e8;
}

// NumPy compares in the array's own type, where 0.0001 is another number.
double InType(double value, FloatWidth width) {
  switch (width) {
    case FloatWidth::kHalf: return static_cast<double>(static_cast<float>(Half(static_cast<float>(value))));
    case FloatWidth::kFloat: return static_cast<double>(static_cast<float>(value));
    case FloatWidth::kDouble: return value;
  }
  return value;
}

bool NeedsExponents(const std::vector<double>& finite, FloatWidth width) {
  double largest = 0, smallest = INFINITY;
  for (double v : finite) {
    if (v == 0) continue;
    largest = std::max(largest, std::fabs(v));
    smallest = std::min(smallest, std::fabs(v));
  }
  if (largest == 0) return false;
  return largest >= ArrayScientificFrom(width) || smallest < InType(0.0001, width) ||
         InType(largest / smallest, width) > 1000.0;
}

// One layout for all of `values`, which are the numbers that will be printed.
FloatLayout MeasureFloats(const std::vector<double>& values, FloatWidth width, int precision, bool plus) {
  FloatLayout layout{.plus = plus};
  std::vector<double> finite;
  bool minus_infinity = false;
  for (double v : values) {
    if (std::isfinite(v)) finite.push_back(v);
    if (std::isinf(v) && v < 0) minus_infinity = true;
  }
  layout.scientific = NeedsExponents(finite, width);
  layout.precision = precision;
  int before = 0, after = 0, exponent_digits = 0;
  for (double v : finite) {
    const std::string text = FormatFinite(v, width, layout);
    const auto point = static_cast<int>(text.find('.'));
    const auto e = layout.scientific ? static_cast<int>(text.find('e')) : static_cast<int>(text.size());
    before = std::max(before, point);
    after = std::max(after, e - point - 1);
    exponent_digits = std::max(exponent_digits, static_cast<int>(text.size()) - e - 2);
  }
  layout.pad_left = before;
  layout.pad_right = after;
  if (layout.scientific) {
    layout.precision = after;
    layout.keep_zeros = true;
    layout.exponent_digits = exponent_digits;
    layout.pad_right = exponent_digits + 2 + after;
  }
  if (finite.size() != values.size()) {
    const int offset = layout.pad_right + 1;
    const int sign = plus || minus_infinity ? 1 : 0;
    layout.pad_left = std::max({layout.pad_left, 3 - offset, 3 + sign - offset});
  }
  return layout;
}

template <typename T>
class FloatElements final : public ElementText {
 public:
  FloatElements(const Tensor& tensor, std::span<const int64_t> shown, FloatWidth width, int precision)
      : data_(tensor.data<T>()), width_(width) {
    std::vector<double> values;
    values.reserve(shown.size());
    for (int64_t i : shown) values.push_back(RealPart(data_, i));
    layout_ = MeasureFloats(values, width, precision, false);
  }
  std::string Text(int64_t index) const override { return FormatFloat(RealPart(data_, index), width_, layout_); }

 private:
  const T* data_;
  FloatWidth width_;
  FloatLayout layout_;
};

template <typename T>
class ComplexElements final : public ElementText {
 public:
  ComplexElements(const Tensor& tensor, std::span<const int64_t> shown, FloatWidth width, int precision)
      : data_(tensor.data<std::complex<T>>()), width_(width) {
    std::vector<double> reals, imags;
    for (int64_t i : shown) {
      reals.push_back(static_cast<double>(data_[i].real()));
      imags.push_back(static_cast<double>(data_[i].imag()));
    }
    real_ = MeasureFloats(reals, width, precision, false);
    imag_ = MeasureFloats(imags, width, precision, true);
  }
  std::string Text(int64_t index) const override {
    std::string imag = FormatFloat(static_cast<double>(data_[index].imag()), width_, imag_);
    const size_t end = imag.find_last_not_of(' ') + 1;
    imag.insert(end, 1, 'j');
    return FormatFloat(static_cast<double>(data_[index].real()), width_, real_) + imag;
  }

 private:
  const std::complex<T>* data_;
  FloatWidth width_;
  FloatLayout real_, imag_;
};

template <typename T>
class IntElements final : public ElementText {
 public:
  IntElements(const Tensor& tensor, std::span<const int64_t> shown) : data_(tensor.data<T>()) {
    for (int64_t i : shown) width_ = std::max(width_, fmt::formatted_size("{}", +data_[i]));
  }
  std::string Text(int64_t index) const override { return fmt::format("{:>{}}", +data_[index], width_); }

 private:
  const T* data_;
  size_t width_ = 0;
};

// Elements that are written as they come, without a common width.
class PlainElements final : public ElementText {
 public:
  using Function = std::string (*)(const Tensor&, int64_t);
  PlainElements(const Tensor& tensor, Function function) : tensor_(tensor), function_(function) {}
  std::string Text(int64_t index) const override { return function_(tensor_, index); }

 private:
  const Tensor& tensor_;
  Function function_;
};

std::string BoolText(const Tensor& tensor, int64_t i) {
  const bool value = tensor.data<uint8_t>()[i] != 0;
  if (tensor.rank() == 0) return value ? "True" : "False";
  return value ? " True" : "False";
}

std::string StringText(const Tensor& tensor, int64_t i) { return PythonBytesText(tensor.data<std::string>()[i]); }

std::string Bfloat16Text(const Tensor& tensor, int64_t i) {
  return fmt::format("{:.6g}", static_cast<float>(tensor.data<BFloat16>()[i]));
}

std::string OpaqueText(const Tensor& tensor, int64_t i) {
  if (tensor.dtype() == DataType::kResource) {
    const auto& handle = tensor.data<ResourceHandle>()[i];
    return fmt::format("<{} '{}'>", handle.resource ? handle.resource->type_name() : "resource", handle.name);
  }
  if (tensor.dtype() == DataType::kVariant) {
    const auto& variant = tensor.data<Variant>()[i];
    return fmt::format("<{}>", variant ? variant->type_name() : "variant");
  }
  return fmt::format("<{} 0x{:02x}>", NumpyName(tensor.dtype()), tensor.data<uint8_t>()[i]);
}

std::unique_ptr<ElementText> MakeElements(const Tensor& t, std::span<const int64_t> shown, int precision) {
  switch (t.dtype()) {
    case DataType::kFloat: return std::make_unique<FloatElements<float>>(t, shown, FloatWidth::kFloat, precision);
    case DataType::kDouble: return std::make_unique<FloatElements<double>>(t, shown, FloatWidth::kDouble, precision);
    case DataType::kHalf: return std::make_unique<FloatElements<Half>>(t, shown, FloatWidth::kHalf, precision);
    case DataType::kComplex64: return std::make_unique<ComplexElements<float>>(t, shown, FloatWidth::kFloat, precision);
    case DataType::kComplex128:
      return std::make_unique<ComplexElements<double>>(t, shown, FloatWidth::kDouble, precision);
    case DataType::kBool: return std::make_unique<PlainElements>(t, BoolText);
    case DataType::kString: return std::make_unique<PlainElements>(t, StringText);
    case DataType::kBfloat16: return std::make_unique<PlainElements>(t, Bfloat16Text);
    case DataType::kInt8:
    case DataType::kInt4:
    case DataType::kInt2:
    case DataType::kQint8: return std::make_unique<IntElements<int8_t>>(t, shown);
    case DataType::kUint8:
    case DataType::kUint4:
    case DataType::kUint2:
    case DataType::kQuint8: return std::make_unique<IntElements<uint8_t>>(t, shown);
    case DataType::kInt16:
    case DataType::kQint16: return std::make_unique<IntElements<int16_t>>(t, shown);
    case DataType::kUint16:
    case DataType::kQuint16: return std::make_unique<IntElements<uint16_t>>(t, shown);
    case DataType::kInt32:
    case DataType::kQint32: return std::make_unique<IntElements<int32_t>>(t, shown);
    case DataType::kUint32: return std::make_unique<IntElements<uint32_t>>(t, shown);
    case DataType::kInt64: return std::make_unique<IntElements<int64_t>>(t, shown);
    case DataType::kUint64: return std::make_unique<IntElements<uint64_t>>(t, shown);
    default: return std::make_unique<PlainElements>(t, OpaqueText);
  }
}

// Which indices of one dimension are printed; -1 stands for the dots.
std::vector<int64_t> ShownOf(int64_t extent, bool summarise, int64_t edge) {
  std::vector<int64_t> out;
  if (summarise && extent > 2 * edge) {
    for (int64_t i = 0; i < edge; ++i) out.push_back(i);
    out.push_back(-1);
    for (int64_t i = extent - edge; i < extent; ++i) out.push_back(i);
  } else {
    for (int64_t i = 0; i < extent; ++i) out.push_back(i);
  }
  return out;
}

// Nested brackets with NumPy's line breaks. A rank is at most kMaxRank, so the recursion is bounded.
class ArrayText {
 public:
  ArrayText(const Tensor& tensor, const PrintOptions& options) : shape_(tensor.shape()) {
    const bool summarise = tensor.num_elements() > options.threshold;
    for (int64_t extent : shape_.dims()) shown_.push_back(ShownOf(extent, summarise, options.edge_items));
    std::vector<int64_t> elements;
    Collect(0, 0, elements);
    elements_ = MakeElements(tensor, elements, options.precision);
    width_ = options.line_width;
  }

  std::string Text() const { return Bracket(0, 0, 1, width_); }

 private:
  void Collect(int axis, int64_t offset, std::vector<int64_t>& out) const {
    if (axis == shape_.rank()) {
      out.push_back(offset);
      return;
    }
    for (int64_t i : shown_[static_cast<size_t>(axis)]) {
      if (i >= 0) Collect(axis + 1, offset * shape_.dim(axis) + i, out);
    }
  }

  // The text of one sub-array, its lines indented by `indent` except for the first.
  std::string Bracket(int axis, int64_t offset, int indent, int width) const {
    const std::string body =
        axis + 1 == shape_.rank() ? Row(axis, offset, indent, width) : Rows(axis, offset, indent, width);
    return '[' + body.substr(static_cast<size_t>(indent)) + ']';
  }

  std::string Row(int axis, int64_t offset, int indent, int width) const {
    const std::string hanging(static_cast<size_t>(indent), ' ');
    std::string text, line = hanging;
    bool first = true;
    for (int64_t i : shown_[static_cast<size_t>(axis)]) {
      if (!first) line += ' ';
      first = false;
      const std::string word = i < 0 ? "..." : elements_->Text(offset * shape_.dim(axis) + i);
      if (static_cast<int>(line.size() + word.size()) > width - 1 && line.size() > hanging.size()) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
        line = hanging;
      }
      line += word;
    }
    return text + line;
  }

  std::string Rows(int axis, int64_t offset, int indent, int width) const {
    const std::string hanging(static_cast<size_t>(indent), ' ');
    const std::string separator(static_cast<size_t>(shape_.rank() - axis - 1), '\n');
    std::string text;
    bool first = true;
    for (int64_t i : shown_[static_cast<size_t>(axis)]) {
      if (!first) text += separator;
      first = false;
      text += hanging;
      text += i < 0 ? "..." : Bracket(axis + 1, offset * shape_.dim(axis) + i, indent + 1, width - 1);
    }
    return text;
  }

  Shape shape_;
  std::vector<std::vector<int64_t>> shown_;  // per dimension
  std::unique_ptr<ElementText> elements_;
  int width_ = 75;
};

std::optional<std::string> FloatScalar(const Tensor& t) {
  switch (t.dtype()) {
    case DataType::kFloat: return FloatScalarText(RealPart(t.data<float>(), 0), FloatWidth::kFloat);
    case DataType::kDouble: return FloatScalarText(RealPart(t.data<double>(), 0), FloatWidth::kDouble);
    case DataType::kHalf: return FloatScalarText(RealPart(t.data<Half>(), 0), FloatWidth::kHalf);
    case DataType::kComplex64: {
      const auto& c = t.scalar<std::complex<float>>();
      return ComplexScalarText(static_cast<double>(c.real()), static_cast<double>(c.imag()), FloatWidth::kFloat);
    }
    case DataType::kComplex128: {
      const auto& c = t.scalar<std::complex<double>>();
      return ComplexScalarText(c.real(), c.imag(), FloatWidth::kDouble);
    }
    default: return std::nullopt;
  }
}

}  // namespace

std::string NumpyText(const Tensor& tensor, const PrintOptions& options) {
  if (!tensor.has_value()) return "None";
  if (tensor.num_elements() == 0) return "[]";
  if (tensor.rank() == 0) {
    if (auto text = FloatScalar(tensor)) return *std::move(text);
    const int64_t index[] = {0};
    return MakeElements(tensor, index, options.precision)->Text(0);
  }
  return ArrayText(tensor, options).Text();
}

std::string PythonBytesText(std::string_view bytes) {
  const bool double_quotes = bytes.find('\'') != std::string_view::npos && bytes.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string out = {'b', quote};
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    switch (c) {
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\\': out += "\\\\"; break;
      default:
        if (c == quote) {
          out += '\\';
          out += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
          out += fmt::format("\\x{:02x}", byte);
        } else {
          out += c;
        }
    }
  }
  out += quote;
  return out;
}

}  // namespace smcli
