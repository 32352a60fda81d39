// What a function of the object graph takes, apart from its traces: the names and defaults of its Python signature.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/object_graph.h"
#include "model/structured_value.h"

namespace smcli {

// Values belong to the object that was asked.
struct FunctionParameters {
  std::vector<std::string> names;                          // positional ones, without self
  std::map<std::string, const StructuredValue*> defaults;  // by name
};
FunctionParameters ParametersOf(const SavedObject& object);

// The arguments of a trace with their names: positional ones ("arg2" beyond `names`), then keywords. Empty when the
// trace has no signature of positional and keyword arguments.
std::vector<std::pair<std::string, const StructuredValue*>> NamedArguments(const ConcreteFunction& function,
                                                                           const std::vector<std::string>& names);

}  // namespace smcli
