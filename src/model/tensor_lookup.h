// Finding a tensor by its name in anything that has nodes: a Graph, a draft of one.
#pragma once

#include <string_view>

#include "model/graph.h"

namespace smcli {

// "node:1", "node". `InvalidModelError` for what is no tensor of the graph.
template <typename GraphLike>
Result<Endpoint> FindTensorIn(const GraphLike& graph, std::string_view tensor_name) {
  const auto name = ParseTensorName(tensor_name);
  if (!name) return InvalidModelError("'{}' is no tensor name (BadInputRef)", tensor_name);
  const int32_t id = graph.Find(name->node);
  if (id < 0)
    return InvalidModelError("tensor '{}': the graph has no node '{}' (InputNotFound)", tensor_name, name->node);
  const auto& node = graph.node(id);
  if (name->output >= node.num_outputs && node.schema != nullptr) {
    return InvalidModelError("tensor '{}': node '{}' ({}) has {} outputs (OutputIndexOutOfRange)", tensor_name,
                             name->node, node.op, node.num_outputs);
  }
  return Endpoint{id, name->output};
}

}  // namespace smcli
