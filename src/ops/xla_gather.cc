// XlaGather and XlaScatter: windows of a tensor at places that index tensors name (XLA's manual, "Gather", "Scatter").
#include <algorithm>
#include <vector>

#include "ops/computation.h"
#include "ops/interior_padding.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"
#include "ops/xla_dimensions.h"

namespace smcli {
namespace {

bool Has(const IntList& list, int64_t value) { return std::find(list.begin(), list.end(), value) != list.end(); }

// Every entry in [0, rank), none twice.
Status ExpectDimensions(const IntList& list, int rank, std::string_view what) {
  std::vector<bool> seen(static_cast<size_t>(rank));
  for (int64_t d : list) {
    if (d < 0 || d >= rank || seen[static_cast<size_t>(d)]) {
      return ModelError("{} names dimension {} of a tensor of rank {}", what, d, rank);
    }
    seen[static_cast<size_t>(d)] = true;
  }
  return {};
}

// Windows of one size in an operand, one for each vector of start indices.
class WindowPlaces {
 public:
  // `sizes`: of a window, per dimension of the operand; 1 in dropped and batch dimensions.
  static Result<WindowPlaces> Make(const WindowDimensions& numbers, const Shape& operand, const Tensor& indices,
                                   const IntList& sizes) {
    WindowPlaces places(operand, indices, sizes);
    SMCLI_RETURN_IF_ERROR(ExpectDimensions(numbers.start, operand.rank(), "the start index"));
    SMCLI_RETURN_IF_ERROR(ExpectDimensions(numbers.operand_batch, operand.rank(), "the operand's batch"));
    SMCLI_RETURN_IF_ERROR(ExpectDimensions(numbers.index_batch, indices.rank(), "the batch of the indices"));
    if (numbers.vector < 0 || numbers.vector > indices.rank()) {
      return ModelError("index_vector_dim {} of a tensor of rank {}", numbers.vector, indices.rank());
    }
    const auto vector = static_cast<int>(numbers.vector);
    const int64_t components = vector == indices.rank() ? 1 : indices.dim(vector);
    if (components != numbers.start.size() || numbers.operand_batch.size() != numbers.index_batch.size()) {
      return ModelError("start indices of {} components for {} dimensions", components, numbers.start.size());
    }
    for (int i = 0; i < operand.rank(); ++i) {
      if (sizes[i] < 0 || sizes[i] > operand.dim(i)) {
        return ModelError("a window of {} elements does not fit dimension {} of size {}", sizes[i], i, operand.dim(i));
      }
    }
    for (int i = 0; i < indices.rank(); ++i) {
      if (i != vector) places.batch_.push_back(i);
    }
    for (int i = 0; i < numbers.operand_batch.size(); ++i) {
      if (numbers.index_batch[i] == numbers.vector || indices.dim(static_cast<int>(numbers.index_batch[i])) >
                                                          operand.dim(static_cast<int>(numbers.operand_batch[i]))) {
        return ModelError("batch dimensions of operand and indices do not match");
      }
    }
    places.numbers_ = &numbers;
    return places;
  }

  // Extents of the batch: the dimensions of the indices but that of the components.
  IntList batch() const {
    IntList dims;
    for (int64_t d : batch_) dims.push_back(indices_.dim(static_cast<int>(d)));
    return dims;
  }

  // f(number of the window, first element of it in the operand), for all in order, of those that are inside; with
  // `clamp`, the others are moved inside.
  template <typename F>
  Status ForEach(bool clamp, F&& f) const {
    const auto operand_steps = RowMajorStrides(operand_);
    const auto index_steps = RowMajorStrides(indices_.shape());
    const IntList extents = batch();
    const int64_t count = Shape(extents.span()).num_elements();
    IntList place;
    place.assign(extents.size(), 0);
    for (int64_t n = 0; n < count; ++n) {
      int64_t at = 0;
      for (int i = 0; i < place.size(); ++i) at += place[i] * index_steps[static_cast<size_t>(batch_[i])];
      const int64_t step = numbers_->vector < indices_.rank() ? index_steps[static_cast<size_t>(numbers_->vector)] : 0;
      int64_t first = 0;
      bool inside = true;
      for (int i = 0; i < numbers_->start.size(); ++i) {
        const auto d = static_cast<int>(numbers_->start[i]);
        const int64_t last = operand_.dim(d) - sizes_[d], given = IntAt(indices_, at + i * step);
        const int64_t start = std::clamp<int64_t>(given, 0, last);
        inside = inside && (clamp || start == given);
        first += start * operand_steps[static_cast<size_t>(d)];
      }
      for (int i = 0; i < numbers_->operand_batch.size(); ++i) {
        const auto of = std::find(batch_.begin(), batch_.end(), numbers_->index_batch[i]) - batch_.begin();
        first += place[static_cast<int>(of)] * operand_steps[static_cast<size_t>(numbers_->operand_batch[i])];
      }
      if (inside) {
        SMCLI_RETURN_IF_ERROR(f(n, first));
      }
      for (int d = place.size() - 1; d >= 0 && ++place[d] == extents[d]; --d) place[d] = 0;
    }
    return {};
  }

