#include "inspect/describe_functions.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/text.h"
#include "inspect/python_repr.h"
#include "inspect/tensor_text.h"
#include "model/function_parameters.h"

namespace smcli {
namespace {

using Kind = StructuredValue::Kind;

// "x float32[?,2]" for a tensor, "training=False" for a Python value.
std::string LeafText(std::string_view path, const StructuredValue& value) {
  if (value.kind == Kind::kTensorSpec) {
    return fmt::format("{} {}", path, TypeText(DtypeText(value.dtype, value.dtype_number), value.shape));
  }
  if (value.kind == Kind::kTypeSpec) return fmt::format("{} {}", path, PythonTypeName(value));
  return fmt::format("{}={}", path, PythonRepr(value));
}

// `name` is that of the whole; of a part it is followed by the path, unless `parts_alone`.
std::string LeavesText(const StructuredValue& root, std::string_view name, bool parts_alone) {
  std::string out;
  for (const StructureLeaf& leaf : FlattenStructure(root)) {
    std::string path = leaf.path;
    if (path.empty()) {
      path = name;
    } else if (!parts_alone) {
      path = fmt::format("{}/{}", name, leaf.path);
    }
    out += fmt::format("{}{}", out.empty() ? "" : ", ", LeafText(path, *leaf.value));
  }
  return out;
}

// With the names by which run takes them.
std::string ArgumentsText(const ConcreteFunction& function, const SavedObject& owner) {
  std::string out;
  for (const auto& [name, value] : NamedArguments(function, ParametersOf(owner).names)) {
    const std::string text = LeavesText(*value, name, false);
    if (!text.empty()) out += fmt::format("{}{}", out.empty() ? "" : ", ", text);
  }
  return out.empty() ? "-" : out;
}

std::string ResultsText(const ConcreteFunction& function) {
  if (function.output_signature.kind == Kind::kUnset) return "-";
  const std::string text = LeavesText(function.output_signature, "output_0", true);
  return text.empty() ? "-" : text;
}

// Which object each concrete function belongs to, by the shortest path.
std::unordered_map<std::string_view, std::string> OwnersOf(const ObjectGraph& objects) {
  std::unordered_map<std::string_view, std::string> owners;
  const std::vector<std::optional<std::string>> paths = objects.Paths();
  for (size_t id = 0; id < objects.nodes().size(); ++id) {
    if (!paths[id]) continue;
    for (const std::string& name : objects.nodes()[id].concrete_functions) {
      std::string& owner = owners[name];
      if (owner.empty() || paths[id]->size() < owner.size()) owner = *paths[id];
    }
  }
  return owners;
}

// Resources, which are mostly variables that the function captures, are counted and not listed.
std::string ArgTypesText(std::span<const ArgSchema> args, const std::vector<FunctionArg>* details) {
  std::string out;
  int64_t resources = 0;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].type == DataType::kResource) {
      ++resources;
      continue;
    }
    const std::string_view dtype = args[i].type == DataType::kInvalid ? args[i].type_attr : NumpyName(args[i].type);
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", args[i].name, dtype);
    if (details && i < details->size() && (*details)[i].shape && (*details)[i].shape->known_rank()) {
      out += (*details)[i].shape->ToString();
    }
  }
  if (resources > 0) out += fmt::format("{}{}", out.empty() ? "" : ", ", Counted(resources, "resource"));
  return out.empty() ? "-" : out;
}

// "f.trace_0" is one of the traces of "f", which names them all itself.
bool IsTrace(const std::optional<std::string>& path) {
  if (!path) return false;
  const size_t dot = path->rfind('.');
  return dot != std::string::npos && std::string_view(*path).substr(dot + 1).starts_with("trace_");
}

}  // namespace

Result<Table> CallableTable(const MetaGraph& meta_graph) {
  Table table;
  table.columns = {{"path", "path"},
                   {"function", "concrete function"},
                   {"arguments", "arguments"},
                   {"results", "results"},
                   {"captures", "captures"}};
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta_graph.object_graph());
  if (!objects) return table;
  const std::vector<std::optional<std::string>> paths = objects->Paths();
  for (size_t id = 0; id < objects->nodes().size(); ++id) {
    const SavedObject& object = objects->nodes()[id];
    if (object.kind == SavedObject::Kind::kBareFunction && IsTrace(paths[id])) continue;
    for (const std::string& name : object.concrete_functions) {
      const ConcreteFunction* function = objects->FindConcreteFunction(name);
      table.Add({paths[id] ? Value::Text(*paths[id]) : Value(), Value::Text(name),
                 function ? Value::Text(ArgumentsText(*function, object)) : Value(),
                 function ? Value::Text(ResultsText(*function)) : Value(),
                 function ? Value::Count(static_cast<int64_t>(function->bound_inputs.size())) : Value()});
    }
  }
  return table;
}

Result<Table> FunctionTable(const MetaGraph& meta_graph, const GraphOutline& outline) {
  Table table;
  table.columns = {
      {"name", "function"}, {"nodes", "nodes"}, {"inputs", "inputs"}, {"outputs", "outputs"}, {"object", "object"}};
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta_graph.object_graph());
  const auto owners = objects ? OwnersOf(*objects) : std::unordered_map<std::string_view, std::string>();
  for (const FunctionOutline& entry : outline.functions) {
    const Result<const Function*> function = library->Get(entry.name);
    const auto owner = owners.find(entry.name);
    // A function that cannot be read is listed all the same.
    const OpSchema* signature = function.ok() ? &(*function)->signature() : nullptr;
    table.Add({Value::Text(entry.name), Value::Count(entry.num_nodes),
               signature ? Value::Text(ArgTypesText(signature->inputs, &(*function)->args())) : Value(),
               signature ? Value::Text(ArgTypesText(signature->outputs, nullptr)) : Value(),
               owner != owners.end() ? Value::Text(owner->second) : Value()});
  }
  return table;
}

}  // namespace smcli
