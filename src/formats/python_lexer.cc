#include "formats/python_lexer.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/utf8.h"

namespace smcli {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Letters before a quote: how many, or 0 when the text begins no string.
size_t StringPrefix(std::string_view text) {
  size_t n = 0;
  while (n < 2 && n < text.size() && std::string_view("bBrRuU").find(text[n]) != std::string_view::npos) ++n;
  return n < text.size() && (text[n] == '\'' || text[n] == '"') ? n : std::string_view::npos;
}

int BaseOf(std::string_view digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  switch (digits[1] | 0x20) {
    case 'x': return 16;
    case 'o': return 8;
    case 'b': return 2;
    default: return 10;
  }
}

int DigitValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

// Nothing for what is no number.
std::optional<double> RealValue(const std::string& digits) {
  double value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (stop != digits.data() + digits.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) return digits.find("e-") != std::string::npos ? 0.0 : INFINITY;
  return value;
}

}  // namespace

// A number as it is written.
struct PythonLexer::NumberText {
  int base = 10;
  std::string digits;  // with the prefix of the base, without the underscores that Python allows between digits
  bool real = false;
  bool imaginary = false;  // the j at the end is not among the digits
  size_t length = 0;       // in the text
};

PythonLexer::NumberText PythonLexer::ScanNumber(std::string_view text) {
  NumberText number;
  number.base = BaseOf(text);
  const bool decimal = number.base == 10;
  size_t end = 0;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (decimal && (c == '.' || c == 'e' || c == 'E')) {
      number.real = true;
    } else if (decimal && (c == '+' || c == '-')) {
      if ((text[end - 1] | 0x20) != 'e') break;
    } else if (c == '_' ? end + 1 == text.size() || !IsNamePart(text[end + 1]) : !IsNamePart(c)) {
      break;
    }
    if (c != '_') number.digits.push_back(c);
  }
  number.length = end;
  number.imaginary = decimal && (number.digits.back() | 0x20) == 'j';
  if (number.imaginary) number.digits.pop_back();
  return number;
}

Error PythonLexer::Wrong(std::string_view what) const { return UsageError("column {}: {}", at_ + 1, what); }

Result<PythonToken> PythonLexer::Next() {
  while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  PythonToken token;
  token.column = at_ + 1;
  if (at_ == text_.size()) return token;
  const std::string_view rest = text_.substr(at_);
  const char c = rest[0];
  if (const size_t prefix = StringPrefix(rest); prefix != std::string_view::npos) return String(prefix);
  if (IsDigit(c) || (c == '.' && rest.size() > 1 && IsDigit(rest[1]))) return Number();
  if (IsNameStart(c)) {
    size_t length = 1;
    while (length < rest.size() && IsNamePart(rest[length])) ++length;
    token.kind = PythonToken::Kind::kName;
    token.text = rest.substr(0, length);
    at_ += length;
    return token;
  }
  token.kind = PythonToken::Kind::kOperator;
  for (std::string_view op : {"**", "//", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ",", ":", ".", "="}) {
    if (!rest.starts_with(op)) continue;
    token.text = rest.substr(0, op.size());
    at_ += op.size();
    return token;
  }
  return Wrong(fmt::format("{} begins no Python expression that smcli reads", Quoted(rest.substr(0, 1))));
}

Result<PythonToken> PythonLexer::Number() {
  PythonToken token;
  token.kind = PythonToken::Kind::kConstant;
  token.column = at_ + 1;
  const NumberText number = ScanNumber(text_.substr(at_));
  if (number.real || number.imaginary) {
    const std::optional<double> value = RealValue(number.digits);
    if (!value) return NoNumber(number.length);
    token.constant = number.imaginary ? PythonValue(std::complex<double>(0, *value)) : PythonValue(*value);
  } else {
    SMCLI_ASSIGN_OR_RETURN(const uint64_t value, WholeValue(number));
    token.constant =
        value <= static_cast<uint64_t>(INT64_MAX) ? PythonValue(static_cast<int64_t>(value)) : PythonValue(value);
  }
  at_ += number.length;
  return token;
}

