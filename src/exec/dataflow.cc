// One run of a DataflowPlan. Single-threaded: a queue of items that are ready, first in, first out.
#include "exec/dataflow.h"

#include <deque>
#include <map>

#include "exec/edge_types.h"
#include "ops/inner_step.h"

namespace smcli {
namespace {

using Kind = DataflowPlan::Kind;

// What has arrived for one item in one iteration.
struct Arrivals {
  int32_t data = 0;
  int32_t dead = 0;  // data inputs that came dead, for Merge; any input, for the others
  int32_t controls = 0;
  bool live = false;  // Merge: a live input is here
  bool started = false;
  bool dead_enter = false;
};

struct Iteration {
  std::vector<Arrivals> items;
  std::vector<Tensor> inputs;
  int64_t outstanding = 0;  // ready items and child frames
};

struct Frame {
  const DataflowPlan::StaticFrame* graph = nullptr;
  int32_t id = 0;
  Frame* parent = nullptr;
  int64_t parent_iteration = 0;
  int32_t pending_enters = 0;
  int64_t first = 0;  // number of iterations.front()
  std::deque<std::unique_ptr<Iteration>> iterations;
  std::vector<std::pair<int32_t, Tensor>> constants;  // Enter items with is_constant, and what they brought (or dead)
  std::map<int32_t, bool> exits;                      // Exit items that sent a live value
  std::map<std::pair<int64_t, int32_t>, std::unique_ptr<Frame>> children;  // (iteration, static frame)

  Iteration* Find(int64_t number) {
    const int64_t at = number - first;
    return at < 0 || at >= static_cast<int64_t>(iterations.size()) ? nullptr
                                                                   : iterations[static_cast<size_t>(at)].get();
  }
};

}  // namespace

class DataflowRun {
 public:
  DataflowRun(const DataflowPlan& plan, RunServices& services, std::vector<Tensor>& fetches)
      : plan_(plan), services_(services), fetches_(fetches) {
    root_.graph = &plan.frames_[0];
    AddIteration(root_);
  }

  Status Run(std::span<Tensor> feeds) {
    SMCLI_RETURN_IF_ERROR(CheckFeeds(plan_.graph_, feeds, plan_.feed_types_));
    fetches_.assign(plan_.num_fetches_, Tensor());
    for (size_t i = 0; i < feeds.size(); ++i) {
      Tensor output = std::move(feeds[i]);
      Deliver(plan_.feed_items_[i], root_, 0, std::span(&output, 1), false);
    }
    for (int32_t source : plan_.sources_) Enqueue(source, root_, 0, false);
    while (!ready_.empty()) {
      const Ready next = ready_.front();
      ready_.pop_front();
      if (services_.cancelled != nullptr && services_.cancelled->load(std::memory_order_relaxed))
        return ModelError("cancelled");
      SMCLI_RETURN_IF_ERROR(Execute(next));
    }
    for (size_t i = 0; i < fetches_.size(); ++i) {
      if (!fetches_[i].has_value()) {
        return ModelError("DeadFetch: output {} lies on a branch that was not taken", i);
      }
    }
    return {};
  }

 private:
  using Item = DataflowPlan::Item;
  using Reader = DataflowPlan::Reader;
  static constexpr int32_t kControl = DataflowPlan::kControl;

  struct Ready {
    int32_t item;
    Frame* frame;
    int64_t iteration;
    bool dead;
  };

  void AddIteration(Frame& frame) {
    auto iteration = std::make_unique<Iteration>();
    iteration->items.resize(frame.graph->items.size());
    iteration->inputs.resize(frame.graph->num_inputs);
    frame.iterations.push_back(std::move(iteration));
  }

  void Enqueue(int32_t item, Frame& frame, int64_t iteration, bool dead) {
    ++frame.Find(iteration)->outstanding;
    ready_.push_back({item, &frame, iteration, dead});
  }

  Status Execute(const Ready& ready) {
    const Item& item = plan_.items_[static_cast<size_t>(ready.item)];
    std::vector<Tensor> outputs(static_cast<size_t>(item.num_outputs));
    if (!ready.dead) {
      const Node& node = plan_.graph_.node(item.node);
      if (Status status = Compute(item, *ready.frame->Find(ready.iteration), outputs); !status.ok()) {
        return AtNode(std::move(status).error(), plan_.graph_.name(), node.name, node.op);
      }
    }
    SMCLI_RETURN_IF_ERROR(Propagate(ready, item, outputs));
    --ready.frame->Find(ready.iteration)->outstanding;
    Retire(*ready.frame);
    return {};
  }

