// The changed parts of the graph: op counts, drawings, and every change as a row.
#include <fmt/format.h>

#include <algorithm>

#include "diff/html_report.h"
#include "diff/svg_graph.h"
#include "report/markup.h"

namespace smcli {
namespace {

constexpr size_t kMaxRows = 500;  // of a table; a page is for people

std::string NodeRows(const std::vector<NodeChange>& nodes) {
  if (nodes.empty()) return "";
  std::string rows = "<table><tr><th></th><th>node</th><th>op</th><th>what differs</th></tr>\n";
  for (size_t i = 0; i < std::min(nodes.size(), kMaxRows); ++i) {
    const NodeChange& node = nodes[i];
    std::string name = Markup(node.after.empty() ? node.before : node.after);
    if (node.kind == ChangeKind::kRenamed) name = fmt::format("{} → {}", Markup(node.before), name);
    std::string details;
    for (const std::string& detail : node.details) details += (details.empty() ? "" : "<br>") + HtmlText(detail);
    rows += fmt::format(
        "<tr><td class=\"mark\">{}</td><td class=\"key\">{}</td><td class=\"key whole\">{}</td><td "
        "class=\"key\">{}</td></tr>\n",
        HtmlMark(node.kind), name, Markup(node.op), details);
  }
  rows += "</table>\n";
  if (nodes.size() > kMaxRows) rows += fmt::format("<p class=\"soft\">and {} more</p>\n", nodes.size() - kMaxRows);
  return rows;
}

std::string Drawing(const Subgraph& graph) {
  // A drawing of a small part of what changed would say nothing.
  constexpr int64_t kMostLeftOut = 60;
  const std::string svg = SvgOf(graph);
  if (svg.empty() || static_cast<int64_t>(graph.left_out) > kMostLeftOut) return "";
  std::string drawing = fmt::format("<div class=\"drawing\">{}</div>\n", svg);
  if (graph.left_out > 0)
    drawing += fmt::format("<p class=\"soft\">{} more changed nodes are not drawn.</p>\n", graph.left_out);
  return drawing;
}

constexpr size_t kOpenOps = 12;  // rows of the table of ops that need no click

// Large changes first.
std::string OpBars(std::vector<OpCount> ops) {
  if (ops.empty()) return "";
  std::ranges::stable_sort(ops, std::greater(), [](const OpCount& op) { return std::abs(op.after - op.before); });
  int64_t largest = 1;
  for (const OpCount& op : ops) largest = std::max(largest, std::abs(op.after - op.before));
  constexpr std::string_view kHead =
      "<table><tr><th>op</th><th class=\"number\">old</th><th class=\"number\">new</th><th></th></tr>\n";
  std::string rows = fmt::format("<h3>Ops</h3>\n{}", kHead);
  for (size_t i = 0; i < ops.size(); ++i) {
    const OpCount& op = ops[i];
    if (i == kOpenOps) {
      rows += fmt::format("</table>\n<details><summary>{} more</summary>\n{}", ops.size() - kOpenOps, kHead);
    }
    const int64_t change = op.after - op.before;
    rows += fmt::format(
        "<tr><td class=\"key\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
        "style=\"width:40%\"><div class=\"bar\"><span class=\"{}\" style=\"width:{:.1f}%\"></span></div></td></tr>\n",
        Markup(op.op), op.before, op.after, change < 0 ? "less" : "more",
        100.0 * static_cast<double>(std::abs(change)) / static_cast<double>(largest));
  }
  return rows + (ops.size() > kOpenOps ? "</table>\n</details>\n" : "</table>\n");
}

std::string FunctionPart(const FunctionChange& function) {
  std::string heading = fmt::format("<h3><span class=\"mark\">{}</span> function <code>{}</code> <span class=\"soft\">",
                                    HtmlMark(function.kind), Markup(function.name));
  if (function.kind != ChangeKind::kChanged) {
    heading += fmt::format("{} nodes, {}", function.num_nodes, Markup(function.before + function.after));
  } else {
    heading += fmt::format("{} → {}", Markup(function.before), Markup(function.after));
    if (!function.caller.empty()) heading += fmt::format(", called by {}", Markup(function.caller));
  }
  heading += "</span></h3>\n";
  std::string results;
  for (const std::string& result : function.results)
    results += fmt::format("<div class=\"mono\">{}</div>\n", HtmlText(result));
  return heading + results + Drawing(function.drawing) + NodeRows(function.nodes);
}

std::string TensorNames(const GraphDiff& graph) {
  std::string rows;
  for (const Change& change : graph.tensor_names) {
    rows += fmt::format("<tr><td class=\"key\">{}</td><td class=\"key\">{}</td><td class=\"key\">{}</td></tr>\n",
                        Markup(change.where), Markup(change.before), Markup(change.after));
  }
  if (rows.empty()) return "";
  return "<h3>Tensors behind the signatures</h3>\n<table><tr><th></th><th>old</th><th>new</th></tr>\n" + rows +
         "</table>\n";
}

}  // namespace

std::string HtmlGraphs(const DiffAnswer& answer) {
  std::string body;
  for (const GraphDiff& graph : answer.diff.graphs) {
    if (!graph.changed) continue;
    if (answer.diff.graphs.size() > 1) body += fmt::format("<h3>tag set {{{}}}</h3>\n", Markup(graph.tags));
    body += fmt::format("<p class=\"soft\">{} → {} nodes</p>\n", graph.nodes_before, graph.nodes_after);
    if (graph.min_consumer_before != graph.min_consumer_after) {
      body += fmt::format("<p>min_consumer {} → {}</p>\n", graph.min_consumer_before, graph.min_consumer_after);
    }
    body += OpBars(graph.ops) + TensorNames(graph);
    if (!graph.nodes.empty()) body += "<h3>Main graph</h3>\n" + Drawing(graph.drawing) + NodeRows(graph.nodes);
    for (const FunctionChange& function : graph.functions) body += FunctionPart(function);
  }
  return body;
}

}  // namespace smcli
