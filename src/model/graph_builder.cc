// GraphBuilder: from the bytes of NodeDefs to a Graph. The only place that knows the two ways in which nodes name what
// they read (graph_and_functions.md 3 and 5.2).

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>

#include "base/wire.h"
#include "graph.pb.h"
#include "model/attr_value.h"
#include "model/functions.h"
#include "model/graph.h"
#include "model/node_reader.h"

namespace smcli {
namespace {

// A function has its arguments as nodes of this op; TensorFlow names them so too when it runs a function.
constexpr std::string_view kArgOp = "_Arg";
// For nodes of unknown ops, which have as many outputs as are read: a bound for what a file may claim.
constexpr int32_t kMaxOutputs = 1 << 16;
// In a function one reference may stand for many tensors, so edges are not bounded by the file's size.
constexpr size_t kMaxEdges = 1 << 24;

// The bytes of a NodeDef that sets these attributes and nothing else.
std::string AttrsAsNode(const AttrBindings& bindings) {
  std::string node;
  for (const auto& [name, value] : bindings) {
    std::string entry;
    AppendBytesField(1, name, entry);
    AppendBytesField(2, value, entry);
    AppendBytesField(5, entry, node);
  }
  return node;
}

struct FunctionRef {  // "node:out:k" cut at its colons; empty where there is none
  std::string_view node;
  std::string_view output;
  std::string_view index;
};

FunctionRef SplitFunctionRef(std::string_view text) {
  FunctionRef ref;
  const size_t first = text.find(':');
  ref.node = text.substr(0, first);
  if (first == text.npos) return ref;
  const size_t second = text.find(':', first + 1);
  ref.output = text.substr(first + 1, second - first - 1);
  if (second != text.npos) ref.index = text.substr(second + 1);
  return ref;
}

std::optional<int32_t> ParseIndex(std::string_view digits) {
  int32_t value = -1;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

class GraphBuilder {
 public:
  GraphBuilder(const GraphContext& context, std::vector<Error>* problems) : context_(context), problems_(problems) {}

  Result<Graph> BuildMain(const SharedBytes& graph_def);
  Result<Graph> BuildFunction(const Function& function, const AttrBindings& bindings);

 private:
  // Where a node's inputs are: as written in raw_inputs_, and resolved in the graph's two arrays.
  struct Ranges {
    size_t first_raw = 0, num_raw = 0;
    size_t first_input = 0, num_inputs = 0;
    size_t first_control = 0, num_controls = 0;
  };

  Status AddNode(std::string_view node_def);
  Status AddArgs(const Function& function, const AttrReader& call);
  Status AddRets(const Function& function, const AttrReader& call);
  void AddName(int32_t id);
  void CompleteBindings(const Function& function, const AttrBindings& bindings);
  Status Resolve();
  Status ResolveNode(int32_t id);
  void ResolveMainInput(int32_t id, std::string_view text);
  void ResolveFunctionInput(int32_t id, std::string_view text);
  Status ExpandFunctionRef(std::string_view text, std::vector<Endpoint>& out);
  Status ExpandOutput(int32_t producer, const FunctionRef& ref, std::string_view text, std::vector<Endpoint>& out);
  Result<const std::vector<int32_t>*> OutputCounts(int32_t producer);
  void ResolveControl(int32_t id, std::string_view name);
  void CheckArity(int32_t id);
  const OpSchema* SchemaOf(std::string_view op);
  void Report(Error error);
  Status Finish();

  std::string Describe(int32_t id) const {
    const Node& node = graph_.node(id);
    return fmt::format("node '{}' ({})", node.name, node.op);
  }

  GraphContext context_;
  std::vector<Error>* problems_;
  std::optional<Error> first_error_;
  Graph graph_;
  bool function_grammar_ = false;
  std::vector<std::string_view> raw_inputs_;
  std::vector<Ranges> ranges_;
  std::unordered_map<std::string_view, const OpSchema*> schemas_;
  std::map<std::pair<int32_t, std::string_view>, int32_t> guessed_;  // outputs of unknown ops, numbered as they are met
  std::unordered_map<int32_t, std::vector<int32_t>> output_counts_;
  std::vector<Endpoint> expanded_;
};

void GraphBuilder::Report(Error error) {
  if (problems_ != nullptr) {
    problems_->push_back(std::move(error));
  } else if (!first_error_) {
    first_error_ = std::move(error);
  }
}

Status GraphBuilder::AddNode(std::string_view node_def) {
  Ranges ranges{.first_raw = raw_inputs_.size()};
  const char* origin = graph_.bytes_.origin;
  SMCLI_ASSIGN_OR_RETURN(NodeParts parts, ReadNodeParts(node_def, origin, raw_inputs_));
  if (parts.form == NodeForm::kUnusual) {
    std::optional<std::string> plain = PlainNodeDef(node_def);
    if (!plain) return InvalidModelError("byte {}: node '{}' is no NodeDef", node_def.data() - origin, parts.name);
    node_def = *graph_.rewritten_.emplace_back(std::make_unique<std::string>(*std::move(plain)));
    raw_inputs_.resize(ranges.first_raw);
    SMCLI_ASSIGN_OR_RETURN(parts, ReadNodeParts(node_def, node_def.data(), raw_inputs_));
  }
  ranges.num_raw = raw_inputs_.size() - ranges.first_raw;
  ranges_.push_back(ranges);
  Node& node = graph_.nodes_.emplace_back();
  node.name = parts.name;
  node.op = parts.op;
  node.device = parts.device;
  node.def = node_def;
  return {};
}

const OpSchema* GraphBuilder::SchemaOf(std::string_view op) {
  const auto [entry, added] = schemas_.emplace(op, nullptr);
  if (!added) return entry->second;
  if (context_.functions != nullptr && context_.functions->Contains(op)) {
    auto function = context_.functions->Get(op);
    if (function.ok()) {
      entry->second = &(*function)->signature();
    } else {
      Report(std::move(function).error());
    }
  } else {
    entry->second = context_.ops->Find(op);
  }
  return entry->second;
}

void GraphBuilder::AddName(int32_t id) {
  if (!graph_.by_name_.Add(graph_.node(id).name, id)) {
    Report(InvalidModelError("two nodes are called '{}' (DuplicateNodeName)", graph_.node(id).name));
  }
}

Status GraphBuilder::Resolve() {
  graph_.by_name_.Reserve(graph_.nodes_.size());
  graph_.inputs_.reserve(raw_inputs_.size());
  for (int32_t id = 0; id < graph_.num_nodes(); ++id) {
    AddName(id);
    Node& node = graph_.nodes_[static_cast<size_t>(id)];
    if (node.op == kArgOp && node.def.empty()) continue;
    node.schema = SchemaOf(node.op);
    if (node.schema == nullptr) continue;
    auto outputs = NumOutputs(graph_.attrs(node));
    if (outputs.ok()) {
      node.num_outputs = *outputs;
    } else {
      Report(std::move(outputs).error());
    }
  }
  for (int32_t id = 0; id < graph_.num_nodes() && !first_error_; ++id) SMCLI_RETURN_IF_ERROR(ResolveNode(id));
  for (size_t i = 0; i < graph_.nodes_.size(); ++i) {
    const Ranges& range = ranges_[i];
    graph_.nodes_[i].inputs = std::span<const Endpoint>(graph_.inputs_).subspan(range.first_input, range.num_inputs);
    graph_.nodes_[i].control_inputs =
        std::span<const int32_t>(graph_.control_inputs_).subspan(range.first_control, range.num_controls);
  }
  for (int32_t id = 0; id < graph_.num_nodes() && !first_error_; ++id) CheckArity(id);
  return {};
}

Status GraphBuilder::ResolveNode(int32_t id) {
  Ranges& range = ranges_[static_cast<size_t>(id)];
  range.first_input = graph_.inputs_.size();
  range.first_control = graph_.control_inputs_.size();
  for (size_t i = range.first_raw; i < range.first_raw + range.num_raw; ++i) {
    const std::string_view text = raw_inputs_[i];
    if (text.starts_with('^')) {
      ResolveControl(id, text.substr(1));
      continue;
    }
    if (graph_.control_inputs_.size() > range.first_control) {
      Report(InvalidModelError("{}: input '{}' comes after a control input (ControlBeforeData)", Describe(id), text));
    }
    if (function_grammar_) {
      ResolveFunctionInput(id, text);
    } else {
      ResolveMainInput(id, text);
    }
    if (graph_.inputs_.size() > kMaxEdges) {
      return InvalidModelError("{}: the graph has too many edges (InputCountMismatch)", Describe(id));
    }
  }
  range.num_inputs = graph_.inputs_.size() - range.first_input;
  range.num_controls = graph_.control_inputs_.size() - range.first_control;
  return {};
}

void GraphBuilder::ResolveControl(int32_t id, std::string_view name) {
  const int32_t producer = graph_.Find(name);
  if (producer < 0) {
    Report(InvalidModelError("{}: control input '^{}': there is no such node (InputNotFound)", Describe(id), name));
    return;
  }
  graph_.control_inputs_.push_back(producer);
}

// "node" or "node:1".
void GraphBuilder::ResolveMainInput(int32_t id, std::string_view text) {
  Endpoint endpoint;
  const auto name = ParseTensorName(text);
  if (!name) {
    Report(InvalidModelError("{}: input '{}' is no tensor name (BadInputRef)", Describe(id), text));
  } else if (const int32_t producer = graph_.Find(name->node); producer < 0) {
    Report(InvalidModelError("{}: input '{}': there is no such node (InputNotFound)", Describe(id), text));
  } else {
    Node& node = graph_.nodes_[static_cast<size_t>(producer)];
    const int32_t limit = node.schema != nullptr ? node.num_outputs : kMaxOutputs;
    if (name->output >= limit) {
      Report(InvalidModelError("{}: input '{}': {} has {} outputs (OutputIndexOutOfRange)", Describe(id), text,
                               Describe(producer), node.num_outputs));
    } else {
      node.num_outputs = std::max(node.num_outputs, name->output + 1);
      endpoint = {producer, name->output};
    }
  }
  graph_.inputs_.push_back(endpoint);
}

// One reference, perhaps to several tensors.
void GraphBuilder::ResolveFunctionInput(int32_t id, std::string_view text) {
  expanded_.clear();
  if (Status status = ExpandFunctionRef(text, expanded_); !status.ok()) {
    Report(std::move(status).error().Annotate(Describe(id)));
    expanded_.assign(1, Endpoint{});
  }
  graph_.inputs_.insert(graph_.inputs_.end(), expanded_.begin(), expanded_.end());
}

// "arg", "arg:k", "node:out", "node:out:k".
Status GraphBuilder::ExpandFunctionRef(std::string_view text, std::vector<Endpoint>& out) {
  const FunctionRef ref = SplitFunctionRef(text);
  const int32_t producer = graph_.Find(ref.node);
  if (producer < 0) return InvalidModelError("input '{}': there is no such node or argument (InputNotFound)", text);
  const Node& node = graph_.node(producer);
  const bool is_arg = node.op == kArgOp && node.def.empty();
  if (!is_arg) {
    if (ref.output.empty()) return InvalidModelError("input '{}' does not name an output (BadInputRef)", text);
    return ExpandOutput(producer, ref, text, out);
  }
  if (!ref.index.empty()) return InvalidModelError("input '{}': an argument has no named outputs (BadInputRef)", text);
  if (ref.output.empty()) {
    for (int32_t k = 0; k < node.num_outputs; ++k) out.push_back({producer, k});
    return {};
  }
  const auto index = ParseIndex(ref.output);
  if (!index) return InvalidModelError("input '{}' is no reference (BadInputRef)", text);
  if (*index >= node.num_outputs) {
    return InvalidModelError("input '{}': the argument has {} tensors (OutputIndexOutOfRange)", text, node.num_outputs);
  }
  out.push_back({producer, *index});
  return {};
}

Status GraphBuilder::ExpandOutput(int32_t producer, const FunctionRef& ref, std::string_view text,
                                  std::vector<Endpoint>& out) {
  Node& node = graph_.nodes_[static_cast<size_t>(producer)];
  if (node.schema == nullptr) {  // where its outputs lie cannot be known; each name gets a place of its own
    const std::string_view output_text = text.substr(ref.node.size() + 1);
    const auto [entry, added] = guessed_.emplace(std::pair(producer, output_text), node.num_outputs);
    if (added) ++node.num_outputs;
    out.push_back({producer, entry->second});
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t>* counts, OutputCounts(producer));
  int32_t first = 0;
  for (size_t i = 0; i < counts->size(); ++i) {
    const int32_t count = (*counts)[i];
    if (node.schema->outputs[i].name != ref.output) {
      first += count;
      continue;
    }
    if (ref.index.empty()) {
      for (int32_t k = 0; k < count; ++k) out.push_back({producer, first + k});
      return {};
    }
    const auto index = ParseIndex(ref.index);
    if (!index) return InvalidModelError("input '{}' is no reference (BadInputRef)", text);
    if (*index >= count) {
      return InvalidModelError("input '{}': output '{}' of {} has {} tensors (OutputIndexOutOfRange)", text, ref.output,
                               Describe(producer), count);
    }
    out.push_back({producer, first + *index});
    return {};
  }
  return InvalidModelError("input '{}': {} has no output '{}' (InputNotFound)", text, Describe(producer), ref.output);
}

// Per output argument of the node; remembered, since a call may have thousands of outputs and as many readers.
Result<const std::vector<int32_t>*> GraphBuilder::OutputCounts(int32_t producer) {
  const auto [entry, added] = output_counts_.try_emplace(producer);
  if (added) {
    const Node& node = graph_.node(producer);
    for (const ArgSchema& arg : node.schema->outputs) {
      auto count = NumTensors(graph_.attrs(node), arg);
      if (!count.ok()) {
        output_counts_.erase(entry);
        return std::move(count).error();
      }
      entry->second.push_back(*count);
    }
  }
  return &entry->second;
}

void GraphBuilder::CheckArity(int32_t id) {
  const Node& node = graph_.node(id);
  if (node.schema == nullptr) return;
  auto wanted = NumInputs(graph_.attrs(node));
  if (!wanted.ok()) {
    Report(std::move(wanted).error());
  } else if (static_cast<size_t>(*wanted) != node.inputs.size()) {
    Report(InvalidModelError("{} takes {} inputs and has {} (InputCountMismatch)", Describe(id), *wanted,
                             node.inputs.size()));
  }
}

// What the call gives, and the function's own defaults for the rest.
void GraphBuilder::CompleteBindings(const Function& function, const AttrBindings& bindings) {
  graph_.bindings_ = bindings;
  for (const AttrSchema& attr : function.signature().attrs) {
    const bool given = std::ranges::find(bindings, attr.name, &AttrBindings::value_type::first) != bindings.end();
    if (!given && attr.default_value) graph_.bindings_.emplace_back(attr.name, *attr.default_value);
  }
}

Status GraphBuilder::AddArgs(const Function& function, const AttrReader& call) {
  SMCLI_ASSIGN_OR_RETURN(const ArgTypes types, InputTypes(call));
  size_t flat = 0;
  for (const ArgSchema& arg : function.signature().inputs) {
    SMCLI_ASSIGN_OR_RETURN(const int32_t count, NumTensors(call, arg));
    const auto id = graph_.num_nodes();
    Node& node = graph_.nodes_.emplace_back();
    node.name = arg.name;
    node.op = kArgOp;
    node.num_outputs = count;
    ranges_.push_back({.first_raw = raw_inputs_.size()});
    for (int32_t k = 0; k < count; ++k) graph_.args_.push_back({arg.name, {id, k}, types.types[flat++]});
  }
  return {};
}

Status GraphBuilder::AddRets(const Function& function, const AttrReader& call) {
  SMCLI_ASSIGN_OR_RETURN(const ArgTypes types, OutputTypes(call));
  size_t flat = 0;
  for (const ArgSchema& output : function.signature().outputs) {
    SMCLI_ASSIGN_OR_RETURN(const int32_t count, NumTensors(call, output));
    std::vector<Endpoint> endpoints;
    const auto ret = function.FindRet(output.name);
    if (!ret) {
      Report(InvalidModelError("output '{}' is not returned (FunctionRetMissing)", output.name));
    } else if (Status status = ExpandFunctionRef(*ret, endpoints); !status.ok()) {
      Report(std::move(status).error().Annotate(fmt::format("output '{}'", output.name)));
    } else if (endpoints.size() != static_cast<size_t>(count)) {
      Report(InvalidModelError("output '{}' is {} tensors and '{}' is {} (InputCountMismatch)", output.name, count,
                               *ret, endpoints.size()));
    }
    endpoints.resize(static_cast<size_t>(count));
    for (const Endpoint& endpoint : endpoints) graph_.rets_.push_back({output.name, endpoint, types.types[flat++]});
  }
  for (const auto& [name, node_name] : function.control_rets()) {
    const int32_t id = graph_.Find(node_name);
    if (id < 0) {
      Report(InvalidModelError("control output '{}': there is no node '{}' (InputNotFound)", name, node_name));
    } else {
      graph_.control_rets_.push_back(id);
    }
  }
  return {};
}

Status GraphBuilder::Finish() {
  if (first_error_) return *std::move(first_error_);
  return {};
}

Result<Graph> GraphBuilder::BuildMain(const SharedBytes& graph_def) {
  graph_.bytes_ = graph_def;
  WireReader reader(graph_def.view, graph_def.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(AddNode(field.bytes));
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  SMCLI_RETURN_IF_ERROR(Resolve());
  SMCLI_RETURN_IF_ERROR(Finish());
  return std::move(graph_);
}

Result<Graph> GraphBuilder::BuildFunction(const Function& function, const AttrBindings& bindings) {
  function_grammar_ = true;
  graph_.name_ = function.name();
  graph_.bytes_ = function.bytes();
  CompleteBindings(function, bindings);
  const std::string call_def = AttrsAsNode(graph_.bindings_);
  const AttrReader call(
      {.node = function.name(), .op = function.name(), .node_def = call_def, .schema = &function.signature()});
  SMCLI_RETURN_IF_ERROR(AddArgs(function, call));
  for (std::string_view node_def : function.node_defs()) SMCLI_RETURN_IF_ERROR(AddNode(node_def));
  SMCLI_RETURN_IF_ERROR(Resolve());
  SMCLI_RETURN_IF_ERROR(AddRets(function, call));
  SMCLI_RETURN_IF_ERROR(Finish());
  return std::move(graph_);
}

Result<Graph> BuildGraph(const SharedBytes& graph_def, const GraphContext& context, std::vector<Error>* problems) {
  return GraphBuilder(context, problems).BuildMain(graph_def);
}

Result<Graph> BuildGraph(const tensorflow::GraphDef& graph_def, const GraphContext& context,
                         std::vector<Error>* problems) {
  return BuildGraph(SharedBytes(graph_def.SerializeAsString()), context, problems);
}

Result<Graph> BuildFunctionGraph(const Function& function, const AttrBindings& bindings, const GraphContext& context,
                                 std::vector<Error>* problems) {
  const size_t before = problems != nullptr ? problems->size() : 0;
  const std::string place = fmt::format("function '{}'", function.name());
  auto graph = GraphBuilder(context, problems).BuildFunction(function, bindings).Annotate(place);
  for (size_t i = before; problems != nullptr && i < problems->size(); ++i) {
    (*problems)[i] = std::move((*problems)[i]).Annotate(place);
  }
  return graph;
}

}  // namespace smcli
