#include "report/text_table.h"

#include <algorithm>

#include "base/utf8.h"
#include "report/layout.h"

namespace smcli {
namespace {

constexpr int kGap = 2;        // columns between two columns
constexpr int kNarrowest = 8;  // no column is shortened below this

struct Cells {
  std::vector<size_t> columns;  // of the table, those that are shown
  std::vector<std::vector<std::string>> rows;
  std::vector<int> widths;
  std::vector<bool> numeric;
};

Cells Render(const Table& table) {
  Cells cells;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].label.empty()) continue;
    cells.columns.push_back(i);
    cells.widths.push_back(DisplayWidth(table.columns[i].label));
    cells.numeric.push_back(IsNumeric(table, i));
  }
  for (const Row& row : table.rows) {
    std::vector<std::string>& line = cells.rows.emplace_back();
    for (size_t c = 0; c < cells.columns.size(); ++c) {
      line.push_back(c == 0 ? std::string(static_cast<size_t>(row.level) * 2, ' ') : std::string());
      line.back() += Readable(row.cells[cells.columns[c]]);
      cells.widths[c] = std::max(cells.widths[c], DisplayWidth(line.back()));
    }
  }
  return cells;
}

// Takes columns away from the widest text column, one at a time, until the line fits.
void FitInto(int width, Cells* cells) {
  int total = 0;
  for (int w : cells->widths) total += w + kGap;
  total -= kGap;
  while (total > width) {
    size_t widest = cells->widths.size();
    for (size_t c = 0; c < cells->widths.size(); ++c) {
      if (cells->numeric[c] || cells->widths[c] <= kNarrowest) continue;
      if (widest == cells->widths.size() || cells->widths[c] > cells->widths[widest]) widest = c;
    }
    if (widest == cells->widths.size()) return;
    --cells->widths[widest];
    --total;
  }
}

void AddLine(const Cells& cells, const std::vector<std::string>& texts, int indent, std::string* out) {
  std::string line(static_cast<size_t>(indent), ' ');
  for (size_t c = 0; c < texts.size(); ++c) {
    const std::string text = Shortened(texts[c], cells.widths[c]);
    if (c > 0) line.append(kGap, ' ');
    line += cells.numeric[c] ? RightAligned(text, cells.widths[c]) : Padded(text, cells.widths[c]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  *out += line;
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
  Cells cells = Render(table);
  if (style.width > 0) FitInto(style.width - indent, &cells);
  std::vector<std::string> labels;
  for (size_t column : cells.columns) labels.push_back(table.columns[column].label);
  std::string header;
  AddLine(cells, labels, indent, &header);
  *out += Style{style.color}.Faint(header) + "\n";
  for (const std::vector<std::string>& row : cells.rows) {
    AddLine(cells, row, indent, out);
    *out += '\n';
  }
  if (!table.note.empty()) {
    *out += std::string(static_cast<size_t>(indent), ' ') + Style{style.color}.Faint(table.note) + "\n";
  }
}

}  // namespace smcli