  // The loops through a window, from operand to a row of consecutive elements, or back.
  StridedCopy Loops(bool to_operand) const {
    const auto steps = RowMajorStrides(operand_);
    const auto own = RowMajorStrides(Shape(sizes_.span()));
    StridedCopy copy;
    for (int i = 0; i < sizes_.size(); ++i) {
      const auto d = static_cast<size_t>(i);
      copy.Add(sizes_[i], to_operand ? own[d] : steps[d], to_operand ? steps[d] : own[d]);
    }
    return copy;
  }
  int64_t window_elements() const { return Shape(sizes_.span()).num_elements(); }

 private:
  WindowPlaces(const Shape& operand, const Tensor& indices, const IntList& sizes)
      : operand_(operand), indices_(indices), sizes_(sizes) {}

  Shape operand_;
  Tensor indices_;
  IntList sizes_, batch_;
  const WindowDimensions* numbers_ = nullptr;
};

// [batch..., window...] to the order in which `window` says where the window's dimensions stand.
IntList MergedOrder(const IntList& window, int batch_rank) {
  IntList order;
  int next_batch = 0, next_window = batch_rank;
  for (int i = 0; i < batch_rank + window.size(); ++i) {
    order.push_back(Has(window, i) ? next_window++ : next_batch++);
  }
  return order;
}

// (operand, start_indices, slice_sizes)
class XlaGather final : public Kernel {
 public:
  static Result<XlaGather> Make(const NodeInfo& node) {
    XlaGather kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string numbers, node.attrs.String("dimension_numbers"));
    SMCLI_ASSIGN_OR_RETURN(kernel.numbers_, WindowDimensions::Parse(numbers));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& operand = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const IntList sizes, VectorInts(ctx.input(2), "slice_sizes"));
    if (sizes.size() != operand.rank()) {
      return ModelError("slice_sizes must have {} elements, got {}", operand.rank(), sizes.size());
    }
    SMCLI_ASSIGN_OR_RETURN(const WindowPlaces places,
                           WindowPlaces::Make(numbers_, operand.shape(), ctx.input(1), sizes));
    IntList dims = places.batch();
    const int batch_rank = dims.size();
    for (int i = 0; i < sizes.size(); ++i) {
      if (!Has(numbers_.dropped, i) && !Has(numbers_.operand_batch, i)) {
        dims.push_back(sizes[i]);
      } else if (sizes[i] > 1) {
        return ModelError("slice_sizes has {} for the collapsed dimension {}", sizes[i], i);
      }
    }
    SMCLI_RETURN_IF_ERROR(ExpectDimensions(numbers_.window, dims.size(), "offset_dims"));
    if (dims.size() - batch_rank != numbers_.window.size()) {
      return ModelError("{} offset_dims for slices of rank {}", numbers_.window.size(), dims.size() - batch_rank);
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor windows, Tensor::Make(operand.dtype(), shape));
    if (shape.num_elements() > 0) {
      const StridedCopy copy = places.Loops(false);
      const int64_t size = places.window_elements();
      SMCLI_RETURN_IF_ERROR(places.ForEach(true, [&](int64_t n, int64_t first) -> Status {
        copy.Run(ctx.pool(), operand, first, windows, n * size);
        return {};
      }));
    }
    SMCLI_ASSIGN_OR_RETURN(windows, Permuted(ctx.pool(), windows, MergedOrder(numbers_.window, batch_rank)));
    ctx.set_output(0, std::move(windows));
    return {};
  }

