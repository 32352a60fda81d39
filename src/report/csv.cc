// The CSV form (RFC 4180, lines end in LF): the tables of a report, under the machine names of their columns. A report
// without a table gives its plain fields as rows of key and value, those inside others as outer.inner.
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "report/printers.h"

namespace smcli {
namespace {

std::string Quote(const std::string& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

// Exact numbers; everything else as people read it.
std::string CellOf(const Value& value) {
  const Value& exact = value.structure();
  if (const int64_t* integer = exact.integer()) return fmt::format("{}", *integer);
  if (const uint64_t* natural = exact.natural()) return fmt::format("{}", *natural);
  if (const double* real = exact.real()) return fmt::format("{}", *real);
  if (const bool* boolean = exact.boolean()) return *boolean ? "true" : "false";
  return value.empty() ? "" : Quote(Readable(value));
}

void PrintTable(const Table& table, std::string* out) {
  if (!out->empty()) *out += '\n';
  std::string line;
  for (const Column& column : table.columns) {
    if (!column.key.empty()) line += (line.empty() ? "" : ",") + column.key;
  }
  *out += line + "\n";
  table.ForEachRow([&](const Row& row) {
    bool first = true;
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].key.empty()) continue;
      if (!first) *out += ',';
      first = false;
      *out += CellOf(row.cells[c]);
    }
    *out += '\n';
  });
}

void PrintTables(const Value& value, std::string* out) {
  if (const Table* table = value.table()) PrintTable(*table, out);
  if (const Value::Object* object = value.object()) {
    for (const Field& field : *object) PrintTables(field.value, out);
  }
  if (const Value::List* list = value.list()) {
    for (const Value& item : *list) PrintTables(item, out);
  }
}

void PrintFields(const Value::Object& fields, const std::string& prefix, std::string* out) {
  for (const Field& field : fields) {
    if (field.key.empty()) continue;
    if (const Value::Object* inner = field.value.object()) {
      PrintFields(*inner, prefix + field.key + ".", out);
    } else {
      *out += fmt::format("{}{},{}\n", prefix, field.key, CellOf(field.value));
    }
  }
}

}  // namespace

void PrintCsv(const Report& report, const PrintStyle&, std::string* out) {
  for (const Field& field : report.fields) PrintTables(field.value, out);
  if (!out->empty()) return;
  *out += "key,value\n";
  PrintFields(report.fields, "", out);
}

}  // namespace smcli
