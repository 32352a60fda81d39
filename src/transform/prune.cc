#include "transform/prune.h"

#include <optional>
#include <set>
#include <utility>

#include "model/attr_value.h"
#include "model/functions.h"
#include "transform/attr_lists.h"

namespace smcli {
namespace {

constexpr std::string_view kColocation = "loc:@";

// Marks what nodes read, by a worklist.
class Marker {
 public:
  explicit Marker(const GraphDraft& graph) : graph_(graph), marked_(static_cast<size_t>(graph.size()), false) {}

  // What is behind this tensor is not needed.
  void Cut(const Endpoint& endpoint) { cuts_.emplace(endpoint.node, endpoint.output); }
  void Mark(int32_t id) {
    if (id < 0 || marked_[static_cast<size_t>(id)]) return;
    marked_[static_cast<size_t>(id)] = true;
    work_.push_back(id);
  }
  void MarkTensor(const Endpoint& endpoint) {
    if (!cuts_.contains({endpoint.node, endpoint.output})) Mark(endpoint.node);
  }
  void Run() {
    while (!work_.empty()) {
      const DraftNode& node = graph_.node(work_.back());
      work_.pop_back();
      for (const Endpoint& input : node.inputs) MarkTensor(input);
      for (int32_t producer : node.control_inputs) Mark(producer);
    }
  }
  bool IsMarked(int32_t id) const { return marked_[static_cast<size_t>(id)]; }
  std::vector<bool> TakeMarks() { return std::move(marked_); }

 private:
  const GraphDraft& graph_;
  std::vector<bool> marked_;
  std::set<std::pair<int32_t, int32_t>> cuts_;
  std::vector<int32_t> work_;
};

// TensorFlow refuses a graph whose nodes ask to be placed beside a node that is not there.
void DropColocations(GraphDraft& graph) {
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (graph.node(id).removed) continue;
    const AttrReader attrs = graph.attrs(id);
    if (!attrs.IsSet("_class")) continue;
    auto classes = attrs.Strings("_class");
    if (!classes.ok()) continue;
    const auto gone = std::erase_if(*classes, [&](const std::string& name) {
      return name.starts_with(kColocation) && graph.Find(std::string_view(name).substr(kColocation.size())) < 0;
    });
    if (gone == 0) continue;
    if (classes->empty()) {
      graph.RemoveAttr(id, "_class");
    } else {
      graph.SetAttr(id, "_class", StringsAttr(*classes));
    }
  }
}

// A fed tensor whose producer has no other use becomes a placeholder: it has nothing to compute any more.
Status MakePlaceholder(GraphDraft& graph, const Endpoint& feed) {
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, graph.TypeOf(feed));
  graph.node(feed.node).inputs.clear();
  graph.node(feed.node).control_inputs.clear();
  graph.SetOp(feed.node, "Placeholder");
  graph.SetAttr(feed.node, "dtype", TypeAttr(dtype));
  graph.SetAttr(feed.node, "shape", ShapeAttr(PartialShape()));
  return {};
}

Status MarkFeeds(GraphDraft& graph, const PruneRoots& roots, Marker& marker) {
  for (const std::string& name : roots.feeds) {
    SMCLI_ASSIGN_OR_RETURN(const Endpoint feed, graph.FindTensor(name));
    const bool alone = graph.node(feed.node).num_outputs == 1 && graph.node(feed.node).schema != nullptr;
    if (!roots.cut_feeds || !alone) {
      marker.Mark(feed.node);
      continue;
    }
    if (!graph.node(feed.node).op.starts_with("Placeholder")) SMCLI_RETURN_IF_ERROR(MakePlaceholder(graph, feed));
    marker.Cut(feed);
    // A control edge to it would otherwise bring in the default of a PlaceholderWithDefault: it stays, it is small.
    marker.Mark(feed.node);
  }
  return {};
}

// A tensor, or a node that has none.
Result<Endpoint> FindRoot(const GraphDraft& graph, std::string_view name) {
  const int32_t id = graph.Find(name);
  if (id >= 0) return Endpoint{id, 0};
  const auto tensor = ParseTensorName(name);
  const int32_t producer = tensor ? graph.Find(tensor->node) : -1;
  if (producer >= 0 && graph.node(producer).num_outputs == 0) return Endpoint{producer, 0};
  return graph.FindTensor(name);
}

void RemoveUnmarked(GraphDraft& graph, const Marker& marker) {
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (!marker.IsMarked(id)) graph.Remove(id);
  }
  DropColocations(graph);
}

// Functions still to be looked at, each once.
class FunctionWork {
 public:
  explicit FunctionWork(const Rewriter& rewriter) : rewriter_(rewriter) {}
  void Add(std::string name) {
    if (rewriter_.HasFunction(name) && seen_.insert(name).second) work_.push_back(std::move(name));
  }
  std::optional<std::string> Next() {
    if (work_.empty()) return std::nullopt;
    std::string name = std::move(work_.back());
    work_.pop_back();
    return name;
  }
  bool Saw(const std::string& name) const { return seen_.contains(name); }

 private:
  const Rewriter& rewriter_;
  std::set<std::string> seen_;
  std::vector<std::string> work_;
};

}  // namespace

std::vector<bool> NodesBehind(const GraphDraft& graph, const std::vector<int32_t>& nodes) {
  Marker marker(graph);
  for (int32_t id : nodes) marker.Mark(id);
  marker.Run();
  return marker.TakeMarks();
}

Status Prune(Rewriter& rewriter, const PruneRoots& roots) {
  GraphDraft& graph = rewriter.graph();
  Marker marker(graph);
  SMCLI_RETURN_IF_ERROR(MarkFeeds(graph, roots, marker));
  for (const std::string& name : roots.fetches) {
    SMCLI_ASSIGN_OR_RETURN(const Endpoint fetch, FindRoot(graph, name));
    marker.MarkTensor(fetch);
  }
  marker.Run();
  RemoveUnmarked(graph, marker);
  return PruneFunctions(rewriter, roots.functions);
}

void PruneBody(FunctionDraft& function) {
  Marker marker(function.body);
  for (const auto& arg : function.args) marker.Mark(arg.node);
  for (const auto& ret : function.rets) marker.Mark(ret.source.node);
  for (const auto& [name, node] : function.control_rets) marker.Mark(node);
  marker.Run();
  RemoveUnmarked(function.body, marker);
}

Status PruneFunctions(Rewriter& rewriter, const std::vector<std::string>& roots) {
  FunctionWork work(rewriter);
  for (const std::string& name : roots) {
    if (!rewriter.HasFunction(name))
      return InvalidModelError("the library has no function '{}' (FunctionNotFound)", name);
    work.Add(name);
  }
  for (int32_t id = 0; id < rewriter.graph().size(); ++id) {
    if (rewriter.graph().node(id).removed) continue;
    for (std::string& name : rewriter.graph().FunctionsOf(id)) work.Add(std::move(name));
  }
  for (std::string& name : rewriter.RegisteredGradients()) work.Add(std::move(name));
  while (const auto function = work.Next()) {
    SMCLI_ASSIGN_OR_RETURN(std::vector<std::string> callees, rewriter.FunctionsOf(*function));
    for (std::string& name : callees) work.Add(std::move(name));
    if (rewriter.keeps_gradients()) work.Add(std::string(rewriter.context().functions->GradientOf(*function)));
  }
  for (const std::string& name : std::vector<std::string>(rewriter.functions())) {
    if (!work.Saw(name)) rewriter.RemoveFunction(name);
  }
  return {};
}

}  // namespace smcli
