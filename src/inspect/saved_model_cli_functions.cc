// The concrete functions of the root object, as saved_model_cli lists them after loading the model into TensorFlow.
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "inspect/python_repr.h"
#include "inspect/saved_model_cli_text.h"

namespace smcli {
namespace {

constexpr std::string_view kMargin = "        ";

// Python deletes the last ", " with two backspaces before it closes the bracket.
constexpr std::string_view kClosing = "\b\b";

std::string Element(const StructuredValue& value) {
  if (value.kind == StructuredValue::Kind::kString) return fmt::format("'{}'", Escaped(value.name));
  return PythonStr(value);
}

bool IsSequence(const StructuredValue& value) {
  using Kind = StructuredValue::Kind;
  return value.kind == Kind::kList || value.kind == Kind::kTuple || value.kind == Kind::kNamedTuple;
}

std::string ArgumentText(const StructuredValue& value) {
  using Kind = StructuredValue::Kind;
  if (value.kind == Kind::kString) return fmt::format("{}  {}\n", kMargin, Escaped(value.name));
  if (value.kind == Kind::kTensorSpec) {
    const std::string name = value.name.empty() ? "None" : Escaped(value.name);
    return fmt::format("{}  {}: {}\n", kMargin, name, PythonRepr(value));
  }
  std::string out = fmt::format("{0}  DType: {1}\n{0}  Value: ", kMargin, PythonTypeName(value));
  if (IsSequence(value)) {
    out += '[';
    for (const StructuredValue& item : value.items) out += Element(item) + ", ";
    return fmt::format("{}{}]\n", out, kClosing);
  }
  if (value.kind == Kind::kDict) {
    out += '{';
    for (size_t i = 0; i < value.items.size(); ++i) {
      out += fmt::format("'{}': {}, ", Escaped(value.keys[i]), Element(value.items[i]));
    }
    return fmt::format("{}{}}}\n", out, kClosing);
  }
  return fmt::format("{}{}\n", out, PythonStr(value));
}

std::string OptionText(const ObjectGraph& objects, std::string_view function, int number,
                       const std::vector<std::string>& keywords) {
  const ConcreteFunction* concrete = objects.FindConcreteFunction(function);
  const bool structured = concrete && concrete->input_signature.items.size() == 2;
  std::string out;
  if (structured) {
    int index = 0;
    for (const StructuredValue& argument : concrete->input_signature.items[0].items) {
      out += fmt::format("{}Argument #{}\n{}", kMargin, ++index, ArgumentText(argument));
    }
  } else {
    for (size_t i = 0; i < keywords.size(); ++i) {
      out += fmt::format("{0}Argument #{1}\n{0}  {2}\n", kMargin, i + 1, Escaped(keywords[i]));
    }
  }
  if (!out.empty()) out = fmt::format("    Option #{}\n      Callable with:\n{}", number, out);
  if (structured) {
    int index = 0;
    for (const std::string& keyword : concrete->input_signature.items[1].keys) {
      out += fmt::format("{0}Named Argument #{1}\n{0}  {2}\n", kMargin, ++index, Escaped(keyword));
    }
  }
  return out;
}

std::string FunctionText(const ObjectGraph& objects, const ObjectEdge& edge) {
  const SavedObject& object = objects.node(edge.node);
  std::vector<std::string> names = object.concrete_functions;
  std::ranges::sort(names);
  std::string out = fmt::format("\n  Function Name: '{}'\n", Escaped(edge.name));
  int number = 0;
  for (const std::string& name : names) out += OptionText(objects, name, ++number, object.argument_keywords);
  return out;
}

// Does a structure hold a type that only somebody else's Python code defines?
bool NeedsForeignType(const StructuredValue& root) {
  constexpr int kRegisteredType = 12, kExtensionType = 13;  // TypeSpecProto.TypeSpecClass
  std::vector<const StructuredValue*> stack = {&root};
  while (!stack.empty()) {
    const StructuredValue* value = stack.back();
    stack.pop_back();
    if (value->kind == StructuredValue::Kind::kTypeSpec &&
        (value->type_spec_class == kRegisteredType || value->type_spec_class == kExtensionType)) {
      return true;
    }
    for (const StructuredValue& item : value->items) stack.push_back(&item);
  }
  return false;
}

// Why TensorFlow could not load the model; empty when it can.
Result<std::string_view> Obstacle(const MetaGraph& meta_graph, const ObjectGraph& objects) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, meta_graph.Outline());
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* functions, meta_graph.functions());
  for (const auto& [op, count] : outline.all_ops) {
    if (!IsTensorFlowOp(op) && !functions->Contains(op)) {
      return std::string_view("the existence of custom ops in the SavedModel");
    }
  }
  for (const ConcreteFunction& function : objects.concrete_functions()) {
    if (NeedsForeignType(function.input_signature) || NeedsForeignType(function.output_signature)) {
      return std::string_view("unknown reasons");
    }
  }
  return std::string_view();
}

}  // namespace

Result<std::string> ConcreteFunctionsText(const SavedModel& model) {
  const MetaGraph* meta_graph = nullptr;
  for (const auto& candidate : model.meta_graphs()) {
    if (candidate->has_object_graph()) meta_graph = candidate.get();
  }
  if (!meta_graph) return std::string();
  std::string out = "\nConcrete Functions:";
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta_graph->object_graph());
  SMCLI_ASSIGN_OR_RETURN(const std::string_view obstacle, Obstacle(*meta_graph, *objects));
  if (!obstacle.empty()) return fmt::format("{} N/A (could not be listed due to {})\n", out, obstacle);
  if (objects->nodes().empty()) return out;
  std::vector<ObjectEdge> children = objects->node(0).children;
  std::ranges::stable_sort(children, {}, &ObjectEdge::name);
  for (const ObjectEdge& edge : children) {
    const SavedObject::Kind kind = objects->node(edge.node).kind;
    if (kind != SavedObject::Kind::kFunction && kind != SavedObject::Kind::kBareFunction) continue;
    out += FunctionText(*objects, edge);
  }
  return out;
}

}  // namespace smcli
