#include "formats/python_parser.h"

#include <cmath>

#include "base/utf8.h"
#include "formats/python_lexer.h"

namespace smcli {

namespace {

constexpr int kMaxDepth = 64;

bool IsNumber(const PythonValue& value) {
  return value.boolean() || value.integer() || value.large_integer() || value.real() || value.complex();
}

double AsReal(const PythonValue& value) {
  if (const bool* v = value.boolean()) return *v ? 1 : 0;
  if (const int64_t* v = value.integer()) return static_cast<double>(*v);
  if (const uint64_t* v = value.large_integer()) return static_cast<double>(*v);
  return value.real() ? *value.real() : 0;
}

std::complex<double> AsComplex(const PythonValue& value) {
  return value.complex() ? *value.complex() : std::complex<double>(AsReal(value), 0);
}

Error TooLarge() { return UsageError("the result does not fit into 64 bits"); }

Result<PythonValue> IntegerPower(int64_t base, int64_t exponent) {
  int64_t value = 1;
  for (; exponent > 0; --exponent) {
    if (__builtin_mul_overflow(value, base, &value)) return TooLarge();
    if (value == 0 || (value == 1 && base == 1)) break;
    if (base == -1) return PythonValue(static_cast<int64_t>(exponent % 2 == 0 ? 1 : -1));
  }
  return PythonValue(value);
}

// Python's own arithmetic on ints: exact, floor division.
Result<PythonValue> IntegerBinary(std::string_view op, int64_t a, int64_t b) {
  int64_t value = 0;
  if (op == "+") return __builtin_add_overflow(a, b, &value) ? Result<PythonValue>(TooLarge()) : PythonValue(value);
  if (op == "-") return __builtin_sub_overflow(a, b, &value) ? Result<PythonValue>(TooLarge()) : PythonValue(value);
  if (op == "*") return __builtin_mul_overflow(a, b, &value) ? Result<PythonValue>(TooLarge()) : PythonValue(value);
  if (op == "**") {
    if (b < 0) return PythonValue(std::pow(static_cast<double>(a), static_cast<double>(b)));
    return IntegerPower(a, b);
  }
  if (b == 0) return UsageError("division by zero");
  if (op == "/") return PythonValue(static_cast<double>(a) / static_cast<double>(b));
  if (a == INT64_MIN && b == -1) return TooLarge();
  const int64_t rest = a % b;
  const bool down = rest != 0 && (rest < 0) != (b < 0);
  return PythonValue(op == "//" ? a / b - (down ? 1 : 0) : rest + (down ? b : 0));
}

Result<PythonValue> RealBinary(std::string_view op, double a, double b) {
  if (op == "+") return PythonValue(a + b);
  if (op == "-") return PythonValue(a - b);
  if (op == "*") return PythonValue(a * b);
  if (op == "**") return PythonValue(std::pow(a, b));
  if (b == 0) return UsageError("division by zero");
  if (op == "/") return PythonValue(a / b);
  const double floor = std::floor(a / b);
  return PythonValue(op == "//" ? floor : a - floor * b);
}

Result<PythonValue> ComplexBinary(std::string_view op, std::complex<double> a, std::complex<double> b) {
  if (op == "+") return PythonValue(a + b);
  if (op == "-") return PythonValue(a - b);
  if (op == "*") return PythonValue(a * b);
  if (op == "**") return PythonValue(std::pow(a, b));
  if (op != "/") return UsageError("complex numbers have no {}", op);
  if (b == 0.0) return UsageError("division by zero");
  return PythonValue(a / b);
}

Result<PythonValue> NumberBinary(std::string_view op, const PythonValue& a, const PythonValue& b) {
  if (a.complex() || b.complex()) return ComplexBinary(op, AsComplex(a), AsComplex(b));
  if (a.real() || b.real()) return RealBinary(op, AsReal(a), AsReal(b));
  if (a.large_integer() || b.large_integer()) return TooLarge();
  return IntegerBinary(op, a.integer() ? *a.integer() : *a.boolean(), b.integer() ? *b.integer() : *b.boolean());
}

Result<PythonValue> NumberNegative(const PythonValue& value) {
  if (value.complex()) return PythonValue(-*value.complex());
  if (value.real()) return PythonValue(-*value.real());
  if (value.boolean()) return PythonValue(static_cast<int64_t>(*value.boolean() ? -1 : 0));
  if (const uint64_t* large = value.large_integer()) {
    if (*large == uint64_t{1} << 63) return PythonValue(INT64_MIN);
    return TooLarge();
  }
  return PythonValue(-*value.integer());
}

// Recursive descent, evaluating as it reads; the depth is bounded.
class Parser {
 public:
  Parser(std::string_view text, PythonScope& scope) : lexer_(text), scope_(scope) {}

  Result<PythonValue> Whole() {
    SMCLI_RETURN_IF_ERROR(Advance());
    SMCLI_ASSIGN_OR_RETURN(PythonValue value, Expression());
    if (token_.Is(",")) {  // a tuple needs no brackets
      SMCLI_ASSIGN_OR_RETURN(PythonValue::Items items, Items(std::move(value), ""));
      value = PythonValue(PythonValue::Tuple{std::move(items)});
    }
    if (token_.kind != PythonToken::Kind::kEnd) return Unexpected();
    return value;
  }

