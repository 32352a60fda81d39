#include "transform/inline_functions.h"

#include <algorithm>
#include <memory>

#include "model/attr_value.h"
#include "model/function_calls.h"
#include "transform/attr_lists.h"
#include "transform/call_ops.h"
#include "transform/dataflow_ops.h"
#include "transform/prune.h"

namespace smcli {
namespace {

// Functions that call others twice, over and over, make graphs that no memory holds.
constexpr int32_t kMaxNodes = 4'000'000;

bool IsCall(const DraftNode& node) { return !node.removed && IsPartitionedCall(node.op); }

// The functions that a node was inlined from, innermost first.
struct CallChain {
  std::string function;
  std::shared_ptr<const CallChain> outer;

  static bool Holds(const CallChain* chain, std::string_view function) {
    for (; chain != nullptr; chain = chain->outer.get()) {
      if (chain->function == function) return true;
    }
    return false;
  }
};

// A loop's frame is known by its name alone: two copies of a loop must not share it.
Status RenameFrame(GraphDraft& graph, int32_t id, std::string_view prefix) {
  SMCLI_ASSIGN_OR_RETURN(const std::string frame, graph.attrs(id).String("frame_name"));
  graph.SetAttr(id, "frame_name", StringAttr(fmt::format("{}/{}", prefix, frame)));
  return {};
}

class BodyCopy {
 public:
  BodyCopy(GraphDraft& graph, const FunctionDraft& function, std::string_view prefix, const std::vector<Endpoint>& args)
      : graph_(graph),
        function_(function),
        prefix_(prefix),
        args_(args),
        ids_(static_cast<size_t>(function.body.size()), -1) {
    for (size_t i = 0; i < function.args.size(); ++i) arg_of_.emplace(function.args[i].node, i);
  }

  Status AddNodes(InlinedBody& inlined) {
    for (int32_t id = 0; id < function_.body.size(); ++id) {
      const DraftNode& node = function_.body.node(id);
      if (node.removed || arg_of_.contains(id)) continue;
      const int32_t copy = graph_.Add(fmt::format("{}/{}", prefix_, node.name), node.op);
      if (graph_.size() > kMaxNodes)
        return UnsupportedError("inlined, the functions are more than {} nodes", kMaxNodes);
      ids_[static_cast<size_t>(id)] = copy;
      inlined.nodes.push_back(copy);
      DraftNode& made = graph_.node(copy);
      made.device = node.device;
      made.schema = node.schema;
      made.num_outputs = node.num_outputs;
      made.attrs = node.attrs;
      made.value = node.value;
      graph_.RemoveAttr(copy, "_class");
      if (node.op == "Enter" || node.op == "RefEnter") SMCLI_RETURN_IF_ERROR(RenameFrame(graph_, copy, prefix_));
    }
    return {};
  }

  void Connect(const std::vector<int32_t>& sources, const std::vector<int32_t>& order) {
    for (int32_t id = 0; id < function_.body.size(); ++id) {
      const int32_t copy = ids_[static_cast<size_t>(id)];
      if (copy < 0) continue;
      const DraftNode& node = function_.body.node(id);
      bool first = true;  // does it wait for nothing within the body?
      for (const Endpoint& input : node.inputs) {
        first = first && arg_of_.contains(input.node);
        graph_.node(copy).inputs.push_back(Map(input));
      }
      for (int32_t control : node.control_inputs) {
        first = first && arg_of_.contains(control);
        graph_.AddControl(copy, Map({control, 0}).node);
      }
      const DraftNode& made = graph_.node(copy);
      if (made.inputs.empty() && made.control_inputs.empty()) AddControls(copy, sources);
      if (first && made.schema != nullptr && made.schema->stateful) AddControls(copy, order);
    }
  }

  Endpoint Map(const Endpoint& endpoint) const {
    const auto arg = arg_of_.find(endpoint.node);
    if (arg != arg_of_.end()) return args_[arg->second];
    return {ids_[static_cast<size_t>(endpoint.node)], endpoint.output};
  }

 private:
  void AddControls(int32_t id, const std::vector<int32_t>& producers) {
    for (int32_t producer : producers) graph_.AddControl(id, producer);
  }

  GraphDraft& graph_;
  const FunctionDraft& function_;
  std::string_view prefix_;
  const std::vector<Endpoint>& args_;
  std::vector<int32_t> ids_;  // of the body -> of the graph
  std::map<int32_t, size_t> arg_of_;
};

// Inlines into one graph.
class Inliner {
 public:
  Inliner(Rewriter& rewriter, GraphDraft& graph) : rewriter_(rewriter), graph_(graph), dataflow_(HasDataflow(graph)) {}

  Status Run() {
    SMCLI_RETURN_IF_ERROR(NormaliseCalls(graph_));
    chains_.resize(static_cast<size_t>(graph_.size()));
    for (int32_t id = 0; id < graph_.size(); ++id) {  // grows as bodies come in
      if (IsCall(graph_.node(id)))
        SMCLI_RETURN_IF_ERROR(Visit(id).Annotate(fmt::format("node '{}'", graph_.node(id).name)));
    }
    return {};
  }
  const GraphDraft::Redirection& redirections() const { return to_; }

