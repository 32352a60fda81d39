// The weights' part of the report, and the sizes as bloaty prints them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "diff/describe_diff.h"

namespace smcli {
namespace {

std::string TypeOf(const VariableSide& side) { return side.dtype + side.shape.ToString(); }

std::string NameOf(const VariableChange& change) {
  if (!change.before) return change.after->key;
  if (!change.after || change.before->key == change.after->key) return change.before->key;
  return fmt::format("{} -> {}", change.before->key, change.after->key);
}

std::string TypeChange(const VariableChange& change) {
  if (!change.before) return TypeOf(*change.after);
  if (!change.after || TypeOf(*change.before) == TypeOf(*change.after)) return TypeOf(*change.before);
  return fmt::format("{} -> {}", TypeOf(*change.before), TypeOf(*change.after));
}

std::string NoteOf(const VariableChange& change) {
  std::vector<std::string> notes;
  if (change.same_values) notes.push_back("same values");
  if (change.values) {
    const ValueChange& values = *change.values;
    if (values.nan_appeared > 0) notes.push_back(fmt::format("{} NaN appeared", values.nan_appeared));
    if (values.nan_gone > 0) notes.push_back(fmt::format("{} NaN gone", values.nan_gone));
    if (values.inf_appeared > 0) notes.push_back(fmt::format("{} infinite appeared", values.inf_appeared));
    if (values.changed > 0 && values.has_numbers && values.max_abs == 0 && values.nan_appeared + values.nan_gone == 0) {
      notes.push_back("bits alone");
    }
  }
  return fmt::format("{}", fmt::join(notes, ", "));
}

Value ShapeList(const VariableSide& side) {
  Value::List dims;
  for (const int64_t dim : side.shape.dims()) dims.push_back(Value::Int(dim));
  return Value::Of(std::move(dims));
}

Value SideValue(const std::optional<VariableSide>& side) {
  if (!side) return Value();
  return Value::Of(Value::Object{{"key", "", Value::Text(side->key)},
                                 {"dtype", "", Value::Text(side->dtype)},
                                 {"shape", "", ShapeList(*side)},
                                 {"bytes", "", Value::Bytes(static_cast<uint64_t>(side->bytes))}});
}

Value Share(const ValueChange& values) {
  const double share =
      values.elements == 0 ? 0 : 100.0 * static_cast<double>(values.changed) / static_cast<double>(values.elements);
  return Value::Percent(share);
}

Table VariableTable(const std::vector<const VariableChange*>& changes, size_t limit) {
  Table table{{{"", " "},
               {"kind", ""},
               {"", "variable"},
               {"", "type"},
               {"old", ""},
               {"new", ""},
               {"changed_percent", "changed"},
               {"changed", ""},
               {"max_abs_diff", "max change"},
               {"mean_abs_diff", "mean change"},
               {"nan_appeared", ""},
               {"same_values", ""},
               {"", "note"}},
              {},
              ""};
  for (const VariableChange* change : changes) {
    const bool values = change->values.has_value();
    const bool numbers = values && change->values->has_numbers;
    table.Add({Value::Text(std::string(1, SignOf(change->kind))), Value::Text(Name(change->kind)),
               Value::Text(NameOf(*change)), Value::Text(TypeChange(*change)), SideValue(change->before),
               SideValue(change->after), values ? Share(*change->values) : Value(),
               values ? Value::Count(change->values->changed) : Value(),
               numbers ? Value::Real(change->values->max_abs) : Value(),
               numbers ? Value::Real(change->values->mean_abs) : Value(),
               values ? Value::Count(change->values->nan_appeared) : Value(), Value(change->same_values),
               Value::Text(NoteOf(*change))});
  }
  Shorten(limit, table);
  return table;
}

struct SizeRow {
  std::string name;
  int64_t before = 0;
  int64_t after = 0;
};

std::vector<SizeRow> SizesOf(const DiffAnswer& answer) {
  std::vector<SizeRow> rows;
  const auto file_size = [](const ModelSide& side) {
    return side.model ? static_cast<int64_t>(side.model->file_size()) : 0;
  };
  rows.push_back({"(graph file)", file_size(answer.before), file_size(answer.after)});
  for (const AssetPair& asset : answer.diff.assets) {
    rows.push_back({asset.path, static_cast<int64_t>(asset.before.size), static_cast<int64_t>(asset.after.size)});
  }
  if (!answer.diff.weights) return rows;
  const WeightsDiff& weights = *answer.diff.weights;
  SizeRow others{"(other variables)", weights.bytes_before, weights.bytes_after};
  for (const VariableChange& change : weights.changes) {
    SizeRow row{NameOf(change), change.before ? change.before->bytes : 0, change.after ? change.after->bytes : 0};
    others.before -= row.before;
    others.after -= row.after;
    rows.push_back(std::move(row));
  }
  rows.push_back(std::move(others));
  return rows;
}

}  // namespace

std::string SizeChangeText(int64_t before, int64_t after) {
  if (before == after) return "0";
  const bool grew = after > before;
  return (grew ? "+" : "-") + HumanSize(static_cast<uint64_t>(grew ? after - before : before - after));
}

std::string PercentChangeText(int64_t before, int64_t after) {
  if (before == after) return "[ = ]";
  if (before == 0) return "[NEW]";
  if (after == 0) return "[DEL]";
  const double percent =
      100.0 * (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(before);
  return std::abs(percent) < 10 ? fmt::format("{:+.1f}%", percent) : fmt::format("{:+.0f}%", percent);
}

Table SizeTable(const DiffAnswer& answer) {
  std::vector<SizeRow> rows = SizesOf(answer);
  SizeRow total{"TOTAL", 0, 0};
  for (const SizeRow& row : rows) {
    total.before += row.before;
    total.after += row.after;
  }
  std::erase_if(rows, [](const SizeRow& row) { return row.before == row.after; });
  const auto change = [](const SizeRow& row) { return std::abs(row.after - row.before); };
  std::ranges::stable_sort(rows, [&](const SizeRow& a, const SizeRow& b) { return change(a) > change(b); });
  Table table{{{"", "change"}, {"", "size"}, {"name", "name"}, {"old", ""}, {"new", ""}}, {}, ""};
  const auto add = [&](const SizeRow& row) {
    table.Add({Value::Text(PercentChangeText(row.before, row.after)),
               Value::Text(SizeChangeText(row.before, row.after)), Value::Text(row.name),
               Value::Bytes(static_cast<uint64_t>(row.before)), Value::Bytes(static_cast<uint64_t>(row.after))});
  };
  const size_t limit = answer.row_limit;
  SizeRow rest;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (limit == 0 || i < limit) {
      add(rows[i]);
    } else {
      rest.before += rows[i].before;
      rest.after += rows[i].after;
    }
  }
  if (limit != 0 && rows.size() > limit) {
    rest.name = fmt::format("[{} Others]", rows.size() - limit);
    add(rest);
  }
  add(total);
  return table;
}

Value DescribeWeightsDiff(const WeightsDiff& weights, size_t row_limit) {
  std::vector<const VariableChange*> model, optimizer;
  for (const VariableChange& change : weights.changes) (change.optimizer ? optimizer : model).push_back(&change);
  Value::Object object;
  const int64_t total = weights.total();
  object.push_back({"", "variables", Value::Text(fmt::format("{} of {} differ", weights.changes.size(), total))});
  object.push_back({"unchanged", "", Value::Count(weights.unchanged)});
  const auto count = [&](std::string key, std::string label, int64_t number) {
    object.push_back({std::move(key), number == 0 ? "" : std::move(label), Value::Count(number)});
  };
  count("within_tolerance", "within the tolerance", weights.within_tolerance);
  count("equal_by_checksum", "equal by checksum, not read", weights.answered_by_index);
  count("copies_left_out", "second copies left out", weights.copies);
  object.push_back({"changes", model.empty() ? "" : "changes", Value::Of(VariableTable(model, row_limit))});
  object.push_back({"optimizer", optimizer.empty() ? "" : "optimizer", Value::Of(VariableTable(optimizer, row_limit))});
  return Value::Of(std::move(object));
}

}  // namespace smcli
