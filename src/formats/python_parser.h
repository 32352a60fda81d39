// Reads Python expressions as people type them on a command line. The grammar is closed: literals, containers,
// arithmetic, and calls of dotted names, of which a PythonScope decides what they are. Nothing else can be said, so
// nothing else can run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "formats/python_value.h"

namespace smcli {

// An argument of a call; `keyword` is empty for positional ones.
struct PythonArgument {
  std::string keyword;
  PythonValue value;
};

// What names, calls and operators mean. Errors are `UsageError`s.
class PythonScope {
 public:
  virtual ~PythonScope() = default;
  // A bare name: "np".
  virtual Result<PythonValue> Name(std::string_view name) = 0;
  virtual Result<PythonValue> Attribute(const PythonValue& value, std::string_view name) = 0;
  virtual Result<PythonValue> Call(const PythonValue& callee, std::span<const PythonArgument> arguments) = 0;
  // `op` is one of + - * / // % **. At least one side is no number literal.
  virtual Result<PythonValue> Binary(std::string_view op, const PythonValue& left, const PythonValue& right) = 0;
  virtual Result<PythonValue> Negative(const PythonValue& value) = 0;
};

// The value of a whole expression. `UsageError` with the column for what is no expression, nests more than 64 levels
// deep, or is refused by the scope.
Result<PythonValue> EvaluatePython(std::string_view text, PythonScope& scope);

// What ast.literal_eval accepts, sets left out.
Result<PythonValue> ParsePythonLiteral(std::string_view text);

}  // namespace smcli
