// Writing the nodes of a draft, in both grammars: "node:0" in the main graph, "node:out:0" in functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "transform/graph_draft.h"

namespace smcli {

class ByteRope;

// What an output of a node is called inside a function: "MatMul:product:0"; of an argument, its name. The draft must
// outlive it.
class OutputNames {
 public:
  explicit OutputNames(const GraphDraft& body) : body_(body) {}
  // `UnsupportedError` when nobody defines the op.
  Result<std::string> Of(const Endpoint& endpoint) const;

 private:
  const GraphDraft& body_;
};

// Appends the node as field `number` of the message being written. `names`: null in the main graph.
Status WriteNode(const GraphDraft& draft, int32_t id, const OutputNames* names, uint32_t number, ByteRope& out);

}  // namespace smcli
