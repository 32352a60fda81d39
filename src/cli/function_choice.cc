#include "cli/function_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/utf8.h"
#include "cli/composite_names.h"
#include "formats/numpy_arguments.h"
#include "formats/numpy_array.h"
#include "model/function_parameters.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

using Kind = StructuredValue::Kind;

// A Python value as the object graph stores it; nested ones at most as deep as ReadStructuredValue allows.
PythonValue PythonOf(const StructuredValue& value) {
  switch (value.kind) {
    case Kind::kBool: return PythonValue(value.bool_value);
    case Kind::kInt: return PythonValue(value.int_value);
    case Kind::kFloat: return PythonValue(value.float_value);
    case Kind::kString: return PythonValue(value.name);
    case Kind::kTensor:
    case Kind::kNumpy: return PythonValue(value.tensor);
    case Kind::kList: {
      PythonValue::List list;
      for (const StructuredValue& item : value.items) list.items.push_back(PythonOf(item));
      return PythonValue(std::move(list));
    }
    case Kind::kTuple: {
      PythonValue::Tuple tuple;
      for (const StructuredValue& item : value.items) tuple.items.push_back(PythonOf(item));
      return PythonValue(std::move(tuple));
    }
    case Kind::kDict:
    case Kind::kNamedTuple: {
      PythonValue::Dict dict;
      for (size_t i = 0; i < std::min(value.keys.size(), value.items.size()); ++i)
        dict.entries.emplace_back(PythonValue(value.keys[i]), PythonOf(value.items[i]));
      return PythonValue(std::move(dict));
    }
    case Kind::kShape: {
      if (!value.shape.known_rank()) return PythonValue();
      PythonValue::List list;
      for (const int64_t dim : value.shape.dims()) list.items.push_back(dim < 0 ? PythonValue() : PythonValue(dim));
      return PythonValue(std::move(list));
    }
    case Kind::kDtype: return PythonValue(PythonValue::Name{fmt::format("tf.{}", NumpyName(value.dtype)), nullptr});
    default: return PythonValue();
  }
}

// Is `given` the Python value of a trace?
bool EqualsStored(const StructuredValue& stored, const PythonValue& given) {
  switch (stored.kind) {
    case Kind::kUnset:
    case Kind::kNone: return given.is_none();
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
    case Kind::kString: return PythonOf(stored).Equals(given);
    case Kind::kDtype: {
      const Result<DataType> dtype = DtypeOfPython(given);  // tf.float32, np.float32 or "float32"
      return dtype.ok() && *dtype == stored.dtype;
    }
    case Kind::kShape: {
      const PythonValue dims = PythonOf(stored);
      if (!given.sequence() || !dims.list()) return given.is_none() && dims.is_none();
      return std::ranges::equal(*dims.list(), *given.sequence(),
                                [](const PythonValue& a, const PythonValue& b) { return a.Equals(b); });
    }
    case Kind::kList:
    case Kind::kTuple: {
      const PythonValue::Items* items = given.sequence();
      if (!items || items->size() != stored.items.size()) return false;
      for (size_t i = 0; i < items->size(); ++i) {
        if (!EqualsStored(stored.items[i], (*items)[i])) return false;
      }
      return true;
    }
    case Kind::kDict:
    case Kind::kNamedTuple: {
      if (!given.dict() || given.dict()->entries.size() != stored.items.size()) return false;
      return std::ranges::all_of(given.dict()->entries, [&](const auto& entry) {
        const StructuredValue* item = entry.first.text() ? stored.Find(*entry.first.text()) : nullptr;
        return item && EqualsStored(*item, entry.second);
      });
    }
    default: return false;
  }
}

// Do dtypes agree without a conversion, as tf.convert_to_tensor would make the tensor?
bool NaturalDtype(const InputValue& value, const TensorSpec& spec) {
  if (value.kind == InputValue::Kind::kArray) return value.tensor.dtype() == spec.dtype;
  if (value.kind != InputValue::Kind::kPython) return true;
  if (const Tensor* array = value.python.array(); array && array->dtype() == spec.dtype) return true;
  if (!value.python.sequence() && !value.python.array()) return false;
  const Result<Tensor> array = ArrayFromPython(value.python);
  if (!array.ok()) return false;
  return array->dtype() == spec.dtype || (IsReal(array->dtype()) && IsReal(spec.dtype)) ||
         (IsIntegral(array->dtype()) && IsIntegral(spec.dtype));
}

// One attempt to bind values to the trace of a function.
class Binding {
 public:
  Binding(const Function& definition, const InputValues& given, bool convert, NumberConversion conversion)
      : definition_(definition), given_(given), convert_(convert), conversion_(conversion) {}

