// Sparse tensors rearranged: to dense, reordered, reshaped, cut, joined, filled up.
#include "ops/move.h"
#include "ops/op.h"
#include "ops/sparse_tensor.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

void Output(KernelContext& ctx, int first, SparseTensor tensor, Tensor shape) {
  ctx.set_output(first, std::move(tensor.indices));
  ctx.set_output(first + 1, std::move(tensor.values));
  ctx.set_output(first + 2, std::move(shape));
}

// (sparse_indices, output_shape, sparse_values, default_value). Indices: a matrix, a vector for a dense vector, a
// scalar for one element; values: one for each index, or one for all.
class SparseToDense final : public Kernel {
 public:
  static Result<SparseToDense> Make(const NodeInfo& node) {
    SparseToDense kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.validate_, node.attrs.Bool("validate_indices"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& indices = ctx.input(0);
    const Tensor& values = ctx.input(2);
    const Tensor& fill = ctx.input(3);
    if (indices.rank() > 2) {
      return ModelError("sparse_indices should be a scalar, vector, or matrix, got shape {}",
                        indices.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(1), "output_shape"));
    const int64_t count = indices.rank() > 0 ? indices.dim(0) : 1;
    const int64_t depth = indices.rank() > 1 ? indices.dim(1) : 1;
    if (dims.size() != depth) {
      return ModelError("output_shape has incorrect number of elements: {} should be: {}", dims.size(), depth);
    }
    if (values.rank() > 1 || (values.rank() == 1 && values.dim(0) != count)) {
      return ModelError("sparse_values has incorrect shape {}, should be [] or [{}]", values.shape().ToString(), count);
    }
    if (fill.rank() != 0) return ModelError("default_value should be a scalar.");
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, values.dtype(), shape));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> places, Places(indices, count, shape));
    DispatchMove(values.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      std::fill_n(to, shape.num_elements(), fill.scalar<T>());
      const T* from = values.data<T>();
      const size_t step = values.rank() > 0 ? 1 : 0;
      for (size_t i = 0; i < places.size(); ++i) to[places[i]] = from[i * step];
    });
    return {};
  }

 private:
  Result<std::vector<int64_t>> Places(const Tensor& indices, int64_t count, const Shape& shape) const {
    std::vector<int64_t> places(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      int64_t place = 0;
      for (int d = 0; d < shape.rank(); ++d) {
        const int64_t at = IntAt(indices, i * shape.rank() + d);
        if (at < 0 || at >= shape.dim(d)) {
          return ModelError("indices[{}] is out of bounds in dimension {}: need 0 <= {} < {}", i, d, at, shape.dim(d));
        }
        place = place * shape.dim(d) + at;
      }
      places[static_cast<size_t>(i)] = place;
      if (!validate_ || i == 0) continue;
      const int64_t last = places[static_cast<size_t>(i - 1)];
      if (place == last) return ModelError("indices[{}] is repeated", i);
      if (place < last) return ModelError("indices[{}] is out of order. Many sparse ops require sorted indices.", i);
    }
    return places;
  }

  bool validate_ = true;
};

Status SparseReorder(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor input, SparseTensor::Read(ctx, 0));
  SMCLI_ASSIGN_OR_RETURN(SparseTensor ordered, input.Ordered());
  ctx.set_output(0, std::move(ordered.indices));
  ctx.set_output(1, std::move(ordered.values));
  return {};
}

// The new extents, with -1 replaced by what is left of `elements`.
Result<IntList> NewExtents(const Tensor& wanted, int64_t elements) {
  SMCLI_ASSIGN_OR_RETURN(IntList dims, VectorInts(wanted, "new_shape"));
  int unknown = -1;
  int64_t product = 1;
  for (int i = 0; i < dims.size(); ++i) {
    if (dims[i] == -1) {
      if (unknown >= 0) return ModelError("only one output dimension may be -1, not both {} and {}", unknown, i);
      unknown = i;
    } else if (dims[i] < 0) {
      return ModelError("size {} must be non-negative, not {}", i, dims[i]);
    } else if (__builtin_mul_overflow(product, dims[i], &product)) {
      return ModelError("the requested shape has more elements than fit into 64 bits");
    }
  }
  if (unknown >= 0) {
    if (product <= 0)
      return ModelError(
          "reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are "
          "non-zero");
    if (elements % product != 0) {
      return ModelError(
          "Input to reshape is a SparseTensor with {} dense values, but the requested shape requires a multiple of {}",
          elements, product);
    }
    dims[unknown] = elements / product;
    product = elements;
  }
  if (product != elements) {
    return ModelError("Input to reshape is a tensor with {} dense values, but the requested shape has {}", elements,
                      product);
  }
  return dims;
}

