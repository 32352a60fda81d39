#include "model/scope_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

class Folder {
 public:
  Folder(const Graph& graph, int64_t depth) : graph_(graph), depth_(depth) {}

  ScopeGraph Fold() {
    for (const Node& node : graph_.nodes()) scope_of_.push_back(ScopeIndex(node));
    for (size_t id = 0; id < scope_of_.size(); ++id) AddEdges(id);
    for (size_t i = 0; i < folded_.scopes.size(); ++i) FinishScope(i);
    for (const auto& [ends, tensors] : edges_) folded_.edges.push_back({ends.first, ends.second, tensors});
    return std::move(folded_);
  }

 private:
  size_t ScopeIndex(const Node& node) {
    const std::string_view name = ScopeOf(node.name, depth_);
    const auto [at, is_new] = indices_.try_emplace(name, folded_.scopes.size());
    if (is_new) {
      folded_.scopes.emplace_back().name = name;
      ops_.emplace_back();
    }
    Scope& scope = folded_.scopes[at->second];
    ++scope.nodes;
    ++ops_[at->second][node.op];
    return at->second;
  }

  void AddEdges(size_t id) {
    const Node& node = graph_.nodes()[id];
    const size_t to = scope_of_[id];
    for (const Endpoint& input : node.inputs) {
      if (input.node >= 0 && scope_of_[static_cast<size_t>(input.node)] != to) {
        ++edges_[{scope_of_[static_cast<size_t>(input.node)], to}];
      }
    }
    for (const int32_t before : node.control_inputs) {
      if (before >= 0 && scope_of_[static_cast<size_t>(before)] != to)
        edges_.try_emplace({scope_of_[static_cast<size_t>(before)], to}, 0);
    }
  }

  void FinishScope(size_t index) {
    Scope& scope = folded_.scopes[index];
    scope.ops.assign(ops_[index].begin(), ops_[index].end());
    std::ranges::stable_sort(scope.ops, [](const auto& a, const auto& b) { return a.second > b.second; });
    if (scope.nodes == 1) scope.op = scope.ops[0].first;
  }

  const Graph& graph_;
  const int64_t depth_;
  ScopeGraph folded_;
  std::vector<size_t> scope_of_;  // by node
  std::unordered_map<std::string_view, size_t> indices_;
  std::vector<std::map<std::string_view, int64_t>> ops_;  // by scope
  std::map<std::pair<size_t, size_t>, int64_t> edges_;
};

// Inside a double-quoted Mermaid label, where entities are written #name;.
std::string MermaidEscaped(std::string_view text) {
  std::string out;
  for (const char c : Escaped(text)) {
    switch (c) {
      case '"': out += "#quot;"; break;
      case '#': out += "#35;"; break;
      case '&': out += "#amp;"; break;
      case '<': out += "#lt;"; break;
      case '>': out += "#gt;"; break;
      default: out += c;
    }
  }
  return out;
}

// Nodes and edges; `prefix` begins the names of nodes.
std::string DotLines(const ScopeGraph& graph, std::string_view prefix) {
  std::string out;
  for (size_t i = 0; i < graph.scopes.size(); ++i) {
    const Scope& scope = graph.scopes[i];
    out +=
        fmt::format("  {}{} [label=\"{}\\n{}\"];\n", prefix, i, DotEscaped(scope.name), DotEscaped(ScopeDetail(scope)));
  }
  for (const ScopeEdge& edge : graph.edges) {
    const std::string label = edge.tensors > 1 ? fmt::format(" [label=\"{}\"]", edge.tensors) : "";
    out += fmt::format("  {}{} -> {}{}{};\n", prefix, edge.from, prefix, edge.to,
                       edge.tensors == 0 ? " [style=dashed]" : label);
  }
  return out;
}

}  // namespace

std::string_view ScopeOf(std::string_view name, int64_t depth) {
  size_t end = 0;
  for (; depth > 0; --depth) {
    const size_t slash = name.find('/', end == 0 ? 0 : end + 1);
    if (slash == std::string_view::npos) return name;
    end = slash;
  }
  return name.substr(0, end);
}

ScopeGraph FoldByScope(const Graph& graph, int64_t depth) { return Folder(graph, depth).Fold(); }

std::string ScopeDetail(const Scope& scope) {
  return scope.nodes == 1 ? scope.op : fmt::format("{} nodes", WithThousands(scope.nodes));
}

std::string DotEscaped(std::string_view text) {
  std::string out;
  for (const char c : Escaped(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string DotOf(const ScopeGraph& graph, std::string_view title) {
  return fmt::format("digraph \"{}\" {{\n  node [shape=box, style=rounded];\n{}}}\n", DotEscaped(title),
                     DotLines(graph, "n"));
}

std::string DotClusterOf(const ScopeGraph& graph, std::string_view title, size_t number) {
  return fmt::format("  subgraph cluster_{} {{\n  label=\"{}\";\n{}  }}\n", number, DotEscaped(title),
                     DotLines(graph, fmt::format("f{}n", number)));
}

std::string MermaidOf(const ScopeGraph& graph) {
  std::string out = "flowchart TD\n";
  for (size_t i = 0; i < graph.scopes.size(); ++i) {
    const Scope& scope = graph.scopes[i];
    const std::string detail = ScopeDetail(scope);
    out += fmt::format("  n{}[\"{}<br/>{}\"]\n", i, MermaidEscaped(scope.name), MermaidEscaped(detail));
  }
  for (const ScopeEdge& edge : graph.edges) {
    const std::string_view arrow = edge.tensors == 0 ? "-.->" : "-->";
    const std::string label = edge.tensors > 1 ? fmt::format("|{}|", edge.tensors) : "";
    out += fmt::format("  n{} {}{} n{}\n", edge.from, arrow, label, edge.to);
  }
  return out;
}

}  // namespace smcli
