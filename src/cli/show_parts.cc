#include "cli/show_parts.h"

#include <fmt/format.h>

#include "inspect/describe_functions.h"
#include "inspect/describe_graph.h"
#include "inspect/describe_model.h"
#include "inspect/describe_node.h"
#include "inspect/describe_objects.h"
#include "inspect/describe_ops.h"
#include "inspect/describe_signature.h"
#include "inspect/describe_size.h"
#include "inspect/scope_graph.h"

namespace smcli {
namespace {

// One model while it is shown.
struct Subject {
  Env& env;
  const ShowOptions& options;
  const std::string& path;
  const SavedModel& model;
  const MetaGraph& graph;
};

Status AddSignature(const Subject& subject, Value::Object* out) {
  if (!subject.options.all) {
    SMCLI_ASSIGN_OR_RETURN(const Signature* signature,
                           subject.graph.PickSignature(subject.options.graph_arguments.Signature()));
    for (Field& field : DescribeSignature(*signature)) out->push_back(std::move(field));
    return {};
  }
  Value::List signatures;
  for (const Signature& signature : subject.graph.signatures())
    signatures.push_back(Value::Of(DescribeSignature(signature)));
  out->push_back({"signatures_in_detail", "signatures in detail", Value::Of(std::move(signatures))});
  return {};
}

Status AddVersions(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, subject.graph.Outline());
  out->push_back({"versions", "versions", Value::Of(DescribeVersions(subject.graph, outline))});
  return {};
}

Status AddOps(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, subject.graph.Outline());
  if (subject.options.by_function) {
    out->push_back({"ops_by_function", "ops by function", Value::Of(OpTableByFunction(outline))});
  } else {
    out->push_back({"ops", "ops", Value::Of(OpTable(outline))});
  }
  return {};
}

Status AddFunctions(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, subject.graph.Outline());
  SMCLI_ASSIGN_OR_RETURN(Table callables, CallableTable(subject.graph));
  SMCLI_ASSIGN_OR_RETURN(Table library, FunctionTable(subject.graph, outline));
  out->push_back({"callables", "callable from Python", Value::Of(std::move(callables))});
  out->push_back({"functions", "function library", Value::Of(std::move(library))});
  return {};
}

Status AddObjects(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, subject.graph.object_graph());
  out->push_back({"objects", "object graph", Value::Of(objects ? ObjectTable(*objects) : Table())});
  return {};
}

Status AddNode(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(Value::Object node,
                         DescribeNode(subject.graph, subject.options.function, *subject.options.node));
  for (Field& field : node) out->push_back(std::move(field));
  return {};
}

Status AddGraph(const Subject& subject, Value::Object* out) {
  SMCLI_ASSIGN_OR_RETURN(const Graph graph, GraphToShow(subject.graph, subject.options.function));
  const int64_t depth = subject.options.depth > 0 ? subject.options.depth : 1;
  out->push_back({"graph_by_scope", "graph by scope", Value::Of(ScopeTable(FoldByScope(graph, depth)))});
  return {};
}

Status AddSize(const Subject& subject, Value::Object* out) {
  std::vector<SizeGroup> groups;
  SMCLI_ASSIGN_OR_RETURN(std::vector<SizedName> constants, ConstantsOf(subject.graph));
  SMCLI_ASSIGN_OR_RETURN(std::vector<SizedName> in_functions, FunctionConstantsOf(subject.graph));
  groups.push_back({"constants", std::move(constants)});
  groups.push_back({"constants in functions", std::move(in_functions)});
  const int64_t depth = subject.options.depth > 0 ? subject.options.depth : 1;
  out->push_back({"size", "size", Value::Of(SizeTable(groups, depth))});
  return {};
}

struct Part {
  bool (*asked)(const ShowOptions& options);
  bool in_all;
  Status (*add)(const Subject& subject, Value::Object* out);
};

constexpr Part kParts[] = {
    {[](const ShowOptions& o) { return o.graph_arguments.signature.has_value(); }, true, AddSignature},
    {[](const ShowOptions& o) { return o.versions; }, true, AddVersions},
    {[](const ShowOptions& o) { return o.ops; }, true, AddOps},
    {[](const ShowOptions& o) { return o.size; }, true, AddSize},
    {[](const ShowOptions& o) { return o.functions; }, true, AddFunctions},
    {[](const ShowOptions& o) { return o.object_graph; }, true, AddObjects},
    {[](const ShowOptions& o) { return o.graph; }, false, AddGraph},
    {[](const ShowOptions& o) { return o.node.has_value(); }, false, AddNode},
};

Status AddParts(const Subject& subject, Value::Object* out) {
  for (const Part& part : kParts) {
    if (part.asked(subject.options) || (subject.options.all && part.in_all))
      SMCLI_RETURN_IF_ERROR(part.add(subject, out));
  }
  return {};
}

}  // namespace

Result<Value::Object> ShowModel(Env& env, const ShowOptions& options, const std::string& path) {
  SMCLI_ASSIGN_OR_RETURN(const SavedModel model, OpenSavedModel(env, path));
  SMCLI_ASSIGN_OR_RETURN(const MetaGraph* graph, model.PickMetaGraph(options.graph_arguments.Tags()));
  const Subject subject{env, options, path, model, *graph};
  Value::Object out;
  out.push_back({"model", "", Value::Text(path)});
  if (options.all || !options.any_part()) {
    SMCLI_RETURN_IF_ERROR(DescribeModel(model, *graph, path, &out));
  }
  SMCLI_RETURN_IF_ERROR(AddParts(subject, &out));
  return out;
}

}  // namespace smcli
