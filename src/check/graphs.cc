// The main graph and the body of every function: names, inputs, dtypes, attributes, constants, cycles, frames, ops.
#include <fmt/format.h>

#include <map>
#include <unordered_map>

#include "base/text.h"
#include "check/frames.h"
#include "check/passes.h"
#include "check/shapes.h"
#include "model/function_calls.h"

namespace smcli {
namespace {

class GraphChecker {
 public:
  GraphChecker(const GraphSubject& subject, FindingCollector& found) : subject_(subject), found_(found) {}

  void CheckFunction(std::string_view name) {
    const std::string place = subject_.PlaceIn(fmt::format("function {}", name));
    const auto function = subject_.context.functions->Get(name);
    if (!function.ok()) return Report(function.error(), place);
    std::vector<Error> problems;
    const auto graph = BuildFunctionGraph(**function, {}, subject_.context, &problems);
    if (!graph.ok()) return Report(graph.error(), place);
    Check(*graph, problems);
  }

  void Check(const Graph& graph, const std::vector<Error>& problems) {
    const std::string place = subject_.PlaceOf(graph);
    for (const Error& problem : problems) Report(problem, place);
    for (const Error& problem : CheckGraphTypes(graph, subject_.context)) Report(problem, place);
    if (const auto order = TopologicalOrder(graph); order.ok()) {
      ReportNodes("GRAPH_FRAME_CONSISTENT", CheckFrames(graph, *order), place);
      ReportNodes("GRAPH_INPUT_SHAPE", CheckShapes(graph, *order), place);
    } else {
      Report(order.error(), place);
    }
    CountOps(graph, place);
  }

  void CheckRecursion() {
    for (const std::vector<std::string_view>& circle : RecursiveFunctions(*subject_.context.functions)) {
      const std::string place = subject_.PlaceIn(fmt::format("function {}", circle.front()));
      found_.Add("FUNCTION_NO_RECURSION", subject_.model.model_file, place,
                 circle.size() == 1 ? "calls itself: a recursion without end"
                                    : fmt::format("calls itself by way of {}: a recursion without end",
                                                  ListOf(std::span(circle).subspan(1), 5)));
    }
  }

  void ReportOps() {
    for (const auto& [op, uses] : unknown_ops_) {
      found_.Add("GRAPH_OP_KNOWN", subject_.model.model_file, uses.place,
                 fmt::format("the op {} is none of TensorFlow's, and the model does not define it ({} {})", op,
                             WithThousands(uses.count), uses.count == 1 ? "node" : "nodes"));
    }
    for (const auto& [op, uses] : custom_ops_) {
      found_.Add("GRAPH_OP_STOCK", subject_.model.model_file, uses.place,
                 fmt::format("the op {} is a custom op, whose library every loader needs ({} {})", op,
                             WithThousands(uses.count), uses.count == 1 ? "node" : "nodes"));
    }
  }

 private:
  struct Uses {
    std::string place;  // of the first
    int64_t count = 0;
  };

  void Report(const Error& problem, std::string_view place) {
    const bool constant = problem.message().find("(Const): its value") != std::string::npos;
    found_.AddGraphProblem(problem, constant ? "GRAPH_CONST_VALUE" : "GRAPH_READABLE", subject_.model.model_file,
                           place);
  }

  void ReportNodes(std::string_view rule, const std::vector<NodeFault>& faults, std::string_view place) {
    for (const NodeFault& fault : faults) {
      found_.Add(rule, subject_.model.model_file, JoinPlaces(place, fmt::format("node {}", fault.node)), fault.message);
    }
  }

  // Ops are few, and nodes many.
  bool IsStock(std::string_view op) {
    const auto [known, added] = stock_.emplace(op, false);
    if (added) known->second = IsTensorFlowOp(op) || subject_.context.functions->Contains(op);
    return known->second;
  }

  void CountOps(const Graph& graph, const std::string& place) {
    for (const Node& node : graph.nodes()) {
      if (node.def.empty() || IsStock(node.op)) continue;
      Uses& uses = (node.schema == nullptr ? unknown_ops_ : custom_ops_)[std::string(node.op)];
      if (uses.count++ == 0) uses.place = JoinPlaces(place, fmt::format("node {}", node.name));
    }
  }

  const GraphSubject& subject_;
  FindingCollector& found_;
  std::unordered_map<std::string_view, bool> stock_;
  std::map<std::string, Uses, std::less<>> unknown_ops_, custom_ops_;
};

}  // namespace

void CheckGraphs(const GraphSubject& subject, FindingCollector& found) {
  const std::string& file = subject.model.model_file;
  if (const Status versions = subject.meta.CheckVersions(); !versions.ok()) {
    found.AddProblem(versions.error(), "GRAPH_VERSION_SUPPORTED", file, subject.place);
  }
  if (subject.broken) found.AddGraphProblem(*subject.broken, "GRAPH_READABLE", file, subject.place);
  GraphChecker checker(subject, found);
  if (subject.graph) checker.Check(*subject.graph, subject.problems);
  if (subject.context.functions != nullptr) {
    for (const std::string_view name : subject.context.functions->names()) checker.CheckFunction(name);
    checker.CheckRecursion();
  }
  checker.ReportOps();
}

}  // namespace smcli
