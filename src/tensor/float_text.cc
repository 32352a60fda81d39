#include "tensor/float_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "tensor/float16.h"

namespace smcli {

namespace {

// "d.ddde+XX" of to_chars, taken apart.
Decimal FromScientific(std::string_view text) {
  Decimal out;
  if (text.front() == '-') {
    out.negative = true;
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  for (char c : text.substr(0, e)) {
    if (c != '.') out.digits.push_back(c);
  }
  out.exponent = std::atoi(std::string(text.substr(e + 1)).c_str()) + 1;
  while (out.digits.size() > 1 && out.digits.back() == '0') out.digits.pop_back();
  if (out.digits == "0") out.exponent = 1;
  return out;
}

template <typename T>
Decimal Shortest(T value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  return FromScientific({buffer, static_cast<size_t>(end - buffer)});
}

// The exact value rounded (ties to even) to `precision` digits after the point of d.ddd.
Decimal Rounded(double value, int precision) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific, precision).ptr;
  return FromScientific({buffer, static_cast<size_t>(end - buffer)});
}

// The value of digits that name a half.
float ReadBack(const Decimal& decimal) {
  const std::string text = fmt::format("{}0.{}e{}", decimal.negative ? "-" : "", decimal.digits, decimal.exponent);
  float value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return static_cast<float>(Half(value));
}

// The standard library knows no half: five digits always suffice, so the first precision that reads back is the
// shortest. Below a power of two the neighbours are nearer than above: there the next larger decimal may do where the
// nearest does not.
Decimal ShortestHalf(double value) {
  for (int precision = 0; precision < 4; ++precision) {
    Decimal decimal = Rounded(value, precision);
    if (static_cast<double>(ReadBack(decimal)) == value) return decimal;
    if (static_cast<int>(decimal.digits.size()) != precision + 1 || decimal.digits.back() == '9') continue;
    ++decimal.digits.back();
    if (static_cast<double>(ReadBack(decimal)) == value) return decimal;
  }
  return Rounded(value, 4);
}

// Digits of the fixed notation with `precision` places, from the exact value; ties to even.
Decimal RoundedFixed(double value, int precision) {
  const std::string text = fmt::format("{:.{}f}", value, precision);
  Decimal out;
  out.negative = text.front() == '-';
  std::string_view number = std::string_view(text).substr(out.negative ? 1 : 0);
  const size_t point = number.find('.');
  out.exponent = static_cast<int>(point == std::string_view::npos ? number.size() : point);
  for (char c : number) {
    if (c != '.') out.digits.push_back(c);
  }
  size_t zeros = 0;
  while (zeros + 1 < out.digits.size() && out.digits[zeros] == '0') ++zeros;
  out.digits.erase(0, zeros);
  out.exponent -= static_cast<int>(zeros);
  while (out.digits.size() > 1 && out.digits.back() == '0') out.digits.pop_back();
  if (out.digits == "0") out.exponent = 1;
  return out;
}

std::string SignText(bool negative, bool plus) { return negative ? "-" : plus ? "+" : ""; }

void PadFront(std::string& text, size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
}

std::string Positional(double value, FloatWidth width, const FloatLayout& layout) {
  Decimal decimal = ShortestDecimal(value, width);
  const bool zero = decimal.digits == "0";
  const int places = zero ? 0 : static_cast<int>(decimal.digits.size()) - decimal.exponent;
  if (layout.precision >= 0 && places > layout.precision) decimal = RoundedFixed(value, layout.precision);

  std::string whole = SignText(decimal.negative, layout.plus);
  std::string fraction;
  const auto count = static_cast<int>(decimal.digits.size());
  if (decimal.digits == "0") {
    whole += '0';
  } else if (decimal.exponent <= 0) {
    whole += '0';
    fraction.assign(static_cast<size_t>(-decimal.exponent), '0');
    fraction += decimal.digits;
  } else {
    const auto before = static_cast<size_t>(std::min(count, decimal.exponent));
    whole += decimal.digits.substr(0, before);
    if (decimal.exponent > count) whole.append(static_cast<size_t>(decimal.exponent - count), '0');
    fraction = decimal.digits.substr(before);
  }
  if (static_cast<int>(fraction.size()) < layout.pad_right) fraction.resize(static_cast<size_t>(layout.pad_right), ' ');
  PadFront(whole, static_cast<size_t>(std::max(layout.pad_left, 0)));
  return whole + '.' + fraction;
}

std::string Scientific(double value, FloatWidth width, const FloatLayout& layout) {
  Decimal decimal = ShortestDecimal(value, width);
  const int places = static_cast<int>(decimal.digits.size()) - 1;
  const bool cut = layout.precision >= 0 && places > layout.precision;
  if (cut || (layout.keep_zeros && places < layout.precision)) decimal = Rounded(value, layout.precision);
  std::string whole = SignText(decimal.negative, layout.plus) + decimal.digits.front();
  std::string fraction = decimal.digits.substr(1);
  if (layout.keep_zeros && static_cast<int>(fraction.size()) < layout.precision) {
    fraction.resize(static_cast<size_t>(layout.precision), '0');
  }
  const int exponent = decimal.digits == "0" ? 0 : decimal.exponent - 1;
  PadFront(whole, static_cast<size_t>(std::max(layout.pad_left, 0)));
  return fmt::format("{}.{}e{}{:0{}}", whole, fraction, exponent < 0 ? '-' : '+', std::abs(exponent),
                     std::max(layout.exponent_digits, 2));
}

double ScientificFrom(FloatWidth width) {
  switch (width) {
    case FloatWidth::kHalf: return 1e3;
    case FloatWidth::kFloat: return 1e6;
    case FloatWidth::kDouble: return 1e16;
  }
  return 1e16;
}

// Without the point that a scalar's integer part does not need inside a complex number: "1", "1.5", "1e+30".
std::string ComplexPart(double value, FloatWidth width, bool plus) {
  if (std::isnan(value)) return plus ? "+nan" : "nan";
  if (std::isinf(value)) return SignText(value < 0, plus) + "inf";
  const double magnitude = std::fabs(value);
  FloatLayout layout{.plus = plus};
  layout.scientific = magnitude != 0 && (magnitude >= ScientificFrom(width) || magnitude < 1e-4);
  std::string text = FormatFinite(value, width, layout);
  const size_t point = text.find('.');
  if (point + 1 == text.size() || text[point + 1] == 'e') text.erase(point, 1);
  return text;
}

}  // namespace

