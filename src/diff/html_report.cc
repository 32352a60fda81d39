#include "diff/html_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/markup.h"
#include "report/printers.h"

namespace smcli {
namespace {

std::string Tile(std::string_view state, std::string_view label, std::string_view value, std::string_view hint) {
  return fmt::format(
      "<div class=\"tile {}\"><div class=\"label\">{}</div><div class=\"value\">{}</div><div "
      "class=\"hint\">{}</div></div>\n",
      state, label, value, Markup(hint));
}

std::string AreaTile(const ModelDiff& diff, Area area, std::string_view label, bool changed, std::string_view hint) {
  if (!(diff.areas & area)) return Tile("", label, "not compared", "");
  return Tile(changed ? "differs" : "same", label, changed ? "differs" : "same", changed ? hint : "");
}

std::string Plural(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string GraphHint(const ModelDiff& diff) {
  size_t nodes = 0, functions = 0;
  for (const GraphDiff& graph : diff.graphs) {
    nodes += graph.nodes.size();
    functions += graph.functions.size();
    for (const FunctionChange& function : graph.functions) nodes += function.nodes.size();
  }
  return fmt::format("{}, {}", Plural(nodes, "node"), Plural(functions, "function"));
}

std::string Tiles(const DiffAnswer& answer) {
  const ModelDiff& diff = answer.diff;
  std::string tiles = "<div class=\"tiles\">\n";
  const size_t broken = answer.breaking.counted.size();
  if (diff.areas & kInterfaceArea) {
    const std::string hint = answer.policy.asked() ? "for " + answer.policy.text() : "for any caller";
    tiles += Tile(broken ? "broken" : "same", "breaking changes", broken ? fmt::format("{}", broken) : "none", hint);
  }
  tiles +=
      AreaTile(diff, kInterfaceArea, "interface", !diff.interface.empty(), Plural(diff.interface.size(), "change"));
  tiles += AreaTile(diff, kGraphArea, "graph", diff.graph_changed(), GraphHint(diff));
  const size_t variables = diff.weights ? diff.weights->changes.size() : 0;
  tiles += AreaTile(diff, kWeightsArea, "weights", diff.weights_changed(), Plural(variables, "variable"));
  const auto assets = static_cast<size_t>(std::ranges::count_if(diff.assets, &AssetPair::changed));
  tiles += AreaTile(diff, kAssetsArea, "assets", diff.assets_changed(), Plural(assets, "file"));
  if (answer.behaviour) {
    const std::string hint = answer.behaviour->one_sided_nan()
                                 ? "NaN on one side"
                                 : fmt::format("max difference {:.6g}", answer.behaviour->max_abs());
    const std::string_view state = answer.behaviour->changed() ? "differs" : "same";
    tiles += Tile(state, "behaviour", state, hint);
  }
  return tiles + "</div>\n";
}

std::string Breaking(const DiffAnswer& answer) {
  if (answer.breaking.counted.empty()) return "";
  std::string body = "<table><tr><th>where</th><th>change</th><th>rule</th><th>breaks</th></tr>\n";
  for (const Breakage& breakage : answer.breaking.counted) {
    std::string chips;
    for (const std::string_view category : CategoryNames(breakage.rule->categories)) {
      chips += fmt::format("<span class=\"chip bad\">{}</span>", category);
    }
    body += fmt::format(
        "<tr><td class=\"key\">{}</td><td>{}</td><td><details><summary><code>{}</code></summary><div>{}<br><b>Fix:</b> "
        "{}</div></details></td><td>{}</td></tr>\n",
        Markup(breakage.where), HtmlText(breakage.message), breakage.rule->name, Markup(breakage.rule->reason),
        Markup(breakage.rule->fix), chips);
  }
  return body + "</table>\n";
}

std::string Assets(const ModelDiff& diff) {
  if (!diff.assets_changed()) return "";
  std::string body =
      "<table><tr><th></th><th>file</th><th class=\"number\">old</th><th class=\"number\">new</th></tr>\n";
  for (const AssetPair& asset : diff.assets) {
    if (!asset.changed()) continue;
    ChangeKind kind = ChangeKind::kChanged;
    if (asset.before.exists != asset.after.exists)
      kind = asset.after.exists ? ChangeKind::kAdded : ChangeKind::kRemoved;
    const auto size = [](const AssetSide& side) { return side.exists ? HumanSize(side.size) : std::string("–"); };
    body += fmt::format(
        "<tr><td class=\"mark\">{}</td><td class=\"key\">{}</td><td class=\"number\">{}</td><td "
        "class=\"number\">{}</td></tr>\n",
        HtmlMark(kind), Markup(asset.path), size(asset.before), size(asset.after));
  }
  return body + "</table>\n";
}

std::string Failure(const SignatureBehaviour& signature) {
  const bool old = !signature.failure_before.empty();
  const std::string& message = old ? signature.failure_before : signature.failure_after;
  if (message.empty()) return "";
  return fmt::format("<p>The {} model fails: {}</p>\n", old ? "old" : "new", Markup(message));
}

std::string BehaviourOf(const SignatureBehaviour& signature) {
  std::string body = fmt::format("<h3>{}</h3>\n{}", Markup(signature.signature), Failure(signature));
  if (!signature.outputs.empty()) {
    body +=
        "<table><tr><th>output</th><th class=\"number\">max difference</th><th class=\"number\">mean</th><th "
        "class=\"number\">beyond tolerance</th></tr>\n";
  }
  for (const OutputChange& output : signature.outputs) {
    body += fmt::format(
        "<tr><td class=\"key\">{}</td><td class=\"number\">{}</td><td class=\"number\">{:.6g}</td><td "
        "class=\"number\">{} of {}</td></tr>\n",
        Markup(output.key), output.one_sided_nan ? "NaN" : fmt::format("{:.6g}", output.max_abs),
        output.comparison.mean_abs, output.comparison.failed, output.comparison.elements);
  }
  if (!signature.outputs.empty()) body += "</table>\n";
  if (signature.divergence) {
    const Divergence& at = *signature.divergence;
    body += fmt::format("<p>They part at node <code>{}</code> ({}){}.</p>\n", Markup(at.node), Markup(at.op),
                        at.function.empty() ? "" : " in " + Markup(at.function));
  }
  return body;
}

std::string Behaviour(const DiffAnswer& answer) {
  if (!answer.behaviour) return "";
  std::string body = "<p>Both models on the same inputs.</p>\n";
  for (const SignatureBehaviour& signature : answer.behaviour->signatures) body += BehaviourOf(signature);
  for (const SkippedSignature& skipped : answer.behaviour->skipped) {
    body +=
        fmt::format("<p><code>{}</code> was not compared: {}</p>\n", Markup(skipped.signature), Markup(skipped.reason));
  }
  return body;
}

std::string Metadata(const ModelDiff& diff) {
  if (diff.metadata.empty()) return "";
  std::string body = "<table>\n";
  for (const Change& change : diff.metadata) {
    body += fmt::format("<tr><td>{}</td><td class=\"key\">{}</td><td class=\"key\">{}</td></tr>\n", Markup(change.what),
                        Markup(change.before), Markup(change.after));
  }
  return body + "</table>\n";
}

std::string Faults(const ModelDiff& diff) {
  std::string body;
  for (const Error& fault : diff.faults) body += fmt::format("<p class=\"mono\">{}</p>\n", Markup(fault.message()));
  return body;
}

}  // namespace

std::string HtmlSection(std::string_view id, std::string_view heading, std::string_view body) {
  if (body.empty()) return "";
  return fmt::format("<section id=\"{}\"><h2>{}</h2>\n{}</section>\n", id, heading, body);
}

std::string HtmlText(std::string_view text) {
  constexpr std::string_view kArrow = " -&gt; ";
  std::string html = Markup(text);
  for (size_t at = html.find(kArrow); at != std::string::npos; at = html.find(kArrow, at + 1)) {
    html.replace(at, kArrow.size(), " → ");
  }
  return html;
}

std::string HtmlMark(ChangeKind kind) {
  static constexpr std::string_view kMarks[] = {"+", "−", "~", "→"};
  return fmt::format("<i class=\"{0}\" title=\"{0}\">{1}</i>", Name(kind), kMarks[static_cast<size_t>(kind)]);
}

std::string HtmlReport(const DiffAnswer& answer, std::string_view version) {
  const std::string before = Markup(answer.before.path), after = Markup(answer.after.path);
  const ModelDiff& diff = answer.diff;
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<title>{} → "
      "{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      before, after, kHtmlStyle);
  page += fmt::format("<header><h1>{}</h1>\n<div class=\"pair\">{} <b>{}</b> → {} <b>{}</b></div></header>\n",
                      diff.identical() ? "The models are identical" : "What differs between two models",
                      answer.before.KindText(), before, answer.after.KindText(), after);
  page += Tiles(answer);
  page += HtmlSection("faults", "Could not be read", Faults(diff));
  page += HtmlSection("breaking", "Breaking changes", Breaking(answer));
  page += HtmlSection("interface", "Signatures", HtmlInterface(answer));
  page += HtmlSection("behaviour", "Behaviour", Behaviour(answer));
  page += HtmlSection("graph", "Graph", HtmlGraphs(answer));
  if (diff.weights) page += HtmlSection("weights", "Weights", HtmlWeights(*diff.weights));
  page += HtmlSection("assets", "Assets", Assets(diff));
  page += HtmlSection("sizes", "Sizes", HtmlSizes(answer));
  page += HtmlSection("metadata", "Metadata, which makes no difference", Metadata(diff));
  return page + fmt::format("<footer>smcli {} diff</footer>\n</main>\n</body>\n</html>\n", version);
}

}  // namespace smcli
