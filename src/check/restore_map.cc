#include "check/restore_map.h"

#include <fmt/format.h>

#include <unordered_map>

#include "model/function_calls.h"
#include "model/variable_id.h"

namespace smcli {
namespace {

// From an assignment back to the RestoreV2 are an Identity or two.
constexpr int kMaxSteps = 8;

bool IsPass(std::string_view op) { return op == "Identity" || op == "Cast" || op == "Reshape"; }

// The strings of a Const; unset where the endpoint is something else.
std::optional<std::vector<std::string>> ConstStrings(const Graph& graph, const Endpoint& endpoint) {
  if (endpoint.node < 0 || graph.node(endpoint.node).op != "Const") return std::nullopt;
  const auto value = graph.attrs(endpoint.node).Tensor("value");
  if (!value.ok() || value->dtype() != DataType::kString) return std::nullopt;
  const auto strings = value->flat<std::string>();
  return std::vector<std::string>(strings.begin(), strings.end());
}

class MapReader {
 public:
  explicit MapReader(const GraphSubject& subject) : subject_(subject) {}

  RestoreMap Run() {
    const auto& saver = subject_.meta.saver();
    if (!subject_.graph || !saver || saver->restore_op_name.empty()) return {};
    const Graph& graph = *subject_.graph;
    const int32_t root = subject_.FindNode(saver->restore_op_name);
    if (root < 0) return {};
    const auto behind = TopologicalOrder(graph, std::span(&root, 1));
    if (!behind.ok()) return {};
    map_.complete = true;
    ReadGraph(graph, *behind, [&](const Endpoint& endpoint) { return endpoint.node; });
    for (const int32_t id : *behind) {
      if (IsPartitionedCall(graph.node(id).op)) ReadCall(graph, id);
    }
    return std::move(map_);
  }

 private:
  // The function's arguments are what the call hands in.
  void ReadCall(const Graph& caller, int32_t call) {
    const auto called = caller.attrs(call).Func("f");
    const FunctionLibrary* library = subject_.context.functions;
    const auto function = called.ok() && library ? library->Get(called->name) : Result<const Function*>(nullptr);
    if (!function.ok() || *function == nullptr) {
      map_.complete = false;
      return;
    }
    std::vector<Error> problems;
    const auto body = BuildFunctionGraph(**function, called->attrs, subject_.context, &problems);
    const auto order = body.ok() ? TopologicalOrder(*body) : Result<std::vector<int32_t>>(body.error());
    if (!order.ok()) {
      map_.complete = false;
      return;
    }
    const Node& node = caller.node(call);
    std::unordered_map<int64_t, int32_t> given;  // by argument
    for (size_t i = 0; i < body->args().size() && i < node.inputs.size(); ++i) {
      given.emplace(KeyOf(body->args()[i].endpoint), node.inputs[i].node);
    }
    ReadGraph(*body, *order, [&](const Endpoint& endpoint) {
      const auto found = given.find(KeyOf(endpoint));
      return found == given.end() ? -1 : found->second;
    });
  }

  // `variable_of` leads from a variable's endpoint in this graph to its node in the main graph.
  template <typename VariableOf>
  void ReadGraph(const Graph& graph, std::span<const int32_t> nodes, VariableOf variable_of) {
    std::unordered_map<int64_t, size_t> tensors;  // node and output of a RestoreV2, to what it reads
    for (const int32_t id : nodes) {
      if (graph.node(id).op == "RestoreV2") ReadRestore(graph, id, tensors);
      map_.complete = map_.complete && !graph.node(id).op.starts_with("RestoreSlice") && graph.node(id).op != "Restore";
    }
    for (const int32_t id : nodes) {
      const Node& node = graph.node(id);
      if (!AssignsVariable(node.op) || node.inputs.size() < 2) continue;
      Endpoint value = node.inputs[1];
      for (int step = 0; step < kMaxSteps && value.node >= 0 && IsPass(graph.node(value.node).op); ++step) {
        if (graph.node(value.node).inputs.empty()) break;
        value = graph.node(value.node).inputs[0];
      }
      const auto tensor = tensors.find(KeyOf(value));
      if (tensor != tensors.end()) Fill(map_.tensors[tensor->second], variable_of(node.inputs[0]));
    }
  }

  static int64_t KeyOf(const Endpoint& endpoint) { return (int64_t{endpoint.node} << 32) | endpoint.output; }

  void ReadRestore(const Graph& graph, int32_t id, std::unordered_map<int64_t, size_t>& tensors) {
    const Node& node = graph.node(id);
    const auto names = node.inputs.size() == 3 ? ConstStrings(graph, node.inputs[1]) : std::nullopt;
    const auto slices = node.inputs.size() == 3 ? ConstStrings(graph, node.inputs[2]) : std::nullopt;
    const auto dtypes = graph.attrs(id).Types("dtypes");
    if (!names || !dtypes.ok() || dtypes->size() != names->size()) {
      map_.complete = false;
      return;
    }
    const std::string place = JoinPlaces(subject_.PlaceOf(graph), fmt::format("node {}", node.name));
    for (size_t i = 0; i < names->size(); ++i) {
      tensors.emplace(KeyOf({id, static_cast<int32_t>(i)}), map_.tensors.size());
      std::string slice = slices && i < slices->size() ? (*slices)[i] : std::string();
      map_.tensors.push_back({(*names)[i], std::move(slice), (*dtypes)[i], "", {}, place});
    }
  }

  void Fill(RestoredTensor& tensor, int32_t variable) const {
    if (variable < 0) return;
    const Graph& graph = *subject_.graph;
    tensor.variable = graph.node(variable).name;
    if (auto shape = graph.attrs(variable).Shape("shape"); shape.ok()) tensor.shape = *std::move(shape);
  }

  const GraphSubject& subject_;
  RestoreMap map_;
};

}  // namespace

RestoreMap ReadRestoreMap(const GraphSubject& subject) { return MapReader(subject).Run(); }

}  // namespace smcli
