#include "inspect/describe_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/sha256.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "inspect/describe_graph.h"
#include "inspect/tensor_stats.h"
#include "inspect/tensor_text.h"
#include "model/scope_graph.h"

namespace smcli {
namespace {

constexpr std::string_view kAttributes = "/.ATTRIBUTES/";
constexpr int kBins = 10;

bool IsVariable(const BundleEntry& entry) { return entry.key != kObjectGraphKey && entry.dtype != DataType::kVariant; }

std::string DtypeOf(const BundleEntry& entry) { return DtypeText(entry.dtype, entry.dtype_number); }

// What Python calls the variable; empty where nobody knows.
std::string_view PythonNameOf(const VariableOptions& options, std::string_view key) {
  return options.names ? options.names->Find(key) : std::string_view();
}

bool Matches(const VariableOptions& options, std::string_view key) {
  return options.match.empty() || GlobMatches(options.match, key) || GlobMatches(options.match, VariableName(key)) ||
         GlobMatches(options.match, PythonNameOf(options, key));
}

std::vector<const BundleEntry*> Selected(const BundleReader& checkpoint, const VariableOptions& options) {
  std::vector<const BundleEntry*> entries;
  for (const BundleEntry& entry : checkpoint.entries()) {
    if (!IsVariable(entry)) continue;
    if (Matches(options, entry.key)) entries.push_back(&entry);
  }
  if (options.sort == "size") {
    std::ranges::stable_sort(entries, [](const auto* a, const auto* b) { return BytesOf(*a) > BytesOf(*b); });
  } else if (options.sort == "dtype") {
    std::ranges::stable_sort(entries, [](const auto* a, const auto* b) { return a->dtype < b->dtype; });
  }
  return entries;
}

struct Sum {
  int64_t variables = 0;
  int64_t parameters = 0;
  uint64_t bytes = 0;

  void Add(const BundleEntry& entry) {
    ++variables;
    // Shapes are promises of a file; their sum must not overflow.
    if (__builtin_add_overflow(parameters, entry.shape.num_elements(), &parameters)) parameters = INT64_MAX;
    if (__builtin_add_overflow(bytes, BytesOf(entry), &bytes)) bytes = UINT64_MAX;
  }
};

// What the values of one variable say; filled by any thread.
struct Reading {
  std::optional<TensorStats> stats;
  std::string sha256;
  std::vector<int64_t> histogram;
  std::optional<Error> error;
};

// As run_variables of the conformance suites counts: plain bytes, or each string after its length.
std::string DigestOf(const Tensor& tensor) {
  Sha256 digest;
  if (tensor.dtype() != DataType::kString) {
    digest.Update(tensor.bytes());
    return digest.HexDigest();
  }
  for (const std::string& text : tensor.flat<std::string>()) {
    const uint64_t length = text.size();
    digest.Update({reinterpret_cast<const char*>(&length), sizeof length});
    digest.Update(text);
  }
  return digest.HexDigest();
}

void Read(const BundleReader& checkpoint, const BundleEntry& entry, bool sha256, bool histogram, Reading* reading) {
  const Result<Tensor> tensor = checkpoint.Read(entry);
  if (!tensor.ok()) {
    reading->error = tensor.error();
    return;
  }
  reading->stats = StatsOf(*tensor);
  if (sha256) reading->sha256 = DigestOf(*tensor);
  if (histogram && reading->stats) reading->histogram = HistogramOf(*tensor, *reading->stats, kBins);
}

Result<std::vector<Reading>> ReadAll(const BundleReader& checkpoint, const std::vector<const BundleEntry*>& entries,
                                     bool sha256, bool histogram, ThreadPool& pool) {
  std::vector<Reading> readings(entries.size());
  pool.ParallelFor(static_cast<int64_t>(entries.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto at = static_cast<size_t>(i);
      Read(checkpoint, *entries[at], sha256, histogram, &readings[at]);
    }
  });
  for (Reading& reading : readings) {
    if (reading.error) return *std::move(reading.error);
  }
  return readings;
}

std::string TotalText(const Sum& sum) {
  return fmt::format("{}, {}, {}", Counted(sum.variables, "variable"), Counted(sum.parameters, "parameter"),
                     HumanSize(sum.bytes));
}

// Models have many variables and few shapes; equal ones share one Value.
class ShapeValues {
 public:
  const Value& Get(const Shape& shape) {
    const auto known = values_.find(shape);
    return known != values_.end() ? known->second : values_.emplace(shape, ShapeValue(shape)).first->second;
  }

