#include "scan/body.h"

#include "model/node_reader.h"

namespace smcli {

Result<Bodies> Bodies::Read(const MetaGraph& meta_graph) {
  Bodies bodies;
  bodies.meta_graph_ = &meta_graph;
  SMCLI_ASSIGN_OR_RETURN(bodies.library_, meta_graph.functions());
  std::vector<Error> problems;
  SMCLI_ASSIGN_OR_RETURN(Graph main, meta_graph.GraphWithProblems(problems));
  bodies.main_ = std::make_unique<Graph>(std::move(main));
  const FunctionLibrary& library = *bodies.library_;
  for (const std::string_view name : library.names()) {
    const auto function = library.Get(name);
    bodies.functions_.push_back(function.ok() ? *function : nullptr);
    bodies.by_name_.emplace(name, static_cast<BodyId>(bodies.functions_.size()));
  }
  bodies.from_.resize(bodies.size());
  bodies.of_.resize(bodies.size());
  bodies.to_.resize(bodies.size());
  bodies.AddCalls(kMainBody, FunctionCalls(*bodies.main_, library));
  for (size_t i = 0; i < bodies.functions_.size(); ++i) {
    const Function* function = bodies.functions_[i];
    if (function) bodies.AddCalls(static_cast<BodyId>(i + 1), FunctionCalls(*function, library));
  }
  return bodies;
}

void Bodies::AddCalls(BodyId caller, const std::vector<FunctionCall>& calls) {
  const size_t begin = calls_.size();
  for (const FunctionCall& call : calls) {
    const auto callee = Find(call.function);
    if (!callee) continue;
    Range& of_node = of_[static_cast<size_t>(caller)].try_emplace(call.node, Range{calls_.size(), 0}).first->second;
    of_node.count = calls_.size() + 1 - of_node.begin;
    to_[static_cast<size_t>(*callee)].push_back(calls_.size());
    calls_.push_back({caller, *callee, call.node, call.op, call.attr});
  }
  from_[static_cast<size_t>(caller)] = {begin, calls_.size() - begin};
}

std::span<const CallSite> Bodies::calls_from(BodyId body) const {
  const Range& range = from_[static_cast<size_t>(body)];
  return calls().subspan(range.begin, range.count);
}

std::span<const CallSite> Bodies::calls_of(BodyId body, std::string_view node) const {
  const auto& ranges = of_[static_cast<size_t>(body)];
  const auto range = ranges.find(node);
  return range == ranges.end() ? std::span<const CallSite>()
                               : calls().subspan(range->second.begin, range->second.count);
}

std::string_view Bodies::name(BodyId body) const {
  return body == kMainBody ? std::string_view() : library_->names()[static_cast<size_t>(body - 1)];
}

std::optional<BodyId> Bodies::Find(std::string_view function) const {
  const auto found = by_name_.find(function);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Bodies::NodeName> Bodies::Nodes(BodyId body) const {
  std::vector<NodeName> nodes;
  if (body == kMainBody) {
    for (const Node& node : main_->nodes()) nodes.push_back({node.name, node.op});
    return nodes;
  }
  const Function* function = functions_[static_cast<size_t>(body - 1)];
  if (!function) return nodes;
  std::vector<std::string_view> inputs;
  for (const std::string_view def : function->node_defs()) {
    inputs.clear();
    const auto parts = ReadNodeParts(def, def.data(), inputs);
    if (parts.ok()) nodes.push_back({parts->name, parts->op});
  }
  return nodes;
}

const Graph* Bodies::graph(BodyId body) {
  if (body == kMainBody) return main_.get();
  const auto [entry, added] = graphs_.try_emplace(body);
  if (!added) return entry->second.get();
  const Function* function = functions_[static_cast<size_t>(body - 1)];
  const auto context = meta_graph_->context();
  if (!function || !context.ok()) return nullptr;
  std::vector<Error> problems;
  auto graph = BuildFunctionGraph(*function, {}, *context, &problems);
  if (graph.ok()) entry->second = std::make_unique<Graph>(*std::move(graph));
  return entry->second.get();
}

}  // namespace smcli
