// Decimal texts of floating-point numbers as NumPy writes them: the shortest digits that still name the number among
// its own type's values, cut to a precision where one is asked.
#pragma once

#include <string>
#include <string_view>

namespace smcli {

// Which type's neighbours decide how many digits are needed.
enum class FloatWidth { kHalf, kFloat, kDouble };

// A finite number as 0.d1d2d3... * 10^exponent; d1 is not '0' unless the number is zero ("0", exponent 1).
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 1;
};
Decimal ShortestDecimal(double value, FloatWidth width);

// How wide a column of numbers is and how each of them is written. Columns count characters.
struct FloatLayout {
  bool scientific = false;
  bool plus = false;        // a sign also on positive numbers
  int precision = -1;       // digits after the point at most; -1: as many as the shortest form has
  bool keep_zeros = false;  // scientific: exactly `precision` digits, of the exact value; else no trailing zeros
  int pad_left = 0;         // characters before the point, sign included
  int pad_right = 0;        // characters after the point, blanks included (positional only)
  int exponent_digits = 2;  // scientific only
};

// A finite number; infinities and NaN are written by FormatFloat. Always with a point: "5.", "1.5", "1.e+30".
std::string FormatFinite(double value, FloatWidth width, const FloatLayout& layout);
// As FormatFinite, with "nan" and "inf" flush right in the column.
std::string FormatFloat(double value, FloatWidth width, const FloatLayout& layout);

// str() of a NumPy scalar: "4.5", "2.0", "1e+30", "nan". The exponent form begins at 1e3 (half), 1e6 (float) and 1e16
// (double), and below 1e-4.
std::string FloatScalarText(double value, FloatWidth width);
// str() of a complex NumPy scalar: "(1+2j)"; a zero real part that is not -0 is left out: "2j".
std::string ComplexScalarText(double real, double imag, FloatWidth width);

}  // namespace smcli