 private:
  struct Less {
    bool operator()(const Shape& a, const Shape& b) const {
      return std::ranges::lexicographical_compare(a.dims(), b.dims());
    }
  };
  std::map<Shape, Value, Less> values_;
};

// Statistics stand in columns for people and in one object for machines.
constexpr std::string_view kStatColumns[] = {"min", "max", "mean", "std", "nan", "inf", "zeros"};

void PutStats(const std::optional<TensorStats>& stats, Value* cell) {
  Value::Object object = stats ? StatsObject(*stats) : Value::Object(std::size(kStatColumns));
  for (const Field& field : object) *cell++ = field.value;
  *cell = stats ? Value::Of(std::move(object)) : Value();
}

// "dense/kernel" of "dense/kernel/.ATTRIBUTES/VARIABLE_VALUE"; nullopt for other keys.
std::optional<std::string_view> OwnerOfValue(std::string_view key) {
  constexpr std::string_view kValue = "/.ATTRIBUTES/VARIABLE_VALUE";
  if (!key.ends_with(kValue)) return std::nullopt;
  return key.substr(0, key.size() - kValue.size());
}

void PutName(std::string_view name, Value* cell) {
  if (name.empty()) {
    *cell = Value();
  } else {
    cell->SetText(name);
  }
}

class VariableRows final : public RowSource {
 public:
  // `readings`: of the entries, where statistics or digests are shown.
  VariableRows(std::shared_ptr<const BundleReader> checkpoint, std::vector<const BundleEntry*> entries,
               std::vector<Reading> readings, VariableOptions options)
      : checkpoint_(std::move(checkpoint)),
        entries_(std::move(entries)),
        readings_(std::move(readings)),
        options_(std::move(options)) {}

  std::vector<Column> Columns() const {
    const bool named = options_.names && !options_.names->empty();
    std::vector<Column> columns = {{"key", ""},        {"", "variable"},   {"name", named ? "name" : ""},
                                   {"dtype", "dtype"}, {"shape", "shape"}, {"bytes", "size"}};
    if (options_.stats) {
      for (const std::string_view column : kStatColumns) columns.push_back({"", std::string(column)});
      columns.push_back({"stats", ""});
    }
    if (options_.sha256) columns.push_back({"sha256", "sha256"});
    return columns;
  }

  size_t size() const override { return entries_.size(); }

  void Make(size_t i, Row* row) const override {
    const BundleEntry& entry = *entries_[i];
    if (row->cells.empty()) row->cells.resize(Columns().size());
    Value* cell = row->cells.data();
    cell++->SetText(entry.key);
    if (const auto owner = OwnerOfValue(entry.key)) {
      cell++->SetText(*owner);
    } else {
      cell++->SetText(VariableName(entry.key));
    }
    PutName(PythonNameOf(options_, entry.key), cell++);
    cell++->SetText(DtypeOf(entry));
    *cell++ = shapes_.Get(entry.shape);
    *cell++ = Value::Bytes(BytesOf(entry));
    if (options_.stats) PutStats(readings_[i].stats, cell);
    if (options_.sha256) row->cells.back().SetText(readings_[i].sha256);
  }

 private:
  const std::shared_ptr<const BundleReader> checkpoint_;  // what the entries lie in
  const std::vector<const BundleEntry*> entries_;
  const std::vector<Reading> readings_;
  const VariableOptions options_;
  mutable ShapeValues shapes_;
};

}  // namespace

uint64_t BytesOf(const BundleEntry& entry) {
  const int size = SizeOf(entry.dtype);
  if (size == 0) return static_cast<uint64_t>(std::max<int64_t>(0, entry.stored_bytes()));
  uint64_t bytes = 0;
  const auto elements = static_cast<uint64_t>(entry.shape.num_elements());
  return __builtin_mul_overflow(elements, static_cast<uint64_t>(size), &bytes) ? UINT64_MAX : bytes;
}

std::string VariableName(std::string_view key) {
  if (const auto owner = OwnerOfValue(key)) return std::string(*owner);
  const size_t at = key.rfind(kAttributes);
  if (at == std::string_view::npos) return std::string(key);
  const std::string_view attribute = key.substr(at + kAttributes.size());
  return fmt::format("{}/{}", key.substr(0, at), attribute);
}

const BundleEntry* FindVariable(const BundleReader& checkpoint, const VariableNames& names, std::string_view name) {
  if (const BundleEntry* entry = checkpoint.Find(name)) return entry;
  for (const BundleEntry& entry : checkpoint.entries()) {
    if (VariableName(entry.key) == name) return &entry;
  }
  for (const BundleEntry& entry : checkpoint.entries()) {
    if (!name.empty() && names.Find(entry.key) == name) return &entry;
  }
  return nullptr;
}

