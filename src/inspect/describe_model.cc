#include "inspect/describe_model.h"

#include <fmt/format.h>

#include "base/path.h"
#include "base/text.h"
#include "inspect/describe_graph.h"
#include "inspect/describe_ops.h"
#include "inspect/describe_signature.h"

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

std::string UnsupportedGist(const Table& table) {
  std::string gist;
  for (const Row& row : table.rows) {
    gist += fmt::format("{}{} ({})", gist.empty() ? "" : ", ", *row.cells[0].text(), *row.cells[1].integer());
  }
  return gist;
}

}  // namespace

Status DescribeModel(const SavedModel& model, const MetaGraph& graph, const std::string& path, Value::Object* out) {
  const MetaInfo& info = graph.info();
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, graph.Outline());
  out->push_back({"kind", "", Value::Text(model.frozen() ? "GraphDef" : "SavedModel")});
  out->push_back({"", model.frozen() ? "GraphDef" : "SavedModel", Value::Text(path)});
  out->push_back({"file", "file", FileValue(model)});
  if (!model.frozen()) {
    const bool named = !info.tensorflow_version.empty();
    out->push_back({"tensorflow_version", "written by",
                    named
                        ? Value::WithGist("TensorFlow " + info.tensorflow_version, Value::Text(info.tensorflow_version))
                        : Value()});
    out->push_back({"schema_version", "", Value::Int(model.schema_version())});
    out->push_back({"tags", "tags", TagsValue(graph)});
    if (model.meta_graphs().size() > 1) out->push_back({"tag_sets", "other tag sets", OtherTagSets(model, graph)});
  }
  out->push_back({"graph", "graph", GraphSummary(outline)});
  Table unsupported = UnsupportedOps(outline);
  const std::string gist = UnsupportedGist(unsupported);
  out->push_back(
      {"unsupported_ops", gist.empty() ? "" : "cannot run", Value::WithGist(gist, Value::Of(std::move(unsupported)))});
  if (!model.frozen()) out->push_back({"signatures", "signatures", Value::Of(SignatureTable(graph))});
  return {};
}

}  // namespace smcli
