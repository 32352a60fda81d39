// VariableId: what a session knows a variable by.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "model/attrs.h"

namespace smcli {

struct VariableId {  // graph_and_functions.md 8.1
  std::string container;
  std::string name;  // shared_name, or the node's name where that is empty

  // Of the variable that a node makes.
  static VariableId Of(const AttrReader& attrs);

  auto operator<=>(const VariableId&) const = default;
};

// Is it an op that makes a variable, by handle or by reference?
bool MakesVariable(std::string_view op);
// Does the op give the variable of its first input the value of its second?
bool AssignsVariable(std::string_view op);

}  // namespace smcli
