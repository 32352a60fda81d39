#include "transform/dataflow_ops.h"

#include <algorithm>
#include <iterator>

namespace smcli {
namespace {

constexpr std::string_view kDataflowOps[] = {"ControlTrigger", "Enter",    "Exit",    "LoopCond", "Merge",
                                             "NextIteration",  "RefEnter", "RefExit", "RefMerge", "RefNextIteration",
                                             "RefSwitch",      "Switch",   "_SwitchN"};

}  // namespace

bool IsDataflowOp(std::string_view op) { return std::ranges::find(kDataflowOps, op) != std::end(kDataflowOps); }

bool HasDataflow(const GraphDraft& graph) {
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (!graph.node(id).removed && IsDataflowOp(graph.node(id).op)) return true;
  }
  return false;
}

}  // namespace smcli
