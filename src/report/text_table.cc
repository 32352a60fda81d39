#include "report/text_table.h"

#include <algorithm>

#include "base/utf8.h"
#include "report/layout.h"

namespace smcli {
namespace {

constexpr int kGap = 2;           // columns between two columns
constexpr int kNarrowest = 8;     // no column is shortened below this
constexpr size_t kUsualRow = 64;  // bytes of a row's cells, as a first guess
constexpr size_t kLargestReserve = 16 << 20;

// Which columns hold numbers only, told row by row.
class NumberTally {
 public:
  explicit NumberTally(size_t columns) : seen_(columns), others_(columns) {}

  void Add(const Row& row) {
    for (size_t c = 0; c < seen_.size(); ++c) {
      const Value& value = row.cells[c];
      const bool number = value.integer() || value.natural() || value.real();
      seen_[c] |= number;
      others_[c] |= !number && !value.empty();
    }
  }
  bool IsNumeric(size_t column) const { return seen_[column] && !others_[column]; }

 private:
  std::vector<uint8_t> seen_, others_;  // a number; something else
};

// The columns that are shown, and all their cells in words.
struct Layout {
  std::vector<size_t> columns;  // of the table
  std::vector<int> widths;
  std::vector<bool> numeric;
  std::string cells;  // row by row, each with a zero byte at its end, which no escaped text has
  bool plain = true;  // every byte of theirs is a character of one column
};

// One cell as people read it; the first of a row is indented by its level.
void AppendCell(const Row& row, const Layout& layout, size_t c, std::string* out) {
  if (c == 0) out->append(static_cast<size_t>(row.level) * 2, ' ');
  AppendReadable(row.cells[layout.columns[c]], out);
}

Layout Measure(const Table& table) {
  Layout layout;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].label.empty()) continue;
    layout.columns.push_back(i);
    layout.widths.push_back(DisplayWidth(table.columns[i].label));
  }
  layout.cells.reserve(std::min(kLargestReserve, table.size() * kUsualRow));
  NumberTally numbers(table.columns.size());
  table.ForEachRow([&](const Row& row) {
    numbers.Add(row);
    for (size_t c = 0; c < layout.columns.size(); ++c) {
      const size_t start = layout.cells.size();
      AppendCell(row, layout, c, &layout.cells);
      const std::string_view cell = std::string_view(layout.cells).substr(start);
      const int width = DisplayWidth(cell);
      layout.plain &= width == static_cast<int>(cell.size());
      layout.widths[c] = std::max(layout.widths[c], width);
      layout.cells += '\0';
    }
  });
  for (const size_t column : layout.columns) layout.numeric.push_back(numbers.IsNumeric(column));
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
  return line * table.size();
}

void EndLine(size_t start, std::string* out) {
  while (out->size() > start && out->back() == ' ') out->pop_back();
  *out += '\n';
}

}  // namespace

std::vector<bool> NumericColumns(const Table& table) {
  NumberTally numbers(table.columns.size());
  table.ForEachRow([&](const Row& row) { numbers.Add(row); });
  std::vector<bool> numeric;
  for (size_t c = 0; c < table.columns.size(); ++c) numeric.push_back(numbers.IsNumeric(c));
  return numeric;
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
  for (std::string_view cells = layout.cells; !cells.empty();) {
    const size_t start = out->size();
    *out += margin;
    for (size_t c = 0; c < layout.columns.size(); ++c) {
      if (c > 0) *out += gap;
      const std::string_view text = cells.substr(0, cells.find('\0'));
      cells.remove_prefix(text.size() + 1);
      const int text_width = layout.plain ? static_cast<int>(text.size()) : DisplayWidth(text);
      AddAligned(text, text_width, layout.widths[c], layout.numeric[c], out);
    }
    EndLine(start, out);
  }
  if (!table.note.empty()) *out += margin + Style{style.color}.Faint(table.note) + "\n";
}

}  // namespace smcli
