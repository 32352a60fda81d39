// What a graph that can be built may still have wrong with it: kinds of attributes, dtypes along edges, functions that
// are not there, constants that contradict themselves.

#include <algorithm>

#include "base/wire.h"
#include "model/attr_value.h"
#include "model/functions.h"
#include "model/graph.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// graph_and_functions.md 3; an underscore may begin names that TensorFlow makes itself.
bool IsNodeName(std::string_view name) {
  constexpr std::string_view kFirst = "._", kLater = "_./>\\-";
  if (name.empty() || !(IsLetterOrDigit(name[0]) || kFirst.find(name[0]) != kFirst.npos)) return false;
  return std::ranges::all_of(name, [&](char c) { return IsLetterOrDigit(c) || kLater.find(c) != kLater.npos; });
}

// An op that calls a function with what it is given, and what its attributes say about that.
struct CallRow {
  std::string_view op;
  std::string_view attr;     // that names the function
  std::string_view takes;    // list(type)
  std::string_view returns;  // list(type); empty: one value, a condition
};
constexpr CallRow kCalls[] = {
    {"Case", "branches", "Tin", "Tout"},
    {"If", "else_branch", "Tin", "Tout"},
    {"If", "then_branch", "Tin", "Tout"},
    {"PartitionedCall", "f", "Tin", "Tout"},
    {"StatefulPartitionedCall", "f", "Tin", "Tout"},
    {"StatelessCase", "branches", "Tin", "Tout"},
    {"StatelessIf", "else_branch", "Tin", "Tout"},
    {"StatelessIf", "then_branch", "Tin", "Tout"},
    {"StatelessWhile", "body", "T", "T"},
    {"StatelessWhile", "cond", "T", ""},
    {"While", "body", "T", "T"},
    {"While", "cond", "T", ""},
};

const CallRow* FindCallRow(std::string_view op, std::string_view attr) {
  const auto found = std::ranges::find_if(kCalls, [&](const CallRow& row) { return row.op == op && row.attr == attr; });
  return found == std::end(kCalls) ? nullptr : found;
}

class Checker {
 public:
  Checker(const Graph& graph, const GraphContext& context) : graph_(graph), context_(context) {}

  std::vector<Error> Run() {
    ReadOutputTypes();
    for (const Node& node : graph_.nodes()) {
      if (node.def.empty()) continue;  // an argument of the function
      CheckName(node);
      if (node.schema == nullptr) continue;
      const AttrReader attrs = graph_.attrs(node);
      for (const AttrSchema& attr : node.schema->attrs) CheckAttr(attrs, attr);
      CheckEdges(node, attrs);
      if (node.op == "Const") CheckConst(attrs);
      CheckCalls(node, attrs);
    }
    return std::move(problems_);
  }

 private:
  template <typename... Args>
  void Report(const Node& node, fmt::format_string<Args...> text, Args&&... args) {
    problems_.push_back(
        InvalidModelError("node '{}' ({}): {}", node.name, node.op, fmt::format(text, std::forward<Args>(args)...)));
  }
  void Report(Error error) { problems_.push_back(std::move(error)); }

  void ReadOutputTypes() {
    outputs_.resize(graph_.nodes().size());
    for (int32_t id = 0; id < graph_.num_nodes(); ++id) {
      const Node& node = graph_.node(id);
      if (node.schema == nullptr) continue;
      if (auto types = OutputTypes(graph_.attrs(node)); types.ok())
        outputs_[static_cast<size_t>(id)] = *std::move(types);
    }
    for (const GraphArg& arg : graph_.args()) {
      ArgTypes& types = outputs_[static_cast<size_t>(arg.endpoint.node)];
      types.types.push_back(arg.dtype);
      types.is_ref.push_back(false);
    }
  }

  void CheckName(const Node& node) {
    if (!IsNodeName(node.name)) Report(node, "is no name for a node (BadNodeName)");
  }

  void CheckAttr(const AttrReader& attrs, const AttrSchema& attr) {
    const auto value = attrs.Raw(attr.name);
    if (!value) {
      if (!attrs.IsSet(attr.name)) {  // else a placeholder, which only a call fills
        Report(InvalidModelError("node '{}' ({}): attribute '{}' is missing (AttrMissing)", attrs.node(), attrs.op(),
                                 attr.name));
      }
      return;
    }
    const auto member = ReadAttrMember(*value);
    const AttrField wanted = attr.list ? AttrField::kList : FieldOf(attr.kind);
    const AttrField which = member.ok() ? member->which : AttrField::kNone;
    if (which != wanted) {
      Report(InvalidModelError("node '{}' ({}): attribute '{}' should be a {} and is a {} (AttrTypeMismatch)",
                               attrs.node(), attrs.op(), attr.name, attr.TypeName(), Name(which)));
      return;
    }
    if (attr.kind == AttrKind::kType && !attr.list && !attr.allowed_types.empty()) CheckAllowedType(attrs, attr);
    if (attr.kind == AttrKind::kInt && !attr.list && attr.minimum &&
        attrs.Int(attr.name, *attr.minimum) < *attr.minimum) {
      Report(InvalidModelError("node '{}' ({}): attribute '{}' is {}, and at least {} is allowed (AttrTypeMismatch)",
                               attrs.node(), attrs.op(), attr.name, attrs.Int(attr.name, 0), *attr.minimum));
    }
  }

