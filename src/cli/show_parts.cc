#include "cli/show_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/thread_pool.h"
#include "base/utf8.h"
#include "cli/opened_model.h"
#include "inspect/describe_files.h"
#include "inspect/describe_functions.h"
#include "inspect/describe_graph.h"
#include "inspect/describe_model.h"
#include "inspect/describe_node.h"
#include "inspect/describe_objects.h"
#include "inspect/describe_ops.h"
#include "inspect/describe_signature.h"
#include "inspect/describe_size.h"
#include "inspect/describe_value.h"
#include "inspect/describe_variables.h"
#include "inspect/scope_table.h"

namespace smcli {
namespace {

constexpr int64_t kDeepest = 64;  // of --depth

// One model while it is shown.
struct Subject {
  Env& env;
  const ShowOptions& options;
  const std::string& path;
  OpenedModel& opened;
  const MetaGraph* graph;  // null for a checkpoint

  int64_t depth() const { return std::clamp<int64_t>(options.depth, 1, kDeepest); }
};

Status AddSignature(const Subject& subject, Value::Object* out) {
  if (!subject.options.all) {
    SMCLI_ASSIGN_OR_RETURN(const Signature* signature,
                           subject.graph->PickSignature(subject.options.graph_arguments.Signature()));
    for (Field& field : DescribeSignature(*signature)) out->push_back(std::move(field));
    return {};
  }
  Value::List signatures;
  for (const Signature& signature : subject.graph->signatures())
    signatures.push_back(Value::Of(DescribeSignature(signature)));
  out->push_back({"signatures_in_detail", "signatures in detail", Value::Of(std::move(signatures))});
  return {};
}

Status AddVersions(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, subject.graph->Outline());
  out->push_back({"versions", "versions", Value::Of(DescribeVersions(*subject.graph, outline))});
  return {};
}

Status AddOps(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, subject.graph->Outline());
  if (subject.options.by_function) {
    out->push_back({"ops_by_function", "ops by function", Value::Of(OpTableByFunction(outline))});
  } else {
    out->push_back({"ops", "ops", Value::Of(OpTable(outline))});
  }
  return {};
}

Status AddFunctions(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, subject.graph->Outline());
  SMCLI_ASSIGN_OR_RETURN(Table callables, CallableTable(*subject.graph));
  SMCLI_ASSIGN_OR_RETURN(Table library, FunctionTable(*subject.graph, outline));
  out->push_back({"callables", "callable from Python", Value::Of(std::move(callables))});
  out->push_back({"functions", "function library", Value::Of(std::move(library))});
  return {};
}

Status AddObjects(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, subject.graph->object_graph());
  out->push_back({"objects", "object graph", Value::Of(objects ? ObjectTable(*objects) : Table())});
  return {};
}

Status AddNode(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(Value::Object node,
                         DescribeNode(*subject.graph, subject.options.function, *subject.options.node));
  for (Field& field : node) out->push_back(std::move(field));
  return {};
}

Status AddGraph(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const Graph graph, GraphToShow(*subject.graph, subject.options.function));
  out->push_back({"graph_by_scope", "graph by scope", Value::Of(ScopeTable(FoldByScope(graph, subject.depth())))});
  return {};
}

VariableOptions OptionsOf(const ShowOptions& options) {
  VariableOptions out;
  out.sort = options.sort;
  out.match = options.match;
  out.stats = options.stats;
  out.sha256 = options.sha256;
  return out;
}

// A graph whose variables were never saved has no values to look at.
Status RefuseMissing(const Subject& subject) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, subject.graph->Outline());
  const int64_t wanted = CountVariables(outline);
  if (wanted == 0) return {};
  return InvalidModelError("{}.index: missing; the graph has {}, but no values were saved with it",
                           subject.opened.model->variables_prefix(), Counted(wanted, "variable"));
}