  // `arg` is the structure of the argument called `key`; `inherited` a part of a Python value given for what holds it.
  bool Bind(const StructuredValue& arg, const std::string& key, const PythonValue* inherited) {
    const auto found = given_.find(key);
    if (found != given_.end()) used_.insert(key);
    const InputValue* value = found == given_.end() ? nullptr : &found->second;
    if (arg.kind == Kind::kTensorSpec) return BindTensor(arg.shape, key, value, inherited);
    if (arg.kind == Kind::kTypeSpec) return BindComposite(arg, key);
    const PythonValue* python = inherited;
    if (value && value->kind == InputValue::Kind::kPython) python = &value->python;
    if (CountTensors(arg) == 0 && (!HasPart(key) || python))
      return python ? EqualsStored(arg, *python) : !value && IsNothing(arg);
    return BindContainer(arg, key, python);
  }

  bool Complete(size_t captures) const {
    if (specs_.size() + captures != definition_.signature().inputs.size()) return false;
    return std::ranges::all_of(given_,
                               [&](const auto& entry) { return used_.contains(entry.first) || Default(entry.second); });
  }

  std::vector<TensorSpec> TakeSpecs() { return std::move(specs_); }
  InputValues TakeValues() { return std::move(values_); }

  static constexpr std::string_view kDefault = "default";

 private:
  static bool Default(const InputValue& value) { return value.place == kDefault; }
  // What an argument is when nobody mentions it: None, or a container of nothing else.
  static bool IsNothing(const StructuredValue& arg) {
    switch (arg.kind) {
      case Kind::kNone:
      case Kind::kUnset: return true;
      case Kind::kList:
      case Kind::kTuple:
      case Kind::kDict:
      case Kind::kNamedTuple: return std::ranges::all_of(arg.items, IsNothing);
      default: return false;
    }
  }
  bool HasPart(const std::string& key) const {
    const auto next = given_.lower_bound(key + '/');
    return next != given_.end() && next->first.starts_with(key + '/');
  }

  bool BindTensor(const PartialShape& shape, const std::string& key, const InputValue* value,
                  const PythonValue* inherited) {
    const InputValue part = inherited ? InputValue::Python("--input_exprs", *inherited) : InputValue();
    if (!value && inherited) value = &part;
    if (!value || (value->kind == InputValue::Kind::kPython && value->python.is_none())) return false;
    const size_t at = specs_.size();
    if (at >= definition_.signature().inputs.size()) return false;
    TensorSpec spec;
    spec.key = key;
    spec.encoding = TensorSpec::Encoding::kDense;
    spec.dtype = definition_.signature().inputs[at].type;
    spec.shape = shape;
    if (!convert_ && !NaturalDtype(*value, spec)) return false;
    if (!FitInput(*value, spec, conversion_).ok()) return false;
    values_[key] = *value;
    specs_.push_back(std::move(spec));
    return true;
  }

  bool BindComposite(const StructuredValue& arg, const std::string& key) {
    for (const std::string& component : ComponentNames(arg)) {
      const std::string name = JoinName(key, component);
      const auto found = given_.find(name);
      if (found == given_.end()) return false;
      used_.insert(name);
      if (!BindTensor(PartialShape(), name, &found->second, nullptr)) return false;
    }
    return true;
  }

  bool BindContainer(const StructuredValue& arg, const std::string& key, const PythonValue* python) {
    if (python && python->sequence() && python->sequence()->size() != arg.items.size()) return false;
    for (size_t i = 0; i < arg.items.size(); ++i) {
      const std::string name = i < arg.keys.size() ? arg.keys[i] : fmt::format("{}", i);
      if (!Bind(arg.items[i], JoinName(key, name), Part(python, i, name))) return false;
    }
    return true;
  }

  static const PythonValue* Part(const PythonValue* whole, size_t index, const std::string& name) {
    if (!whole) return nullptr;
    if (whole->sequence()) return index < whole->sequence()->size() ? &(*whole->sequence())[index] : nullptr;
    if (!whole->dict()) return nullptr;
    for (const auto& [key, value] : whole->dict()->entries) {
      if (key.text() && *key.text() == name) return &value;
    }
    return nullptr;
  }

  const Function& definition_;
  const InputValues& given_;
  const bool convert_;
  const NumberConversion conversion_;
  std::set<std::string, std::less<>> used_;
  std::vector<TensorSpec> specs_;
  InputValues values_;
};

std::vector<TensorSpec> OutputsOf(const ConcreteFunction& function, const Function& definition) {
  std::vector<TensorSpec> outputs;
  const std::vector<ArgSchema>& results = definition.signature().outputs;
  for (const NamedTensor& named : NamedTensors(function.output_signature, "output_0")) {
    if (outputs.size() == results.size()) break;
    TensorSpec spec;
    spec.key = named.name;
    spec.encoding = TensorSpec::Encoding::kDense;
    spec.dtype = results[outputs.size()].type;
    if (named.value->kind == Kind::kTensorSpec) spec.shape = named.value->shape;
    outputs.push_back(std::move(spec));
  }
  return outputs;
}

