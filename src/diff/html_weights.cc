// Weights with a bar for how far each moved, and sizes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "diff/html_report.h"
#include "report/markup.h"

namespace smcli {
namespace {

constexpr size_t kMaxRows = 500;
// A bar's length is the logarithm of the change: full at the largest, empty so many powers of ten below.
constexpr double kDecades = 6;

std::string TypeOf(const VariableSide& side) { return side.dtype + side.shape.ToString(); }

// Every key of an object-based checkpoint ends like this; the whole key is what the pointer shows.
std::string KeyText(const VariableSide& side) {
  constexpr std::string_view kEnd = "/.ATTRIBUTES/VARIABLE_VALUE";
  std::string_view key = side.key;
  if (key.ends_with(kEnd)) key.remove_suffix(kEnd.size());
  return fmt::format("<span title=\"{}\">{}</span>", Markup(side.key), Markup(key));
}

std::string NameCell(const VariableChange& change) {
  const std::string before = change.before ? KeyText(*change.before) : "",
                    after = change.after ? KeyText(*change.after) : "";
  if (before.empty() || after.empty() || before == after) return before.empty() ? after : before;
  return fmt::format("{} → {}", before, after);
}

std::string TypeCell(const VariableChange& change) {
  const std::string before = change.before ? Markup(TypeOf(*change.before)) : "",
                    after = change.after ? Markup(TypeOf(*change.after)) : "";
  if (before.empty() || after.empty() || before == after) return before.empty() ? after : before;
  return fmt::format("{} → <b>{}</b>", before, after);
}

std::string ValueCells(const VariableChange& change, double largest) {
  if (!change.values)
    return fmt::format("<td class=\"number\"></td><td class=\"number\"></td><td>{}</td>",
                       change.same_values ? "same values" : "");
  const ValueChange& values = *change.values;
  const double share =
      values.elements == 0 ? 0 : 100.0 * static_cast<double>(values.changed) / static_cast<double>(values.elements);
  double length = 0;
  if (values.max_abs > 0 && largest > 0)
    length = std::clamp(1 + std::log10(values.max_abs / largest) / kDecades, 0.02, 1.0);
  std::string note;
  if (values.nan_appeared > 0)
    note = fmt::format("<span class=\"chip bad\">{} NaN appeared</span>", values.nan_appeared);
  if (change.same_values) note += "same values";
  return fmt::format(
      "<td class=\"number\">{:.1f}%</td><td class=\"number\" title=\"mean {:.6g}\">{}</td><td><div class=\"bar\"><span "
      "style=\"width:{:.1f}%\"></span></div>{}</td>",
      share, values.mean_abs, values.has_numbers ? fmt::format("{:.6g}", values.max_abs) : "–", 100 * length, note);
}

std::string Rows(const std::vector<const VariableChange*>& changes, double largest) {
  std::string rows =
      "<table><tr><th></th><th>variable</th><th>type</th><th class=\"number\">changed</th><th class=\"number\">max "
      "change</th><th style=\"width:22%\"></th></tr>\n";
  for (size_t i = 0; i < std::min(changes.size(), kMaxRows); ++i) {
    const VariableChange& change = *changes[i];
    rows +=
        fmt::format("<tr><td class=\"mark\">{}</td><td class=\"key\">{}</td><td class=\"key whole\">{}</td>{}</tr>\n",
                    HtmlMark(change.kind), NameCell(change), TypeCell(change), ValueCells(change, largest));
  }
  rows += "</table>\n";
  if (changes.size() > kMaxRows) rows += fmt::format("<p class=\"soft\">and {} more</p>\n", changes.size() - kMaxRows);
  return rows;
}

}  // namespace

std::string HtmlWeights(const WeightsDiff& weights) {
  if (weights.changes.empty()) return "";
  std::vector<const VariableChange*> model, optimizer;
  double largest = 0;
  for (const VariableChange& change : weights.changes) {
    (change.optimizer ? optimizer : model).push_back(&change);
    if (change.values && std::isfinite(change.values->max_abs)) largest = std::max(largest, change.values->max_abs);
  }
  std::string body = fmt::format("<p class=\"soft\">{} of {} variables differ. Bars are logarithmic.</p>\n",
                                 weights.changes.size(), weights.total());
  if (!model.empty()) body += Rows(model, largest);
  if (!optimizer.empty()) body += "<h3>Optimizer</h3>\n" + Rows(optimizer, largest);
  return body;
}

std::string HtmlSizes(const DiffAnswer& answer) {
  const Table sizes = SizeTable(answer);
  if (sizes.rows.size() <= 1) return "";
  std::string rows = "<table><tr><th class=\"number\">change</th><th class=\"number\">size</th><th></th></tr>\n";
  for (size_t i = 0; i < sizes.rows.size(); ++i) {
    if (i >= kMaxRows && i + 1 < sizes.rows.size()) continue;
    const std::vector<Value>& cells = sizes.rows[i].cells;
    rows += fmt::format("<tr><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"key\">{}</td></tr>\n",
                        Markup(*cells[0].text()), Markup(*cells[1].text()), Markup(*cells[2].text()));
  }
  return rows + "</table>\n";
}

}  // namespace smcli
