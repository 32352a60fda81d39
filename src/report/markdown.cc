// The Markdown form: headings, definition lists as two-column tables, tables (GitHub's dialect).
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "report/printers.h"
#include "report/text_table.h"

namespace smcli {
namespace {

// Characters that Markdown would take for markup.
std::string Plain(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (std::string_view("\\|`*_<>[]#&").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void PrintTable(const Table& table, std::string* out) {
  std::string header = "|", rule = "|";
  const std::vector<bool> numeric = NumericColumns(table);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].label.empty()) continue;
    header += fmt::format(" {} |", Plain(table.columns[c].label));
    rule += numeric[c] ? "---:|" : "---|";
  }
  *out += header + "\n" + rule + "\n";
  table.ForEachRow([&](const Row& row) {
    *out += '|';
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].label.empty()) continue;
      std::string indent;
      for (int level = 0; c == 0 && level < row.level; ++level) indent += "&nbsp;&nbsp;";
      *out += fmt::format(" {}{} |", indent, Plain(Readable(row.cells[c])));
    }
    *out += '\n';
  });
  if (!table.note.empty()) *out += fmt::format("\n{}\n", Plain(table.note));
}

bool IsBlock(const Value& value) {
  if (value.table()) return value.table()->size() != 0;
  if (value.object()) return !value.object()->empty();
  return value.list() && std::ranges::any_of(*value.list(), [](const Value& v) { return v.object() || v.table(); });
}

void StartBlock(std::string* out) {
  if (!out->empty() && !out->ends_with("\n\n")) *out += '\n';
}

void PrintObject(const Value::Object& fields, int depth, std::string* out) {
  bool in_lines = false;
  for (const Field& field : fields) {
    if (field.label.empty()) continue;
    if (!IsBlock(field.value)) {
      if (!in_lines) {
        StartBlock(out);
        *out += "| | |\n|---|---|\n";
      }
      in_lines = true;
      const bool none = field.value.table() || field.value.object();
      *out += fmt::format("| {} | {} |\n", Plain(field.label), none ? "none" : Plain(Readable(field.value)));
      continue;
    }
    in_lines = false;
    StartBlock(out);
    *out += fmt::format("{:#<{}} {}\n\n", "", std::min(depth, 6), Plain(field.label));
    if (const Table* table = field.value.table()) {
      PrintTable(*table, out);
    } else if (const Value::Object* object = field.value.object()) {
      PrintObject(*object, depth + 1, out);
    } else {
      for (const Value& item : *field.value.list()) {
        StartBlock(out);
        if (item.object()) PrintObject(*item.object(), depth + 1, out);
        if (item.table()) PrintTable(*item.table(), out);
      }
    }
  }
}

}  // namespace

void PrintMarkdown(const Report& report, const PrintStyle&, std::string* out) {
  if (!report.title.empty()) *out += fmt::format("# {}\n", Plain(Escaped(report.title)));
  PrintObject(report.fields, 2, out);
}

}  // namespace smcli