// "x: float32 [?,3], scale=1.0"
std::string ArgumentText(const std::string& name, const StructuredValue& value) {
  std::vector<std::string> parts;
  for (const StructureLeaf& leaf : FlattenStructure(value)) {
    const std::string key = JoinName(name, leaf.path);
    if (leaf.value->kind == Kind::kTensorSpec) {
      parts.push_back(fmt::format("{}: {} {}", key, NumpyName(leaf.value->dtype), leaf.value->shape.ToString()));
    } else if (leaf.value->kind == Kind::kTypeSpec) {
      for (const std::string& component : ComponentNames(*leaf.value)) parts.push_back(JoinName(key, component));
    } else {
      parts.push_back(fmt::format("{}={}", key, PythonOf(*leaf.value).Repr()));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Error NoneFits(std::string_view path, const std::vector<const ConcreteFunction*>& candidates,
               const std::vector<std::string>& names) {
  constexpr size_t kMost = 8;
  std::string options;
  for (size_t i = 0; i < std::min(candidates.size(), kMost); ++i) {
    std::vector<std::string> arguments;
    for (const auto& [name, value] : NamedArguments(*candidates[i], names))
      arguments.push_back(ArgumentText(name, *value));
    options += fmt::format("{}({})", i == 0 ? "" : " or ", Escaped(fmt::format("{}", fmt::join(arguments, ", "))));
  }
  if (candidates.size() > kMost) options += fmt::format(" or {} more", candidates.size() - kMost);
  return UsageError("no trace of function {} takes these inputs; it takes {}", Quoted(path), options);
}

// What was given, and for each parameter that nobody mentions its default.
InputValues WithDefaults(const InputValues& given, const FunctionParameters& parameters) {
  InputValues values = given;
  for (const auto& [name, value] : parameters.defaults) {
    const auto part = given.lower_bound(name + '/');
    const bool mentioned = given.contains(name) || (part != given.end() && part->first.starts_with(name + '/'));
    if (!mentioned) values[name] = InputValue::Python(std::string(Binding::kDefault), PythonOf(*value));
  }
  return values;
}

Result<std::vector<const ConcreteFunction*>> CandidatesAt(const ObjectGraph& objects, std::string_view path,
                                                          int32_t node) {
  const SavedObject& object = objects.node(node);
  if (object.kind != SavedObject::Kind::kFunction && object.kind != SavedObject::Kind::kBareFunction) {
    std::vector<std::string_view> names;
    for (const ObjectEdge& edge : object.children) names.push_back(edge.name);
    return UsageError("{} is a {}, not a function; it has {}", Quoted(path), Name(object.kind), ListOf(names));
  }
  std::vector<const ConcreteFunction*> candidates;
  for (const std::string& name : object.concrete_functions) {
    const ConcreteFunction* function = objects.FindConcreteFunction(name);
    if (!function) return InvalidModelError("ConcreteFunctionMissing: {}", Quoted(name));
    candidates.push_back(function);
  }
  if (candidates.empty()) return UsageError("function {} was never traced, so there is nothing to run", Quoted(path));
  return candidates;
}

}  // namespace

Result<FunctionChoice> ChooseFunction(const ObjectGraph& objects, const FunctionLibrary& library, std::string_view path,
                                      const InputValues& values, NumberConversion conversion) {
  SMCLI_ASSIGN_OR_RETURN(const int32_t node, objects.Resolve(path));
  SMCLI_ASSIGN_OR_RETURN(const auto candidates, CandidatesAt(objects, path, node));
  const FunctionParameters parameters = ParametersOf(objects.node(node));
  const InputValues given = WithDefaults(values, parameters);
  for (const bool convert : {false, true}) {
    for (const ConcreteFunction* function : candidates) {
      SMCLI_ASSIGN_OR_RETURN(const Function* definition, library.Get(function->name));
      Binding binding(*definition, given, convert, conversion);
      bool bound = true;
      for (const auto& [name, arg] : NamedArguments(*function, parameters.names))
        bound = bound && binding.Bind(*arg, name, nullptr);
      if (!bound || !binding.Complete(function->bound_inputs.size())) continue;
      FunctionChoice choice;
      choice.function = function;
      choice.inputs = binding.TakeSpecs();
      choice.values = binding.TakeValues();
      choice.outputs = OutputsOf(*function, *definition);
      return choice;
    }
  }
  return NoneFits(path, candidates, parameters.names);
}

}  // namespace smcli
