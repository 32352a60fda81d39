// The JSON form: one object, "schema" first; keys in the order of the report.
#include <algorithm>

#include "base/json.h"
#include "report/printers.h"

namespace smcli {
namespace {

class JsonPrinter {
 public:
  explicit JsonPrinter(JsonWriter& writer) : writer_(writer) {}

  // The caller begins and ends the object.
  void PrintMembers(const Value::Object& fields) {
    for (const Field& field : fields) {
      if (field.key.empty()) continue;
      writer_.Key(field.key);
      Print(field.value);
    }
  }

  void PrintReport(const Report& report) {
    writer_.BeginObject();
    writer_.Key("schema");
    writer_.String(report.schema);
    PrintMembers(report.fields);
    writer_.EndObject();
  }

 private:
  using Layout = JsonWriter::Layout;

  void Print(const Value& outer) {
    const Value& value = outer.structure();
    if (const bool* boolean = value.boolean()) {
      writer_.Bool(*boolean);
    } else if (const int64_t* integer = value.integer()) {
      writer_.Int(*integer);
    } else if (const uint64_t* natural = value.natural()) {
      writer_.Uint(*natural);
    } else if (const double* real = value.real()) {
      writer_.Double(*real);
    } else if (const std::string* text = value.text()) {
      writer_.String(*text);
    } else if (const Value::Object* object = value.object()) {
      writer_.BeginObject(IsShort(*object) ? Layout::kLine : Layout::kLines);
      PrintMembers(*object);
      writer_.EndObject();
    } else if (const Value::List* list = value.list()) {
      PrintList(*list);
    } else if (const std::string* json = value.json()) {
      writer_.Raw(*json);
    } else if (const Table* table = value.table()) {
      PrintTable(*table);
    } else {
      writer_.Null();
    }
  }

  void PrintList(const Value::List& list) {
    const bool flat = std::ranges::all_of(list, IsScalar);
    writer_.BeginArray(flat ? Layout::kLine : Layout::kLines);
    for (const Value& item : list) Print(item);
    writer_.EndArray();
  }

  // Rows as objects, one a line.
  void PrintTable(const Table& table) {
    writer_.BeginArray(table.size() == 0 ? Layout::kLine : Layout::kLines);
    table.ForEachRow([&](const Row& row) {
      writer_.BeginObject(Layout::kLine);
      for (size_t c = 0; c < table.columns.size(); ++c) {
        if (table.columns[c].key.empty()) continue;
        writer_.Key(table.columns[c].key);
        Print(row.cells[c]);
      }
      writer_.EndObject();
    });
    writer_.EndArray();
  }

  static bool IsScalar(const Value& outer) {
    const Value& value = outer.structure();
    return !value.object() && !value.list() && !value.table();
  }

  static bool IsShort(const Value::Object& object) {
    return object.size() <= 6 && std::ranges::all_of(object, [](const Field& field) {
             const Value& value = field.value.structure();
             return IsScalar(value) || (value.list() && std::ranges::all_of(*value.list(), IsScalar));
           });
  }

  JsonWriter& writer_;
};

}  // namespace

void PrintJson(const Report& report, const PrintStyle&, std::string* out) {
  JsonWriter writer(*out);
  JsonPrinter(writer).PrintReport(report);
  *out += '\n';
}

void WriteMembers(const Value::Object& fields, JsonWriter& json) { JsonPrinter(json).PrintMembers(fields); }

}  // namespace smcli
