// Report: what a command has to say, before how it looks. A tree of fields, lists and tables; it knows no format.
//
// Every field and column has two names. `key` is what machines read and never changes; empty: for people only.
// `label` is what people read; empty: for machines only.
#pragma once

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

struct Table {
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::string note;  // one line for people, below the rows; machines find the same in fields

  void Add(std::vector<Value> cells, int level = 0) { rows.push_back({std::move(cells), level}); }
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
