// Graph: nodes and edges by index, for the main graph and for the body of a function alike. The two input grammars
// ("node:0" there, "node:out:0" here) are resolved by graph_builder.cc and nowhere else.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/attrs.h"
#include "model/name_index.h"
#include "model/op_defs.h"
#include "model/shared_bytes.h"
#include "tensor/dtype.h"

namespace tensorflow {
class GraphDef;
class NodeDef;
}  // namespace tensorflow

namespace smcli {

class Function;
class FunctionLibrary;

// An output of a node.
struct Endpoint {
  int32_t node = -1;  // index into Graph::nodes(); -1: could not be resolved (only where problems are collected)
  int32_t output = 0;
  bool operator==(const Endpoint&) const = default;
};

struct Node {
  std::string_view name;  // unique in the graph
  std::string_view op;    // an op, or a function of the library
  std::string_view device;
  std::string_view def;              // the bytes of the NodeDef; empty for the arguments of a function
  const OpSchema* schema = nullptr;  // null: nobody defines the op; such nodes are shown, but cannot run
  std::span<const Endpoint> inputs;
  std::span<const int32_t> control_inputs;  // node indices; may repeat
  int32_t num_outputs = 0;                  // for unknown ops: as many as are read
};

// One tensor that a function takes. Arguments are the first nodes of a function's graph, with op "_Arg"; a list
// argument is one node with several outputs.
struct GraphArg {
  std::string_view name;
  Endpoint endpoint;
  DataType dtype = DataType::kInvalid;
};

// One tensor that a function returns.
struct GraphRet {
  std::string_view name;
  Endpoint endpoint;
  DataType dtype = DataType::kInvalid;
};

class Graph {
 public:
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  std::string_view name() const { return name_; }  // the function's; empty for a main graph
  std::span<const Node> nodes() const { return nodes_; }
  const Node& node(int32_t id) const { return nodes_[static_cast<size_t>(id)]; }
  int32_t num_nodes() const { return static_cast<int32_t>(nodes_.size()); }
  // -1: no such node.
  int32_t Find(std::string_view name) const;
  // "node:1", "node" (output 0), "^node" is refused. `InvalidModelError` BadInputRef, InputNotFound,
  // OutputIndexOutOfRange.
  Result<Endpoint> FindTensor(std::string_view tensor_name) const;

  AttrReader attrs(const Node& node) const;
  AttrReader attrs(int32_t id) const { return attrs(node(id)); }

  // Functions only; flattened, in the order of the signature.
  std::span<const GraphArg> args() const { return args_; }
  std::span<const GraphRet> rets() const { return rets_; }
  std::span<const int32_t> control_rets() const { return control_rets_; }  // nodes that must run

  // The NodeDef as a protobuf message, for those who write graphs. Tensor contents are copied.
  Status ParseNode(const Node& node, tensorflow::NodeDef* def) const;

 private:
  friend class GraphBuilder;
  Graph() = default;

  std::string_view name_;
  std::vector<Node> nodes_;
  std::vector<Endpoint> inputs_;  // what Node::inputs point into
  std::vector<int32_t> control_inputs_;
  NameIndex by_name_;
  std::vector<GraphArg> args_;
  std::vector<GraphRet> rets_;
  std::vector<int32_t> control_rets_;
  AttrBindings bindings_;
  SharedBytes bytes_;
  std::vector<std::unique_ptr<std::string>> rewritten_;  // NodeDefs that came in an unusual form
};

// What is defined around a graph. Both must outlive the Graph.
struct GraphContext {
  const OpDefs* ops = nullptr;
  const FunctionLibrary* functions = nullptr;  // may be null
};

// From the bytes of a GraphDef. Without `problems` the first fault (DuplicateNodeName, InputNotFound, BadInputRef,
// ControlBeforeData, OutputIndexOutOfRange, InputCountMismatch, ...) is returned as `InvalidModelError`; with it, all
// are collected, what cannot be resolved stays open (Endpoint -1), and only unreadable bytes are an error.
Result<Graph> BuildGraph(const SharedBytes& graph_def, const GraphContext& context,
                         std::vector<Error>* problems = nullptr);
Result<Graph> BuildGraph(const tensorflow::GraphDef& graph_def, const GraphContext& context,
                         std::vector<Error>* problems = nullptr);
// The body of a function; `bindings` are the attributes of the call.
Result<Graph> BuildFunctionGraph(const Function& function, const AttrBindings& bindings, const GraphContext& context,
                                 std::vector<Error>* problems = nullptr);

// Every node after what it reads (data and control), NextIteration -> Merge excepted. `InvalidModelError` GraphCycle
// names some of the nodes. With `roots`, only those and what they reach backwards.
Result<std::vector<int32_t>> TopologicalOrder(const Graph& graph);
Result<std::vector<int32_t>> TopologicalOrder(const Graph& graph, std::span<const int32_t> roots);

// Edges whose dtypes disagree, attributes of a wrong kind, missing required attributes, calls of functions that are not
// there or take other arguments, dtypes of Const nodes that differ from their value: for `check`.
std::vector<Error> CheckGraphTypes(const Graph& graph, const GraphContext& context);

// Splits "node:3" at its last colon: {"node", 3}; "node" is {"node", 0}. nullopt for what is no tensor name ("^a", "",
// "a:x").
struct TensorName {
  std::string_view node;
  int32_t output = 0;
};
std::optional<TensorName> ParseTensorName(std::string_view text);

}  // namespace smcli
