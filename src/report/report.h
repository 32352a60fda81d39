// Report: what a command has to say, before how it looks. A tree of fields, lists and tables; it knows no format.
//
// Every field and column has two names. `key` is what machines read and never changes; empty: for people only.
// `label` is what people read; empty: for machines only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/value.h"

namespace smcli {

struct Field {
  std::string key;
  std::string label;
  Value value;
};

struct Column {
  std::string key;
  std::string label;
};

struct Row {
  std::vector<Value> cells;  // one per column
  int level = 0;             // depth in an outline whose first column is the heading
};

// Rows that are made while they are printed, for tables of many thousand: what they are made of takes less memory than
// they do. It owns, or shares, what it needs.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual size_t size() const = 0;
  // Writes row `i` over `row`, which is another row of this source or has no cells yet.
  virtual void Make(size_t i, Row* row) const = 0;
};

struct Table {
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::string note = {};  // one line for people, below the rows; machines find the same in fields
  std::shared_ptr<const RowSource> source = nullptr;  // further rows

  void Add(std::vector<Value> cells, int level = 0) { rows.push_back({std::move(cells), level}); }
  size_t size() const { return rows.size() + (source ? source->size() : 0); }

  template <typename Visit>
  void ForEachRow(Visit visit) const {
    for (const Row& row : rows) visit(row);
    if (!source) return;
    Row row;
    for (size_t i = 0; i < source->size(); ++i) {
      source->Make(i, &row);
      visit(std::as_const(row));
    }
  }
};

struct Report {
  std::string schema;  // "smcli.show/1"; the first key of the JSON form
  std::string title;   // for people; may be empty
  Value::Object fields;

  void Add(std::string key, std::string label, Value value) {
    fields.push_back({std::move(key), std::move(label), std::move(value)});
  }
};

}  // namespace smcli
