// Queues of tuples of tensors: FIFOQueue, PaddingFIFOQueue, PriorityQueue and RandomShuffleQueue.
#include <deque>

#include "ops/move.h"
#include "ops/op.h"
#include "ops/random_source.h"
#include "ops/rows.h"
#include "ops/strided_copy.h"
#include "ops/tensor_list.h"

namespace smcli {
namespace {

enum class Order { kFifo, kPadding, kPriority, kRandom };

constexpr std::string_view NameOf(Order order) {
  constexpr std::string_view kNames[] = {"FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "RandomShuffleQueue"};
  return kNames[static_cast<size_t>(order)];
}

using Tuple = std::vector<Tensor>;

// The executor runs one node after another, so an operation that TensorFlow would let wait for another thread can
// never go on: it is an error that says so.
class Queue final : public Resource {
 public:
  Queue(Order order, std::string name, const Philox& source) : order_(order), name_(std::move(name)), random_(source) {}
  std::string_view type_name() const override { return NameOf(order_); }

  int64_t capacity = -1;
  int64_t min_after_dequeue = 0;
  std::vector<DataType> types;
  std::vector<PartialShape> shapes;  // none, or one for each component

  int64_t size() const { return std::ssize(tuples_); }
  bool closed() const { return closed_; }
  void Close() { closed_ = true; }
  bool pads() const { return order_ == Order::kPadding; }
  std::string Told() const { return fmt::format("{} '{}'", type_name(), name_); }

  Status Put(Tuple tuple) {
    if (closed_) return ModelError("{} is closed.", Told());
    if (capacity >= 0 && size() >= capacity)
      return ModelError("{} is full ({} elements) and nothing can take from it meanwhile", Told(), capacity);
    SMCLI_RETURN_IF_ERROR(Check(tuple));
    auto place = tuples_.end();
    if (order_ == Order::kPriority) {
      const auto priority = [](const Tuple& t) { return t[0].scalar<int64_t>(); };
      place = std::upper_bound(tuples_.begin(), tuples_.end(), tuple,
                               [&](const Tuple& a, const Tuple& b) { return priority(a) < priority(b); });
    }
    tuples_.insert(place, std::move(tuple));
    return {};
  }

  // Are `count` tuples there to be taken?
  Status Expect(int64_t count) const {
    const int64_t kept = closed_ ? 0 : min_after_dequeue;
    if (count <= size() - kept) return {};
    return ModelError(
        "{} {} (requested {}, current size {})", Told(),
        closed_ ? "is closed and has insufficient elements" : "has too few elements and nothing can fill it meanwhile",
        count, size());
  }

  // The next tuple; there is one.
  Tuple Take() {
    size_t at = 0;
    if (order_ == Order::kRandom) {
      // The last one moves into the gap, as in kernels/random_shuffle_queue_op.cc: seeded queues agree.
      at = random_() % tuples_.size();
      std::swap(tuples_[at], tuples_.back());
      at = tuples_.size() - 1;
    }
    Tuple tuple = std::move(tuples_[at]);
    tuples_.erase(tuples_.begin() + static_cast<std::ptrdiff_t>(at));
    return tuple;
  }

 private:
  Status Check(const Tuple& tuple) const {
    if (tuple.size() != types.size())
      return ModelError("{} holds tuples of {}, got {}", Told(), types.size(), tuple.size());
    for (size_t i = 0; i < tuple.size(); ++i) {
      if (tuple[i].dtype() != types[i]) return ModelError("{}: component {} is {}", Told(), i, Name(tuple[i].dtype()));
      if (!shapes.empty() && !shapes[i].Accepts(tuple[i].shape())) {
        return ModelError("Shape mismatch in tuple component {}. Expected {}, got {}", i, shapes[i].ToString(),
                          tuple[i].shape().ToString());
      }
    }
    return {};
  }

  Order order_;
  std::string name_;
  PhiloxWords random_;
  bool closed_ = false;
  std::deque<Tuple> tuples_;
};

template <Order kOrder>
class MakeQueue final : public Kernel {
 public:
  static Result<MakeQueue> Make(const NodeInfo& node) {
    MakeQueue kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.types_, node.attrs.Types("component_types"));
    SMCLI_ASSIGN_OR_RETURN(kernel.shapes_, node.attrs.Shapes("shapes"));
    SMCLI_ASSIGN_OR_RETURN(kernel.capacity_, node.attrs.Int("capacity"));
    if (!kernel.shapes_.empty() && kernel.shapes_.size() != kernel.types_.size())
      return ModelError("{} shapes for {} components", kernel.shapes_.size(), kernel.types_.size());
    if (kOrder == Order::kPriority) {
      kernel.types_.insert(kernel.types_.begin(), DataType::kInt64);
      kernel.shapes_.insert(kernel.shapes_.begin(), PartialShape(Shape{}));
      if (kernel.shapes_.size() != kernel.types_.size()) return ModelError("a shape is needed for every component");
    }
    if (kOrder == Order::kRandom) {
      SMCLI_ASSIGN_OR_RETURN(kernel.kept_, node.attrs.Int("min_after_dequeue"));
      SMCLI_ASSIGN_OR_RETURN(kernel.random_, SeededSource::Of(node));
    }
    kernel.container_ = node.attrs.String("container", "");
    kernel.name_ = node.attrs.String("shared_name", "");
    if (kernel.name_.empty()) kernel.name_ = node.scope + "/" + std::string(node.name);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    Philox source;
    if (kOrder == Order::kRandom) {
      SMCLI_ASSIGN_OR_RETURN(source, random_.Reserve(ctx, 0));
    }
    SMCLI_ASSIGN_OR_RETURN(auto queue, ctx.resources().LookupOrCreate<Queue>(container_, name_, [&] {
      auto made = std::make_shared<Queue>(kOrder, name_, source);
      made->capacity = capacity_;
      made->min_after_dequeue = kept_;
      made->types = types_;
      made->shapes = shapes_;
      return made;
    }));
    ctx.set_output(0, HandleTo(std::move(queue), name_));
    return {};
  }

 private:
  std::vector<DataType> types_;
  std::vector<PartialShape> shapes_;
  int64_t capacity_ = -1;
  int64_t kept_ = 0;
  SeededSource random_;
  std::string container_, name_;
};

Status Enqueue(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  Tuple tuple;
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
    Tuple tuple;
    for (auto& column : columns) tuple.push_back(std::move(column[row]));
    SMCLI_RETURN_IF_ERROR(queue->Put(std::move(tuple)));
  }
  return {};
}

Status Dequeue(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  SMCLI_RETURN_IF_ERROR(queue->Expect(1));
  Tuple tuple = queue->Take();
  for (int i = 0; i < ctx.num_outputs() && static_cast<size_t>(i) < tuple.size(); ++i)
    ctx.set_output(i, std::move(tuple[static_cast<size_t>(i)]));
  return {};
}

// What the items of a component are brought to: its declared shape, its open extents the largest of the items'.
Result<Shape> CommonShape(const PartialShape& declared, std::span<const Tensor> items) {
  std::vector<int64_t> dims;
  for (int d = 0; d < declared.rank(); ++d) {
    int64_t extent = std::max<int64_t>(declared.dim(d), 0);
    for (const Tensor& item : items) extent = std::max(extent, item.dim(d));
    dims.push_back(extent);
  }
  return Shape::Make(dims);
}

// Output `output`: the items stacked, each with zeros behind it where it is smaller than `shape`.
Status StackPadded(KernelContext& ctx, int output, DataType dtype, const Shape& shape, std::span<const Tensor> items) {
  std::vector<Tensor> padded;
  for (const Tensor& item : items) {
    if (item.shape() == shape) {
      padded.push_back(item);
      continue;
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor whole, Zeros(dtype, shape));
    const auto from = RowMajorStrides(item.shape()), to = RowMajorStrides(shape);
    StridedCopy copy;
    for (int d = 0; d < item.rank(); ++d) {
      copy.Add(item.dim(d), from[static_cast<size_t>(d)], to[static_cast<size_t>(d)]);
    }
    if (item.num_elements() > 0) copy.Run(ctx.pool(), item, 0, whole, 0);
    padded.push_back(std::move(whole));
  }
  return StackTensors(ctx, output, dtype, shape, padded);
}

// (handle, n): n tuples, each component stacked. "UpTo" takes fewer when the queue is closed.
template <bool kUpTo>
Status DequeueMany(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  SMCLI_ASSIGN_OR_RETURN(int64_t count, ScalarIndex(ctx, 1, "n"));
  if (count < 0) return ModelError("n must be non-negative, got {}", count);
  if (queue->shapes.empty())
    return ModelError("{}'s DequeueMany and DequeueUpTo require the components to have specified shapes.",
                      queue->type_name());
  if (kUpTo && queue->closed() && queue->size() > 0) count = std::min(count, queue->size());
  SMCLI_RETURN_IF_ERROR(queue->Expect(count));
  std::vector<std::vector<Tensor>> columns(static_cast<size_t>(ctx.num_outputs()));
  for (int64_t i = 0; i < count; ++i) {
    Tuple tuple = queue->Take();
    for (size_t c = 0; c < columns.size() && c < tuple.size(); ++c) columns[c].push_back(std::move(tuple[c]));
  }
  for (size_t c = 0; c < columns.size() && c < queue->shapes.size(); ++c) {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CommonShape(queue->shapes[c], columns[c]));
    SMCLI_RETURN_IF_ERROR(StackPadded(ctx, static_cast<int>(c), queue->types[c], shape, columns[c]));
  }
  return {};
}

