// ExtractImagePatches and ExtractVolumePatches: windows of an image laid out as channels.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"

namespace smcli {
namespace {

constexpr int64_t kBytesPerThread = 128 << 10;

// One dimension of space.
struct Axis {
  int64_t size = 0;    // of the input
  int64_t window = 1;  // elements of a patch
  int64_t stride = 1, rate = 1;
  int64_t count = 0;   // patches
  int64_t before = 0;  // padding
};

// How many patches fit (TensorFlow: core/framework/kernel_shape_util.cc, windows with dilation). Where a stride reaches
// beyond the input, patches of volumes have a negative padding: they leave out elements in front.
Status Place(bool same, bool volume, Axis& axis) {
  int64_t reach = 0;
  if (__builtin_mul_overflow(axis.window - 1, axis.rate, &reach) || __builtin_add_overflow(reach, 1, &reach)) {
    return ModelError("the window is too large");
  }
  if (same) {
    axis.count = axis.size / axis.stride + (axis.size % axis.stride != 0 ? 1 : 0);
    const int64_t needed = axis.count == 0 ? 0 : (axis.count - 1) * axis.stride;  // < size
    const int64_t padding = reach - (axis.size - needed);
    axis.before = (volume ? padding : std::max<int64_t>(0, padding)) / 2;
  } else {
    axis.count = (axis.size - reach + axis.stride) / axis.stride;
    if (axis.count < 0) return ModelError("a window of {} does not fit into {} elements", reach, axis.size);
  }
  return {};
}

// ksizes, strides and rates are [1, space..., 1].
class Patches final : public Kernel {
 public:
  static Result<Patches> Make(const NodeInfo& node) {
    Patches kernel;
    SMCLI_ASSIGN_OR_RETURN(const auto sizes, node.attrs.Ints("ksizes"));
    SMCLI_ASSIGN_OR_RETURN(const auto strides, node.attrs.Ints("strides"));
    std::vector<int64_t> rates(sizes.size(), 1);
    if (node.attrs.Has("rates")) {
      SMCLI_ASSIGN_OR_RETURN(rates, node.attrs.Ints("rates"));
    }
    kernel.rank_ = node.op == "ExtractVolumePatches" ? 5 : 4;
    for (const auto& list : {sizes, strides, rates}) {
      if (std::ssize(list) != kernel.rank_)
        return ModelError("ksizes, strides and rates must have {} values", kernel.rank_);
      if (list.front() != 1 || list.back() != 1) return UnsupportedError("patches over batch or depth");
      for (int64_t value : list) {
        if (value < 1) return ModelError("ksizes, strides and rates must be positive, got {}", value);
      }
    }
    SMCLI_ASSIGN_OR_RETURN(const std::string padding, node.attrs.String("padding"));
    if (padding != "SAME" && padding != "VALID") return UnsupportedError("padding '{}' of {}", padding, node.op);
    kernel.same_ = padding == "SAME";
    for (size_t d = 1; d + 1 < sizes.size(); ++d) {
      kernel.axes_.push_back({.window = sizes[d], .stride = strides[d], .rate = rates[d]});
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    if (input.rank() != rank_) return ModelError("input must be {}-dimensional{}", rank_, input.shape().ToString());
    std::vector<Axis> axes = axes_;
    int64_t depth = input.dim(rank_ - 1);
    IntList dims;
    dims.push_back(input.dim(0));
    for (size_t d = 0; d < axes.size(); ++d) {
      axes[d].size = input.dim(static_cast<int>(d) + 1);
      SMCLI_RETURN_IF_ERROR(Place(same_, rank_ == 5, axes[d]));
      dims.push_back(axes[d].count);
      if (__builtin_mul_overflow(depth, axes[d].window, &depth)) return ModelError("the patches are too large");
    }
    dims.push_back(depth);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
    if (shape.num_elements() == 0) return {};
    const int64_t patches = shape.num_elements() / depth;
    DispatchMove(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      const int64_t grain = std::max<int64_t>(1, kBytesPerThread / (depth * UnitSize(input.dtype())));
      ctx.pool().ParallelFor(patches, grain, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; ++p) CopyPatch(axes, input, p, to + p * depth);
      });
    });
    return {};
  }

 private:
  // Writes patch p, row by row; what lies outside the input is zero.
  template <typename T>
  static void CopyPatch(const std::vector<Axis>& axes, const Tensor& input, int64_t p, T* to) {
    const int64_t channels = input.dim(input.rank() - 1);
    const auto spatial = static_cast<int>(axes.size());
    std::array<int64_t, 3> corner{}, index{};
    for (int d = spatial - 1; d >= 0; --d) {
      const Axis& axis = axes[static_cast<size_t>(d)];
      corner[static_cast<size_t>(d)] = p % axis.count * axis.stride - axis.before;
      p /= axis.count;
    }
    const T* image = input.data<T>() + p * input.shape().Product(1, input.rank());
    const Axis& last = axes.back();
    do {
      int64_t row = 0;
      bool inside = true;
      for (int d = 0; d + 1 < spatial; ++d) {
        const Axis& axis = axes[static_cast<size_t>(d)];
        const int64_t at = corner[static_cast<size_t>(d)] + index[static_cast<size_t>(d)] * axis.rate;
        inside = inside && at >= 0 && at < axis.size;
        row = row * axis.size + at;
      }
      for (int64_t i = 0; i < last.window; ++i, to += channels) {
        const int64_t at = corner[static_cast<size_t>(spatial - 1)] + i * last.rate;
        if (inside && at >= 0 && at < last.size) {
          CopyRun(image + (row * last.size + at) * channels, channels, to);
        } else {
          std::fill_n(to, channels, T());
        }
      }
    } while (Advance(axes, index));
  }

  // The next row of the window; false after the last.
  static bool Advance(const std::vector<Axis>& axes, std::array<int64_t, 3>& index) {
    for (int d = static_cast<int>(axes.size()) - 2; d >= 0; --d) {
      if (++index[static_cast<size_t>(d)] < axes[static_cast<size_t>(d)].window) return true;
      index[static_cast<size_t>(d)] = 0;
    }
    return false;
  }

  int rank_ = 4;
  bool same_ = false;
  std::vector<Axis> axes_;
};

constexpr Op kOps[] = {
    {.name = "ExtractImagePatches", .types = {}, .make = MakeKernel<Patches>},
    {.name = "ExtractVolumePatches", .types = {}, .make = MakeKernel<Patches>},
};

}  // namespace

std::span<const Op> PatchesOps() { return kOps; }

}  // namespace smcli
