// NarrowBody: a graph or a function whose variables become half as wide: what reads them is cast to float32, what is
// assigned to them is cast from it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "convert/saved_model/handle_flow.h"
#include "transform/rewriter.h"

namespace smcli {

struct Narrowing {
  DataType dtype = DataType::kHalf;         // or kBfloat16
  std::set<std::string, std::less<>> keys;  // of the checkpoint, that become narrow
  const HandleFlow* flow = nullptr;
  std::set<std::string> blockers;  // ops that use a variable in ways that cannot be narrowed
};

class NarrowBody {
 public:
  // `function`: null for the main graph.
  NarrowBody(Narrowing& narrowing, GraphDraft& graph, FunctionDraft* function, const Handles& handles);
  // Outsiders read this tensor by its name; once it is narrow, see moved().
  void KeepNamed(const Endpoint& endpoint) { named_.emplace(endpoint.node, endpoint.output); }

  // What cannot be done is added to the blockers; then the graph is of no use any more.
  Status Run();
  // Tensors that became narrow, and what holds their wide value now.
  const GraphDraft::Redirection& moved() const { return moved_; }

 private:
  Status Visit(int32_t id);
  Status VisitReader(int32_t id);
  Status VisitCall(int32_t id, const CallOp& call);
  Status Retype(int32_t id, std::string_view attr);
  Status NarrowRestore(int32_t id);
  Status NarrowSave(int32_t id);
  void NarrowArgs();
  Endpoint AddSlice(const Endpoint& whole, const std::string& slice);
  void Widen();
  void NarrowInputs();
  Endpoint NarrowVersion(const Endpoint& wide, int32_t reader);
  int32_t AddCast(const Endpoint& input, DataType from, DataType to, std::string_view name);
  bool IsHandle(const Endpoint& endpoint) const { return handles_.contains({endpoint.node, endpoint.output}); }
  void Refuse(int32_t id);

  Narrowing& narrowing_;
  GraphDraft& graph_;
  FunctionDraft* function_;
  const Handles& handles_;
  std::vector<Endpoint> widened_;                             // outputs that are narrow now
  std::vector<std::pair<int32_t, size_t>> to_narrow_;         // inputs that take narrow values now: node, position
  std::vector<std::pair<int32_t, size_t>> to_widen_;          // inputs that read a reference as a wide value
  std::map<int32_t, Endpoint> casts_;                         // casts that widen, and what they widen
  std::map<int32_t, int> readers_;                            // of nodes that casts lead to
  std::map<std::pair<int32_t, int32_t>, std::string> parts_;  // of what is restored whole now: the slice wanted
  GraphDraft::Redirection moved_;
  std::set<std::pair<int32_t, int32_t>> named_;
};

}  // namespace smcli
