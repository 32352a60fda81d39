#include "transform/strip.h"

#include <algorithm>
#include <map>
#include <set>

#include "model/attr_value.h"
#include "transform/body_pass.h"
#include "transform/call_ops.h"
#include "transform/dataflow_ops.h"

namespace smcli {
namespace {

// Ops that hand on their first input, and look at it.
constexpr std::string_view kWatchers[] = {"CheckNumerics", "CheckNumericsV2", "DebugGradientIdentity",
                                          "DebugIdentity", "DebugIdentityV2", "Print"};
// Ops that are run for their effect on people alone.
constexpr std::string_view kMessages[] = {"Assert", "PrintV2"};
constexpr std::string_view kGradientStops[] = {"PreventGradient", "StopGradient"};

template <typename Names>
bool IsOneOf(std::string_view op, const Names& names) {
  return std::ranges::find(names, op) != std::end(names);
}

// The node hands on its first input; the others it only waits for where that decides whether it runs.
Status MakeIdentity(GraphDraft& graph, int32_t id, bool dataflow) {
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, graph.TypeOf({id, 0}));
  const std::vector<Endpoint> inputs = graph.node(id).inputs;
  graph.SetOp(id, "Identity");
  graph.SetAttr(id, "T", TypeAttr(dtype));
  graph.node(id).inputs = {inputs[0]};
  for (size_t i = 1; dataflow && i < inputs.size(); ++i) graph.AddControl(id, inputs[i].node);
  return {};
}

void MakeNoOp(GraphDraft& graph, int32_t id, bool dataflow) {
  const std::vector<Endpoint> inputs = std::exchange(graph.node(id).inputs, {});
  if (dataflow) {
    for (const Endpoint& input : inputs) graph.AddControl(id, input.node);
  }
  graph.SetOp(id, "NoOp");
  graph.node(id).num_outputs = 0;
}

// Which functions do nothing but compute: found from those that call nothing upwards.
class EffectFinder {
 public:
  explicit EffectFinder(Rewriter& rewriter) : rewriter_(rewriter) {}

  Result<std::set<std::string>> EffectFree() {
    std::set<std::string> free(rewriter_.functions().begin(), rewriter_.functions().end());
    bool changed = true;
    while (changed) {
      changed = false;
      for (const std::string& name : rewriter_.functions()) {
        if (!free.contains(name)) continue;
        SMCLI_ASSIGN_OR_RETURN(const bool has_effect, HasEffect(name, free));
        if (has_effect) changed = free.erase(name) > 0;
      }
    }
    return free;
  }

 private:
  Result<bool> HasEffect(const std::string& name, const std::set<std::string>& free) {
    const auto function = rewriter_.Function(name);
    if (!function.ok()) return true;
    const GraphDraft& body = (*function)->body;
    for (int32_t id = 0; id < body.size(); ++id) {
      const DraftNode& node = body.node(id);
      if (node.removed || node.op == "_Arg" || node.op == "NoOp") continue;
      const std::vector<std::string> called = body.FunctionsOf(id);
      const bool calls_free =
          !called.empty() && std::ranges::all_of(called, [&](const auto& f) { return free.contains(f); });
      if (!calls_free && (node.schema == nullptr || node.schema->stateful)) return true;
    }
    return false;
  }

  Rewriter& rewriter_;
};

// Calls and branches without effect whose results nobody reads.
Status DropIdleCalls(Rewriter& rewriter) {
  SMCLI_ASSIGN_OR_RETURN(const std::set<std::string> free, EffectFinder(rewriter).EffectFree());
  return ForEachGraph(rewriter, [&](PassGraph& pass, GraphDraft::Redirection&) -> Status {
    const auto uses = pass.graph.Uses();
    const bool dataflow = HasDataflow(pass.graph);
    for (int32_t id = 0; id < pass.graph.size(); ++id) {
      const DraftNode& node = pass.graph.node(id);
      const CallOp* call = node.removed ? nullptr : FindCallOp(node.op);
      if (call == nullptr || call->kind == CallOp::Kind::kLoop || pass.returned[static_cast<size_t>(id)]) continue;
      const bool read =
          std::ranges::any_of(uses[static_cast<size_t>(id)], [](const DraftUse& use) { return use.input >= 0; });
      const std::vector<std::string> called = pass.graph.FunctionsOf(id);
      if (read || !std::ranges::all_of(called, [&](const auto& f) { return free.contains(f); })) continue;
      MakeNoOp(pass.graph, id, dataflow);
    }
    return {};
  });
}

}  // namespace

Status StripDebug(Rewriter& rewriter) {
  const auto silence = [](PassGraph& pass, GraphDraft::Redirection&) -> Status {
    const bool dataflow = HasDataflow(pass.graph);
    for (int32_t id = 0; id < pass.graph.size(); ++id) {
      const DraftNode& node = pass.graph.node(id);
      if (node.removed) continue;
      if (IsOneOf(node.op, kMessages)) MakeNoOp(pass.graph, id, dataflow);
      if (IsOneOf(node.op, kWatchers) && !node.inputs.empty())
        SMCLI_RETURN_IF_ERROR(MakeIdentity(pass.graph, id, dataflow));
    }
    return {};
  };
  SMCLI_RETURN_IF_ERROR(ForEachGraph(rewriter, silence));
  return DropIdleCalls(rewriter);
}

Status StripTraining(Rewriter& rewriter) {
  rewriter.DropGradients();
  return ForEachGraph(rewriter, [](PassGraph& pass, GraphDraft::Redirection&) -> Status {
    for (int32_t id = 0; id < pass.graph.size(); ++id) {
      const DraftNode& node = pass.graph.node(id);
      if (node.removed) continue;
      pass.graph.RemoveAttr(id, "_gradient_op_type");
      if (IsOneOf(node.op, kGradientStops) && !node.inputs.empty())
        SMCLI_RETURN_IF_ERROR(MakeIdentity(pass.graph, id, true));
    }
    return {};
  });
}

}  // namespace smcli
