// DataflowPlan: graphs with V1 control flow (Switch, Merge, Enter, Exit, NextIteration). Values carry a tag, the frame
// and the iteration they belong to, and may be dead (spec graph_and_functions.md section 7; TensorFlow:
// core/common_runtime/executor.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "exec/plan.h"

namespace smcli {

class DataflowPlan final : public RunnablePlan {
 public:
  static Result<std::unique_ptr<RunnablePlan>> Build(const PlanRequest& request, std::span<const int32_t> order);
  Status Run(RunServices& services, std::span<Tensor> feeds, std::vector<Tensor>& fetches) const override;

  enum class Kind : uint8_t { kOrdinary, kSwitch, kMerge, kEnter, kExit, kNextIteration, kControlTrigger, kFeed };

  // A reader of an output (or of the node's completion, where slot is kControl).
  static constexpr int32_t kControl = -1;
  struct Reader {
    int32_t output;  // of the producer; kControl for a control edge
    int32_t item;
    int32_t input;  // of the reader; kControl
    int32_t fetch;  // >= 0: not an item but a fetch
  };
  // A node of the plan. Items are numbered densely.
  struct Item {
    Kind kind = Kind::kOrdinary;
    const Kernel* kernel = nullptr;
    int32_t node = -1;
    int32_t num_inputs = 0;
    int32_t num_controls = 0;
    int32_t num_outputs = 0;
    uint32_t first_input = 0;  // in the arrays of an iteration
    bool constant_enter = false;
    int32_t frame = 0;        // static frame the item runs in
    int32_t child_frame = 0;  // kEnter: the frame it leads into
    std::vector<Reader> readers;
    std::vector<bool> dereference;  // per input
  };
  // A loop, as the graph shows it; 0 is the graph itself.
  struct StaticFrame {
    int32_t parent = 0;
    int32_t num_enters = 0;
    uint32_t num_inputs = 0;
    std::vector<int32_t> items;
    std::vector<int32_t> exits;
  };

 private:
  friend class DataflowBuilder;
  friend class DataflowRun;
  explicit DataflowPlan(const Graph& graph) : graph_(graph) {}

  const Graph& graph_;
  std::vector<std::unique_ptr<Kernel>> kernels_;
  std::vector<Item> items_;
  std::vector<int32_t> local_index_;  // item -> position in its frame's items
  std::vector<StaticFrame> frames_;
  std::vector<int32_t> feed_items_;
  std::vector<DataType> feed_types_;
  std::vector<int32_t> sources_;  // items without inputs
  size_t num_fetches_ = 0;
};

}  // namespace smcli
