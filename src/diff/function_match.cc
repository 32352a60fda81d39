#include "diff/function_match.h"

#include <algorithm>
#include <map>

namespace smcli {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Do two functions take and return as many tensors? Else nothing of one would be found in the other.
bool Comparable(const CanonicalFunction& before, const CanonicalFunction& after) {
  return before.graph != nullptr && after.graph != nullptr;
}

}  // namespace

std::string_view WrittenName(std::string_view function) {
  for (const std::string_view prefix : {"__inference_", "__forward_", "__backward_"}) {
    if (function.starts_with(prefix)) function.remove_prefix(prefix.size());
  }
  size_t end = function.size();
  while (end > 0 && IsDigit(function[end - 1])) --end;
  const bool numbered = end < function.size() && end > 1 && function[end - 1] == '_';
  return numbered ? function.substr(0, end - 1) : function;
}

GraphSide SideOf(const CanonicalGraph& graph) {
  return {&graph.main(), graph.nodes(), graph.kinds(), &graph.saver_nodes(), &graph.canonicalizer()};
}

GraphSide SideOf(const CanonicalGraph& graph, const CanonicalFunction& function) {
  return {function.graph.get(), function.nodes, function.kinds, nullptr, &graph.canonicalizer()};
}

FunctionMatching::FunctionMatching(const CanonicalGraph& before, const CanonicalGraph& after, const NodeMatching& main)
    : before_(before), after_(after), before_done_(before.functions().size()), after_done_(after.functions().size()) {
  for (size_t i = 0; i < before_done_.size(); ++i) before_done_[i] = before.functions()[i].saver;
  for (size_t i = 0; i < after_done_.size(); ++i) after_done_[i] = after.functions()[i].saver;
  MatchEqual();
  FollowCalls(before.main(), after.main(), main, "the graph");
  FollowAll();
  MatchNames();
  FollowAll();
}

bool FunctionMatching::AreOne(std::string_view before, std::string_view after) const {
  const int32_t old_id = before_.FindFunction(before), new_id = after_.FindFunction(after);
  if (old_id < 0 || new_id < 0) return old_id < 0 && new_id < 0 && before == after;
  const CanonicalFunction& old_function = before_.functions()[static_cast<size_t>(old_id)];
  const CanonicalFunction& new_function = after_.functions()[static_cast<size_t>(new_id)];
  if (old_function.digest == new_function.digest) return true;
  return std::ranges::any_of(pairs_, [&](const Pair& pair) { return pair.before == old_id && pair.after == new_id; });
}

std::vector<int32_t> FunctionMatching::Open(const CanonicalGraph& graph, const std::vector<bool>& done) {
  std::map<Digest, int32_t> open;  // of several that do the same, one
  for (size_t i = 0; i < done.size(); ++i) {
    if (!done[i]) open.emplace(graph.functions()[i].digest, static_cast<int32_t>(i));
  }
  std::vector<int32_t> ids;
  for (const auto& [digest, id] : open) ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

void FunctionMatching::MatchEqual() {
  std::unordered_map<Digest, int, DigestHash> in_before, in_after;
  for (size_t i = 0; i < before_done_.size(); ++i) {
    if (!before_done_[i]) ++in_before[before_.functions()[i].digest];
  }
  for (size_t i = 0; i < after_done_.size(); ++i) {
    if (!after_done_[i]) ++in_after[after_.functions()[i].digest];
  }
  for (size_t i = 0; i < before_done_.size(); ++i) {
    if (in_after.contains(before_.functions()[i].digest)) before_done_[i] = true;
  }
  for (size_t i = 0; i < after_done_.size(); ++i) {
    if (in_before.contains(after_.functions()[i].digest)) after_done_[i] = true;
  }
}

void FunctionMatching::Add(int32_t before, int32_t after, std::string caller) {
  const CanonicalFunction& old_function = before_.functions()[static_cast<size_t>(before)];
  const CanonicalFunction& new_function = after_.functions()[static_cast<size_t>(after)];
  if (!Comparable(old_function, new_function)) return;
  before_done_[static_cast<size_t>(before)] = after_done_[static_cast<size_t>(after)] = true;
  pairs_.push_back(
      {before, after, std::move(caller), MatchNodes(SideOf(before_, old_function), SideOf(after_, new_function))});
}

// Two matched nodes that call functions without a partner: these are one, in the order of the calls.
void FunctionMatching::FollowCalls(const Graph& before, const Graph& after, const NodeMatching& nodes,
                                   std::string_view place) {
  if (before_.functions().empty() || after_.functions().empty()) return;
  std::vector<std::string_view> old_names, new_names;
  for (int32_t id = 0; id < before.num_nodes(); ++id) {
    const int32_t other = nodes.AfterOf(id);
    if (other < 0) continue;
    old_names.clear();
    new_names.clear();
    CollectFunctionNames(before.node(id), old_names);
    CollectFunctionNames(after.node(other), new_names);
    std::erase_if(old_names, [&](std::string_view name) { return before_.FindFunction(name) < 0; });
    std::erase_if(new_names, [&](std::string_view name) { return after_.FindFunction(name) < 0; });
    if (old_names.size() != new_names.size()) continue;
    for (size_t i = 0; i < old_names.size(); ++i) {
      const int32_t old_id = before_.FindFunction(old_names[i]), new_id = after_.FindFunction(new_names[i]);
      if (before_done_[static_cast<size_t>(old_id)] || after_done_[static_cast<size_t>(new_id)]) continue;
      Add(old_id, new_id, fmt::format("node {} of {}", after.node(other).name, place));
    }
  }
}

void FunctionMatching::FollowAll() {
  for (; followed_ < pairs_.size(); ++followed_) {
    const int32_t before = pairs_[followed_].before, after = pairs_[followed_].after;
    const NodeMatching nodes = pairs_[followed_].nodes;
    const CanonicalFunction& function = after_.functions()[static_cast<size_t>(after)];
    FollowCalls(*before_.functions()[static_cast<size_t>(before)].graph, *function.graph, nodes,
                fmt::format("function {}", WrittenName(function.name)));
  }
}

// Functions that no matched node calls, where a name is left once on each side.
void FunctionMatching::MatchNames() {
  std::map<std::string_view, std::vector<int32_t>> old_names, new_names;
  for (const int32_t id : removed())
    old_names[WrittenName(before_.functions()[static_cast<size_t>(id)].name)].push_back(id);
  for (const int32_t id : added())
    new_names[WrittenName(after_.functions()[static_cast<size_t>(id)].name)].push_back(id);
  for (const auto& [name, ids] : old_names) {
    const auto found = new_names.find(name);
    if (ids.size() == 1 && found != new_names.end() && found->second.size() == 1) Add(ids[0], found->second[0], "");
  }
}

}  // namespace smcli
