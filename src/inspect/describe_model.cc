#include "inspect/describe_model.h"

#include <fmt/format.h>

#include "base/path.h"
#include "base/text.h"
#include "inspect/describe_files.h"
#include "inspect/describe_graph.h"
#include "inspect/describe_ops.h"
#include "inspect/describe_signature.h"
#include "inspect/describe_variables.h"
#include "model/variable_id.h"

namespace smcli {
namespace {

Value FileValue(const SavedModel& model) {
  const std::string name(BaseName(model.file()));
  return Value::WithGist(
      fmt::format("{}, {}", name, HumanSize(model.file_size())),
      Value::Of(Value::Object{{"name", "", Value::Text(name)}, {"bytes", "", Value::Bytes(model.file_size())}}));
}

Value TagsValue(const MetaGraph& graph) {
  Value::List tags;
  for (const std::string& tag : graph.info().tags) tags.push_back(Value::Text(tag));
  return Value::Of(std::move(tags));
}

// "serve (shown), train, {none}"
Value OtherTagSets(const SavedModel& model, const MetaGraph& shown) {
  Value::List sets;
  std::string gist;
  for (const auto& graph : model.meta_graphs()) {
    sets.push_back(TagsValue(*graph));
    if (graph.get() == &shown) continue;
    gist += fmt::format("{}{}", gist.empty() ? "" : "; ", graph->TagText().empty() ? "(no tags)" : graph->TagText());
  }
  return Value::WithGist(std::move(gist), Value::Of(std::move(sets)));
}

// The variables in a line, or what is wrong with them.
Value VariablesValue(FileSystem& files, const SavedModel& model, const GraphOutline& outline) {
  const auto trouble = [](const std::string& what) {
    return Value::WithGist(what, Value::Of(Value::Object{{"error", "", Value::Text(what)}}));
  };
  const Result<std::unique_ptr<BundleReader>> checkpoint = OpenVariables(files, model);
  if (!checkpoint.ok()) return trouble("unreadable: " + checkpoint.error().message());
  if (!*checkpoint) {
    const int64_t wanted = CountVariables(outline);
    if (wanted == 0) return Value::WithGist("none", Value());
    return trouble(fmt::format("missing: the graph has {}, but there is no variables/variables.index",
                               Counted(wanted, "variable")));
  }
  for (int shard = 0; shard < (*checkpoint)->num_shards(); ++shard) {
    const std::string path = (*checkpoint)->ShardPath(shard);
    if (files.Exists(path)) continue;
    return trouble(
        fmt::format("{}; the data file {} is missing", *VariableSummary(**checkpoint).gist(), BaseName(path)));
  }
  return VariableSummary(**checkpoint);
}

// A part that cannot be read is named, and the rest is shown.
Value OrTrouble(Result<Value> value) {
  if (value.ok()) return *std::move(value);
  const std::string what = "unreadable: " + value.error().message();
  return Value::WithGist(what, Value::Of(Value::Object{{"error", "", Value::Text(what)}}));
}

Result<Value> AssetsValue(FileSystem& files, const SavedModel& model, const MetaGraph& graph) {
  SMCLI_ASSIGN_OR_RETURN(Table table, AssetTable(files, model, graph));
  return FilesSummary(std::move(table));
}

// Beside a SavedModel: variables, assets, extra files, fingerprint, Keras' notes. What is not there has no line.
void AddFiles(FileSystem& files, const SavedModel& model, const MetaGraph& graph, Value::Object* out) {
  const auto label_if = [](bool shown, const char* label) { return std::string(shown ? label : ""); };
  const auto is_none = [](const Value& value) { return value.empty() || (value.gist() && *value.gist() == "none"); };
  Value assets = OrTrouble(AssetsValue(files, model, graph));
  Value extra = FilesSummary(ExtraFileTable(files, model));
  Value keras = KerasSummary(files, model);
  Value fingerprint = OrTrouble(StoredFingerprint(files, model));
  out->push_back({"assets", label_if(!is_none(assets), "assets"), std::move(assets)});
  out->push_back({"extra_files", label_if(!is_none(extra), "extra files"), std::move(extra)});
  out->push_back({"keras", label_if(!is_none(keras), "Keras"), std::move(keras)});
  out->push_back({"fingerprint", label_if(!is_none(fingerprint), "fingerprint"), std::move(fingerprint)});
}

// "Foo (2), Bar (1)" of the ops that signatures need, or of those that none needs.
std::string OpList(const Table& table, bool needed) {
  std::string list;
  for (const Row& row : table.rows) {
    if (*row.cells[2].boolean() != needed) continue;
    list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", *row.cells[0].text(), *row.cells[1].integer());
  }
  return list;
}

Value ProducerValue(const MetaGraph& graph) {
  const std::string& version = graph.info().tensorflow_version;
  return version.empty() ? Value() : Value::WithGist("TensorFlow " + version, Value::Text(version));
}

// Size of the graph, and the ops that `run` lacks; no line where it lacks none.
void AddGraph(const MetaGraph& graph, const GraphOutline& outline, Value::Object* out) {
  out->push_back({"graph", "graph", GraphSummary(outline)});
  Table unsupported = UnsupportedOps(graph, outline);
  const std::string needed = OpList(unsupported, true), rest = OpList(unsupported, false);
  std::string_view label = !needed.empty() ? "cannot run" : !rest.empty() ? "unused ops" : "";
  std::string gist = needed;
  if (!rest.empty()) {
    gist = needed.empty() ? fmt::format("{}: cannot run, and no signature needs them", rest)
                          : fmt::format("{}; and, needed by no signature, {}", needed, rest);
  }
  out->push_back(
      {"unsupported_ops", std::string(label), Value::WithGist(std::move(gist), Value::Of(std::move(unsupported)))});
}

}  // namespace

Result<std::unique_ptr<BundleReader>> OpenVariables(FileSystem& files, const SavedModel& model) {
  const std::string prefix = model.variables_prefix();
  if (model.frozen()) return std::unique_ptr<BundleReader>();
  Result<std::unique_ptr<BundleReader>> checkpoint = BundleReader::Open(files, prefix);
  if (!checkpoint.ok() && checkpoint.error().kind() == ErrorKind::kNotFound) return std::unique_ptr<BundleReader>();
  return checkpoint;
}

void DescribeCheckpoint(const BundleReader& checkpoint, const std::string& path, Value::Object* out) {
  out->push_back({"kind", "", Value::Text("checkpoint")});
  out->push_back({"", "checkpoint", Value::Text(path)});
  out->push_back({"format", "format", Value::Text(checkpoint.is_v1() ? "V1" : "tensor bundle")});
  out->push_back({"variable_summary", "variables", VariableSummary(checkpoint)});
}

int64_t CountVariables(const GraphOutline& outline) {
  int64_t variables = 0;
  for (const auto& [op, count] : outline.ops) {
    if (MakesVariable(op)) variables += count;
  }
  return variables;
}

Status DescribeMetaGraph(const MetaGraph& graph, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, graph.Outline());
  out->push_back({"tags", "tags", TagsValue(graph)});
  out->push_back({"tensorflow_version", "written by", ProducerValue(graph)});
  AddGraph(graph, outline, out);
  out->push_back({"signatures", "signatures", Value::Of(SignatureTable(graph))});
  return {};
}

Status DescribeModel(FileSystem& files, const SavedModel& model, const MetaGraph& graph, const std::string& path,
                     Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, graph.Outline());
  out->push_back({"kind", "", Value::Text(model.frozen() ? "GraphDef" : "SavedModel")});
  out->push_back({"", model.frozen() ? "GraphDef" : "SavedModel", Value::Text(path)});
  out->push_back({"file", "file", FileValue(model)});
  if (model.frozen()) {
    AddGraph(graph, outline, out);
    return {};
  }
  out->push_back({"tensorflow_version", "written by", ProducerValue(graph)});
  out->push_back({"schema_version", "", Value::Int(model.schema_version())});
  out->push_back({"tags", "tags", TagsValue(graph)});
  if (model.meta_graphs().size() > 1) out->push_back({"tag_sets", "other tag sets", OtherTagSets(model, graph)});
  out->push_back({"variable_summary", "variables", VariablesValue(files, model, outline)});
  AddGraph(graph, outline, out);
  AddFiles(files, model, graph, out);
  out->push_back({"signatures", "signatures", Value::Of(SignatureTable(graph))});
  return {};
}

}  // namespace smcli
