// GraphDraft: a graph that can be changed, the main graph or the body of a function alike. Nodes have numbers that stay
// what they are while others come and go; edges are numbers, so names matter only when the draft is written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/attrs.h"
#include "model/graph.h"
#include "model/shared_bytes.h"
#include "tensor/tensor.h"

namespace smcli {

struct DraftNode {
  std::string name;  // unique in the draft
  std::string op;    // "_Arg": an argument of a function; such nodes come first
  std::string device;
  std::vector<Endpoint> inputs;
  std::vector<int32_t> control_inputs;  // without repetitions where a transform set them
  const OpSchema* schema = nullptr;     // null: nobody defines the op
  int32_t num_outputs = 0;
  bool removed = false;
  SharedBytes attrs;  // bytes of a NodeDef, of which the attributes and the debug info count
  Tensor value;       // of a Const that a transform made; has no value otherwise: ask GraphDraft::ConstValue
};

// Who reads an output, or waits for a node.
struct DraftUse {
  int32_t node = -1;
  int32_t input = -1;   // position among the reader's inputs; -1: a control input
  int32_t output = -1;  // of the node that is used; -1: a control input
};

class GraphDraft {
 public:
  // An empty draft. What `context` points at must outlive it.
  explicit GraphDraft(const GraphContext& context) : context_(context) {}
  // A copy of a graph, which must outlive the draft, as must its bytes, of which `keep_alive` is the owner.
  // Placeholders of a function's attributes are replaced by the graph's bindings.
  static GraphDraft Of(const Graph& graph, const std::shared_ptr<const void>& keep_alive, const GraphContext& context);

  int32_t size() const { return static_cast<int32_t>(nodes_.size()); }
  const DraftNode& node(int32_t id) const { return nodes_[static_cast<size_t>(id)]; }
  DraftNode& node(int32_t id) { return nodes_[static_cast<size_t>(id)]; }
  // -1: there is no such node.
  int32_t Find(std::string_view name) const;
  // "node:1", "node". `InvalidModelError` for what is no tensor of the draft.
  Result<Endpoint> FindTensor(std::string_view tensor_name) const;
  std::string TensorNameOf(const Endpoint& endpoint) const;  // "node:0"
  const GraphContext& context() const { return context_; }

  AttrReader attrs(int32_t id) const;
  Result<std::vector<DataType>> InputTypes(int32_t id) const;   // `InvalidModelError` as smcli::InputTypes
  Result<std::vector<DataType>> OutputTypes(int32_t id) const;  // references as their base type
  Result<DataType> TypeOf(const Endpoint& endpoint) const;
  // The functions that a node calls or names in its attributes.
  std::vector<std::string> FunctionsOf(int32_t id) const;

  // A node without attributes, named `name` or, where that is taken, `name_1`, `name_2`, ...
  int32_t Add(std::string_view name, std::string_view op);
  // A Const.
  int32_t AddConst(std::string_view name, Tensor value);
  std::string UniqueName(std::string_view name) const;
  // `value`: bytes of an AttrValue (model/attr_value.h makes them).
  void SetAttr(int32_t id, std::string_view name, std::string_view value);
  void RemoveAttr(int32_t id, std::string_view name);
  // Turns the node into another op: no attributes, the edges left as they are. SetAttr, then Retype.
  void SetOp(int32_t id, std::string_view op);
  // Counts the outputs again, after attributes were set.
  void Retype(int32_t id);
  // Turns the node into a Const of this value. Data inputs become control inputs where `keep_order`, else go.
  void MakeConst(int32_t id, Tensor value, bool keep_order = false);
  // The value of a Const. `InvalidModelError` when it cannot be read or the node is no Const.
  Result<Tensor> ConstValue(int32_t id) const;
  bool IsConst(int32_t id) const { return !node(id).removed && node(id).op == "Const"; }
  // The node's name becomes free. Nobody may read it any more.
  void Remove(int32_t id);
  void Rename(int32_t id, std::string_view name);

  // Every reader of the key reads the value instead; chains are followed. Control edges stay.
  using Redirection = std::map<std::pair<int32_t, int32_t>, Endpoint>;
  void Redirect(const Redirection& to);
  // Where a reader of `endpoint` ends up. Shortens the chains in `to` on the way.
  static Endpoint Follow(Redirection& to, const Endpoint& endpoint);
  // Adds a control input unless it is there already, or the producer is the node itself.
  void AddControl(int32_t id, int32_t producer);
  // By node: its readers, in order.
  std::vector<std::vector<DraftUse>> Uses() const;
  // Nodes that are there, each after what it reads; NextIteration -> Merge edges excepted. `InvalidModelError`
  // GraphCycle.
  Result<std::vector<int32_t>> TopologicalOrder() const;

 private:
  void SetSchema(DraftNode& node);

  GraphContext context_;
  std::vector<DraftNode> nodes_;
  std::unordered_map<std::string, int32_t> by_name_;
};

}  // namespace smcli
