#include "exec/edge_types.h"

#include <algorithm>
#include <map>

namespace smcli {
namespace {

class CheckedOutputs final : public Kernel {
 public:
  CheckedOutputs(std::unique_ptr<Kernel> kernel, std::vector<DataType> types)
      : kernel_(std::move(kernel)), types_(std::move(types)) {}

  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(kernel_->Compute(ctx));
    for (size_t i = 0; i < types_.size(); ++i) {
      const DataType type = ctx.output(static_cast<int>(i)).dtype();
      if (type == types_[i] || type == DataType::kInvalid || types_[i] == DataType::kInvalid) continue;
      return ModelError("output {} is {}, the node says {}", i, Name(type), Name(types_[i]));
    }
    return {};
  }

 private:
  std::unique_ptr<Kernel> kernel_;
  std::vector<DataType> types_;  // kInvalid: not looked at
};

bool HoldsAnything(DataType dtype) { return dtype == DataType::kResource || dtype == DataType::kVariant; }

}  // namespace

Result<std::vector<DataType>> FeedTypes(const Graph& graph, std::span<const Endpoint> feeds) {
  std::map<std::pair<int32_t, int32_t>, DataType> args;
  for (const GraphArg& arg : graph.args()) args[{arg.endpoint.node, arg.endpoint.output}] = arg.dtype;
  std::vector<DataType> types;
  for (const Endpoint& feed : feeds) {
    const auto arg = args.find({feed.node, feed.output});
    DataType type = arg == args.end() ? DataType::kInvalid : arg->second;
    if (arg == args.end() && graph.node(feed.node).schema != nullptr) {
      SMCLI_ASSIGN_OR_RETURN(const NodeTypes node, TypesOf(graph, feed.node));
      const auto output = static_cast<size_t>(feed.output);
      if (output < node.outputs.types.size()) type = node.outputs.types[output];
    }
    types.push_back(type);
  }
  return types;
}

Status CheckEdge(const Node& reader, size_t input, const ArgTypes& wanted, DataType given) {
  if (input >= wanted.types.size() || given == DataType::kInvalid || wanted.types[input] == DataType::kInvalid)
    return {};
  if (given == wanted.types[input]) return {};
  return InvalidModelError("EdgeTypeMismatch: input {} of node '{}' (op {}) is {}, the node takes {}", input,
                           reader.name, reader.op, Name(given), Name(wanted.types[input]));
}

Status CheckReturn(const Graph& function, size_t ret, DataType given) {
  if (ret >= function.rets().size() || given == DataType::kInvalid) return {};
  const GraphRet& declared = function.rets()[ret];
  if (declared.dtype == given || declared.dtype == DataType::kInvalid) return {};
  return InvalidModelError("EdgeTypeMismatch: function '{}' returns {} as '{}', which is {}", function.name(),
                           Name(given), declared.name, Name(declared.dtype));
}

Status CheckFeeds(const Graph& graph, std::span<const Tensor> feeds, std::span<const DataType> types) {
  for (size_t i = 0; i < feeds.size(); ++i) {
    if (feeds[i].dtype() == types[i] || types[i] == DataType::kInvalid) [[likely]]
      continue;
    if (!feeds[i].has_value()) continue;
    return ModelError("{} takes {} as argument {}, got {}",
                      graph.name().empty() ? "the graph" : fmt::format("function '{}'", graph.name()), Name(types[i]),
                      i, Name(feeds[i].dtype()));
  }
  return {};
}

std::unique_ptr<Kernel> WithCheckedOutputs(std::unique_ptr<Kernel> kernel, const Node& node, const NodeTypes& types) {
  if (!kernel || types.outputs.types.empty()) return kernel;
  const auto& refs = types.inputs.is_ref;
  const bool open =
      node.schema == nullptr || node.op == "Const" || node.schema->stateful ||
      std::ranges::any_of(types.inputs.types, HoldsAnything) ||
      std::ranges::any_of(types.outputs.types, HoldsAnything) || std::ranges::find(refs, true) != refs.end() ||
      std::ranges::any_of(node.schema->attrs, [](const AttrSchema& attr) { return attr.kind == AttrKind::kFunc; });
  if (!open) return kernel;
  std::vector<DataType> wanted = types.outputs.types;
  for (size_t i = 0; i < wanted.size() && i < types.outputs.is_ref.size(); ++i) {
    if (types.outputs.is_ref[i]) wanted[i] = DataType::kInvalid;  // a handle stands for a reference
  }
  return std::make_unique<CheckedOutputs>(std::move(kernel), std::move(wanted));
}

}  // namespace smcli
