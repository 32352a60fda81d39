// The canonical form of nodes: op, device, attributes that count and differ from the op's defaults, and what is read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "diff/canonical_attr.h"
#include "diff/digest.h"
#include "model/graph.h"

namespace smcli {

// The defaults of every op of one or more graphs. Filled first, then read by any number of threads.
class AttrDefaults {
 public:
  void Add(const Graph& graph);
  // Is the value, as the bytes of an AttrValue and in canonical form, what the op has anyway?
  bool IsDefault(const OpSchema* schema, std::string_view attr, std::string_view bytes,
                 std::string_view canonical) const;

 private:
  struct Default {
    std::string_view attr;
    std::string_view bytes;
    std::string canonical;
  };
  std::unordered_map<const OpSchema*, std::vector<Default>> defaults_;
};

// Attributes of one node that count: name and canonical value, sorted by name.
using CanonicalAttrs = std::vector<std::pair<std::string_view, std::string>>;

class NodeCanonicalizer {
 public:
  // Both outlive it.
  NodeCanonicalizer(const FunctionDigests& functions, const AttrDefaults& defaults)
      : functions_(functions), defaults_(defaults) {}

  CanonicalAttrs Attrs(const Node& node) const;
  struct Identity {
    Digest whole;       // its kind, its name, and by name what it reads; arguments of a function go by position
    uint64_t kind = 0;  // a hash of op, device and attributes: what the node is, wherever it stands
  };
  Identity IdentityOf(const Graph& graph, int32_t id) const;

 private:
  void AppendKind(const Node& node, std::string& out) const;

  const FunctionDigests& functions_;
  const AttrDefaults& defaults_;
};

// Where a tensor comes from, in canonical form: a node's name or an argument's position, and the output.
void AppendEndpoint(const Graph& graph, const Endpoint& endpoint, std::string& out);

// An argument of a function, which has no NodeDef.
inline bool IsArgument(const Node& node) { return node.def.empty(); }

// Do both carry the same attributes, written in the same order?
bool SameAttrBytes(const Node& a, const Node& b);

// Names of functions that the attributes of a node, or its op, refer to; may repeat.
void CollectFunctionNames(const Node& node, std::vector<std::string_view>& names);

}  // namespace smcli
