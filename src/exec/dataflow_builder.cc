// Builds a DataflowPlan: items, their readers, and the static frame that every item runs in.
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "exec/dataflow.h"
#include "exec/edge_types.h"

namespace smcli {
namespace {

using Kind = DataflowPlan::Kind;

Kind KindOf(std::string_view op) {
  static const std::unordered_map<std::string_view, Kind> kinds = {{"Switch", Kind::kSwitch},
                                                                   {"RefSwitch", Kind::kSwitch},
                                                                   {"_SwitchN", Kind::kSwitch},
                                                                   {"Merge", Kind::kMerge},
                                                                   {"RefMerge", Kind::kMerge},
                                                                   {"Enter", Kind::kEnter},
                                                                   {"RefEnter", Kind::kEnter},
                                                                   {"Exit", Kind::kExit},
                                                                   {"RefExit", Kind::kExit},
                                                                   {"NextIteration", Kind::kNextIteration},
                                                                   {"RefNextIteration", Kind::kNextIteration},
                                                                   {"ControlTrigger", Kind::kControlTrigger}};
  const auto at = kinds.find(op);
  return at == kinds.end() ? Kind::kOrdinary : at->second;
}

}  // namespace

class DataflowBuilder {
 public:
  explicit DataflowBuilder(const PlanRequest& request)
      : request_(request),
        graph_(*request.graph),
        item_of_(static_cast<size_t>(graph_.num_nodes()), -1),
        plan_(new DataflowPlan(graph_)) {}

  Result<std::unique_ptr<RunnablePlan>> Build(std::span<const int32_t> order) {
    SMCLI_ASSIGN_OR_RETURN(plan_->feed_types_, FeedTypes(graph_, request_.feeds));
    for (size_t i = 0; i < request_.feeds.size(); ++i) AddFeed(request_.feeds[i], plan_->feed_types_[i]);
    for (int32_t node : order) SMCLI_RETURN_IF_ERROR(AddItem(node));
    for (int32_t node : order) SMCLI_RETURN_IF_ERROR(Connect(node));
    SMCLI_RETURN_IF_ERROR(AddFetches());
    SMCLI_RETURN_IF_ERROR(FindFrames());
    LayOut();
    return std::unique_ptr<RunnablePlan>(std::move(plan_));
  }

 private:
  using Item = DataflowPlan::Item;
  using Reader = DataflowPlan::Reader;
  static constexpr int32_t kControl = DataflowPlan::kControl;

  static int64_t Key(const Endpoint& e) { return static_cast<int64_t>(e.node) << 32 | static_cast<uint32_t>(e.output); }

  void AddFeed(const Endpoint& feed, DataType type) {
    const auto [at, fresh] = fed_.emplace(Key(feed), static_cast<int32_t>(plan_->items_.size()));
    if (fresh) {
      Item item;
      item.kind = Kind::kFeed;
      item.node = feed.node;
      item.num_outputs = 1;
      plan_->items_.push_back(std::move(item));
      types_.push_back({type});
    }
    plan_->feed_items_.push_back(at->second);
  }

  Status AddItem(int32_t id) {
    const Node& node = graph_.node(id);
    if (node.op == "_Arg") return {};
    Item item;
    item.kind = KindOf(node.op);
    item.node = id;
    item.num_inputs = static_cast<int32_t>(node.inputs.size());
    item.num_outputs = node.num_outputs;
    SMCLI_ASSIGN_OR_RETURN(const NodeTypes types, TypesOf(graph_, id));
    for (int32_t i = 0; i < item.num_outputs && static_cast<size_t>(i) < types.outputs.is_ref.size(); ++i) {
      if (types.outputs.is_ref[static_cast<size_t>(i)]) is_ref_.insert(Key({id, i}));
    }
    SMCLI_ASSIGN_OR_RETURN(auto kernel, MakeNodeKernel(graph_, id, types, *request_.functions, *request_.missing));
    item.kernel = kernel.get();
    if (kernel) plan_->kernels_.push_back(std::move(kernel));
    if (item.kind == Kind::kEnter) {
      SMCLI_ASSIGN_OR_RETURN(item.constant_enter, graph_.attrs(id).Bool("is_constant"));
    }
    item_of_[static_cast<size_t>(id)] = static_cast<int32_t>(plan_->items_.size());
    plan_->items_.push_back(std::move(item));
    types_.push_back(types.outputs.types);
    return {};
  }

