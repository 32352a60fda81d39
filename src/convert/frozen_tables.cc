#include "convert/frozen_tables.h"

#include <algorithm>

#include "model/attr_value.h"
#include "transform/prune.h"
#include "transform/table_contents.h"

namespace smcli {
namespace {

bool IsTable(const DraftNode& node) { return node.op.find("HashTable") != std::string::npos; }

// Their names: the init op, else the collection of table initialisers.
Result<std::vector<std::string>> InitOps(const MetaGraph& meta) {
  SMCLI_ASSIGN_OR_RETURN(std::string init_op, meta.InitOpName());
  if (!init_op.empty()) return std::vector<std::string>{std::move(init_op)};
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Collection> collections, meta.Collections());
  for (const Collection& collection : collections) {
    if (collection.key == "table_initializer") return collection.strings;
  }
  return std::vector<std::string>();
}

int32_t FindNode(const GraphDraft& graph, std::string_view name) { return graph.Find(name.substr(0, name.rfind(':'))); }

// Nodes among `behind` that take a table which is `used`.
std::vector<int32_t> Initialisers(const GraphDraft& graph, const std::vector<bool>& behind,
                                  const std::vector<bool>& used) {
  std::vector<int32_t> found;
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (!behind[static_cast<size_t>(id)] || used[static_cast<size_t>(id)]) continue;
    const bool takes = std::ranges::any_of(graph.node(id).inputs, [&](const Endpoint& input) {
      return used[static_cast<size_t>(input.node)] && IsTable(graph.node(input.node));
    });
    if (takes) found.push_back(id);
  }
  return found;
}

// V2 exports put an asset's path into a variable, which the tables' initialisers read. A frozen graph has no variables:
// what reads the variable reads the path itself.
void BypassAssetVariables(GraphDraft& graph, const std::vector<Endpoint>& assets) {
  const auto uses = graph.Uses();
  GraphDraft::Redirection to;
  for (const Endpoint& asset : assets) {
    for (const DraftUse& use : uses[static_cast<size_t>(asset.node)]) {
      if (use.input != 1 || graph.node(use.node).op != "AssignVariableOp") continue;
      const int32_t variable = graph.node(use.node).inputs[0].node;
      for (const DraftUse& read : uses[static_cast<size_t>(variable)]) {
        if (graph.node(read.node).op == "ReadVariableOp") to[{read.node, 0}] = asset;
      }
      for (const DraftUse& waiting : uses[static_cast<size_t>(use.node)]) {
        if (waiting.input < 0) std::erase(graph.node(waiting.node).control_inputs, use.node);
      }
    }
  }
  graph.Redirect(to);
}

// Nodes that put into mutable tables what they hold in the checkpoint.
Result<std::vector<int32_t>> AddInserts(Rewriter& rewriter, const std::vector<bool>& used, FileSystem& files,
                                        const std::string& export_dir) {
  GraphDraft& graph = rewriter.graph();
  std::vector<int32_t> tables, inserts;
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (used[static_cast<size_t>(id)] && IsTable(graph.node(id)) && graph.node(id).op.starts_with("Mutable")) {
      tables.push_back(id);
    }
  }
  if (tables.empty() || export_dir.empty()) return inserts;
  SMCLI_ASSIGN_OR_RETURN(const auto contents, MutableTableContents(files, rewriter.meta_graph(), export_dir));
  for (int32_t table : tables) {
    const auto content = contents.find(graph.attrs(table).String("shared_name", ""));
    if (content == contents.end()) continue;
    const std::string name = graph.node(table).name;
    const int32_t keys = graph.AddConst(name + "/keys", content->second.keys);
    const int32_t values = graph.AddConst(name + "/values", content->second.values);
    // Not LookupTableImportV2, which wants the buckets of a dense table as TensorFlow lays them out.
    const int32_t insert = graph.Add(name + "/insert", "LookupTableInsertV2");
    graph.SetAttr(insert, "Tin", TypeAttr(content->second.keys.dtype()));
    graph.SetAttr(insert, "Tout", TypeAttr(content->second.values.dtype()));
    graph.node(insert).inputs = {{table, 0}, {keys, 0}, {values, 0}};
    inserts.push_back(insert);
  }
  return inserts;
}

}  // namespace

Result<TableInit> KeepTableInit(Rewriter& rewriter, const std::vector<std::string>& fetches, FileSystem& files,
                                const std::string& export_dir) {
  TableInit init;
  GraphDraft& graph = rewriter.graph();
  std::vector<int32_t> roots;
  for (const std::string& fetch : fetches) roots.push_back(FindNode(graph, fetch));
  const std::vector<bool> used = NodesBehind(graph, roots);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> ops, InitOps(rewriter.meta_graph()));
  std::vector<int32_t> targets;
  for (const std::string& op : ops) targets.push_back(FindNode(graph, op));
  std::vector<int32_t> nodes = Initialisers(graph, NodesBehind(graph, targets), used);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> inserts, AddInserts(rewriter, used, files, export_dir));
  nodes.insert(nodes.end(), inserts.begin(), inserts.end());
  if (nodes.empty()) return init;
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Asset> assets, rewriter.meta_graph().Assets());
  std::vector<Endpoint> asset_tensors;
  for (const Asset& asset : assets) {
    SMCLI_ASSIGN_OR_RETURN(const Endpoint tensor, graph.FindTensor(asset.tensor_name));
    asset_tensors.push_back(tensor);
  }
  BypassAssetVariables(graph, asset_tensors);
  std::string name = ops.empty() ? "init_tables" : ops[0].substr(0, ops[0].rfind(':'));
  const int32_t whole = targets.empty() ? -1 : targets[0];
  if (nodes != std::vector<int32_t>{whole}) {
    if (whole >= 0 && !used[static_cast<size_t>(whole)]) graph.Rename(whole, name + "_whole");
    const int32_t joint = graph.Add(name, "NoOp");
    for (int32_t node : nodes) graph.AddControl(joint, node);
    name = graph.node(joint).name;
  }
  init.node = name;
  rewriter.Protect(name);
  const std::vector<bool> behind = NodesBehind(graph, nodes);
  for (size_t i = 0; i < assets.size(); ++i) {
    if (!behind[static_cast<size_t>(asset_tensors[i].node)]) continue;
    init.asset_feeds.push_back(assets[i].tensor_name);
    rewriter.Protect(assets[i].tensor_name);
  }
  return init;
}

}  // namespace smcli