 private:
  Status Visit(int32_t id) {
    SMCLI_ASSIGN_OR_RETURN(const FuncAttr called, graph_.attrs(id).Func("f"));
    const std::shared_ptr<const CallChain> chain = chains_[static_cast<size_t>(id)];
    if (CallChain::Holds(chain.get(), called.name)) return {};
    SMCLI_ASSIGN_OR_RETURN(FunctionDraft function, rewriter_.Instantiate(called));
    PruneBody(function);
    SMCLI_RETURN_IF_ERROR(NormaliseCalls(function.body));
    if (function.args.size() != graph_.node(id).inputs.size()) {
      return InvalidModelError("function '{}' takes {} arguments and gets {} (FunctionArgMismatch)", called.name,
                               function.args.size(), graph_.node(id).inputs.size());
    }
    dataflow_ = dataflow_ || HasDataflow(function.body);
    SMCLI_ASSIGN_OR_RETURN(const InlinedBody body, Copy(id, function));
    chains_.resize(static_cast<size_t>(graph_.size()));
    const auto inner = std::make_shared<const CallChain>(CallChain{called.name, chain});
    for (int32_t node : body.nodes) chains_[static_cast<size_t>(node)] = inner;
    Replace(id, function, body);
    return {};
  }

  Result<InlinedBody> Copy(int32_t id, const FunctionDraft& function) {
    const std::string prefix = graph_.node(id).name;
    const std::vector<Endpoint> args = graph_.node(id).inputs;
    const std::vector<int32_t> order = graph_.node(id).control_inputs;
    std::vector<int32_t> sources = order;
    if (dataflow_ && !(args.empty() && order.empty())) {
      const int32_t trigger = graph_.Add(prefix + "/inputs", "NoOp");
      for (const Endpoint& arg : args) graph_.AddControl(trigger, arg.node);
      for (int32_t control : order) graph_.AddControl(trigger, control);
      sources = {trigger};
    }
    return CopyBody(graph_, function, prefix, args, sources, order);
  }

  // The call's name stays: an IdentityN for its tensors, a NoOp where it has none.
  void Replace(int32_t id, const FunctionDraft& function, const InlinedBody& body) {
    const std::vector<Endpoint> args = std::exchange(graph_.node(id).inputs, body.rets);
    for (int32_t node : body.control_rets) graph_.AddControl(id, node);
    std::vector<DataType> types;
    for (const auto& ret : function.rets) types.push_back(ret.dtype);
    graph_.SetOp(id, types.empty() ? "NoOp" : "IdentityN");
    if (types.empty() && dataflow_) {
      for (const Endpoint& arg : args) graph_.AddControl(id, arg.node);
    }
    if (!types.empty()) graph_.SetAttr(id, "T", TypesAttr(types));
    graph_.node(id).num_outputs = static_cast<int32_t>(types.size());
    for (size_t i = 0; i < body.rets.size(); ++i) to_[{id, static_cast<int32_t>(i)}] = body.rets[i];
  }

  Rewriter& rewriter_;
  GraphDraft& graph_;
  bool dataflow_;
  std::vector<std::shared_ptr<const CallChain>> chains_;  // by node
  GraphDraft::Redirection to_;
};

}  // namespace

Result<InlinedBody> CopyBody(GraphDraft& graph, const FunctionDraft& function, std::string_view prefix,
                             const std::vector<Endpoint>& args, const std::vector<int32_t>& sources,
                             const std::vector<int32_t>& order) {
  InlinedBody inlined;
  BodyCopy copy(graph, function, prefix, args);
  SMCLI_RETURN_IF_ERROR(copy.AddNodes(inlined));
  copy.Connect(sources, order);
  for (const auto& ret : function.rets) inlined.rets.push_back(copy.Map(ret.source));
  for (const auto& [name, node] : function.control_rets) inlined.control_rets.push_back(copy.Map({node, 0}).node);
  return inlined;
}

Status InlineFunctions(Rewriter& rewriter) {
  Inliner main(rewriter, rewriter.graph());
  SMCLI_RETURN_IF_ERROR(main.Run());
  rewriter.graph().Redirect(main.redirections());
  SMCLI_RETURN_IF_ERROR(PruneFunctions(rewriter, {}));
  for (const std::string& name : std::vector<std::string>(rewriter.functions())) {
    auto function = rewriter.Function(name);
    if (!function.ok()) {
      if (function.error().kind() == ErrorKind::kUnsupported) continue;  // has attributes: as it was
      return std::move(function).error();
    }
    PruneBody(**function);
    Inliner body(rewriter, (*function)->body);
    SMCLI_RETURN_IF_ERROR(body.Run().Annotate(fmt::format("function '{}'", name)));
    (*function)->Redirect(body.redirections());
    PruneBody(**function);
  }
  return PruneFunctions(rewriter, {});
}

}  // namespace smcli
