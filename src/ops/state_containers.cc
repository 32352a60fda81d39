// Small containers of tensors: stacks and queues (resources), maps and optionals (variants).
#include <deque>
#include <map>

#include "ops/op.h"
#include "ops/rows.h"
#include "ops/tensor_list.h"

namespace smcli {
namespace {

class Stack final : public Resource {
 public:
  std::string_view type_name() const override { return "Stack"; }
  std::string name;
  int64_t max_size = -1;
  std::vector<Tensor> items;
};

// (max_size, which V1's Stack has not) -> handle; a new stack at each execution.
class MakeStack final : public Kernel {
 public:
  static Result<MakeStack> Make(const NodeInfo& node) {
    MakeStack kernel;
    kernel.name_ = node.name;
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    auto stack = std::make_shared<Stack>();
    stack->name = name_;
    if (ctx.num_inputs() > 0) {
      SMCLI_ASSIGN_OR_RETURN(stack->max_size, ScalarIndex(ctx, 0, "max_size"));
    }
    ctx.set_output(0, HandleTo(std::move(stack), name_));
    return {};
  }

 private:
  std::string name_;
};

// (handle, elem) -> elem
Status StackPush(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto stack, ResourceOf<Stack>(ctx.input(0)));
  if (stack->max_size >= 0 && static_cast<int64_t>(stack->items.size()) >= stack->max_size) {
    return ModelError("Stack[{}] overflowed its max_size ({})", stack->name, stack->max_size);
  }
  stack->items.push_back(ctx.input(1));
  ctx.set_output(0, ctx.TakeInput(1));
  return {};
}

// (handle) -> elem
Status StackPop(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto stack, ResourceOf<Stack>(ctx.input(0)));
  if (stack->items.empty()) return ModelError("Stack[{}] is empty when calling Pop().", stack->name);
  ctx.set_output(0, std::move(stack->items.back()));
  stack->items.pop_back();
  return {};
}

Status StackClose(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto stack, ResourceOf<Stack>(ctx.input(0)));
  stack->items.clear();
  return {};
}

// A FIFO queue of tuples. The executor runs one node after another, so an operation that TensorFlow would let wait for
// another thread can never go on: it is an error that says so.
class Queue final : public Resource {
 public:
  std::string_view type_name() const override { return "FIFOQueue"; }
  std::string name;
  int64_t capacity = -1;
  bool closed = false;
  std::vector<DataType> types;
  std::deque<std::vector<Tensor>> tuples;

  Status Put(std::vector<Tensor> tuple) {
    if (closed) return ModelError("FIFOQueue '{}' is closed.", name);
    if (capacity >= 0 && static_cast<int64_t>(tuples.size()) >= capacity) {
      return ModelError("FIFOQueue '{}' is full ({} elements) and nothing can take from it meanwhile", name, capacity);
    }
    if (tuple.size() != types.size())
      return ModelError("FIFOQueue '{}' holds tuples of {}, got {}", name, types.size(), tuple.size());
    for (size_t i = 0; i < tuple.size(); ++i) {
      if (tuple[i].dtype() != types[i])
        return ModelError("FIFOQueue '{}': component {} is {}", name, i, Name(tuple[i].dtype()));
    }
    tuples.push_back(std::move(tuple));
    return {};
  }
  Result<std::vector<Tensor>> Get() {
    if (tuples.empty()) {
      return ModelError(
          "FIFOQueue '{}' {} (requested 1, current size 0)", name,
          closed ? "is closed and has insufficient elements" : "is empty and nothing can fill it meanwhile");
    }
    std::vector<Tensor> tuple = std::move(tuples.front());
    tuples.pop_front();
    return tuple;
  }
};

class MakeQueue final : public Kernel {
 public:
  static Result<MakeQueue> Make(const NodeInfo& node) {
    MakeQueue kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.types_, node.attrs.Types("component_types"));
    SMCLI_ASSIGN_OR_RETURN(kernel.capacity_, node.attrs.Int("capacity"));
    kernel.container_ = node.attrs.String("container", "");
    kernel.name_ = node.attrs.String("shared_name", "");
    if (kernel.name_.empty()) kernel.name_ = node.scope + "/" + std::string(node.name);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto queue, ctx.resources().LookupOrCreate<Queue>(container_, name_, [this] {
      auto made = std::make_shared<Queue>();
      made->name = name_;
      made->capacity = capacity_;
      made->types = types_;
      return made;
    }));
    ctx.set_output(0, HandleTo(std::move(queue), name_));
    return {};
  }

 private:
  std::vector<DataType> types_;
  int64_t capacity_ = -1;
  std::string container_, name_;
};

Status Enqueue(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  std::vector<Tensor> tuple;
  for (int i = 1; i < ctx.num_inputs(); ++i) tuple.push_back(ctx.TakeInput(i));
  return queue->Put(std::move(tuple));
}