 private:
  Status Advance() {
    SMCLI_ASSIGN_OR_RETURN(token_, lexer_.Next());
    return {};
  }

  Error Unexpected() const {
    switch (token_.kind) {
      case PythonToken::Kind::kEnd: return UsageError("the expression ends too early");
      case PythonToken::Kind::kConstant:
        return UsageError("column {}: unexpected {}", token_.column, token_.constant.Repr());
      default: return UsageError("column {}: unexpected {}", token_.column, Quoted(token_.text));
    }
  }

  Status Expect(std::string_view op) {
    if (!token_.Is(op)) return Unexpected();
    return Advance();
  }

  Result<PythonValue> Expression() {
    if (++depth_ > kMaxDepth) return UsageError("the expression nests more than {} levels deep", kMaxDepth);
    Result<PythonValue> value = Sum();
    --depth_;
    return value;
  }

  Result<PythonValue> Combine(std::string_view op, const PythonValue& a, const PythonValue& b) {
    if (IsNumber(a) && IsNumber(b)) return NumberBinary(op, a, b);
    return scope_.Binary(op, a, b);
  }

  Result<PythonValue> Sum() {
    SMCLI_ASSIGN_OR_RETURN(PythonValue left, Product());
    while (token_.Is("+") || token_.Is("-")) {
      const std::string op(token_.text);
      SMCLI_RETURN_IF_ERROR(Advance());
      SMCLI_ASSIGN_OR_RETURN(PythonValue right, Product());
      SMCLI_ASSIGN_OR_RETURN(left, Combine(op, left, right));
    }
    return left;
  }

  Result<PythonValue> Product() {
    SMCLI_ASSIGN_OR_RETURN(PythonValue left, Signed());
    while (token_.Is("*") || token_.Is("/") || token_.Is("//") || token_.Is("%")) {
      const std::string op(token_.text);
      SMCLI_RETURN_IF_ERROR(Advance());
      SMCLI_ASSIGN_OR_RETURN(PythonValue right, Signed());
      SMCLI_ASSIGN_OR_RETURN(left, Combine(op, left, right));
    }
    return left;
  }

  Result<PythonValue> Signed() {
    bool negative = false, any = false;
    while (token_.Is("+") || token_.Is("-")) {
      negative ^= token_.Is("-");
      any = true;
      SMCLI_RETURN_IF_ERROR(Advance());
    }
    SMCLI_ASSIGN_OR_RETURN(PythonValue value, Power());
    if (any && !IsNumber(value) && !value.array()) return UsageError("bad operand for a sign: {}", value.TypeName());
    if (!negative) return value;
    return IsNumber(value) ? NumberNegative(value) : scope_.Negative(value);
  }

  Result<PythonValue> Power() {
    SMCLI_ASSIGN_OR_RETURN(PythonValue base, Postfix());
    if (!token_.Is("**")) return base;
    SMCLI_RETURN_IF_ERROR(Advance());
    if (++depth_ > kMaxDepth) return UsageError("the expression nests more than {} levels deep", kMaxDepth);
    SMCLI_ASSIGN_OR_RETURN(PythonValue exponent, Signed());
    --depth_;
    return Combine("**", base, exponent);
  }

  Result<PythonValue> Postfix() {
    SMCLI_ASSIGN_OR_RETURN(PythonValue value, Atom());
    while (token_.Is(".") || token_.Is("(")) {
      if (token_.Is("(")) {
        SMCLI_ASSIGN_OR_RETURN(std::vector<PythonArgument> arguments, Arguments());
        SMCLI_ASSIGN_OR_RETURN(value, scope_.Call(value, arguments));
        continue;
      }
      SMCLI_RETURN_IF_ERROR(Advance());
      if (token_.kind != PythonToken::Kind::kName) return Unexpected();
      SMCLI_ASSIGN_OR_RETURN(value, scope_.Attribute(value, token_.text));
      SMCLI_RETURN_IF_ERROR(Advance());
    }
    return value;
  }

  Result<std::vector<PythonArgument>> Arguments() {
    SMCLI_RETURN_IF_ERROR(Expect("("));
    std::vector<PythonArgument> arguments;
    while (!token_.Is(")")) {
      PythonArgument argument;
      SMCLI_ASSIGN_OR_RETURN(argument.value, Expression());
      const PythonValue::Name* name = argument.value.name();
      if (token_.Is("=") && name && !name->self) {
        argument.keyword = name->path;
        SMCLI_RETURN_IF_ERROR(Advance());
        SMCLI_ASSIGN_OR_RETURN(argument.value, Expression());
      } else if (!arguments.empty() && !arguments.back().keyword.empty()) {
        return UsageError("column {}: a positional argument follows a keyword argument", token_.column);
      }
      arguments.push_back(std::move(argument));
      if (token_.Is(")")) break;
      SMCLI_RETURN_IF_ERROR(Expect(","));
    }
    SMCLI_RETURN_IF_ERROR(Expect(")"));
    return arguments;
  }