Decimal ShortestDecimal(double value, FloatWidth width) {
  switch (width) {
    case FloatWidth::kHalf: return ShortestHalf(value);
    case FloatWidth::kFloat: return Shortest(static_cast<float>(value));
    case FloatWidth::kDouble: return Shortest(value);
  }
  return {};
}

std::string FormatFinite(double value, FloatWidth width, const FloatLayout& layout) {
  return layout.scientific ? Scientific(value, width, layout) : Positional(value, width, layout);
}

std::string FormatFloat(double value, FloatWidth width, const FloatLayout& layout) {
  if (std::isfinite(value)) return FormatFinite(value, width, layout);
  std::string text = std::isnan(value) ? (layout.plus ? "+nan" : "nan") : SignText(value < 0, layout.plus) + "inf";
  PadFront(text, static_cast<size_t>(std::max(layout.pad_left + layout.pad_right + 1, 0)));
  return text;
}

std::string FloatScalarText(double value, FloatWidth width) {
  if (!std::isfinite(value)) return FormatFloat(value, width, {.pad_left = -1});
  const double magnitude = std::fabs(value);
  FloatLayout layout;
  layout.scientific = magnitude != 0 && (magnitude >= ScientificFrom(width) || magnitude < 1e-4);
  std::string text = FormatFinite(value, width, layout);
  const size_t point = text.find('.');
  if (layout.scientific && text[point + 1] == 'e') text.erase(point, 1);
  if (!layout.scientific && point + 1 == text.size()) text += '0';
  return text;
}

std::string ComplexScalarText(double real, double imag, FloatWidth width) {
  if (real == 0 && !std::signbit(real)) return ComplexPart(imag, width, false) + "j";
  return fmt::format("({}{}j)", ComplexPart(real, width, false), ComplexPart(imag, width, true));
}

}  // namespace smcli
