// Signatures of both models side by side.
#include <fmt/format.h>

#include <algorithm>

#include "diff/html_report.h"
#include "diff/interface.h"
#include "diff/spec_text.h"
#include "report/markup.h"

namespace smcli {
namespace {

std::string Cells(const std::string* before, const std::string* after) {
  const bool same = before && after && *before == *after;
  const auto cell = [&](std::string_view side, const std::string* text, std::string_view alone) {
    if (!text) return fmt::format("<td class=\"{} void\">–</td>", side);
    const std::string_view state = same ? "" : before && after ? "moved" : alone;
    return fmt::format("<td class=\"{} key {}\">{}</td>", side, state, Markup(*text));
  };
  return cell("old", before, "gone") + cell("new", after, "fresh");
}

std::string Row(std::string_view kind, std::string_view key, const std::string* before, const std::string* after) {
  return fmt::format("<tr><td class=\"soft\">{}</td><td class=\"key\">{}</td>{}</tr>\n", kind, Markup(key),
                     Cells(before, after));
}

std::string SpecRows(std::string_view kind, const std::vector<SpecPair>& specs) {
  std::string rows;
  for (const SpecPair& pair : specs) {
    const std::string before = pair.before ? SpecTypeText(*pair.before) : "",
                      after = pair.after ? SpecTypeText(*pair.after) : "";
    rows += Row(kind, pair.key, pair.before ? &before : nullptr, pair.after ? &after : nullptr);
  }
  return rows;
}

std::string DefaultRows(const SignaturePair& pair) {
  std::string rows;
  for (const SpecPair& input : pair.inputs) {
    const Tensor* before = pair.before->FindDefault(input.key);
    const Tensor* after = pair.after->FindDefault(input.key);
    if (!before && !after) continue;
    const std::string old_text = before ? DefaultText(*before) : "", new_text = after ? DefaultText(*after) : "";
    rows += Row("default", input.key, before ? &old_text : nullptr, after ? &new_text : nullptr);
  }
  return rows;
}

bool Differs(const SignaturePair& pair) {
  const auto differs = [](const SpecPair& spec) { return !spec.kept() || !SameInterface(*spec.before, *spec.after); };
  return !pair.kept() || pair.before->method_name != pair.after->method_name ||
         std::ranges::any_of(pair.inputs, differs) || std::ranges::any_of(pair.outputs, differs);
}

std::string SignatureTable(const SignaturePair& pair) {
  std::string rows = "<table class=\"sides\"><tr><th></th><th></th><th>old</th><th>new</th></tr>\n";
  if (!pair.kept()) {
    const Signature& only = pair.before ? *pair.before : *pair.after;
    const auto add = [&](std::string_view kind, const std::vector<TensorSpec>& specs) {
      for (const TensorSpec& spec : specs) {
        const std::string text = SpecTypeText(spec);
        rows += Row(kind, spec.key, pair.before ? &text : nullptr, pair.after ? &text : nullptr);
      }
    };
    add("input", only.inputs);
    add("output", only.outputs);
    return rows + "</table>\n";
  }
  if (pair.before->method_name != pair.after->method_name) {
    rows += Row("method", "", &pair.before->method_name, &pair.after->method_name);
  }
  rows += SpecRows("input", pair.inputs) + DefaultRows(pair) + SpecRows("output", pair.outputs);
  return rows + "</table>\n";
}

}  // namespace

std::string HtmlInterface(const DiffAnswer& answer) {
  if (!(answer.diff.areas & kInterfaceArea)) return "";
  std::string body;
  for (const MetaGraphPair& meta_graph : answer.diff.meta_graphs) {
    if (!meta_graph.kept()) {
      body +=
          fmt::format("<h3><span class=\"mark\">{}</span> tag set {{{}}}</h3>\n",
                      HtmlMark(meta_graph.before ? ChangeKind::kRemoved : ChangeKind::kAdded), Markup(meta_graph.tags));
      continue;
    }
    for (const SignaturePair& pair : meta_graph.signatures) {
      std::string mark;
      if (!pair.kept()) mark = HtmlMark(pair.before ? ChangeKind::kRemoved : ChangeKind::kAdded);
      const std::string name = Markup(PlaceOf(answer.diff.meta_graphs, meta_graph, pair.key));
      body +=
          fmt::format("<details{}><summary><span class=\"mark\">{}</span> <code>{}</code>{}</summary>\n{}</details>\n",
                      Differs(pair) ? " open" : "", mark, name,
                      Differs(pair) ? "" : " <span class=\"soft\">unchanged</span>", SignatureTable(pair));
    }
  }
  return body;
}

}  // namespace smcli
