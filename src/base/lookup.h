// Finding rows by name in the tables of the program: commands, ops, converters, rules, printers.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace smcli {

// A row is anything with a member `name`, or a pointer to one.
template <typename Row>
std::string_view NameOf(const Row& row) {
  if constexpr (std::is_pointer_v<Row>) {
    return row->name;
  } else {
    return row.name;
  }
}

// The row of that name (of a table of pointers: the pointer), or null.
template <typename Table>
auto FindByName(const Table& table, std::string_view name) {
  using RowType = std::remove_cvref_t<decltype(*std::begin(table))>;
  for (const auto& row : table) {
    if constexpr (std::is_pointer_v<RowType>) {
      if (NameOf(row) == name) return row;
    } else {
      if (NameOf(row) == name) return &row;
    }
  }
  if constexpr (std::is_pointer_v<RowType>) {
    return RowType(nullptr);
  } else {
    return static_cast<const RowType*>(nullptr);
  }
}

// In the table's order.
template <typename Table>
std::vector<std::string> NamesOf(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table) names.emplace_back(NameOf(row));
  return names;
}

// `unknown command "shwo"; did you mean "show"? (known: show, run, ...)`
template <typename Table>
Error UnknownNameError(std::string_view what, std::string_view name, const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& row : table) names.push_back(NameOf(row));
  return UsageError("unknown {} \"{}\"{}", what, name, Suggestion(name, names));
}

}  // namespace smcli