 private:
  WindowDimensions numbers_;
};

// (operand, scatter_indices, updates): in the order of the indices; windows that are not all inside are left out.
class XlaScatter final : public Kernel {
 public:
  static Result<XlaScatter> Make(const NodeInfo& node) {
    XlaScatter kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string numbers, node.attrs.String("dimension_numbers"));
    SMCLI_ASSIGN_OR_RETURN(kernel.numbers_, WindowDimensions::Parse(numbers));
    SMCLI_ASSIGN_OR_RETURN(kernel.computation_, Computation::Make(node, "update_computation", 2, 1));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor updates = ctx.input(2);
    SMCLI_ASSIGN_OR_RETURN(const IntList sizes, WindowSizes(ctx.input(0).shape(), updates));
    SMCLI_ASSIGN_OR_RETURN(const WindowPlaces places,
                           WindowPlaces::Make(numbers_, ctx.input(0).shape(), ctx.input(1), sizes));
    SMCLI_ASSIGN_OR_RETURN(const Tensor windows, WindowRows(ctx.pool(), updates, places.batch()));
    SMCLI_ASSIGN_OR_RETURN(Tensor changed, Exclusive(ctx.TakeInput(0)));
    if (windows.num_elements() > 0) {
      SMCLI_RETURN_IF_ERROR(Update(ctx, places, windows, changed));
    }
    ctx.set_output(0, std::move(changed));
    return {};
  }

 private:
  // A window's extent in each dimension of the operand.
  Result<IntList> WindowSizes(const Shape& operand, const Tensor& updates) const {
    SMCLI_RETURN_IF_ERROR(ExpectDimensions(numbers_.window, updates.rank(), "update_window_dims"));
    IntList sizes;
    int next = 0;
    for (int i = 0; i < operand.rank(); ++i) {
      if (Has(numbers_.dropped, i) || Has(numbers_.operand_batch, i)) {
        sizes.push_back(1);
      } else if (next < numbers_.window.size()) {
        sizes.push_back(updates.dim(static_cast<int>(numbers_.window[next++])));
      } else {
        return ModelError("update_window_dims has too few dimensions for an operand of rank {}", operand.rank());
      }
    }
    return sizes;
  }

  Status Update(KernelContext& ctx, const WindowPlaces& places, const Tensor& windows, Tensor& changed) const {
    const StridedCopy read = places.Loops(false), write = places.Loops(true);
    const int64_t size = places.window_elements();
    const DataType types[] = {changed.dtype()};
    std::vector<Tensor> rets;
    return places.ForEach(false, [&](int64_t n, int64_t first) -> Status {
      SMCLI_ASSIGN_OR_RETURN(Tensor old, Tensor::Make(changed.dtype(), Shape{size}));
      read.Run(ctx.pool(), changed, first, old, 0);
      SMCLI_ASSIGN_OR_RETURN(Tensor update, SubTensor(windows, n * size, Shape{size}));
      SMCLI_RETURN_IF_ERROR(computation_->Map(ctx.services(), {std::move(old), std::move(update)}, size, types, rets));
      write.Run(ctx.pool(), rets[0], 0, changed, first);
      return {};
    });
  }

  // The updates as [batch..., window...].
  Result<Tensor> WindowRows(ThreadPool& pool, const Tensor& updates, const IntList& batch) const {
    IntList order;
    for (int i = 0; i < updates.rank(); ++i) {
      if (!Has(numbers_.window, i)) order.push_back(i);
    }
    bool same = order.size() == batch.size();
    for (int i = 0; same && i < batch.size(); ++i) same = updates.dim(static_cast<int>(order[i])) == batch[i];
    if (!same) return ModelError("updates of shape {} do not fit the indices", updates.shape().ToString());
    order.append(numbers_.window.span());
    return Permuted(pool, updates, order);
  }

  WindowDimensions numbers_;
  std::unique_ptr<Computation> computation_;
};

constexpr Op kOps[] = {
    {.name = "XlaGather", .types = {}, .make = MakeKernel<XlaGather>},
    {.name = "XlaScatter", .types = {}, .make = MakeKernel<XlaScatter>},
};

}  // namespace

std::span<const Op> XlaGatherOps() { return kOps; }

}  // namespace smcli