// (input_indices, input_shape, new_shape). Indices are not checked against the shape, as in TensorFlow.
Status SparseReshape(KernelContext& ctx) {
  const Tensor& indices = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const IntList from, VectorInts(ctx.input(1), "input_shape"));
  if (indices.rank() != 2 || indices.dim(1) != from.size()) {
    return ModelError("Input tensor rank must match input shape length: {} and {}", indices.shape().ToString(),
                      from.size());
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape dense, CheckedShape(from));
  SMCLI_ASSIGN_OR_RETURN(const IntList to, NewExtents(ctx.input(2), dense.num_elements()));
  SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(DataType::kInt64, to.span()));
  ctx.set_output(1, std::move(shape));
  if (std::ranges::equal(from, to)) {
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }
  if (indices.dim(0) > 0 && dense.num_elements() == 0) {
    return ModelError("an index into a sparse tensor without elements, of shape {}", dense.ToString());
  }
  const int64_t count = indices.dim(0);
  SMCLI_ASSIGN_OR_RETURN(const Shape matrix, CheckedShape(std::array<int64_t, 2>{count, to.size()}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kInt64, matrix));
  // Unsigned, for an index far outside wraps around.
  for (int64_t i = 0; i < count; ++i) {
    const int64_t* index = indices.data<int64_t>() + i * from.size();
    uint64_t place = 0;
    for (int d = 0; d < from.size(); ++d)
      place = place * static_cast<uint64_t>(from[d]) + static_cast<uint64_t>(index[d]);
    int64_t* target = out->mutable_data<int64_t>() + i * to.size();
    auto rest = static_cast<int64_t>(place);
    for (int d = to.size() - 1; d > 0; --d) {
      target[d] = rest % to[d];
      rest /= to[d];
    }
    if (to.size() > 0) target[0] = rest;
  }
  return {};
}

// Entries whose index lies in the box [start, start + size), moved to its corner.
Result<SparseTensor> CutBox(const SparseTensor& input, const IntList& start, const IntList& size) {
  std::vector<int64_t> kept, coordinates;
  for (int64_t i = 0; i < input.size(); ++i) {
    const int64_t* index = input.index(i);
    bool inside = true;
    for (int d = 0; d < input.rank() && inside; ++d) {
      // Unsigned: the difference may not fit into 63 bits.
      const uint64_t offset = static_cast<uint64_t>(index[d]) - static_cast<uint64_t>(start[d]);
      inside = index[d] >= start[d] && offset < static_cast<uint64_t>(size[d]);
    }
    if (!inside) continue;
    kept.push_back(i);
    for (int d = 0; d < input.rank(); ++d) coordinates.push_back(index[d] - start[d]);
  }
  SparseTensor box;
  SMCLI_ASSIGN_OR_RETURN(box.indices, IndexMatrix(coordinates, std::ssize(kept), input.rank()));
  SMCLI_ASSIGN_OR_RETURN(box.values, PickRows(input.values, kept));
  box.shape = size;
  return box;
}