Status QueueSize(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  ctx.set_output(0, Tensor::Scalar(static_cast<int32_t>(queue->size())));
  return {};
}

Status QueueClose(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  queue->Close();
  return {};
}

Status QueueIsClosed(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto queue, ResourceOf<Queue>(ctx.input(0)));
  ctx.set_output(0, Tensor::Scalar<bool>(queue->closed()));
  return {};
}

// The names without V2 are those of V1 graphs, whose handles travel as references to strings.
constexpr Op kOps[] = {
    {.name = "FIFOQueue", .types = {}, .make = MakeKernel<MakeQueue<Order::kFifo>>, .pure = false},
    {.name = "FIFOQueueV2", .types = {}, .make = MakeKernel<MakeQueue<Order::kFifo>>, .pure = false},
    {.name = "PaddingFIFOQueue", .types = {}, .make = MakeKernel<MakeQueue<Order::kPadding>>, .pure = false},
    {.name = "PaddingFIFOQueueV2", .types = {}, .make = MakeKernel<MakeQueue<Order::kPadding>>, .pure = false},
    {.name = "PriorityQueue", .types = {}, .make = MakeKernel<MakeQueue<Order::kPriority>>, .pure = false},
    {.name = "PriorityQueueV2", .types = {}, .make = MakeKernel<MakeQueue<Order::kPriority>>, .pure = false},
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
    {.name = "RandomShuffleQueue",
     .types = {},
     .make = MakeKernel<MakeQueue<Order::kRandom>>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "RandomShuffleQueueV2",
     .types = {},
     .make = MakeKernel<MakeQueue<Order::kRandom>>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
};

}  // namespace

std::span<const Op> QueueOps() { return kOps; }

}  // namespace smcli
