// CallOp: how the ops that call functions hand their inputs on. One table for every transform that follows a tensor
// into a function or out of it (graph_and_functions.md 5.4 and 6).
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/attrs.h"
#include "transform/graph_draft.h"

namespace smcli {

struct CallOp {
  enum class Kind { kCall, kBranch, kLoop };

  std::string_view op;
  Kind kind = Kind::kCall;
  std::array<std::string_view, 2> functions;  // attributes that name one each; of a loop: cond, body
  std::string_view function_list;             // an attribute that names several instead
  std::string_view input_types;               // the attribute with the dtypes of what is handed on
  std::string_view output_types;
  int first_input = 0;  // inputs before it are not handed on
};

// Null: the op calls nothing, or in a way of its own.
const CallOp* FindCallOp(std::string_view op);

// The functions in the order of the attributes.
Result<std::vector<FuncAttr>> CalledFunctions(const GraphDraft& graph, int32_t id, const CallOp& call);
void SetCalledFunctions(GraphDraft& graph, int32_t id, const CallOp& call, const std::vector<FuncAttr>& functions);

// Other ways to call (a function's name as op, BatchFunction, TPUPartitionedCall) become StatefulPartitionedCall or,
// where the function is stateless, PartitionedCall.
Status NormaliseCalls(GraphDraft& graph);

}  // namespace smcli