  Status Connect(int32_t id) {
    const int32_t to = item_of_[static_cast<size_t>(id)];
    if (to < 0) return {};
    const Node& node = graph_.node(id);
    SMCLI_ASSIGN_OR_RETURN(const NodeTypes types, TypesOf(graph_, id));
    Item& item = plan_->items_[static_cast<size_t>(to)];
    item.dereference.assign(node.inputs.size(), false);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Endpoint& input = node.inputs[i];
      const bool wants_ref = i < types.inputs.is_ref.size() && types.inputs.is_ref[i];
      item.dereference[i] = is_ref_.contains(Key(input)) && !wants_ref;
      SMCLI_RETURN_IF_ERROR(AddReader(input, {0, to, static_cast<int32_t>(i), -1}));
      SMCLI_RETURN_IF_ERROR(CheckEdge(node, i, types.inputs, TypeOf(input)));
    }
    std::unordered_set<int32_t> controls(node.control_inputs.begin(), node.control_inputs.end());
    for (int32_t control : controls) {
      const int32_t from = item_of_[static_cast<size_t>(control)];
      if (from < 0) continue;  // an argument of the function: there from the start
      plan_->items_[static_cast<size_t>(from)].readers.push_back({kControl, to, kControl, -1});
      ++plan_->items_[static_cast<size_t>(to)].num_controls;
    }
    return {};
  }

  Status AddReader(const Endpoint& from, Reader reader) {
    const auto fed = fed_.find(Key(from));
    const int32_t item = fed != fed_.end() ? fed->second : item_of_[static_cast<size_t>(from.node)];
    if (item < 0 || (fed == fed_.end() && from.output >= plan_->items_[static_cast<size_t>(item)].num_outputs)) {
      return InvalidModelError("OutputIndexOutOfRange: node '{}' has no output {}", graph_.node(from.node).name,
                               from.output);
    }
    reader.output = fed != fed_.end() ? 0 : from.output;
    plan_->items_[static_cast<size_t>(item)].readers.push_back(reader);
    return {};
  }

  // Of an endpoint that AddReader has accepted.
  DataType TypeOf(const Endpoint& endpoint) const {
    const auto fed = fed_.find(Key(endpoint));
    if (fed != fed_.end()) return types_[static_cast<size_t>(fed->second)][0];
    const auto& types = types_[static_cast<size_t>(item_of_[static_cast<size_t>(endpoint.node)])];
    return static_cast<size_t>(endpoint.output) < types.size() ? types[static_cast<size_t>(endpoint.output)]
                                                               : DataType::kInvalid;
  }

  Status AddFetches() {
    plan_->num_fetches_ = request_.fetches.size();
    for (size_t i = 0; i < request_.fetches.size(); ++i) {
      SMCLI_RETURN_IF_ERROR(AddReader(request_.fetches[i], {0, -1, 0, static_cast<int32_t>(i)}));
      SMCLI_RETURN_IF_ERROR(CheckReturn(graph_, i, TypeOf(request_.fetches[i])));
    }
    return {};
  }

