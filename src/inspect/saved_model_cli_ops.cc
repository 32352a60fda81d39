#include <algorithm>
#include <unordered_set>

#include "base/wire.h"
#include "inspect/saved_model_cli_text.h"
#include "model/attrs.h"
#include "model/function_calls.h"

namespace smcli {
namespace {

constexpr uint32_t kNodeDefOp = 2;  // NodeDef.op

std::string_view OpOf(std::string_view node_def) {
  WireReader reader(node_def);
  WireField field;
  std::string_view op;
  while (reader.Next(field)) {
    if (field.is(kNodeDefOp, WireType::kBytes)) op = field.bytes;
  }
  return op;
}

class OpCollector {
 public:
  explicit OpCollector(const FunctionLibrary& functions)
      : functions_(functions), names_(functions.names().begin(), functions.names().end()) {}

  void Visit(std::string_view op, std::string_view node_def) {
    Use(op);
    if (!IsPartitionedCall(op)) return;
    const AttrReader attrs(AttrSource{.node = {}, .op = op, .node_def = node_def});
    const Result<FuncAttr> callee = attrs.Func("f");
    if (!callee.ok()) return;
    if (const auto name = names_.find(callee->name); name != names_.end()) Use(*name);
  }

  Status VisitFunctions() {
    while (!waiting_.empty()) {
      const std::string_view name = waiting_.back();
      waiting_.pop_back();
      SMCLI_ASSIGN_OR_RETURN(const Function* function, functions_.Get(name));
      for (const std::string_view node_def : function->node_defs()) Visit(OpOf(node_def), node_def);
    }
    return {};
  }

  std::vector<std::string_view> Sorted() const {
    std::vector<std::string_view> ops;
    for (const std::string_view op : used_) {
      if (!names_.contains(op)) ops.push_back(op);
    }
    std::ranges::sort(ops);
    return ops;
  }

 private:
  void Use(std::string_view op) {
    if (used_.insert(op).second && names_.contains(op)) waiting_.push_back(op);
  }

  const FunctionLibrary& functions_;
  std::unordered_set<std::string_view> names_;  // of the functions
  std::unordered_set<std::string_view> used_;   // ops and functions
  std::vector<std::string_view> waiting_;       // functions whose nodes are yet to be visited
};

}  // namespace

// Like TensorFlow, this follows calls by name and by the attribute `f` of call ops, not the branches of If and While.
Result<std::vector<std::string_view>> OpsUsedBy(const MetaGraph& meta_graph) {
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* functions, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const std::vector<NodeOutline> nodes, ListNodes(meta_graph.graph_def_bytes()));
  OpCollector collector(*functions);
  for (const NodeOutline& node : nodes) collector.Visit(node.op, node.def);
  SMCLI_RETURN_IF_ERROR(collector.VisitFunctions());
  return collector.Sorted();
}

}  // namespace smcli
