#include "diff/canonical_graph.h"

#include <algorithm>
#include <map>

#include "base/thread_pool.h"
#include "base/wire.h"
#include "diff/canonical_attr.h"

namespace smcli {
namespace {

constexpr int64_t kNodesPerTask = 256;
// Functions that call each other are told apart by what lies so many calls away.
constexpr size_t kCycleRounds = 8;
constexpr uint32_t kFunctionAttr = 5;  // of FunctionDef

// Attributes of a function that count: not the private ones, and not those that name its generated companions.
bool FunctionAttrCounts(std::string_view name) {
  return !name.starts_with('_') && name != "api_implements" && name != "forward_function_name" &&
         name != "backward_function_name";
}

std::map<std::string_view, std::string_view> AttrsOf(const Function& function) {
  std::map<std::string_view, std::string_view> attrs;
  WireReader reader(function.bytes().view);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kFunctionAttr, WireType::kBytes)) continue;
    std::string_view key, value;
    WireReader entry(field.bytes);
    WireField part;
    while (entry.Next(part)) {
      if (part.is(1, WireType::kBytes)) key = part.bytes;
      if (part.is(2, WireType::kBytes)) value = part.bytes;
    }
    if (FunctionAttrCounts(key)) attrs[key] = value;
  }
  return attrs;
}

void AppendArgument(const ArgSchema& arg, std::string& out) {
  AppendNumber(static_cast<uint64_t>(arg.type), out);
  AppendText(arg.type_attr, out);
  AppendText(arg.number_attr, out);
  AppendText(arg.type_list_attr, out);
  AppendNumber(arg.is_ref, out);
}

// The arguments and results in order, which calls go by.
void AppendSignature(const Function& function, const Graph& graph, std::string& out) {
  AppendNumber(function.signature().inputs.size(), out);
  for (const ArgSchema& arg : function.signature().inputs) AppendArgument(arg, out);
  AppendNumber(function.signature().outputs.size(), out);
  for (const ArgSchema& arg : function.signature().outputs) AppendArgument(arg, out);
  AppendNumber(graph.rets().size(), out);
  for (const GraphRet& ret : graph.rets()) AppendEndpoint(graph, ret.endpoint, out);
  std::vector<std::string> controls;
  for (const int32_t id : graph.control_rets()) AppendEndpoint(graph, {id, 0}, controls.emplace_back());
  std::ranges::sort(controls);
  AppendNumber(controls.size(), out);
  for (const std::string& control : controls) out += control;
}

void AppendSorted(std::vector<Digest> digests, std::string& out) {
  std::ranges::sort(digests);
  AppendNumber(digests.size(), out);
  for (const Digest& digest : digests) AppendDigest(digest, out);
}

}  // namespace

Result<std::unique_ptr<const CanonicalGraph>> CanonicalGraph::Make(const MetaGraph& meta_graph, ThreadPool& threads,
                                                                   std::vector<Error>& problems) {
  std::unique_ptr<CanonicalGraph> canonical(new CanonicalGraph);
  SMCLI_ASSIGN_OR_RETURN(Graph main, meta_graph.GraphWithProblems(problems));
  canonical->main_ = std::make_unique<const Graph>(std::move(main));
  SMCLI_ASSIGN_OR_RETURN(const GraphVersions versions, ReadGraphVersions(meta_graph.graph_def_bytes()));
  canonical->min_consumer_ = versions.min_consumer;
  canonical->defaults_.Add(*canonical->main_);
  SMCLI_RETURN_IF_ERROR(canonical->ReadFunctions(meta_graph));
  canonical->DigestFunctions(threads);
  canonical->nodes_.resize(canonical->main_->nodes().size());
  canonical->kinds_.resize(canonical->nodes_.size());
  threads.ParallelFor(canonical->main_->num_nodes(), kNodesPerTask, [&](int64_t begin, int64_t end) {
    for (auto id = static_cast<int32_t>(begin); id < end; ++id) {
      const auto identity = canonical->canonicalizer_.IdentityOf(*canonical->main_, id);
      canonical->nodes_[static_cast<size_t>(id)] = identity.whole;
      canonical->kinds_[static_cast<size_t>(id)] = identity.kind;
    }
  });
  canonical->MarkSaver(meta_graph);
  return std::unique_ptr<const CanonicalGraph>(std::move(canonical));
}

int32_t CanonicalGraph::FindFunction(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? -1 : found->second;
}

Status CanonicalGraph::ReadFunctions(const MetaGraph& meta_graph) {
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  for (const std::string_view name : library->names()) {
    by_name_.emplace(name, static_cast<int32_t>(functions_.size()));
    CanonicalFunction& function = functions_.emplace_back();
    function.name = name;
    const auto read = library->Get(name);
    if (!read.ok()) return read.error();
    function.function = *read;
    std::vector<Error> ignored;  // a function nobody calls, or one with type attributes, is compared all the same
    auto graph = BuildFunctionGraph(**read, {}, context, &ignored);
    if (!graph.ok()) continue;
    function.graph = std::make_unique<const Graph>(*std::move(graph));
    defaults_.Add(*function.graph);
  }
  for (CanonicalFunction& function : functions_) {
    if (!function.graph) continue;
    std::vector<std::string_view> names;
    for (const Node& node : function.graph->nodes()) CollectFunctionNames(node, names);
    for (const std::string_view name : names) {
      if (const int32_t callee = FindFunction(name); callee >= 0) function.callees.push_back(callee);
    }
    std::ranges::sort(function.callees);
    const auto repeated = std::ranges::unique(function.callees);
    function.callees.erase(repeated.begin(), repeated.end());
  }
  return {};
}