Status AddVariables(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const BundleReader* checkpoint, subject.opened.Variables(subject.env));
  if (!checkpoint && subject.options.reads_values()) SMCLI_RETURN_IF_ERROR(RefuseMissing(subject));
  ThreadPool pool(subject.env.ThreadCount());
  VariableOptions options = OptionsOf(subject.options);
  if (checkpoint) {
    options.names = std::make_shared<const VariableNames>(NamesOfVariables(subject.graph, *checkpoint));
  }
  Table table;
  if (checkpoint && subject.options.depth > 0) {
    table = VariablesByScope(*checkpoint, options, subject.depth());
    out->push_back({"variables_by_scope", "variables by scope", Value::Of(std::move(table))});
    return {};
  }
  if (checkpoint) {
    SMCLI_ASSIGN_OR_RETURN(table, VariableTable(subject.opened.checkpoint, options, pool));
  }
  out->push_back({"variables", "variables", Value::Of(std::move(table))});
  if (!checkpoint || !subject.options.histogram) return {};
  SMCLI_ASSIGN_OR_RETURN(Value::List histograms, VariableHistograms(*checkpoint, options, pool));
  out->push_back({"histograms", "histograms", Value::Of(std::move(histograms))});
  return {};
}

Status AddValue(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const BundleReader* checkpoint, subject.opened.Variables(subject.env));
  const bool summarize = subject.env.out_terminal.interactive;
  SMCLI_ASSIGN_OR_RETURN(Value::Object value,
                         DescribeValue(checkpoint, subject.graph, *subject.options.value, summarize));
  for (Field& field : value) out->push_back(std::move(field));
  return {};
}

Status AddAssets(const Subject& subject, Value::Object* out) {
  const SavedModel& model = *subject.opened.model;
  SMCLI_ASSIGN_OR_RETURN(Table assets, AssetTable(*subject.env.files, model, *subject.graph));
  out->push_back({"asset_files", "assets", Value::Of(std::move(assets))});
  out->push_back({"extra_file_list", "extra files", Value::Of(ExtraFileTable(*subject.env.files, model))});
  return {};
}

Status AddFingerprint(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(Value::Object comparison, CompareFingerprint(*subject.env.files, *subject.opened.model));
  out->push_back({"fingerprint_check", "fingerprint", Value::Of(std::move(comparison))});
  return {};
}

Status AddSize(const Subject& subject, Value::Object* out) {
  std::vector<SizeGroup> groups;
  SMCLI_ASSIGN_OR_RETURN(const BundleReader* checkpoint, subject.opened.Variables(subject.env));
  SizeGroup& variables = groups.emplace_back(SizeGroup{"variables", {}});
  if (checkpoint) {
    for (const BundleEntry& entry : checkpoint->entries())
      variables.parts.push_back({VariableName(entry.key), BytesOf(entry)});
  }
  if (subject.graph) {
    SMCLI_ASSIGN_OR_RETURN(std::vector<SizedName> constants, ConstantsOf(*subject.graph));
    SMCLI_ASSIGN_OR_RETURN(std::vector<SizedName> in_functions, FunctionConstantsOf(*subject.graph));
    SMCLI_ASSIGN_OR_RETURN(std::vector<SizedName> assets,
                           AssetSizes(*subject.env.files, *subject.opened.model, *subject.graph));
    const uint64_t rest =
        subject.graph->graph_def_bytes().view.size() -
        std::min<uint64_t>(subject.graph->graph_def_bytes().view.size(), SumOf(constants) + SumOf(in_functions));
    groups.push_back({"constants", std::move(constants)});
    groups.push_back({"constants in functions", std::move(in_functions)});
    groups.push_back({"the rest of the graph", {{"", rest}}});
    groups.push_back({"assets", std::move(assets)});
  }
  out->push_back({"size", "size", Value::Of(SizeTable(groups, subject.depth()))});
  return {};
}

// When a part is shown, and what it needs.
struct Part {
  bool (*asked)(const ShowOptions& options);
  bool in_all;     // part of --all
  bool per_graph;  // depends on the tag set
  bool needs_graph;
  std::string_view flag;
  Status (*add)(const Subject& subject, Value::Object* out);
};

