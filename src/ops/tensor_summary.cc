#include "ops/tensor_summary.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace smcli {
namespace {

// Six (fifteen) digits when they suffice to read the number back, else nine (seventeen), as strings::FloatToBuffer.
std::string NumberText(double value, bool single) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", single ? 6 : 15, value);
  const bool same =
      single ? std::strtof(text, nullptr) == static_cast<float>(value) : std::strtod(text, nullptr) == value;
  if (!same && value == value) std::snprintf(text, sizeof text, "%.*g", single ? 9 : 17, value);
  return value == value ? text : "nan";
}

std::string ElementText(const Tensor& tensor, int64_t i, SummaryStyle style) {
  const DataType dtype = tensor.dtype();
  if (dtype == DataType::kString) {
    const std::string escaped = EscapeUtf8Safe(tensor.data<std::string>()[i]);
    return style == SummaryStyle::kNested ? '"' + escaped + '"' : escaped;
  }
  if (dtype == DataType::kBool) return tensor.data<bool>()[i] ? "1" : "0";
  std::string text = "?";  // what TensorFlow shows for a type it does not print
  if (dtype == DataType::kQint32) return text;
  DispatchRealNumbers(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T value = tensor.data<T>()[i];
    if constexpr (std::is_integral_v<T>) {
      text = std::to_string(value);
    } else if constexpr (std::is_same_v<T, double>) {
      text = NumberText(value, false);
    } else {
      text = NumberText(static_cast<float>(value), true);
    }
  });
  return text;
}

struct Printer {
  const Tensor& tensor;
  int64_t limit;
  std::string text;
  int64_t next = 0;  // of the flat style: the element that comes

  // Rank is at most kMaxRank, which bounds the recursion.
  void Flat(int dim) {
    if (next >= limit) return;
    const Shape& shape = tensor.shape();
    if (dim == shape.rank() - 1) {
      for (int64_t i = 0; i < shape.dim(dim); ++i) {
        if (next >= limit) {
          if (dim != 0) text += "...";
          return;
        }
        if (i > 0) text += ' ';
        text += ElementText(tensor, next++, SummaryStyle::kFlat);
      }
      return;
    }
    for (int64_t i = 0; i < shape.dim(dim) && next < limit; ++i) {
      text += '[';
      Flat(dim + 1);
      text += ']';
    }
  }

  void Nested(int dim, int64_t offset) {
    const Shape& shape = tensor.shape();
    if (dim == shape.rank()) {
      text += ElementText(tensor, offset, SummaryStyle::kNested);
      return;
    }
    const int64_t count = shape.dim(dim);
    const int64_t stride = shape.Product(dim + 1, shape.rank());
    text += '[';
    for (int64_t i = 0; i < std::min(limit, count); ++i) {
      if (i > 0) Space(dim);
      Nested(dim + 1, offset + i * stride);
    }
    if (count > 2 * limit) {
      Space(dim);
      text += "...";
    }
    for (int64_t i = std::max(limit, count - limit); i < count; ++i) {
      Space(dim);
      Nested(dim + 1, offset + i * stride);
    }
    text += ']';
  }

  void Space(int dim) {
    const int below = tensor.rank() - dim - 1;
    if (below == 0) {
      text += ' ';
      return;
    }
    text.append(static_cast<size_t>(below), '\n');
    text.append(static_cast<size_t>(dim) + 1, ' ');
  }
};

}  // namespace

std::string SummarizeTensor(const Tensor& tensor, int64_t max_entries, SummaryStyle style) {
  const int64_t count = tensor.num_elements();
  const int64_t limit = max_entries < 0 ? count : std::min(max_entries, count);
  Printer printer{tensor, limit, {}};
  if (tensor.shape().scalar()) return limit > 0 ? ElementText(tensor, 0, style) : "...";
  constexpr DataTypeSet kUnprinted = DataType::kComplex64 | DataType::kComplex128 | DataType::kQint32;
  if (style == SummaryStyle::kNested && kUnprinted.Contains(tensor.dtype())) {
    // TensorFlow knows no digits of these, and no dimensions.
    for (int64_t i = 0; i < limit; ++i) printer.text += i > 0 ? " ?" : "?";
    return '[' + printer.text + (count > limit ? "...]" : "]");
  }
  if (style == SummaryStyle::kNested) {
    printer.Nested(0, 0);
  } else {
    printer.Flat(0);
    if (count > limit) printer.text += "...";
  }
  return printer.text;
}

std::string EscapeUtf8Safe(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '\n': escaped += "\\n"; break;
      case '\r': escaped += "\\r"; break;
      case '\t': escaped += "\\t"; break;
      case '"': escaped += "\\\""; break;
      case '\'': escaped += "\\'"; break;
      case '\\': escaped += "\\\\"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          escaped += fmt::format("\\{:03o}", static_cast<unsigned>(c));
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

}  // namespace smcli
