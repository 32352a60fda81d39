#include <fmt/format.h>

#include <limits>
#include <numbers>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"
#include "formats/numpy_arithmetic.h"
#include "formats/numpy_array.h"
#include "formats/numpy_dtype.h"
#include "formats/numpy_functions.h"

namespace smcli {

namespace {

struct NumpyConstant {
  std::string_view name;
  double value;
};
constexpr NumpyConstant kConstants[] = {
    {"np.pi", std::numbers::pi},
    {"np.e", std::numbers::e},
    {"np.inf", std::numeric_limits<double>::infinity()},
    {"np.nan", std::numeric_limits<double>::quiet_NaN()},
};

const NumpyFunction* FindFunction(std::string_view name) {
  for (const auto table : {NumpyArrayFunctions(), NumpyRandomFunctions()}) {
    for (const NumpyFunction& function : table) {
      if (function.name == name) return &function;
    }
  }
  return nullptr;
}

Error UnknownName(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto table : {NumpyArrayFunctions(), NumpyRandomFunctions()}) {
    for (const NumpyFunction& function : table) known.push_back(function.name);
  }
  for (const NumpyConstant& constant : kConstants) known.push_back(constant.name);
  return UsageError("{} is not among what expressions may use{}", Quoted(name), Suggestion(name, known, 40));
}

class NumpyScope final : public PythonScope {
 public:
  explicit NumpyScope(NumpyRandom& random) : random_(random) {}

  Result<PythonValue> Name(std::string_view name) override {
    if (name == "np" || name == "numpy") return PythonValue(PythonValue::Name{"np", nullptr});
    if (name == "tf") return PythonValue(PythonValue::Name{"tf", nullptr});  // for dtypes: tf.float32
    for (std::string_view type : {"float", "int", "bool", "str", "bytes", "complex", "object"}) {
      if (name == type) return PythonValue(PythonValue::Name{std::string(name), nullptr});
    }
    return UnknownName(name);
  }

  Result<PythonValue> Attribute(const PythonValue& value, std::string_view name) override {
    if (value.array()) {
      std::string path = fmt::format(".{}", name);
      if (!FindFunction(path)) return UnknownName(path);
      return PythonValue(PythonValue::Name{std::move(path), std::make_shared<PythonValue>(value)});
    }
    if (!value.name() || value.name()->self) {
      return UsageError("{} has no attribute {}", value.TypeName(), Quoted(name));
    }
    std::string path = fmt::format("{}.{}", value.name()->path, name);
    for (const NumpyConstant& c : kConstants) {
      if (c.name == path) return PythonValue(c.value);
    }
    const std::string& module = value.name()->path;
    const bool is_dtype = (module == "np" && NumpyDtype(name)) || (module == "tf" && TensorFlowDtype(name));
    if (path != "np.random" && !FindFunction(path) && !is_dtype) return UnknownName(path);
    return PythonValue(PythonValue::Name{std::move(path), nullptr});
  }

  Result<PythonValue> Call(const PythonValue& callee, std::span<const PythonArgument> arguments) override {
    if (!callee.name()) return UsageError("{} cannot be called", callee.TypeName());
    const NumpyFunction* function = FindFunction(callee.name()->path);
    if (!function) return Convert(callee, arguments);
    std::vector<PythonArgument> all;
    if (callee.name()->self) all.push_back({"", *callee.name()->self});
    all.insert(all.end(), arguments.begin(), arguments.end());
    Result<NumpyArguments> bound = Bind(*function, all);
    if (!bound.ok()) return std::move(bound).error();
    return function->call(*bound, random_).Annotate(function->name);
  }

  Result<PythonValue> Binary(std::string_view op, const PythonValue& left, const PythonValue& right) override {
    if (!left.array() && !right.array()) {
      if (op == "*" && left.list() && right.integer()) return Repeated(*left.list(), *right.integer());
      return UsageError("unsupported operand types for {}: {} and {}", op, left.TypeName(), right.TypeName());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor value, ArrayBinary(op, left, right));
    return PythonValue(std::move(value));
  }

  Result<PythonValue> Negative(const PythonValue& value) override {
    if (!value.array()) return UsageError("bad operand for unary -: {}", value.TypeName());
    SMCLI_ASSIGN_OR_RETURN(Tensor negative, ArrayNegative(*value.array()));
    return PythonValue(std::move(negative));
  }

 private:
  static Result<NumpyArguments> Bind(const NumpyFunction& function, std::span<const PythonArgument> arguments) {
    if (!function.dimensions) {
      return NumpyArguments::Bind(function.name, function.parameters, function.required, arguments);
    }
    const std::vector<std::string_view> unnamed(arguments.size());
    return NumpyArguments::Bind(function.name, unnamed, function.required, arguments);
  }

  // [0] * 784
  static Result<PythonValue> Repeated(const PythonValue::Items& items, int64_t times) {
    constexpr int64_t kMaxItems = 10'000'000;
    if (times < 0) times = 0;
    if (times > kMaxItems || static_cast<int64_t>(items.size()) * times > kMaxItems) {
      return UsageError("a list of more than {} items; np.full and np.zeros make large arrays", kMaxItems);
    }
    PythonValue::List list;
    list.items.reserve(items.size() * static_cast<size_t>(times));
    for (; times > 0; --times) list.items.insert(list.items.end(), items.begin(), items.end());
    return PythonValue(std::move(list));
  }

  // np.float32(1.5)
  static Result<PythonValue> Convert(const PythonValue& dtype_name, std::span<const PythonArgument> arguments) {
    SMCLI_ASSIGN_OR_RETURN(const DataType dtype, DtypeOfPython(dtype_name));
    if (arguments.size() != 1 || !arguments[0].keyword.empty()) {
      return UsageError("{}() takes one value", dtype_name.Repr());
    }
    SMCLI_ASSIGN_OR_RETURN(const Tensor array, ArrayFromPython(arguments[0].value));
    SMCLI_ASSIGN_OR_RETURN(Tensor cast, CastArray(array, dtype));
    return PythonValue(std::move(cast));
  }

  NumpyRandom& random_;
};

}  // namespace

Result<PythonValue> EvaluateNumpy(std::string_view text, NumpyRandom& random) {
  NumpyScope scope(random);
  SMCLI_ASSIGN_OR_RETURN(PythonValue value, EvaluatePython(text, scope));
  if (value.name() && !DtypeOfPython(value).ok()) return UsageError("{} is no value", Quoted(value.name()->path));
  return value;
}

}  // namespace smcli
