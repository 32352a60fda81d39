#include "exec/node_kernels.h"

#include "exec/edge_types.h"
#include "ops/function_call.h"
#include "ops/inner_step.h"
#include "ops/registry.h"
#include "ops/resources.h"

namespace smcli {

void MissingSupport::Add(std::string reason, std::string_view function, std::string_view node) {
  Users& users = reasons_[std::move(reason)];
  if (users.count++ > 0) return;
  users.first = function.empty() ? fmt::format("'{}'", node) : fmt::format("'{}' in function '{}'", node, function);
}

Error MissingSupport::ToError() const {
  std::string text;
  for (const auto& [reason, users] : reasons_) {
    if (!text.empty()) text += "; ";
    text += fmt::format("{} (node {}", reason, users.first);
    if (users.count > 1) text += fmt::format(" and {} more", users.count - 1);
    text += ")";
  }
  return UnsupportedError("the executor lacks {}", text);
}

Result<NodeTypes> TypesOf(const Graph& graph, int32_t node) {
  NodeTypes types;
  if (graph.node(node).schema == nullptr) return types;
  const AttrReader attrs = graph.attrs(node);
  SMCLI_ASSIGN_OR_RETURN(types.inputs, InputTypes(attrs));
  SMCLI_ASSIGN_OR_RETURN(types.outputs, OutputTypes(attrs));
  return types;
}

namespace {

// The first type attribute that lies outside of what the kernel takes, in words; empty: none.
std::string UnsupportedType(const Op& op, const AttrReader& attrs) {
  for (const TypeConstraint& constraint : op.types) {
    if (constraint.attr.empty()) break;
    const auto dtype = attrs.Type(constraint.attr);
    if (dtype.ok() && !constraint.types.Contains(*dtype)) return std::string(Name(*dtype));
  }
  return {};
}

std::string MissingOp(std::string_view op) {
  return IsTensorFlowOp(op) ? fmt::format("op '{}'", op) : fmt::format("the custom op '{}'", op);
}

class Dereference final : public Kernel {
 public:
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(Tensor value, variable->Read());
    ctx.set_output(0, std::move(value));
    return {};
  }
};

}  // namespace

Result<std::unique_ptr<Kernel>> MakeKernelOf(std::string_view name, const Graph& graph, int32_t node,
                                             const NodeTypes& types, FunctionResolver& functions,
                                             MissingSupport& missing) {
  const Node& n = graph.node(node);
  const AttrReader attrs = graph.attrs(node);
  const NodeInfo info{
      n.name, name, attrs, types.inputs.types, types.outputs.types, functions, std::string(graph.name())};
  const Op* op = FindOp(name);
  if (op == nullptr) {
    if (auto function = functions.ResolveDirect(name, attrs)) {
      SMCLI_ASSIGN_OR_RETURN(CallableFunction * callable, std::move(*function));
      SMCLI_ASSIGN_OR_RETURN(auto call, MakeDirectCall(callable, info));
      return WithCheckedOutputs(std::move(call), n, types);
    }
    missing.Add(MissingOp(name), graph.name(), n.name);
    return std::unique_ptr<Kernel>();
  }
  if (const std::string dtype = UnsupportedType(*op, attrs); !dtype.empty()) {
    missing.Add(fmt::format("op '{}' for {}", name, dtype), graph.name(), n.name);
    return std::unique_ptr<Kernel>();
  }
  auto kernel = op->make(info);
  if (!kernel.ok() && kernel.error().kind() == ErrorKind::kUnsupported) {
    missing.Add(fmt::format("op '{}': {}", name, kernel.error().message()), graph.name(), n.name);
    return std::unique_ptr<Kernel>();
  }
  if (!kernel.ok()) return AtNode(std::move(kernel).error(), graph.name(), n.name, name);
  return WithCheckedOutputs(*std::move(kernel), n, types);
}

Result<std::unique_ptr<Kernel>> MakeNodeKernel(const Graph& graph, int32_t node, const NodeTypes& types,
                                               FunctionResolver& functions, MissingSupport& missing) {
  return MakeKernelOf(graph.node(node).op, graph, node, types, functions, missing);
}

const Kernel& DereferenceKernel() {
  static const Dereference kernel;
  return kernel;
}

}  // namespace smcli