Result<uint64_t> PythonLexer::WholeValue(const NumberText& number) const {
  const std::string& digits = number.digits;
  const auto base = static_cast<uint64_t>(number.base);
  uint64_t value = 0;
  const size_t first = base == 10 ? 0 : 2;
  if (digits.size() <= first) return NoNumber(number.length);
  for (size_t i = first; i < digits.size(); ++i) {
    const auto digit = static_cast<uint64_t>(DigitValue(digits[i]));
    if (digit >= base) return NoNumber(number.length);
    if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value)) {
      return Wrong(fmt::format("the integer {} does not fit into 64 bits", digits));
    }
  }
  // "010" is refused by Python, "00" is zero.
  if (base == 10 && digits.size() > 1 && digits[0] == '0' && value != 0) return NoNumber(number.length);
  return value;
}

Error PythonLexer::NoNumber(size_t length) const {
  return Wrong(fmt::format("{} is no number", Quoted(text_.substr(at_, length))));
}

Result<PythonToken> PythonLexer::String(size_t prefix) {
  PythonToken token;
  token.kind = PythonToken::Kind::kConstant;
  token.column = at_ + 1;
  bool is_bytes = false, raw = false;
  for (char c : text_.substr(at_, prefix)) {
    is_bytes = is_bytes || (c | 0x20) == 'b';
    raw = raw || (c | 0x20) == 'r';
  }
  at_ += prefix;
  const std::string_view one = text_.substr(at_, 1);
  const std::string three(3, one[0]);
  const std::string_view quote = text_.substr(at_).starts_with(three) ? std::string_view(three) : one;
  at_ += quote.size();
  std::string value;
  while (!text_.substr(at_).starts_with(quote)) {
    if (at_ >= text_.size()) return Wrong("the string is not closed");
    const char c = text_[at_++];
    if (c != '\\') {
      if (is_bytes && static_cast<uint8_t>(c) >= 0x80) return Wrong("bytes can only contain ASCII literal characters");
      value += c;
    } else if (raw) {
      value += c;
      if (at_ < text_.size()) value += text_[at_++];
    } else {
      SMCLI_RETURN_IF_ERROR(Escape(is_bytes, value));
    }
  }
  at_ += quote.size();
  token.constant = is_bytes ? PythonValue(PythonValue::Bytes{std::move(value)}) : PythonValue(std::move(value));
  return token;
}

// What follows a backslash.
Status PythonLexer::Escape(bool is_bytes, std::string& out) {
  if (at_ == text_.size()) return Wrong("the string is not closed");
  const char c = text_[at_++];
  static constexpr std::string_view kLetters = "\\'\"abfnrtv";
  static constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
  if (const size_t i = kLetters.find(c); i != std::string_view::npos) {
    out += kMeanings[i];
    return {};
  }
  uint32_t code = 0;
  if (c == '\n') return {};
  if (c == 'x' || (!is_bytes && (c == 'u' || c == 'U'))) {
    SMCLI_ASSIGN_OR_RETURN(code, HexDigits(c == 'x' ? 2 : c == 'u' ? 4 : 8));
  } else if (c >= '0' && c <= '7') {
    code = static_cast<uint32_t>(c - '0');
    for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++i) {
      code = code * 8 + static_cast<uint32_t>(text_[at_++] - '0');
    }
  } else {
    out += '\\';  // Python keeps a backslash that says nothing
    out += c;
    return {};
  }
  if (is_bytes) {
    out += static_cast<char>(code & 0xffu);
  } else {
    AppendUtf8(code, out);
  }
  return {};
}

Result<uint32_t> PythonLexer::HexDigits(int count) {
  uint32_t code = 0;
  for (int i = 0; i < count; ++i) {
    const int digit = at_ < text_.size() ? DigitValue(text_[at_]) : 99;
    if (digit >= 16) return Wrong("an escape sequence lacks digits");
    code = code << 4 | static_cast<uint32_t>(digit);
    ++at_;
  }
  return code;
}

}  // namespace smcli