  void CheckAllowedType(const AttrReader& attrs, const AttrSchema& attr) {
    auto type = attrs.Type(attr.name);
    if (!type.ok()) {
      Report(std::move(type).error());
    } else if (!attr.allowed_types.Contains(*type)) {
      Report(InvalidModelError("node '{}' ({}): attribute '{}' is {}, which the op does not take (AttrTypeMismatch)",
                               attrs.node(), attrs.op(), attr.name, Name(*type)));
    }
  }

  void CheckEdges(const Node& node, const AttrReader& attrs) {
    const auto wanted = InputTypes(attrs);
    if (!wanted.ok() || wanted->types.size() != node.inputs.size()) return;  // the builder says so
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Endpoint& input = node.inputs[i];
      if (input.node < 0) continue;
      const ArgTypes& from = outputs_[static_cast<size_t>(input.node)];
      const auto output = static_cast<size_t>(input.output);
      if (output >= from.types.size()) continue;
      if (from.types[output] != wanted->types[i]) {
        Report(node, "input {} is {} from '{}:{}', and {} is wanted (InputTypeMismatch)", i, Name(from.types[output]),
               graph_.node(input.node).name, input.output, Name(wanted->types[i]));
      } else if (wanted->is_ref[i] && !from.is_ref[output]) {
        Report(node, "input {} is a value from '{}:{}', and a reference is wanted (InputTypeMismatch)", i,
               graph_.node(input.node).name, input.output);
      }
    }
  }

  void CheckConst(const AttrReader& attrs) {
    const auto value = attrs.Raw("value");
    const auto dtype = attrs.Type("dtype");
    if (!value || !dtype.ok()) return;
    const auto member = ReadAttrMember(*value);
    if (!member.ok() || member->which != AttrField::kTensor) return;
    const std::string place = fmt::format("node '{}' (Const): its value", attrs.node());
    if (Status status = CheckTensorBytes(member->field.bytes).Annotate(place); !status.ok())
      Report(std::move(status).error());
    const auto header = ReadTensorHeader(member->field.bytes);
    if (header.ok() && header->dtype != *dtype) {
      Report(InvalidModelError("node '{}' (Const): its dtype is {} and its value is {} (AttrTypeMismatch)",
                               attrs.node(), Name(*dtype), Name(header->dtype)));
    }
  }

  void CheckCalls(const Node& node, const AttrReader& attrs) {
    for (const AttrSchema& attr : node.schema->attrs) {
      if (attr.kind != AttrKind::kFunc) continue;
      std::vector<FuncAttr> functions;
      if (attr.list) {
        if (auto list = attrs.Funcs(attr.name); list.ok()) functions = *std::move(list);
      } else if (auto function = attrs.Func(attr.name); function.ok()) {
        functions.push_back(*std::move(function));
      }
      for (const FuncAttr& function : functions) CheckCall(node, attr, function);
    }
  }

  void CheckCall(const Node& node, const AttrSchema& attr, const FuncAttr& called) {
    if (called.name.empty()) return;  // a function that need not be given
    if (context_.functions == nullptr || !context_.functions->Contains(called.name)) {
      if (context_.ops->Find(called.name) != nullptr) return;  // an op may stand in a function's place
      Report(node, "attribute '{}' names the function '{}', which the library does not have (FunctionNotFound)",
             attr.name, called.name);
      return;
    }
    auto function = context_.functions->Get(called.name);
    if (!function.ok()) {
      Report(std::move(function).error());
    } else if (const CallRow* row = FindCallRow(node.op, attr.name)) {
      CheckCallTypes(node, *row, **function);
    }
  }

  // Of functions without attributes, which are all that exporters write.
  void CheckCallTypes(const Node& node, const CallRow& row, const Function& function) {
    if (!function.signature().attrs.empty()) return;
    const AttrReader call(
        {.node = function.name(), .op = function.name(), .node_def = {}, .schema = &function.signature()});
    const auto wanted = InputTypes(call);
    const auto given = graph_.attrs(node).Types(row.takes);
    if (wanted.ok() && given.ok() && wanted->types != *given) {
      Report(node, "function '{}' takes other arguments (FunctionArgMismatch)", function.name());
    }
    const auto returned = OutputTypes(call);
    if (!returned.ok()) return;
    if (row.returns.empty()) {
      if (returned->types.size() == 1) return;
      Report(node, "function '{}' returns {} values, and is the condition of a loop (FunctionArgMismatch)",
             function.name(), returned->types.size());
    } else if (const auto expected = graph_.attrs(node).Types(row.returns);
               expected.ok() && returned->types != *expected) {
      Report(node, "function '{}' returns other values (FunctionArgMismatch)", function.name());
    }
  }

  const Graph& graph_;
  const GraphContext& context_;
  std::vector<ArgTypes> outputs_;
  std::vector<Error> problems_;
};

}  // namespace

std::vector<Error> CheckGraphTypes(const Graph& graph, const GraphContext& context) {
  return Checker(graph, context).Run();
}

}  // namespace smcli