constexpr Part kParts[] = {
    {[](const ShowOptions& o) { return o.graph_arguments.signature.has_value(); }, true, true, true, "signature",
     AddSignature},
    {[](const ShowOptions& o) { return o.value.has_value(); }, false, false, false, "value", AddValue},
    {[](const ShowOptions& o) { return o.variables; }, true, false, false, "variables", AddVariables},
    {[](const ShowOptions& o) { return o.ops; }, true, true, true, "ops", AddOps},
    {[](const ShowOptions& o) { return o.functions; }, true, true, true, "functions", AddFunctions},
    {[](const ShowOptions& o) { return o.node.has_value(); }, false, true, true, "node", AddNode},
    {[](const ShowOptions& o) { return o.graph; }, false, true, true, "graph", AddGraph},
    {[](const ShowOptions& o) { return o.size; }, true, false, false, "size", AddSize},
    {[](const ShowOptions& o) { return o.assets; }, true, false, true, "assets", AddAssets},
    {[](const ShowOptions& o) { return o.object_graph; }, true, true, true, "object-graph", AddObjects},
    {[](const ShowOptions& o) { return o.versions; }, true, true, true, "versions", AddVersions},
    {[](const ShowOptions& o) { return o.fingerprint; }, true, false, true, "fingerprint", AddFingerprint},
};

// With --all, a part that cannot be read is named on stderr and the rest is shown.
Status AddParts(const Subject& subject, bool only_per_graph, Value::Object* out) {
  for (const Part& part : kParts) {
    const bool asked = part.asked(subject.options);
    if (only_per_graph && !part.per_graph) continue;
    if (!asked && !(subject.options.all && part.in_all)) continue;
    if (part.needs_graph && !subject.graph) {
      if (!asked) continue;
      return UsageError("{}: a checkpoint has no graph to show with --{}", subject.path, part.flag);
    }
    Status status = part.add(subject, out);
    if (status.ok()) continue;
    if (asked) return status;
    subject.env.Warn(fmt::format("--{} left out: {}", part.flag, status.error().message()));
  }
  return {};
}

// Every other graph of the model, for --all.
Result<Value::List> OtherGraphs(const Subject& subject) {
  Value::List others;
  for (const auto& graph : subject.opened.model->meta_graphs()) {
    if (graph.get() == subject.graph) continue;
    Value::Object object;
    SMCLI_RETURN_IF_ERROR(DescribeMetaGraph(*graph, &object));
    const Subject other{subject.env, subject.options, subject.path, subject.opened, graph.get()};
    SMCLI_RETURN_IF_ERROR(AddParts(other, true, &object));
    others.push_back(Value::Of(std::move(object)));
  }
  return others;
}

// The graph to show: what --tag-set says; an overview of a model where nothing decides shows the first.
Result<const MetaGraph*> GraphOf(Env& env, const ShowOptions& options, const SavedModel& model) {
  Result<const MetaGraph*> graph = model.PickMetaGraph(options.graph_arguments.Tags());
  const bool overview = options.all || !options.any_part();
  if (graph.ok() || options.graph_arguments.tag_set || !overview || model.meta_graphs().empty()) return graph;
  env.Note("several tag sets and none is 'serve'; the first is shown, --tag-set chooses another");
  return model.meta_graphs()[0].get();
}

}  // namespace

Result<Value::Object> ShowModel(Env& env, const ShowOptions& options, const std::string& path) {
  SMCLI_ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(env, path));
  const MetaGraph* graph = nullptr;
  if (opened.model) {
    SMCLI_ASSIGN_OR_RETURN(graph, GraphOf(env, options, *opened.model));
  }
  const Subject subject{env, options, path, opened, graph};
  Value::Object out;
  out.push_back({"model", "", Value::Text(path)});
  if (options.all || !options.any_part()) {
    if (graph) {
      SMCLI_RETURN_IF_ERROR(DescribeModel(*env.files, *opened.model, *graph, path, &out));
    } else {
      DescribeCheckpoint(*opened.checkpoint, path, &out);
    }
  }
  SMCLI_RETURN_IF_ERROR(AddParts(subject, false, &out));
  if (options.all && opened.model && opened.model->meta_graphs().size() > 1) {
    SMCLI_ASSIGN_OR_RETURN(Value::List others, OtherGraphs(subject));
    out.push_back({"other_meta_graphs", "other tag sets", Value::Of(std::move(others))});
  }
  return out;
}

}  // namespace smcli
