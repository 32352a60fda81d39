// Freeze: variables become the constants they are in the checkpoint, in the main graph, and in functions that receive
// them as arguments.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>

#include "base/result.h"
#include "tensor/tensor.h"
#include "transform/rewriter.h"

namespace smcli {

struct VariableName {  // graph_and_functions.md 8.1
  std::string container;
  std::string name;  // shared_name, or the node's name where that is empty
  auto operator<=>(const VariableName&) const = default;
};

// Where values come from.
class VariableSource {
 public:
  virtual ~VariableSource() = default;
  // Of those that have one.
  virtual Result<std::map<VariableName, Tensor>> Read(const std::set<VariableName>& names) = 0;
};

// `UnsupportedError` names every variable that cannot be frozen, with the node that stands in the way: because the
// graph assigns it, because it has no value, or because an op uses it in a way that knows no constants.
Status FreezeVariables(Rewriter& rewriter, VariableSource& source);

// The ops that make, read or write variables, of which a frozen graph has none.
bool IsVariableOp(std::string_view op);

}  // namespace smcli