Digest CanonicalGraph::DigestOfFunction(CanonicalFunction& function) const {
  if (!function.graph) return DigestOf(function.function->bytes().view);
  const Graph& graph = *function.graph;
  function.nodes.assign(graph.nodes().size(), {});
  function.kinds.assign(graph.nodes().size(), 0);
  std::vector<Digest> body;
  for (int32_t id = 0; id < graph.num_nodes(); ++id) {
    if (IsArgument(graph.node(id))) continue;
    const auto identity = canonicalizer_.IdentityOf(graph, id);
    body.push_back(function.nodes[static_cast<size_t>(id)] = identity.whole);
    function.kinds[static_cast<size_t>(id)] = identity.kind;
  }
  std::string whole;
  AppendSignature(*function.function, graph, whole);
  for (const auto& [name, value] : AttrsOf(*function.function)) {
    AppendText(name, whole);
    AppendCanonicalAttr(value, digests_, whole);
  }
  AppendSorted(std::move(body), whole);
  return DigestOf(whole);
}

// Callees first, all that are ready at a time; what is left then calls itself, or something that does.
void CanonicalGraph::DigestFunctions(ThreadPool& threads) {
  std::vector<std::vector<int32_t>> callers(functions_.size());
  std::vector<size_t> waiting(functions_.size());
  std::vector<int32_t> ready, next;
  for (size_t i = 0; i < functions_.size(); ++i) {
    waiting[i] = functions_[i].callees.size();
    for (const int32_t callee : functions_[i].callees)
      callers[static_cast<size_t>(callee)].push_back(static_cast<int32_t>(i));
    if (waiting[i] == 0) ready.push_back(static_cast<int32_t>(i));
  }
  while (!ready.empty()) {
    threads.ParallelFor(static_cast<int64_t>(ready.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        CanonicalFunction& function = functions_[static_cast<size_t>(ready[static_cast<size_t>(i)])];
        function.digest = DigestOfFunction(function);
      }
    });
    next.clear();
    for (const int32_t id : ready) {
      digests_[functions_[static_cast<size_t>(id)].name] = functions_[static_cast<size_t>(id)].digest;
      for (const int32_t caller : callers[static_cast<size_t>(id)]) {
        if (--waiting[static_cast<size_t>(caller)] == 0) next.push_back(caller);
      }
    }
    ready.swap(next);
  }
  std::vector<int32_t> cyclic;
  for (size_t i = 0; i < functions_.size(); ++i) {
    if (waiting[i] != 0) cyclic.push_back(static_cast<int32_t>(i));
  }
  DigestCycles(cyclic, threads);
}

// Round by round: in the first each of them is "a function", in the next one that calls such functions, and so on.
void CanonicalGraph::DigestCycles(const std::vector<int32_t>& functions, ThreadPool& threads) {
  for (const int32_t id : functions) digests_[functions_[static_cast<size_t>(id)].name] = {};
  for (size_t round = 0; round < std::min(functions.size(), kCycleRounds); ++round) {
    threads.ParallelFor(static_cast<int64_t>(functions.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        CanonicalFunction& function = functions_[static_cast<size_t>(functions[static_cast<size_t>(i)])];
        function.digest = DigestOfFunction(function);
      }
    });
    for (const int32_t id : functions) {
      digests_[functions_[static_cast<size_t>(id)].name] = functions_[static_cast<size_t>(id)].digest;
    }
  }
}

void CanonicalGraph::MarkSaver(const MetaGraph& meta_graph) {
  saver_nodes_ = FindSaverNodes(*main_, meta_graph);
  if (functions_.empty()) return;
  std::vector<bool> saver(functions_.size()), model(functions_.size());
  std::vector<std::string_view> names;
  const auto reach = [&](std::vector<int32_t> open, std::vector<bool>& reached) {
    for (const int32_t id : open) reached[static_cast<size_t>(id)] = true;
    while (!open.empty()) {
      const CanonicalFunction& function = functions_[static_cast<size_t>(open.back())];
      open.pop_back();
      for (const int32_t callee : function.callees) {
        if (reached[static_cast<size_t>(callee)]) continue;
        reached[static_cast<size_t>(callee)] = true;
        open.push_back(callee);
      }
    }
  };
  std::vector<int32_t> from_saver, from_model;
  for (int32_t id = 0; id < main_->num_nodes(); ++id) {
    names.clear();
    CollectFunctionNames(main_->node(id), names);
    for (const std::string_view name : names) {
      if (const int32_t callee = FindFunction(name); callee >= 0)
        (IsSaver(id) ? from_saver : from_model).push_back(callee);
    }
  }
  reach(from_saver, saver);
  for (size_t i = 0; i < functions_.size(); ++i) {
    if (!saver[i]) from_model.push_back(static_cast<int32_t>(i));
  }
  reach(from_model, model);
  for (size_t i = 0; i < functions_.size(); ++i) functions_[i].saver = !model[i];
}

Digest CanonicalGraph::digest() const {
  std::vector<Digest> nodes, functions;
  for (int32_t id = 0; id < main_->num_nodes(); ++id) {
    if (!IsSaver(id)) nodes.push_back(nodes_[static_cast<size_t>(id)]);
  }
  for (const CanonicalFunction& function : functions_) {
    if (!function.saver) functions.push_back(function.digest);
  }
  std::ranges::sort(functions);
  const auto repeated = std::ranges::unique(functions);
  functions.erase(repeated.begin(), repeated.end());
  std::string whole;
  AppendSorted(std::move(nodes), whole);
  AppendSorted(std::move(functions), whole);
  return DigestOf(whole);
}

}  // namespace smcli
