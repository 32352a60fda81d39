#include "report/text_table.h"

#include <algorithm>

#include "base/utf8.h"
#include "report/layout.h"

namespace smcli {
namespace {

constexpr int kGap = 2;        // columns between two columns
constexpr int kNarrowest = 8;  // no column is shortened below this
constexpr size_t kLargestReserve = 16 << 20;

// The columns that are shown.
struct Layout {
  std::vector<size_t> columns;  // of the table
  std::vector<int> widths;
  std::vector<bool> numeric;
  std::vector<int> cells;  // the width of every cell, row by row
};

// One cell as people read it; the first of a row is indented by its level.
void AppendCell(const Row& row, const Layout& layout, size_t c, std::string* out) {
  if (c == 0) out->append(static_cast<size_t>(row.level) * 2, ' ');
  AppendReadable(row.cells[layout.columns[c]], out);
}

// Cells are put into words twice, here and when they are printed: tables may have many thousand rows, and nothing of
// them is kept.
Layout Measure(const Table& table) {
  Layout layout;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].label.empty()) continue;
    layout.columns.push_back(i);
    layout.widths.push_back(DisplayWidth(table.columns[i].label));
    layout.numeric.push_back(IsNumeric(table, i));
  }
  layout.cells.reserve(table.rows.size() * layout.columns.size());
  std::string text;
  for (const Row& row : table.rows) {
    for (size_t c = 0; c < layout.columns.size(); ++c) {
      text.clear();
      AppendCell(row, layout, c, &text);
      layout.cells.push_back(DisplayWidth(text));
      layout.widths[c] = std::max(layout.widths[c], layout.cells.back());
    }
  }
  return layout;
}

// Takes columns away from the widest text column, one at a time, until the line fits.
void FitInto(int width, Layout* layout) {
  int total = 0;
  for (int w : layout->widths) total += w + kGap;
  total -= kGap;
  while (total > width) {
    size_t widest = layout->widths.size();
    for (size_t c = 0; c < layout->widths.size(); ++c) {
      if (layout->numeric[c] || layout->widths[c] <= kNarrowest) continue;
      if (widest == layout->widths.size() || layout->widths[c] > layout->widths[widest]) widest = c;
    }
    if (widest == layout->widths.size()) return;
    --layout->widths[widest];
    --total;
  }
}

// A text of `text_width` in its column, aligned; a wider one is shortened.
void AddAligned(std::string_view text, int text_width, int width, bool right, std::string* out) {
  const int missing = width - text_width;
  if (missing < 0) {
    const std::string shortened = Shortened(text, width);
    AddAligned(shortened, std::min(width, DisplayWidth(shortened)), width, right, out);
    return;
  }
  if (right) out->append(static_cast<size_t>(missing), ' ');
  *out += text;
  if (!right) out->append(static_cast<size_t>(missing), ' ');
}

// About the bytes of all rows, so that the text need not grow and be copied on the way.
size_t SizeOfRows(const Table& table, const Layout& layout, int indent) {
  size_t line = static_cast<size_t>(indent) + 1;
  for (const int width : layout.widths) line += static_cast<size_t>(width + kGap);
  return line * table.rows.size();
}

void EndLine(size_t start, std::string* out) {
  while (out->size() > start && out->back() == ' ') out->pop_back();
  *out += '\n';
}

}  // namespace

bool IsNumeric(const Table& table, size_t column) {
  bool any = false;
  for (const Row& row : table.rows) {
    const Value& value = row.cells[column];
    const bool number = value.integer() || value.natural() || value.real();
    if (!number && !value.empty()) return false;
    any |= number;
  }
  return any;
}

void PrintTextTable(const Table& table, int indent, const PrintStyle& style, std::string* out) {
  Layout layout = Measure(table);
  if (style.width > 0) FitInto(style.width - indent, &layout);
  const std::string margin(static_cast<size_t>(indent), ' '), gap(kGap, ' ');
  std::string header = margin;
  for (size_t c = 0; c < layout.columns.size(); ++c) {
    if (c > 0) header += gap;
    const std::string& label = table.columns[layout.columns[c]].label;
    AddAligned(label, DisplayWidth(label), layout.widths[c], layout.numeric[c], &header);
  }
  header.erase(header.find_last_not_of(' ') + 1);
  *out += Style{style.color}.Faint(header) + "\n";
  out->reserve(out->size() + std::min(kLargestReserve, SizeOfRows(table, layout, indent)));
  std::string text;
  auto cell = layout.cells.begin();
  for (const Row& row : table.rows) {
    const size_t start = out->size();
    *out += margin;
    for (size_t c = 0; c < layout.columns.size(); ++c) {
      if (c > 0) *out += gap;
      text.clear();
      AppendCell(row, layout, c, &text);
      AddAligned(text, *cell++, layout.widths[c], layout.numeric[c], out);
    }
    EndLine(start, out);
  }
  if (!table.note.empty()) *out += margin + Style{style.color}.Faint(table.note) + "\n";
}

}  // namespace smcli