  Status Compute(const Item& item, Iteration& iteration, std::vector<Tensor>& outputs) {
    Tensor* inputs = iteration.inputs.data() + item.first_input;
    indices_.resize(static_cast<size_t>(item.num_inputs));
    for (int32_t i = 0; i < item.num_inputs; ++i) {
      indices_[static_cast<size_t>(i)] = static_cast<uint32_t>(i) | KernelContext::kLastUse;
      if (!item.dereference[static_cast<size_t>(i)] || !inputs[i].has_value()) continue;
      KernelContext read(inputs, std::span(indices_).subspan(static_cast<size_t>(i), 1), std::span(&inputs[i], 1),
                         services_);
      SMCLI_RETURN_IF_ERROR(DereferenceKernel().Compute(read));
    }
    KernelContext ctx(inputs, indices_, outputs, services_);
    const Node& node = plan_.graph_.node(item.node);
    if (services_.monitor != nullptr) services_.monitor->Begin(plan_.graph_.name(), node.name, node.op);
    Status status = item.kernel->Compute(ctx);
    if (services_.monitor != nullptr)
      services_.monitor->End(status.ok() ? std::span<const Tensor>(outputs) : std::span<const Tensor>());
    for (int32_t i = 0; i < item.num_inputs; ++i) inputs[i].Clear();
    return status;
  }

  // Where the outputs go: the item's own frame and iteration, a child's, the next, or the parent's.
  Status Propagate(const Ready& ready, const Item& item, std::vector<Tensor>& outputs) {
    switch (item.kind) {
      case Kind::kEnter: return PropagateEnter(ready, item, outputs);
      case Kind::kExit: {
        if (ready.dead) return {};  // told when the frame ends without a value, see Retire
        ready.frame->exits[ready.item] = true;
        Deliver(ready.item, *ready.frame->parent, ready.frame->parent_iteration, outputs, false);
        return {};
      }
      case Kind::kNextIteration: {
        if (ready.dead) return {};
        const int64_t next = ready.iteration + 1;
        if (ready.frame->Find(next) == nullptr) StartIteration(*ready.frame);
        Deliver(ready.item, *ready.frame, next, outputs, false);
        return {};
      }
      default: Deliver(ready.item, *ready.frame, ready.iteration, outputs, ready.dead); return {};
    }
  }

  Status PropagateEnter(const Ready& ready, const Item& item, std::vector<Tensor>& outputs) {
    Frame& child = ChildFrame(*ready.frame, ready.iteration, item.child_frame);
    if (item.constant_enter) {
      child.constants.emplace_back(ready.item, ready.dead ? Tensor() : outputs[0]);
      const int64_t last = child.first + static_cast<int64_t>(child.iterations.size());
      for (int64_t i = child.first; i < last; ++i) DeliverConstant(child, child.constants.back(), i);
    } else {
      Deliver(ready.item, child, 0, outputs, ready.dead);
    }
    --child.pending_enters;
    Retire(child);
    return {};
  }

  void DeliverConstant(Frame& frame, const std::pair<int32_t, Tensor>& constant, int64_t iteration) {
    Tensor copy = constant.second;
    const bool dead = !copy.has_value();
    Deliver(constant.first, frame, iteration, std::span(&copy, 1), dead);
  }

  Frame& ChildFrame(Frame& parent, int64_t iteration, int32_t id) {
    auto& child = parent.children[{iteration, id}];
    if (!child) {
      child = std::make_unique<Frame>();
      child->graph = &plan_.frames_[static_cast<size_t>(id)];
      child->id = id;
      child->parent = &parent;
      child->parent_iteration = iteration;
      child->pending_enters = child->graph->num_enters;
      AddIteration(*child);
      ++parent.Find(iteration)->outstanding;
    }
    return *child;
  }

  void StartIteration(Frame& frame) {
    AddIteration(frame);
    const int64_t number = frame.first + static_cast<int64_t>(frame.iterations.size()) - 1;
    for (const auto& constant : frame.constants) DeliverConstant(frame, constant, number);
  }

  // Hands outputs to their readers within one iteration. An output without a value is dead.
  void Deliver(int32_t from, Frame& frame, int64_t number, std::span<Tensor> outputs, bool dead) {
    const Item& item = plan_.items_[static_cast<size_t>(from)];
    Iteration& iteration = *frame.Find(number);
    for (const Reader& reader : item.readers) {
      if (reader.output == kControl) {
        ArriveControl(reader.item, frame, iteration, number, dead);
      } else if (reader.fetch >= 0) {
        Fetch(static_cast<size_t>(reader.fetch), outputs[static_cast<size_t>(reader.output)], dead);
      } else {
        const Tensor& value = outputs[static_cast<size_t>(reader.output)];
        const bool dead_enter = item.kind == Kind::kEnter && dead;
        ArriveData(reader, frame, iteration, number, dead ? Tensor() : value, dead_enter);
      }
    }
  }

