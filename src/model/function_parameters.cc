#include "model/function_parameters.h"

#include <fmt/format.h>

#include <algorithm>

namespace smcli {

FunctionParameters ParametersOf(const SavedObject& object) {
  FunctionParameters out;
  if (object.kind == SavedObject::Kind::kBareFunction && !object.argument_keywords.empty()) {
    out.names.assign(object.argument_keywords.begin(),
                     object.argument_keywords.begin() +
                         std::clamp<int64_t>(object.allowed_positional, 0, std::ssize(object.argument_keywords)));
  }
  if (!object.spec) return out;
  const StructuredValue& spec = object.spec->fullargspec;
  if (const StructuredValue* args = spec.Find("args")) {
    out.names.clear();
    for (const StructuredValue& name : args->items) out.names.push_back(name.name);
  }
  if (const StructuredValue* values = spec.Find("defaults")) {
    const size_t offset = out.names.size() - std::min(values->items.size(), out.names.size());
    for (size_t i = 0; i < values->items.size() && offset + i < out.names.size(); ++i) {
      out.defaults[out.names[offset + i]] = &values->items[i];
    }
  }
  if (const StructuredValue* values = spec.Find("kwonlydefaults")) {
    for (size_t i = 0; i < std::min(values->keys.size(), values->items.size()); ++i) {
      out.defaults[values->keys[i]] = &values->items[i];
    }
  }
  if (object.spec->is_method && !out.names.empty()) out.names.erase(out.names.begin());
  return out;
}

std::vector<std::pair<std::string, const StructuredValue*>> NamedArguments(const ConcreteFunction& function,
                                                                           const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, const StructuredValue*>> out;
  if (function.input_signature.items.size() != 2) return out;
  const StructuredValue& args = function.input_signature.items[0];
  const StructuredValue& kwargs = function.input_signature.items[1];
  for (size_t i = 0; i < args.items.size(); ++i) {
    out.emplace_back(i < names.size() ? names[i] : fmt::format("arg{}", i), &args.items[i]);
  }
  for (size_t i = 0; i < std::min(kwargs.keys.size(), kwargs.items.size()); ++i) {
    out.emplace_back(kwargs.keys[i], &kwargs.items[i]);
  }
  return out;
}

}  // namespace smcli
