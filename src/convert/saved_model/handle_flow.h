// HandleFlow: which tensors of a graph and of the functions it calls are handles of, or references to, a set of
// variables. Functions that receive them in different places are versions of their own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/variable_id.h"
#include "transform/call_ops.h"
#include "transform/rewriter.h"

namespace smcli {

enum class HandleKind { kHandle, kReference };

// By node and output.
using Handles = std::map<std::pair<int32_t, int32_t>, HandleKind>;

struct FunctionVersion {
  std::string function;    // as the library calls it
  std::vector<bool> args;  // which are handles of the variables
  Handles handles;         // in the function's draft
  std::vector<bool> rets;  // likewise
  std::string name;        // the first version of a function keeps its name
  bool ready = false;
};

class HandleFlow {
 public:
  using Version = std::pair<std::string, std::vector<bool>>;

  // `variables`: nodes of the main graph.
  HandleFlow(Rewriter& rewriter, const std::set<int32_t>& variables);

  // A function that loaders call with these arguments; functions named first keep their names.
  Status AddFunction(const std::string& function, const std::vector<bool>& args);
  Status AddMainGraph();

  const Handles& main_handles() const { return main_; }
  // In the order in which they were met.
  const std::vector<FunctionVersion*>& versions() const { return order_; }
  const FunctionVersion* Find(const std::string& function, const std::vector<bool>& args) const;
  // What a node hands to the function it calls.
  static std::vector<bool> ArgsOf(const GraphDraft& graph, const Handles& handles, int32_t id, const CallOp& call);
  // What cannot be followed: "f/node (MapDataset)". Everything at once.
  const std::set<std::string>& blockers() const { return blockers_; }
  // Copies what has several versions, and names all.
  Status NameVersions();

 private:
  Status Follow(const GraphDraft& graph, std::string_view function, Handles& handles, int depth);
  Status FollowCall(const GraphDraft& graph, std::string_view function, int32_t id, const CallOp& call,
                    Handles& handles, int depth);
  Result<const FunctionVersion*> Get(const std::string& function, const std::vector<bool>& args, int depth);
  bool IsOurs(const GraphDraft& graph, int32_t id) const;

  Rewriter& rewriter_;
  std::set<VariableId> names_;
  std::map<Version, std::unique_ptr<FunctionVersion>> versions_;
  std::vector<FunctionVersion*> order_;
  Handles main_;
  std::set<std::string> blockers_;
};

// "node (Op)", in a function "function/node (Op)".
std::string PlaceOf(const GraphDraft& graph, std::string_view function, int32_t id);

}  // namespace smcli
