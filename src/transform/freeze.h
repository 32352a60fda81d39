// Freeze: variables become the constants they are in the checkpoint, in the main graph, and in functions that receive
// them as arguments.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>

#include "base/result.h"
#include "model/variable_id.h"
#include "tensor/tensor.h"
#include "transform/rewriter.h"

namespace smcli {

// Where values come from.
class VariableSource {
 public:
  virtual ~VariableSource() = default;
  // Of those that have one.
  virtual Result<std::map<VariableId, Tensor>> Read(const std::set<VariableId>& names) = 0;
};

// What stands in the way of freezing a graph.
struct FreezeObstacle {
  std::string reason;    // "variable 'w' is assigned"
  std::string op;        // that of the node in the way
  std::string node;      // its name
  std::string function;  // that the node lies in; empty: the main graph

  std::string ToString() const;  // "variable 'w' is assigned by node 'n' (AssignVariableOp) in function 'f'"
  auto operator<=>(const FreezeObstacle&) const = default;
};

// `UnsupportedError` names every variable that cannot be frozen, with the node that stands in the way: because the
// graph assigns it, because it has no value, or because an op uses it in a way that knows no constants.
// With `obstacles` they are put there instead, sorted, and the graph is left half done.
Status FreezeVariables(Rewriter& rewriter, VariableSource& source, std::set<FreezeObstacle>* obstacles = nullptr);

// The ops that make, read or write variables, of which a frozen graph has none.
bool IsVariableOp(std::string_view op);

}  // namespace smcli