Value VariableSummary(const BundleReader& checkpoint) {
  Sum total;
  std::map<DataType, Sum> by_dtype;
  for (const BundleEntry& entry : checkpoint.entries()) {
    if (!IsVariable(entry)) continue;
    total.Add(entry);
    by_dtype[entry.dtype].Add(entry);
  }
  std::vector<std::pair<DataType, Sum>> dtypes(by_dtype.begin(), by_dtype.end());
  std::ranges::stable_sort(dtypes, [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  Table table;
  table.columns = {{"dtype", "dtype"}, {"variables", "variables"}, {"parameters", "parameters"}, {"bytes", "size"}};
  std::string gist = TotalText(total);
  if (checkpoint.num_shards() > 1) gist += fmt::format(" in {} shards", checkpoint.num_shards());
  for (const auto& [dtype, sum] : dtypes) {
    const std::string name = dtype == DataType::kInvalid ? "unknown dtype" : std::string(NumpyName(dtype));
    gist += &sum == &dtypes[0].second ? ": " : ", ";
    gist += dtypes.size() == 1 ? fmt::format("all {}", name) : fmt::format("{} {}", WithThousands(sum.variables), name);
    table.Add({Value::Text(name), Value::Count(sum.variables), Value::Count(sum.parameters), Value::Bytes(sum.bytes)});
  }
  if (dtypes.size() == 1 && total.variables == 1)
    gist = fmt::format("{}, {}", TotalText(total), NumpyName(dtypes[0].first));
  Value::Object object = {{"count", "", Value::Count(total.variables)},
                          {"parameters", "", Value::Count(total.parameters)},
                          {"bytes", "", Value::Bytes(total.bytes)},
                          {"shards", "", Value::Int(checkpoint.num_shards())},
                          {"by_dtype", "", Value::Of(std::move(table))}};
  return Value::WithGist(std::move(gist), Value::Of(std::move(object)));
}

Result<Table> VariableTable(std::shared_ptr<const BundleReader> checkpoint, const VariableOptions& options,
                            ThreadPool& pool) {
  std::vector<const BundleEntry*> entries = Selected(*checkpoint, options);
  std::vector<Reading> readings;
  if (options.stats || options.sha256) {
    SMCLI_ASSIGN_OR_RETURN(readings, ReadAll(*checkpoint, entries, options.sha256, false, pool));
  }
  Sum total;
  for (const BundleEntry* entry : entries) total.Add(*entry);
  auto rows =
      std::make_shared<const VariableRows>(std::move(checkpoint), std::move(entries), std::move(readings), options);
  return Table{.columns = rows->Columns(), .rows = {}, .note = TotalText(total), .source = std::move(rows)};
}

Table VariablesByScope(const BundleReader& checkpoint, const VariableOptions& options, int64_t depth) {
  std::vector<std::pair<std::string, Sum>> scopes;
  std::map<std::string, size_t> indices;
  Sum total;
  for (const BundleEntry* entry : Selected(checkpoint, options)) {
    const std::string name = VariableName(entry->key);
    const auto [at, is_new] = indices.try_emplace(std::string(ScopeOf(name, depth)), scopes.size());
    if (is_new) scopes.emplace_back(at->first, Sum());
    scopes[at->second].second.Add(*entry);
    total.Add(*entry);
  }
  if (options.sort == "size") {
    std::ranges::stable_sort(scopes, [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  }
  Table table;
  table.columns = {{"scope", "scope"}, {"variables", "variables"}, {"parameters", "parameters"}, {"bytes", "size"}};
  for (const auto& [scope, sum] : scopes) {
    table.Add({Value::Text(scope), Value::Count(sum.variables), Value::Count(sum.parameters), Value::Bytes(sum.bytes)});
  }
  table.note = TotalText(total);
  return table;
}

Result<Value::List> VariableHistograms(const BundleReader& checkpoint, const VariableOptions& options,
                                       ThreadPool& pool) {
  const std::vector<const BundleEntry*> entries = Selected(checkpoint, options);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Reading> readings, ReadAll(checkpoint, entries, false, true, pool));
  Value::List list;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (readings[i].histogram.empty()) continue;
    const std::string name = VariableName(entries[i]->key);
    list.push_back(
        Value::Of(Value::Object{{"key", "", Value::Text(entries[i]->key)},
                                {"bins", name, Value::Of(HistogramTable(readings[i].histogram, *readings[i].stats))}}));
  }
  return list;
}

}  // namespace smcli