// (indices, values, shape, start, size).
Status SparseSlice(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor input, SparseTensor::Read(ctx, 0));
  SMCLI_ASSIGN_OR_RETURN(const IntList start, VectorInts(ctx.input(3), "start"));
  SMCLI_ASSIGN_OR_RETURN(IntList size, VectorInts(ctx.input(4), "size"));
  if (start.size() != input.rank() || size.size() != input.rank()) {
    return ModelError("Expected start and size to be vectors of length {} but got length {} and {}", input.rank(),
                      start.size(), size.size());
  }
  for (int d = 0; d < input.rank(); ++d) {
    if (size[d] < 0) return ModelError("Expected a non-negative size, got {}", size[d]);
    int64_t left = 0;
    if (!__builtin_sub_overflow(input.shape[d], start[d], &left)) size[d] = std::clamp<int64_t>(left, 0, size[d]);
  }
  SMCLI_ASSIGN_OR_RETURN(SparseTensor box, CutBox(input, start, size));
  SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(DataType::kInt64, box.shape.span()));
  Output(ctx, 0, std::move(box), std::move(shape));
  return {};
}

// (split_dim, indices, values, shape): pieces of equal extent, the first ones longer by 1 where that does not come out
// even.
Status SparseSplit(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t wanted, ScalarInt(ctx.input(0), "Input axis"));
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor input, SparseTensor::Read(ctx, 1));
  SMCLI_ASSIGN_OR_RETURN(const int axis, NormalAxis(wanted, input.rank()));
  SMCLI_RETURN_IF_ERROR(input.CheckInside());
  const int pieces = ctx.num_outputs() / 3;
  const int64_t extent = input.shape[axis];
  if (pieces > extent) {
    return ModelError("Input num_split should be between 1 and the splitting dimension size ({}), got {}", extent,
                      pieces);
  }
  IntList start, size = input.shape;
  start.assign(input.rank(), 0);
  for (int i = 0; i < pieces; ++i) {
    size[axis] = extent / pieces + (i < extent % pieces ? 1 : 0);
    SMCLI_ASSIGN_OR_RETURN(SparseTensor box, CutBox(input, start, size));
    SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(DataType::kInt64, size.span()));
    ctx.set_output(i, std::move(box.indices));
    ctx.set_output(pieces + i, std::move(box.values));
    ctx.set_output(2 * pieces + i, std::move(shape));
    start[axis] += size[axis];
  }
  return {};
}

// N indices, N values, N shapes, joined along one dimension and brought into order.
class SparseConcat final : public Kernel {
 public:
  static Result<SparseConcat> Make(const NodeInfo& node) {
    SparseConcat kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.axis_, node.attrs.Int("concat_dim"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const int count = ctx.num_inputs() / 3;
    std::vector<SparseTensor> inputs;
    int64_t entries = 0;
    for (int i = 0; i < count; ++i) {
      SMCLI_ASSIGN_OR_RETURN(SparseTensor input,
                             SparseTensor::Of(ctx.input(i), ctx.input(count + i), ctx.input(2 * count + i)));
      entries += input.size();
      inputs.push_back(std::move(input));
    }
    SMCLI_ASSIGN_OR_RETURN(const int axis, NormalAxis(axis_, inputs[0].rank()));
    SparseTensor joined;
    joined.shape = inputs[0].shape;
    joined.shape[axis] = 0;
    SMCLI_ASSIGN_OR_RETURN(joined.indices, Tensor::Make(DataType::kInt64, Shape{entries, inputs[0].rank()}));
    SMCLI_ASSIGN_OR_RETURN(joined.values, Tensor::Make(inputs[0].values.dtype(), Shape{entries}));
    int64_t at = 0;
    for (const SparseTensor& input : inputs) SMCLI_RETURN_IF_ERROR(Append(input, axis, joined, at));
    SMCLI_ASSIGN_OR_RETURN(SparseTensor ordered, joined.Ordered());
    SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(DataType::kInt64, joined.shape.span()));
    Output(ctx, 0, std::move(ordered), std::move(shape));
    return {};
  }

