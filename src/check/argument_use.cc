#include "check/argument_use.h"

#include <memory>
#include <optional>

#include "model/function_calls.h"

namespace smcli {
namespace {

// Functions that are being looked at, each called by the one before it.
constexpr size_t kMaxDepth = 200;

std::optional<std::string> CalleeOf(const Graph& graph, int32_t id) {
  if (!IsPartitionedCall(graph.node(id).op)) return std::nullopt;
  auto function = graph.attrs(id).Func("f");
  if (!function.ok() || !function->attrs.empty()) return std::nullopt;
  return std::move(function->name);
}

size_t NumArgs(const Function& function) { return function.signature().inputs.size(); }

}  // namespace

std::vector<std::string> ArgumentUse::Callees(const Graph& graph) const {
  std::vector<std::string> callees;
  for (int32_t id = 0; id < graph.num_nodes(); ++id) {
    auto callee = CalleeOf(graph, id);
    if (callee && context_.functions->Contains(*callee)) callees.push_back(*std::move(callee));
  }
  return callees;
}

// Callees first, by a stack of our own.
void ArgumentUse::Compute(std::string_view root) {
  struct Frame {
    std::string name;
    std::unique_ptr<Graph> graph;
    std::vector<std::string> callees;
    size_t next = 0;  // of callees
  };
  std::vector<Frame> stack;
  const auto enter = [&](std::string_view name) {
    Entry& entry = known_[std::string(name)];
    const auto function = context_.functions->Get(name);
    if (!function.ok()) {
      entry.done = true;
      return;
    }
    entry.used.assign(NumArgs(**function), true);
    std::vector<Error> problems;
    auto graph = BuildFunctionGraph(**function, {}, context_, &problems);
    if (!graph.ok() || stack.size() >= kMaxDepth || graph->args().size() != entry.used.size()) {
      entry.done = true;
      return;
    }
    std::vector<std::string> callees = Callees(*graph);
    stack.push_back({std::string(name), std::make_unique<Graph>(*std::move(graph)), std::move(callees)});
  };
  enter(root);
  while (!stack.empty()) {
    Frame& frame = stack.back();
    if (frame.next < frame.callees.size()) {
      const std::string callee = frame.callees[frame.next++];
      if (!known_.contains(callee)) enter(callee);
      continue;
    }
    known_[frame.name] = {UsedIn(*frame.graph), true};
    stack.pop_back();
  }
}

std::vector<bool> ArgumentUse::UsedIn(const Graph& graph) {
  std::vector<int32_t> roots(graph.control_rets().begin(), graph.control_rets().end());
  for (const GraphRet& ret : graph.rets()) roots.push_back(ret.endpoint.node);
  for (int32_t id = 0; id < graph.num_nodes(); ++id) {
    const Node& node = graph.node(id);
    // Calls are stateful as soon as they may be; what they do is in control_rets.
    if (node.schema != nullptr && node.schema->stateful && !IsPartitionedCall(node.op)) roots.push_back(id);
  }
  const std::vector<bool> needed = Needed(graph, std::move(roots), {});
  std::vector<bool> used;
  for (const GraphArg& arg : graph.args()) {
    used.push_back(arg.endpoint.node < 0 || needed[static_cast<size_t>(arg.endpoint.node)]);
  }
  return used;
}

const std::vector<bool>& ArgumentUse::Of(std::string_view function) {
  if (!known_.contains(function)) Compute(function);
  return known_.find(function)->second.used;
}

std::vector<bool> ArgumentUse::Needed(const Graph& graph, std::vector<int32_t> roots, const std::vector<bool>& stop) {
  std::vector<bool> needed(graph.nodes().size());
  const auto push = [&](int32_t id) {
    if (id < 0 || needed[static_cast<size_t>(id)]) return;
    needed[static_cast<size_t>(id)] = true;
    roots.push_back(id);
  };
  std::vector<int32_t> start = std::move(roots);
  roots.clear();
  for (const int32_t id : start) push(id);
  while (!roots.empty()) {
    const int32_t id = roots.back();
    roots.pop_back();
    if (!stop.empty() && stop[static_cast<size_t>(id)]) continue;
    const Node& node = graph.node(id);
    const auto callee = CalleeOf(graph, id);
    const auto known = callee ? known_.find(*callee) : known_.end();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const bool dropped =
          known != known_.end() && known->second.done && i < known->second.used.size() && !known->second.used[i];
      if (!dropped) push(node.inputs[i].node);
    }
    for (const int32_t control : node.control_inputs) push(control);
  }
  return needed;
}

}  // namespace smcli
