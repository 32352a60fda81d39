// Blocks of space moved into the batch or into the depth, and back.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// [batch, space..., rest] seen as space cut into blocks, whose places become the outermost digits of the batch.
struct BlockPlan {
  IntList block;          // extents of a block
  IntList before, after;  // padding on the space side, or cropping
  int64_t places = 1;     // in a block
};

Status ReadBlock(const Tensor& block, const Tensor& margins, int rank, BlockPlan& plan) {
  SMCLI_ASSIGN_OR_RETURN(plan.block, VectorInts(block, "block_shape"));
  if (plan.block.size() >= rank) {
    return ModelError("input rank should be >= {} instead of {}", plan.block.size() + 1, rank);
  }
  if (margins.rank() != 2 || margins.dim(0) != plan.block.size() || margins.dim(1) != 2) {
    return ModelError("paddings and crops should have shape [{},2] instead of {}", plan.block.size(),
                      margins.shape().ToString());
  }
  for (int i = 0; i < plan.block.size(); ++i) {
    if (plan.block[i] < 1) {
      return ModelError("All values in block_shape must be positive, got value, {} at index {}.", plan.block[i], i);
    }
    if (__builtin_mul_overflow(plan.places, plan.block[i], &plan.places)) return ModelError("the block is too large");
    plan.before.push_back(IntAt(margins, 2 * i));
    plan.after.push_back(IntAt(margins, 2 * i + 1));
    if (plan.before[i] < 0 || plan.after[i] < 0) return ModelError("paddings and crops must be non-negative");
  }
  return {};
}

struct Interval {
  int64_t begin, end;
};

// The block numbers b in [0, blocks) for which b * block + offset lies in [0, extent); offset may be negative.
Interval BlocksInside(int64_t blocks, int64_t block, int64_t offset, int64_t extent) {
  const int64_t begin = offset < 0 ? (-offset + block - 1) / block : 0;
  const int64_t end = offset >= extent ? 0 : (extent - offset + block - 1) / block;
  return {begin, std::clamp<int64_t>(end, begin, std::max(begin, blocks))};
}

// Copies what lies at one place of every block. `space` is the tensor with the full space, `batch` the one with
// `places` times the batch; `to_batch` says which way.
void CopyPlace(ThreadPool& pool, const BlockPlan& plan, int64_t place, bool to_batch, const Tensor& from, Tensor& to) {
  const Shape& space = to_batch ? from.shape() : to.shape();
  const Shape& batch = to_batch ? to.shape() : from.shape();
  const auto space_strides = RowMajorStrides(space), batch_strides = RowMajorStrides(batch);
  const int64_t groups = space.dim(0);
  int64_t space_first = 0, batch_first = place * groups * batch_strides[0];
  StridedCopy copy;
  const auto add = [&](int64_t count, int64_t space_step, int64_t batch_step) {
    copy.Add(count, to_batch ? space_step : batch_step, to_batch ? batch_step : space_step);
  };
  add(groups, space_strides[0], batch_strides[0]);
  IntList digits;
  digits.assign(plan.block.size(), 0);
  for (int i = plan.block.size() - 1; i >= 0; --i) {
    digits[i] = place % plan.block[i];
    place /= plan.block[i];
  }
  for (int d = 1; d < space.rank(); ++d) {
    const int64_t space_step = space_strides[static_cast<size_t>(d)],
                  batch_step = batch_strides[static_cast<size_t>(d)];
    const int i = d - 1;
    if (i >= plan.block.size()) {
      add(space.dim(d), space_step, batch_step);
      continue;
    }
    const int64_t offset = digits[i] - plan.before[i];
    const Interval blocks = BlocksInside(batch.dim(d), plan.block[i], offset, space.dim(d));
    if (blocks.begin >= blocks.end) return;
    space_first += (blocks.begin * plan.block[i] + offset) * space_step;
    batch_first += blocks.begin * batch_step;
    add(blocks.end - blocks.begin, plan.block[i] * space_step, batch_step);
  }
  copy.Run(pool, from, to_batch ? space_first : batch_first, to, to_batch ? batch_first : space_first);
}

