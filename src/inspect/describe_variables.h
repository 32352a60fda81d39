// The variables of a checkpoint: in a line, as a table, summed up by scope, with statistics.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "inspect/variable_names.h"
#include "report/report.h"

namespace smcli {

class ThreadPool;

// "84 variables, 1,234,567 parameters, 4.7 MiB in 1 shard: 80 float32, 4 int64".
Value VariableSummary(const BundleReader& checkpoint);

struct VariableOptions {
  std::shared_ptr<const VariableNames> names;  // what Python calls them; null: not known
  std::string sort = "name";                   // or "size", largest first, or "dtype"
  std::string match;                           // a glob over keys and all names; empty: all
  bool stats = false;
  bool sha256 = false;
};

// One row per key, without the object graph and variants. `stats` and `sha256` read every value; the first that cannot
// be read is the error. The table shares the checkpoint: its rows are made from the entries when they are printed.
Result<Table> VariableTable(std::shared_ptr<const BundleReader> checkpoint, const VariableOptions& options,
                            ThreadPool& pool);

// Sums by the first `depth` parts of the names, in order of first occurrence or largest first.
Table VariablesByScope(const BundleReader& checkpoint, const VariableOptions& options, int64_t depth);

// A histogram of ten bins for each variable of numbers.
Result<Value::List> VariableHistograms(const BundleReader& checkpoint, const VariableOptions& options,
                                       ThreadPool& pool);

// "dense/kernel" for the key "dense/kernel/.ATTRIBUTES/VARIABLE_VALUE"; other keys as they are.
std::string VariableName(std::string_view key);
// The entry of that key or name, or that Python calls so; null where there is none.
const BundleEntry* FindVariable(const BundleReader& checkpoint, const VariableNames& names, std::string_view name);

// Bytes of all elements in memory, of strings as stored.
uint64_t BytesOf(const BundleEntry& entry);

}  // namespace smcli
