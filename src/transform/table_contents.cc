#include "transform/table_contents.h"

#include "exec/session_state.h"
#include "model/node_reader.h"
#include "ops/lookup_table.h"
#include "ops/resources.h"

namespace smcli {
namespace {

// The shared name under which a function makes a table; empty: it makes none.
std::string TableNameIn(const Function& function) {
  std::vector<std::string_view> inputs;
  for (std::string_view node_def : function.node_defs()) {
    const auto parts = ReadNodeParts(node_def, node_def.data(), inputs);
    if (!parts.ok() || parts->op.find("HashTable") == parts->op.npos) continue;
    const AttrReader attrs({.node = parts->name, .op = parts->op, .node_def = node_def});
    return attrs.String("shared_name", "");
  }
  return {};
}

// The function that makes the resource; null: it is no resource, or nobody says.
const ConcreteFunction* MakerOf(const ObjectGraph& objects, int32_t node) {
  if (objects.node(node).kind != SavedObject::Kind::kResource) return nullptr;
  const auto maker = objects.FindChild(node, "_create_resource");
  if (!maker || objects.node(*maker).concrete_functions.empty()) return nullptr;
  return objects.FindConcreteFunction(objects.node(*maker).concrete_functions.front());
}

}  // namespace

Result<std::map<std::string, TableContent>> MutableTableContents(FileSystem& files, const MetaGraph& meta_graph,
                                                                 std::string export_dir) {
  std::map<std::string, TableContent> contents;
  if (!meta_graph.has_object_graph()) return contents;
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta_graph.object_graph());
  SessionOptions options;
  options.threads = 1;
  SessionState state(files, meta_graph, std::move(export_dir), options, *library, context);
  SMCLI_ASSIGN_OR_RETURN(ObjectValues * values, state.Objects());
  RunServices services = state.Services();
  for (int32_t node = 0; node < static_cast<int32_t>(objects->nodes().size()); ++node) {
    const ConcreteFunction* maker = MakerOf(*objects, node);
    if (maker == nullptr) continue;
    SMCLI_ASSIGN_OR_RETURN(const Function* function, library->Get(maker->name));
    const std::string name = TableNameIn(*function);
    ConcreteFunction capturing;
    capturing.bound_inputs = {node};
    const auto handles =
        name.empty() ? Result<std::vector<Tensor>>(std::vector<Tensor>()) : values->Captures(capturing, services);
    if (!handles.ok() || handles->size() != 1) continue;
    const auto table = ResourceOf<LookupTable>((*handles)[0]);
    TableContent content;
    if (!table.ok() || (*table)->schema().kind == TableKind::kStatic || (*table)->size() == 0) continue;
    if ((*table)->Export(&content.keys, &content.values).ok()) contents[name] = std::move(content);
  }
  return contents;
}

}  // namespace smcli