Status SpaceToBatch(KernelContext& ctx, const BlockPlan& plan) {
  const Tensor& input = ctx.input(0);
  IntList dims;
  int64_t extent = 0;
  if (__builtin_mul_overflow(input.dim(0), plan.places, &extent)) return ModelError("the batch becomes too large");
  dims.push_back(extent);
  bool padded = false;
  for (int i = 0; i < plan.block.size(); ++i) {
    if (__builtin_add_overflow(plan.before[i], plan.after[i], &extent) ||
        __builtin_add_overflow(extent, input.dim(i + 1), &extent)) {
      return ModelError("the padded dimension is too large");
    }
    if (extent % plan.block[i] != 0) {
      return ModelError("padded_shape[{}]={} is not divisible by block_shape[{}]={}", i, extent, i, plan.block[i]);
    }
    padded = padded || plan.before[i] > 0 || plan.after[i] > 0;
    dims.push_back(extent / plan.block[i]);
  }
  dims.append(input.shape().dims().subspan(static_cast<size_t>(plan.block.size()) + 1));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
  if (shape.num_elements() == 0) return {};
  if (padded) FillZero(*out);
  if (input.num_elements() == 0) return {};
  for (int64_t place = 0; place < plan.places; ++place) CopyPlace(ctx.pool(), plan, place, true, input, *out);
  return {};
}

Status BatchToSpace(KernelContext& ctx, const BlockPlan& plan) {
  const Tensor& input = ctx.input(0);
  if (input.dim(0) % plan.places != 0) {
    return ModelError("Input batch dimension ({}) is not divisible by product of block sizes ({})", input.dim(0),
                      plan.places);
  }
  IntList dims;
  dims.push_back(input.dim(0) / plan.places);
  for (int i = 0; i < plan.block.size(); ++i) {
    int64_t extent = 0;
    if (__builtin_mul_overflow(input.dim(i + 1), plan.block[i], &extent))
      return ModelError("the space becomes too large");
    if (plan.before[i] > extent || plan.after[i] > extent - plan.before[i]) {
      return ModelError("cropped_shape[{}] must be non-negative: {} less {} and {}", i, extent, plan.before[i],
                        plan.after[i]);
    }
    dims.push_back(extent - plan.before[i] - plan.after[i]);
  }
  dims.append(input.shape().dims().subspan(static_cast<size_t>(plan.block.size()) + 1));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
  if (shape.num_elements() == 0) return {};
  for (int64_t place = 0; place < plan.places; ++place) CopyPlace(ctx.pool(), plan, place, false, input, *out);
  return {};
}

using BlockMove = Status (*)(KernelContext&, const BlockPlan&);

template <BlockMove kMove>
Status MoveNd(KernelContext& ctx) {
  BlockPlan plan;
  SMCLI_RETURN_IF_ERROR(ReadBlock(ctx.input(1), ctx.input(2), ctx.input(0).rank(), plan));
  return kMove(ctx, plan);
}

// SpaceToBatch and BatchToSpace: images and square blocks.
template <BlockMove kMove>
class MoveSquares final : public Kernel {
 public:
  static Result<MoveSquares> Make(const NodeInfo& node) {
    MoveSquares kernel;
    SMCLI_ASSIGN_OR_RETURN(const int64_t size, node.attrs.Int("block_size"));
    if (size < 2) return ModelError("Block size should be > 1, but was: {}", size);
    kernel.block_ = Tensor::Vector<int64_t>(std::array{size, size});
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    if (ctx.input(0).rank() != 4) return ModelError("Input rank should be 4 instead of {}", ctx.input(0).rank());
    BlockPlan plan;
    SMCLI_RETURN_IF_ERROR(ReadBlock(block_, ctx.input(1), 4, plan));
    return kMove(ctx, plan);
  }

 private:
  Tensor block_;
};