Status EnqueueMany(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  std::vector<std::vector<Tensor>> columns;
  for (int i = 1; i < ctx.num_inputs(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(auto rows, RowsOf(ctx.input(i)));
    if (!columns.empty() && rows.size() != columns[0].size())
      return ModelError("all components must have the same size in the 0th dimension");
    columns.push_back(std::move(rows));
  }
  for (size_t row = 0; !columns.empty() && row < columns[0].size(); ++row) {
    std::vector<Tensor> tuple;
    for (auto& column : columns) tuple.push_back(std::move(column[row]));
    SMCLI_RETURN_IF_ERROR(queue->Put(std::move(tuple)));
  }
  return {};
}

Status Dequeue(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  SMCLI_ASSIGN_OR_RETURN(auto tuple, queue->Get());
  for (int i = 0; i < ctx.num_outputs() && static_cast<size_t>(i) < tuple.size(); ++i)
    ctx.set_output(i, std::move(tuple[static_cast<size_t>(i)]));
  return {};
}

// (handle, n): n tuples, each component stacked. "UpTo" takes fewer when the queue is closed.
template <bool kUpTo>
Status DequeueMany(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  SMCLI_ASSIGN_OR_RETURN(int64_t count, ScalarIndex(ctx, 1, "n"));
  const auto size = static_cast<int64_t>(queue->tuples.size());
  if (count < 0) return ModelError("n must be non-negative, got {}", count);
  if (kUpTo && queue->closed) count = std::min(count, size);
  if (count > size) {
    return ModelError("FIFOQueue '{}' {} (requested {}, current size {})", queue->name,
                      queue->closed ? "is closed and has insufficient elements"
                                    : "has too few elements and nothing can fill it meanwhile",
                      count, size);
  }
  std::vector<std::vector<Tensor>> columns(static_cast<size_t>(ctx.num_outputs()));
  for (int64_t i = 0; i < count; ++i) {
    SMCLI_ASSIGN_OR_RETURN(auto tuple, queue->Get());
    for (size_t c = 0; c < columns.size() && c < tuple.size(); ++c) columns[c].push_back(std::move(tuple[c]));
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    const Shape shape = columns[c].empty() ? Shape{} : columns[c][0].shape();
    for (const Tensor& item : columns[c]) {
      if (!(item.shape() == shape)) return ModelError("the dequeued elements have different shapes");
    }
    SMCLI_RETURN_IF_ERROR(StackTensors(ctx, static_cast<int>(c), queue->types[c], shape, columns[c]));
  }
  return {};
}

Status QueueSize(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  ctx.set_output(0, Tensor::Scalar(static_cast<int32_t>(queue->tuples.size())));
  return {};
}

Status QueueClose(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  queue->closed = true;
  return {};
}

Status QueueIsClosed(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  ctx.set_output(0, Tensor::Scalar<bool>(queue->closed));
  return {};
}

// The names without V2 are those of V1 graphs, whose handles travel as references to strings.
constexpr Op kOps[] = {
    {.name = "FIFOQueue", .types = {}, .make = MakeKernel<MakeQueue>, .pure = false},
    {.name = "FIFOQueueV2", .types = {}, .make = MakeKernel<MakeQueue>, .pure = false},
    {.name = "QueueClose", .types = {}, .make = MakeFunctionKernel<QueueClose>, .pure = false},
    {.name = "QueueCloseV2", .types = {}, .make = MakeFunctionKernel<QueueClose>, .pure = false},
    {.name = "QueueDequeue", .types = {}, .make = MakeFunctionKernel<Dequeue>, .pure = false},
    {.name = "QueueDequeueMany", .types = {}, .make = MakeFunctionKernel<DequeueMany<false>>, .pure = false},
    {.name = "QueueDequeueManyV2", .types = {}, .make = MakeFunctionKernel<DequeueMany<false>>, .pure = false},
    {.name = "QueueDequeueUpTo", .types = {}, .make = MakeFunctionKernel<DequeueMany<true>>, .pure = false},
    {.name = "QueueDequeueUpToV2", .types = {}, .make = MakeFunctionKernel<DequeueMany<true>>, .pure = false},
    {.name = "QueueDequeueV2", .types = {}, .make = MakeFunctionKernel<Dequeue>, .pure = false},
    {.name = "QueueEnqueue", .types = {}, .make = MakeFunctionKernel<Enqueue>, .pure = false},
    {.name = "QueueEnqueueMany", .types = {}, .make = MakeFunctionKernel<EnqueueMany>, .pure = false},
    {.name = "QueueEnqueueManyV2", .types = {}, .make = MakeFunctionKernel<EnqueueMany>, .pure = false},
    {.name = "QueueEnqueueV2", .types = {}, .make = MakeFunctionKernel<Enqueue>, .pure = false},
    {.name = "QueueIsClosed", .types = {}, .make = MakeFunctionKernel<QueueIsClosed>, .pure = false},
    {.name = "QueueIsClosedV2", .types = {}, .make = MakeFunctionKernel<QueueIsClosed>, .pure = false},
    {.name = "QueueSize", .types = {}, .make = MakeFunctionKernel<QueueSize>, .pure = false},
    {.name = "QueueSizeV2", .types = {}, .make = MakeFunctionKernel<QueueSize>, .pure = false},
    {.name = "Stack", .types = {}, .make = MakeKernel<MakeStack>, .pure = false},
    {.name = "StackClose", .types = {}, .make = MakeFunctionKernel<StackClose>, .pure = false},
    {.name = "StackCloseV2", .types = {}, .make = MakeFunctionKernel<StackClose>, .pure = false},
    {.name = "StackPop", .types = {}, .make = MakeFunctionKernel<StackPop>, .pure = false},
    {.name = "StackPopV2", .types = {}, .make = MakeFunctionKernel<StackPop>, .pure = false},
    {.name = "StackPush", .types = {}, .make = MakeFunctionKernel<StackPush>, .pure = false},
    {.name = "StackPushV2", .types = {}, .make = MakeFunctionKernel<StackPush>, .pure = false},
    {.name = "StackV2", .types = {}, .make = MakeKernel<MakeStack>, .pure = false},
};

}  // namespace

std::span<const Op> StateContainersOps() { return kOps; }

}  // namespace smcli