  // Frames spread along the edges from the sources, which lie in the graph itself: Enter leads into a child, Exit out.
  Status FindFrames() {
    plan_->frames_.push_back({});
    std::vector<int32_t> frame_of(plan_->items_.size(), -1);
    std::vector<int32_t> work;
    for (size_t i = 0; i < plan_->items_.size(); ++i) {
      const Item& item = plan_->items_[i];
      if (item.num_inputs + item.num_controls > 0) continue;
      frame_of[i] = 0;
      work.push_back(static_cast<int32_t>(i));
    }
    while (!work.empty()) {
      const int32_t from = work.back();
      work.pop_back();
      SMCLI_ASSIGN_OR_RETURN(const int32_t inside, FrameBehind(from, frame_of[static_cast<size_t>(from)]));
      for (const Reader& reader : plan_->items_[static_cast<size_t>(from)].readers) {
        if (reader.fetch >= 0) {
          if (inside != 0) return InvalidModelError("FrameMismatch: a fetched tensor lies inside a loop");
          continue;
        }
        int32_t& frame = frame_of[static_cast<size_t>(reader.item)];
        if (frame < 0) {
          frame = inside;
          work.push_back(reader.item);
        } else if (frame != inside) {
          return InvalidModelError("FrameMismatch: node '{}' has inputs from different loops", NameOf(reader.item));
        }
      }
    }
    for (size_t i = 0; i < plan_->items_.size(); ++i) {
      if (frame_of[i] < 0)
        return InvalidModelError("GraphCycle: node '{}' waits for itself", NameOf(static_cast<int32_t>(i)));
      plan_->items_[i].frame = frame_of[i];
    }
    return {};
  }

  std::string_view NameOf(int32_t item) const {
    return graph_.node(plan_->items_[static_cast<size_t>(item)].node).name;
  }

  // The frame that the outputs of an item belong to.
  Result<int32_t> FrameBehind(int32_t id, int32_t frame) {
    Item& item = plan_->items_[static_cast<size_t>(id)];
    if (item.kind == Kind::kExit) {
      if (frame == 0) return InvalidModelError("FrameMismatch: Exit '{}' lies outside of any loop", NameOf(id));
      plan_->frames_[static_cast<size_t>(frame)].exits.push_back(id);
      return plan_->frames_[static_cast<size_t>(frame)].parent;
    }
    if (item.kind != Kind::kEnter) return frame;
    SMCLI_ASSIGN_OR_RETURN(std::string name, graph_.attrs(item.node).String("frame_name"));
    const auto [at, fresh] = child_frames_.emplace(std::pair(frame, name), static_cast<int32_t>(plan_->frames_.size()));
    if (fresh) {
      plan_->frames_.emplace_back();
      plan_->frames_.back().parent = frame;
    }
    ++plan_->frames_[static_cast<size_t>(at->second)].num_enters;
    return item.child_frame = at->second;
  }

  // Positions of inputs and items within the arrays of an iteration of their frame.
  void LayOut() {
    plan_->local_index_.resize(plan_->items_.size());
    for (size_t i = 0; i < plan_->items_.size(); ++i) {
      Item& item = plan_->items_[i];
      DataflowPlan::StaticFrame& frame = plan_->frames_[static_cast<size_t>(item.frame)];
      plan_->local_index_[i] = static_cast<int32_t>(frame.items.size());
      frame.items.push_back(static_cast<int32_t>(i));
      item.first_input = frame.num_inputs;
      frame.num_inputs += static_cast<uint32_t>(item.num_inputs);
      if (item.kind != Kind::kFeed && item.num_inputs + item.num_controls == 0)
        plan_->sources_.push_back(static_cast<int32_t>(i));
    }
  }

  struct PairHash {
    size_t operator()(const std::pair<int32_t, std::string>& p) const {
      return std::hash<std::string>()(p.second) * 31 + static_cast<size_t>(p.first);
    }
  };

  const PlanRequest& request_;
  const Graph& graph_;
  std::vector<int32_t> item_of_;
  std::vector<std::vector<DataType>> types_;  // of the outputs, beside the items
  std::unordered_map<int64_t, int32_t> fed_;
  std::unordered_set<int64_t> is_ref_;
  std::unordered_map<std::pair<int32_t, std::string>, int32_t, PairHash> child_frames_;
  std::unique_ptr<DataflowPlan> plan_;
};

Result<std::unique_ptr<RunnablePlan>> DataflowPlan::Build(const PlanRequest& request, std::span<const int32_t> order) {
  return DataflowBuilder(request).Build(order);
}

}  // namespace smcli