// SpaceToDepth and DepthToSpace: blocks of an image and the outer digits of its channels change places.
template <bool kToDepth>
class DepthMove final : public Kernel {
 public:
  static Result<DepthMove> Make(const NodeInfo& node) {
    DepthMove kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.size_, node.attrs.Int("block_size"));
    if (kernel.size_ < 2 || kernel.size_ > (1 << 20))
      return ModelError("Block size should be > 1, but was: {}", kernel.size_);
    const std::string format = node.attrs.String("data_format", "NHWC");
    if (format != "NHWC" && format != "NCHW") return UnsupportedError("data_format '{}' of {}", format, node.op);
    kernel.channels_last_ = format == "NHWC";
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    if (input.rank() != 4) return ModelError("Input rank should be 4 instead of {}", input.rank());
    const int h = channels_last_ ? 1 : 2, w = h + 1, c = channels_last_ ? 3 : 1;
    IntList dims(input.shape().dims());
    if (kToDepth) {
      if (dims[h] % size_ != 0 || dims[w] % size_ != 0) {
        return ModelError("Image width {} and height {} should be divisible by block_size: {}", dims[w], dims[h],
                          size_);
      }
    } else if (dims[c] % (size_ * size_) != 0) {
      return ModelError("Input depth dimension {} should be divisible by: {}", dims[c], size_ * size_);
    }
    for (int d : {h, w}) SMCLI_RETURN_IF_ERROR(Scale(dims[d], size_, !kToDepth));
    SMCLI_RETURN_IF_ERROR(Scale(dims[c], size_ * size_, kToDepth));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
    if (shape.num_elements() == 0) return {};

    // Per dimension of the image with the deep channels: N, H, W, block row, block column, C.
    const Shape& wide = kToDepth ? input.shape() : shape;
    const Shape& deep = kToDepth ? shape : input.shape();
    const auto ws = RowMajorStrides(wide), ds = RowMajorStrides(deep);
    const auto at = [](const auto& strides, int d) { return strides[static_cast<size_t>(d)]; };
    const int64_t channels = wide.dim(c);
    struct Step {
      int64_t count, wide, deep;
    };
    const Step batch{wide.dim(0), ws[0], ds[0]}, row{deep.dim(h), at(ws, h) * size_, at(ds, h)},
        column{deep.dim(w), at(ws, w) * size_, at(ds, w)}, block_row{size_, at(ws, h), channels * size_ * at(ds, c)},
        block_column{size_, at(ws, w), channels * at(ds, c)}, channel{channels, at(ws, c), at(ds, c)};
    StridedCopy copy;
    const auto add = [&](const Step& s) { copy.Add(s.count, kToDepth ? s.wide : s.deep, kToDepth ? s.deep : s.wide); };
    add(batch);
    if (!channels_last_) add(channel);
    for (const Step& step : {row, block_row, column, block_column}) add(step);
    if (channels_last_) add(channel);
    copy.Run(ctx.pool(), input, 0, *out, 0);
    return {};
  }

 private:
  static Status Scale(int64_t& extent, int64_t factor, bool up) {
    if (!up) {
      extent /= factor;
    } else if (__builtin_mul_overflow(extent, factor, &extent)) {
      return ModelError("the image becomes too large");
    }
    return {};
  }

  int64_t size_ = 2;
  bool channels_last_ = true;
};

constexpr Op kOps[] = {
    {.name = "BatchToSpace", .types = {}, .make = MakeKernel<MoveSquares<BatchToSpace>>},
    {.name = "BatchToSpaceND", .types = {}, .make = MakeFunctionKernel<MoveNd<BatchToSpace>>},
    {.name = "DepthToSpace", .types = {}, .make = MakeKernel<DepthMove<false>>},
    {.name = "SpaceToBatch", .types = {}, .make = MakeKernel<MoveSquares<SpaceToBatch>>},
    {.name = "SpaceToBatchND", .types = {}, .make = MakeFunctionKernel<MoveNd<SpaceToBatch>>},
    {.name = "SpaceToDepth", .types = {}, .make = MakeKernel<DepthMove<true>>},
};

}  // namespace

std::span<const Op> ArrayBlocksOps() { return kOps; }

}  // namespace smcli