  void Fetch(size_t index, const Tensor& value, bool dead) {
    if (dead || !value.has_value()) return;
    fetches_[index] = value;
    if (value.dtype() != DataType::kResource || value.num_elements() != 1) return;
    // A fetched V1 reference is its variable's value.
    if (auto variable = std::dynamic_pointer_cast<Variable>(value.scalar<ResourceHandle>().resource)) {
      if (auto read = variable->Read(); read.ok()) fetches_[index] = *std::move(read);
    }
  }

  Arrivals& ArrivalsOf(Iteration& iteration, int32_t item) {
    return iteration.items[static_cast<size_t>(plan_.local_index_[static_cast<size_t>(item)])];
  }

  void ArriveControl(int32_t id, Frame& frame, Iteration& iteration, int64_t number, bool dead) {
    const Item& item = plan_.items_[static_cast<size_t>(id)];
    Arrivals& arrivals = ArrivalsOf(iteration, id);
    ++arrivals.controls;
    // Merge and ControlTrigger do not mind dead control inputs.
    if (dead && item.kind != Kind::kMerge && item.kind != Kind::kControlTrigger) ++arrivals.dead;
    StartIfReady(id, item, arrivals, frame, number);
  }

  void ArriveData(const Reader& reader, Frame& frame, Iteration& iteration, int64_t number, Tensor value,
                  bool dead_enter) {
    const Item& item = plan_.items_[static_cast<size_t>(reader.item)];
    Arrivals& arrivals = ArrivalsOf(iteration, reader.item);
    if (item.kind == Kind::kMerge && arrivals.started) return;
    ++arrivals.data;
    if (value.has_value()) {
      if (item.kind == Kind::kMerge && arrivals.live) return;  // the first live input counts
      arrivals.live = true;
      iteration.inputs[item.first_input + static_cast<uint32_t>(reader.input)] = std::move(value);
    } else {
      ++arrivals.dead;
      arrivals.dead_enter |= dead_enter;
    }
    StartIfReady(reader.item, item, arrivals, frame, number);
  }

  void StartIfReady(int32_t id, const Item& item, Arrivals& arrivals, Frame& frame, int64_t number) {
    if (arrivals.started || arrivals.controls < item.num_controls) return;
    bool dead = arrivals.dead > 0;
    if (item.kind == Kind::kMerge) {
      // A dead Enter makes the Merge of an untaken loop dead: its NextIteration will never come.
      dead = !arrivals.live && (arrivals.dead == item.num_inputs || arrivals.dead_enter);
      if (!arrivals.live && !dead) return;
    } else if (arrivals.data < item.num_inputs) {
      return;
    }
    arrivals.started = true;
    Enqueue(id, frame, number, dead);
  }

  // Drops iterations, and then frames, in which nothing can happen any more.
  void Retire(Frame& frame) {
    for (Frame* f = &frame; f != nullptr && f->parent != nullptr;) {
      while (!f->iterations.empty() && f->iterations.front()->outstanding == 0 && f->pending_enters == 0) {
        f->iterations.pop_front();
        ++f->first;
      }
      if (!f->iterations.empty() || f->pending_enters > 0) return;
      f = EndFrame(*f);
    }
  }

  // Exits that never sent a value are dead for the parent.
  Frame* EndFrame(Frame& frame) {
    Frame* parent = frame.parent;
    const int64_t iteration = frame.parent_iteration;
    for (int32_t exit : frame.graph->exits) {
      if (frame.exits.contains(exit)) continue;
      std::vector<Tensor> nothing(1);
      Deliver(exit, *parent, iteration, nothing, true);
    }
    --parent->Find(iteration)->outstanding;
    parent->children.erase({iteration, frame.id});
    return parent;
  }

  const DataflowPlan& plan_;
  RunServices& services_;
  std::vector<Tensor>& fetches_;
  Frame root_;
  std::deque<Ready> ready_;
  std::vector<uint32_t> indices_;
};

Status DataflowPlan::Run(RunServices& services, std::span<Tensor> feeds, std::vector<Tensor>& fetches) const {
  return DataflowRun(*this, services, fetches).Run(feeds);
}

}  // namespace smcli
