// Bodies: everything in a meta-graph that holds nodes, and who calls whom. Body 0 is the main graph, body 1 + i the
// i-th function of the library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/function_calls.h"
#include "model/meta_graph.h"

namespace smcli {

using BodyId = int32_t;
inline constexpr BodyId kMainBody = 0;

// A call: `node` of body `caller` names the function `callee` by `attr` (empty: the function is its op).
struct CallSite {
  BodyId caller = kMainBody;
  BodyId callee = kMainBody;
  std::string_view node;
  std::string_view op;
  std::string_view attr;
};

class Bodies {
 public:
  // `meta_graph` must outlive this. Broken graphs are read as far as they can be; bytes that cannot be read at all are
  // an `InvalidModelError`.
  static Result<Bodies> Read(const MetaGraph& meta_graph);

  size_t size() const { return functions_.size() + 1; }
  std::string_view name(BodyId body) const;  // of the function; empty: the main graph
  std::optional<BodyId> Find(std::string_view function) const;
  std::span<const CallSite> calls_from(BodyId body) const;
  std::span<const CallSite> calls_of(BodyId body, std::string_view node) const;
  // Indices into calls().
  const std::vector<size_t>& calls_to(BodyId body) const { return to_[static_cast<size_t>(body)]; }
  std::span<const CallSite> calls() const { return calls_; }  // sorted by caller, then as its nodes are

  struct NodeName {
    std::string_view name, op;
  };
  // In file order.
  std::vector<NodeName> Nodes(BodyId body) const;
  const Graph& main() const { return *main_; }
  // Built when first asked for; null where it cannot be read. Not for several threads.
  const Graph* graph(BodyId body);

 private:
  Bodies() = default;
  void AddCalls(BodyId caller, const std::vector<FunctionCall>& calls);

  const MetaGraph* meta_graph_ = nullptr;
  const FunctionLibrary* library_ = nullptr;
  std::vector<const Function*> functions_;  // beside the library's names; null: cannot be read
  std::unordered_map<std::string_view, BodyId> by_name_;
  std::vector<CallSite> calls_;
  struct Range {
    size_t begin = 0, count = 0;
  };
  std::vector<Range> from_;                                      // by body
  std::vector<std::unordered_map<std::string_view, Range>> of_;  // by body and node
  std::vector<std::vector<size_t>> to_;
  std::unique_ptr<Graph> main_;
  std::unordered_map<BodyId, std::unique_ptr<Graph>> graphs_;
};

}  // namespace smcli
