#include "convert/saved_model/node_inputs.h"

#include <vector>

#include "transform/attr_lists.h"

namespace smcli {

Status DropTypes(GraphDraft& graph, int32_t id, std::string_view attr, const std::set<size_t>& gone) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DataType> types, graph.attrs(id).Types(attr));
  std::vector<DataType> left;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!gone.contains(i)) left.push_back(types[i]);
  }
  graph.SetAttr(id, attr, TypesAttr(left));
  return {};
}

void DropInputs(DraftNode& node, const std::set<size_t>& gone) {
  std::vector<Endpoint> left;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!gone.contains(i)) left.push_back(node.inputs[i]);
  }
  node.inputs = std::move(left);
}

}  // namespace smcli