 private:
  static Status Append(const SparseTensor& input, int axis, SparseTensor& joined, int64_t& at) {
    if (input.rank() != joined.rank())
      return ModelError("Ranks of all input tensors must match: {} and {}", joined.rank(), input.rank());
    for (int d = 0; d < input.rank(); ++d) {
      if (d == axis || input.shape[d] == joined.shape[d]) continue;
      return ModelError("Input shapes must match: expected {} for dimension {} but got {}", joined.shape[d], d,
                        input.shape[d]);
    }
    int64_t* to = joined.indices.mutable_data<int64_t>() + at * joined.rank();
    for (int64_t i = 0; i < input.size(); ++i, to += joined.rank()) {
      std::copy_n(input.index(i), input.rank(), to);
      if (__builtin_add_overflow(to[axis], joined.shape[axis], to + axis)) return ModelError("an index is too large");
    }
    CopyElements(input.values, 0, input.size(), joined.values, at);
    at += input.size();
    if (__builtin_add_overflow(joined.shape[axis], input.shape[axis], &joined.shape[axis])) {
      return ModelError("the joined dimension is too large");
    }
    return {};
  }

  int64_t axis_ = 0;
};

// (indices, values, dense_shape, default_value): every row without entries gets one, at [row, 0, ...]. The entries are
// grouped by row, in their order. Outputs: indices, values, which rows were empty, where each entry went.
Status SparseFillEmptyRows(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor input, SparseTensor::Read(ctx, 0));
  const Tensor& fill = ctx.input(3);
  if (fill.rank() != 0) return ModelError("default_value must be a scalar, saw: {}", fill.shape().ToString());
  if (input.rank() == 0) return ModelError("Dense shape cannot be empty.");
  const int64_t rows = input.shape[0];
  if (rows == 0 && input.size() > 0) {
    return ModelError("Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = {}", input.size());
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * empty, ctx.Allocate(2, DataType::kBool, Shape{rows}));
  SMCLI_ASSIGN_OR_RETURN(Tensor scratch, Tensor::Make(DataType::kInt64, Shape{rows}));
  const auto next = scratch.mutable_flat<int64_t>();  // per row: its entries, then where the next one goes
  std::ranges::fill(next, 0);
  for (int64_t i = 0; i < input.size(); ++i) {
    const int64_t row = input.index(i)[0];
    if (row < 0 || row >= rows) return ModelError("indices({}, 0) is invalid: {} >= {}", i, row, rows);
    ++next[static_cast<size_t>(row)];
  }
  int64_t total = 0;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t& begin = next[static_cast<size_t>(row)];
    const int64_t entries = begin;
    empty->mutable_data<bool>()[row] = entries == 0;
    begin = total;
    total += std::max<int64_t>(entries, 1);
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape matrix, CheckedShape(std::array<int64_t, 2>{total, input.rank()}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, matrix));
  SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(1, fill.dtype(), Shape{total}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * moved, ctx.Allocate(3, DataType::kInt64, Shape{input.size()}));
  int64_t* coordinates = indices->mutable_data<int64_t>();
  std::fill_n(coordinates, matrix.num_elements(), 0);
  for (int64_t row = 0; row < rows; ++row) {
    if (empty->data<bool>()[row]) {
      coordinates[next[static_cast<size_t>(row)] * input.rank()] = row;
      CopyElements(fill, 0, 1, *values, next[static_cast<size_t>(row)]);
    }
  }
  DispatchMove(fill.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = values->mutable_data<T>();
    for (int64_t i = 0; i < input.size(); ++i) {
      const int64_t place = next[static_cast<size_t>(input.index(i)[0])]++;
      std::copy_n(input.index(i), input.rank(), coordinates + place * input.rank());
      to[place] = input.values.data<T>()[i];
      moved->mutable_data<int64_t>()[i] = place;
    }
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "SparseConcat", .types = {}, .make = MakeKernel<SparseConcat>},
    {.name = "SparseFillEmptyRows", .types = {}, .make = MakeFunctionKernel<SparseFillEmptyRows>},
    {.name = "SparseReorder", .types = {}, .make = MakeFunctionKernel<SparseReorder>},
    {.name = "SparseReshape", .types = {}, .make = MakeFunctionKernel<SparseReshape>},
    {.name = "SparseSlice", .types = {}, .make = MakeFunctionKernel<SparseSlice>},
    {.name = "SparseSplit", .types = {}, .make = MakeFunctionKernel<SparseSplit>},
    {.name = "SparseToDense", .types = {}, .make = MakeKernel<SparseToDense>},
};

}  // namespace

std::span<const Op> SparseLayoutOps() { return kOps; }

}  // namespace smcli
