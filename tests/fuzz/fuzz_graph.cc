// A GraphDef of any bytes: the graph and every function built, checked, sorted, and their constants read.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/function_calls.h"
#include "model/functions.h"
#include "model/graph.h"
#include "tensor/tensor.h"

namespace smcli {
namespace {

constexpr int64_t kMemory = 64 << 20;

void Use(const Graph& graph, const GraphContext& context) {
  (void)TopologicalOrder(graph).ok();
  (void)CheckGraphTypes(graph, context).size();
  for (const Node& node : graph.nodes()) {
    const AttrReader attrs = graph.attrs(node);
    for (std::string_view name : attrs.Names()) {
      (void)attrs.Int(name).ok();
      (void)attrs.Types(name).ok();
      (void)attrs.Shapes(name).ok();
      (void)attrs.Funcs(name).ok();
      (void)attrs.Tensors(name).ok();
    }
    if (node.op == "Const") (void)attrs.Tensor("value").ok();
  }
}

}  // namespace
}  // namespace smcli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smcli;
  SetTensorMemoryLimit(kMemory);
  const SharedBytes bytes(std::string(reinterpret_cast<const char*>(data), size));
  const OpDefs ops;
  const auto functions = FunctionLibrary::Open(bytes);
  if (!functions.ok()) return 0;
  const GraphContext context{.ops = &ops, .functions = functions->get()};
  std::vector<Error> problems;
  (void)BuildGraph(bytes, context).ok();
  if (const auto graph = BuildGraph(bytes, context, &problems); graph.ok()) Use(*graph, context);
  for (std::string_view name : (*functions)->names()) {
    const auto function = (*functions)->Get(name);
    if (!function.ok()) continue;
    if (const auto body = BuildFunctionGraph(**function, {}, context, &problems); body.ok()) Use(*body, context);
  }
  (void)RecursiveFunctions(**functions).size();
  return 0;
}
