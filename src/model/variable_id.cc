#include "model/variable_id.h"

namespace smcli {

VariableId VariableId::Of(const AttrReader& attrs) {
  std::string name = attrs.String("shared_name", "");
  return {attrs.String("container", ""), name.empty() ? std::string(attrs.node()) : std::move(name)};
}

bool MakesVariable(std::string_view op) { return op == "VarHandleOp" || op == "VariableV2" || op == "Variable"; }

bool AssignsVariable(std::string_view op) { return op == "Assign" || op == "AssignVariableOp"; }

}  // namespace smcli
