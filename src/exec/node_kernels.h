// The kernel of a graph's node, and the list of everything that is missing to run a model.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/graph.h"
#include "ops/kernel.h"
#include "ops/node_info.h"

namespace smcli {

// Ops, dtypes and attributes that the executor lacks, each with the nodes that ask for it, so that all can be named at
// once before anything runs.
class MissingSupport {
 public:
  // reason: "op 'Foo' (a custom op)", "op 'MatMul' for int8".
  void Add(std::string reason, std::string_view function, std::string_view node);
  bool empty() const { return reasons_.empty(); }
  // UnsupportedError over all of them.
  Error ToError() const;

 private:
  struct Users {
    std::string first;
    int count = 0;
  };
  std::map<std::string, Users> reasons_;
};

struct NodeTypes {
  ArgTypes inputs, outputs;
};

// Input and output dtypes of a node; those of an argument node ("_Arg") come from the graph.
Result<NodeTypes> TypesOf(const Graph& graph, int32_t node);

// Null when something is missing; it has been added to `missing` then. Errors are `InvalidModelError`s.
Result<std::unique_ptr<Kernel>> MakeNodeKernel(const Graph& graph, int32_t node, const NodeTypes& types,
                                               FunctionResolver& functions, MissingSupport& missing);

// The same, of another op that reads the node's attributes: Mul, for a node RealDiv.
Result<std::unique_ptr<Kernel>> MakeKernelOf(std::string_view op, const Graph& graph, int32_t node,
                                             const NodeTypes& types, FunctionResolver& functions,
                                             MissingSupport& missing);

// Reads the variable behind a reference: what a consumer of a value sees of a V1 variable.
const Kernel& DereferenceKernel();

}  // namespace smcli
