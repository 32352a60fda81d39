// PythonLexer: the words of a Python expression.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/python_value.h"

namespace smcli {

struct PythonToken {
  enum class Kind { kEnd, kOperator, kName, kConstant };
  Kind kind = Kind::kEnd;
  std::string_view text;  // of operators and names
  PythonValue constant;   // numbers, strings, bytes
  size_t column = 1;      // of its first character

  bool Is(std::string_view op) const { return kind == Kind::kOperator && text == op; }
};

class PythonLexer {
 public:
  explicit PythonLexer(std::string_view text) : text_(text) {}
  // kEnd at the end, again and again. `UsageError` for what begins no word, an unclosed string, a number out of range.
  Result<PythonToken> Next();

 private:
  struct NumberText;
  // What a text begins with that begins with a digit, or a point and a digit.
  static NumberText ScanNumber(std::string_view text);

  Result<PythonToken> Number();
  Result<uint64_t> WholeValue(const NumberText& number) const;
  // `prefix` characters (b, r, u) stand before the quote.
  Result<PythonToken> String(size_t prefix);
  Status Escape(bool is_bytes, std::string& out);
  Result<uint32_t> HexDigits(int count);
  Error Wrong(std::string_view what) const;
  Error NoNumber(size_t length) const;

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace smcli