  Result<PythonValue> Atom() {
    if (token_.Is("(")) return Parenthesis();
    if (token_.Is("[")) {
      SMCLI_RETURN_IF_ERROR(Advance());
      SMCLI_ASSIGN_OR_RETURN(PythonValue::Items items, Items(std::nullopt, "]"));
      SMCLI_RETURN_IF_ERROR(Expect("]"));
      return PythonValue(PythonValue::List{std::move(items)});
    }
    if (token_.Is("{")) return DictDisplay();
    if (token_.kind == PythonToken::Kind::kConstant) return Constant();
    if (token_.kind != PythonToken::Kind::kName) return Unexpected();
    const std::string name(token_.text);
    SMCLI_RETURN_IF_ERROR(Advance());
    if (name == "None") return PythonValue();
    if (name == "True" || name == "False") return PythonValue(name == "True");
    if (token_.Is("=")) return PythonValue(PythonValue::Name{name, nullptr});  // of an argument
    return scope_.Name(name);
  }

  // Neighbouring strings are one.
  Result<PythonValue> Constant() {
    PythonValue value = std::move(token_.constant);
    SMCLI_RETURN_IF_ERROR(Advance());
    while (token_.kind == PythonToken::Kind::kConstant) {
      if (value.text() && token_.constant.text()) {
        value = PythonValue(*value.text() + *token_.constant.text());
      } else if (value.bytes() && token_.constant.bytes()) {
        value = PythonValue(PythonValue::Bytes{*value.bytes() + *token_.constant.bytes()});
      } else {
        return Unexpected();
      }
      SMCLI_RETURN_IF_ERROR(Advance());
    }
    return value;
  }

  // Expressions between commas up to `close`; `first` has been read already, and its comma is next.
  Result<PythonValue::Items> Items(std::optional<PythonValue> first, std::string_view close) {
    PythonValue::Items items;
    const auto at_end = [&] { return token_.Is(close) || token_.kind == PythonToken::Kind::kEnd; };
    if (first) {
      items.push_back(*std::move(first));
      SMCLI_RETURN_IF_ERROR(Expect(","));
    }
    while (!at_end()) {
      SMCLI_ASSIGN_OR_RETURN(PythonValue item, Expression());
      items.push_back(std::move(item));
      if (at_end()) break;
      SMCLI_RETURN_IF_ERROR(Expect(","));
    }
    return items;
  }

  Result<PythonValue> Parenthesis() {
    SMCLI_RETURN_IF_ERROR(Advance());
    PythonValue::Items items;
    if (!token_.Is(")")) {
      SMCLI_ASSIGN_OR_RETURN(PythonValue value, Expression());
      if (token_.Is(")")) {
        SMCLI_RETURN_IF_ERROR(Advance());
        return value;
      }
      SMCLI_ASSIGN_OR_RETURN(items, Items(std::move(value), ")"));
    }
    SMCLI_RETURN_IF_ERROR(Expect(")"));
    return PythonValue(PythonValue::Tuple{std::move(items)});
  }

  Result<PythonValue> DictDisplay() {
    SMCLI_RETURN_IF_ERROR(Advance());
    PythonValue::Dict dict;
    while (!token_.Is("}")) {
      SMCLI_ASSIGN_OR_RETURN(PythonValue key, Expression());
      SMCLI_RETURN_IF_ERROR(Expect(":"));
      SMCLI_ASSIGN_OR_RETURN(PythonValue value, Expression());
      dict.entries.emplace_back(std::move(key), std::move(value));
      if (token_.Is("}")) break;
      SMCLI_RETURN_IF_ERROR(Expect(","));
    }
    SMCLI_RETURN_IF_ERROR(Expect("}"));
    return PythonValue(std::move(dict));
  }

  PythonLexer lexer_;
  PythonScope& scope_;
  PythonToken token_;
  int depth_ = 0;
};

class NoNames final : public PythonScope {
 public:
  Result<PythonValue> Name(std::string_view name) override {
    return UsageError("{} is a name; only literals can stand here", Quoted(name));
  }
  Result<PythonValue> Attribute(const PythonValue&, std::string_view name) override { return Name(name); }
  Result<PythonValue> Call(const PythonValue&, std::span<const PythonArgument>) override {
    return UsageError("a call; only literals can stand here");
  }
  Result<PythonValue> Binary(std::string_view op, const PythonValue&, const PythonValue&) override {
    return UsageError("operator {}; only literals can stand here", op);
  }
  Result<PythonValue> Negative(const PythonValue& value) override {
    return UsageError("bad operand for unary -: {}", value.TypeName());
  }
};

}  // namespace

Result<PythonValue> EvaluatePython(std::string_view text, PythonScope& scope) { return Parser(text, scope).Whole(); }

Result<PythonValue> ParsePythonLiteral(std::string_view text) {
  NoNames scope;
  return Parser(text, scope).Whole();
}

}  // namespace smcli
