#include "inspect/describe_value.h"

#include <fmt/format.h>

#include <set>

#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "formats/tensor_json.h"
#include "inspect/describe_variables.h"
#include "inspect/tensor_slice.h"
#include "inspect/tensor_text.h"
#include "tensor/print.h"

namespace smcli {
namespace {

// Without a value: nothing was found.
struct Found {
  std::string key;
  Tensor tensor;
};

Result<Found> FindConstant(const MetaGraph& meta_graph, std::string_view name) {
  std::vector<Error> problems;
  SMCLI_ASSIGN_OR_RETURN(const Graph graph, meta_graph.GraphWithProblems(problems));
  Found found;
  const int32_t id = graph.Find(name);
  if (id < 0 || graph.node(id).op != "Const") return found;
  found.key = name;
  SMCLI_ASSIGN_OR_RETURN(found.tensor, graph.attrs(id).Tensor("value"));
  return found;
}

Result<Found> Find(const BundleReader* checkpoint, const MetaGraph* graph, const VariableNames& names,
                   std::string_view name) {
  Found found;
  if (const BundleEntry* entry = checkpoint ? FindVariable(*checkpoint, names, name) : nullptr) {
    found.key = entry->key;
    SMCLI_ASSIGN_OR_RETURN(found.tensor, checkpoint->Read(*entry));
    return found;
  }
  if (!graph) return found;
  return FindConstant(*graph, name);
}

Error Unknown(const BundleReader* checkpoint, const VariableNames& known, std::string_view name) {
  std::set<std::string> names;  // Keras 3 stores its variables twice
  std::vector<std::string> keys;
  if (checkpoint) {
    for (const BundleEntry& entry : checkpoint->entries()) {
      if (entry.key == kObjectGraphKey) continue;
      const std::string_view python = known.Find(entry.key);
      keys.push_back(VariableName(entry.key));
      names.emplace(python.empty() ? keys.back() : python);
    }
  }
  const std::vector<std::string_view> views(names.begin(), names.end()), key_views(keys.begin(), keys.end());
  // Either may be asked for; the names are listed.
  if (const std::string_view nearest = NearestName(name, key_views);
      !nearest.empty() && NearestName(name, views).empty()) {
    return NotFoundError("no variable or constant {}; did you mean {}? (known: {})", Quoted(name), Quoted(nearest),
                         ListOf(views));
  }
  return NotFoundError("no variable or constant {}{}", Quoted(name), Suggestion(name, views));
}

}  // namespace

Result<Value::Object> DescribeValue(const BundleReader* checkpoint, const MetaGraph* graph, std::string_view text,
                                    bool summarize) {
  const VariableNames names = checkpoint ? NamesOfVariables(graph, *checkpoint) : VariableNames();
  // Brackets may be part of a name.
  SMCLI_ASSIGN_OR_RETURN(Found found, Find(checkpoint, graph, names, text));
  const SlicedName sliced = SplitSlice(text);
  const bool cut = !found.tensor.has_value() && sliced.sliced;
  if (cut) {
    SMCLI_ASSIGN_OR_RETURN(found, Find(checkpoint, graph, names, sliced.name));
  }
  if (!found.tensor.has_value()) return Unknown(checkpoint, names, cut ? sliced.name : text);
  const std::string dtype(NumpyName(found.tensor.dtype()));
  const Shape whole = found.tensor.shape();
  if (cut) {
    SMCLI_ASSIGN_OR_RETURN(found.tensor, SliceOf(found.tensor, sliced.index));
  }
  const std::string name = VariableName(found.key);
  Value::Object object;
  object.push_back({"key", "", Value::Text(found.key)});
  object.push_back({"name", "name", Value::Text(name)});
  object.push_back({"dtype", "dtype", Value::Text(dtype)});
  object.push_back({"shape", "shape", ShapeValue(whole)});
  if (cut) object.push_back({"slice", "slice", Value::Text(sliced.index)});
  std::string json;
  JsonWriter writer(json, JsonWriter::Layout::kLine);
  WriteTensorJson(found.tensor, TensorJsonStyle::kText, writer);
  PrintOptions print;
  if (!summarize) print.threshold = found.tensor.num_elements();
  object.push_back({"value", "value", Value::WithGist(NumpyText(found.tensor, print), Value::Json(std::move(json)))});
  return object;
}

}  // namespace smcli
