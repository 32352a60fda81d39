// Conv2D, Conv3D and Conv: patches times filter. 1 x 1 convolutions multiply the image itself.
#include <mutex>

#include "ops/conv_depthwise.h"
#include "ops/im2col.h"
#include "ops/matrix_product.h"
#include "ops/op.h"
#include "ops/padded_window.h"
#include "ops/through_float.h"
#include "ops/window.h"

namespace smcli {
namespace {

// Bytes of patches that are made at a time: they stay in the second-level cache until they are multiplied.
constexpr int64_t kPatchBytes = 512 << 10;

// A convolution whose shapes have been checked.
struct ConvShape {
  PatchSource patches;
  int64_t batch = 0;
  int64_t groups = 1;
  int64_t out_channels = 0;  // of all groups
  Shape out;                 // channels last
};

Result<ConvShape> CheckShapes(const WindowAttrs& window, const Tensor& images, const Tensor& filter) {
  const int rank = window.dims + 2;
  if (images.rank() != rank || filter.rank() != rank) {
    return ModelError("input and filter must be {}-dimensional, got {} and {}", rank, images.shape().ToString(),
                      filter.shape().ToString());
  }
  const int64_t channels = images.dim(rank - 1), depth = filter.dim(rank - 2), out_channels = filter.dim(rank - 1);
  if (depth <= 0 || channels % depth != 0) {
    return ModelError("input depth must be evenly divisible by filter depth: {} vs {}", channels, depth);
  }
  ConvShape conv;
  conv.groups = std::max<int64_t>(channels / depth, 1);
  if (out_channels % conv.groups != 0) {
    return ModelError("output depth must be evenly divisible by number of groups: {} vs {}", out_channels, conv.groups);
  }
  std::array<int64_t, 3> kernel{1, 1, 1};
  for (int i = 0; i < window.dims; ++i) {
    kernel[static_cast<size_t>(window.first() + i)] = filter.dim(i);
    if (filter.dim(i) < 1) return ModelError("filter must not have zero elements: {}", filter.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(conv.patches.axes, window.Axes(images.shape(), kernel));
  conv.patches.channels = channels;
  conv.patches.group = depth;
  conv.batch = images.dim(0);
  conv.out_channels = out_channels;
  std::vector<int64_t> dims = {conv.batch};
  for (int i = window.first(); i < 3; ++i) dims.push_back(conv.patches.axes[static_cast<size_t>(i)].out);
  dims.push_back(out_channels);
  auto shape = Shape::Make(dims);
  if (!shape.ok()) return ModelError("{}", shape.error().message());
  conv.out = *shape;
  return conv;
}

// A group for each channel of a flat image: the filter's numbers then lie as those of a depthwise convolution.
bool IsDepthwise(const ConvShape& conv) {
  const SpatialAxis& depth = conv.patches.axes[0];
  return conv.groups > 1 && conv.patches.group == 1 && conv.out.rank() == 4 && depth.in == 1 && depth.kernel == 1;
}

// The filter of one group as a matrix: patch x channels of the group.
template <typename T>
MatrixRef<T> FilterOf(const ConvShape& conv, const Tensor& filter, int64_t group) {
  return {filter.data<T>() + group * (conv.out_channels / conv.groups), conv.out_channels, 1};
}

template <typename T>
Result<Tensor> Pack(ThreadPool& pool, const WeightCache& cache, const ConvShape& conv, const Tensor& filter) {
  if constexpr (std::is_floating_point_v<T>) {
    const int64_t k = conv.patches.patch_size(), n = conv.out_channels;
    if (conv.groups > 1 || !PanelsHelp(n)) return Tensor();
    const auto pack = [&] { return PackMatrix<T>(pool, FilterOf<T>(conv, filter, 0), k, n); };
    SMCLI_ASSIGN_OR_RETURN(Tensor packed, cache.Find(filter, k, n, pack));
    if (packed.has_value() || conv.batch * conv.patches.num_patches() < 16) return packed;
    return pack();
  }
  return Tensor();
}

// Rows [begin, end) of the output, counted over all images, of one group.
template <typename T>
class ConvRows {
 public:
  ConvRows(ThreadPool& pool, const ConvShape& conv, const Tensor& images, const Tensor& filter, const Tensor& packed,
           Tensor& out)
      : pool_(pool),
        conv_(conv),
        images_(images.data<T>()),
        filter_(filter),
        packed_(packed),
        out_(out.mutable_data<T>()) {}

  Status Run(int64_t begin, int64_t end, int64_t group, std::vector<T>& patches, std::vector<T>& products) const {
    const PatchSource& source = conv_.patches;
    const int64_t k = source.patch_size(), n = conv_.out_channels / conv_.groups, per_image = source.num_patches();
    patches.resize(static_cast<size_t>((end - begin) * k));
    for (int64_t row = begin; row < end;) {
      const int64_t image = row / per_image, last = std::min(end, (image + 1) * per_image);
      const T* from = images_ + image * source.image_size() + group * source.group;
      source.Gather(from, row - image * per_image, last - image * per_image, patches.data() + (row - begin) * k);
      row = last;
    }
    const MatrixRef<T> a{patches.data(), k, 1}, b = FilterOf<T>(conv_, filter_, group);
    if (conv_.groups == 1) {
      return MultiplyMatrices<T>(pool_, a, b, packed_.data<T>(), end - begin, k, n, out_ + begin * n);
    }
    products.resize(static_cast<size_t>((end - begin) * n));
    SMCLI_RETURN_IF_ERROR(MultiplyMatrices<T>(pool_, a, b, nullptr, end - begin, k, n, products.data()));
    for (int64_t row = begin; row < end; ++row) {
      std::copy_n(products.data() + (row - begin) * n, n, out_ + row * conv_.out_channels + group * n);
    }
    return {};
  }

 private:
  ThreadPool& pool_;
  const ConvShape& conv_;
  const T* images_;
  const Tensor& filter_;
  const Tensor& packed_;
  T* out_;
};

template <typename T>
Status Convolve(ThreadPool& pool, const WeightCache& cache, const ConvShape& conv, const Tensor& images,
                const Tensor& filter, Tensor& out) {
  const int64_t rows = conv.batch * conv.patches.num_patches(), k = conv.patches.patch_size();
  SMCLI_ASSIGN_OR_RETURN(const Tensor packed, Pack<T>(pool, cache, conv, filter));
  if (conv.patches.is_matrix() && conv.groups == 1) {
    return MultiplyMatrices<T>(pool, {images.data<T>(), k, 1}, FilterOf<T>(conv, filter, 0), packed.data<T>(), rows, k,
                               conv.out_channels, out.mutable_data<T>());
  }
  const ConvRows<T> work(pool, conv, images, filter, packed, out);
  const int64_t fitting = std::max<int64_t>(kPatchBytes / static_cast<int64_t>(sizeof(T)) / k, 48);
  const int64_t blocks = (rows + fitting - 1) / fitting;
  std::mutex mutex;
  Status failed;
  const auto run_blocks = [&](int64_t begin, int64_t end) {
    std::vector<T> patches, products;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t group = i / blocks, first = i % blocks * fitting;
      Status status = work.Run(first, std::min(rows, first + fitting), group, patches, products);
      if (status.ok()) continue;
      std::lock_guard lock(mutex);
      failed = std::move(status);
    }
  };
  // Many blocks are handed out whole; of few, each product is shared.
  if (blocks * conv.groups >= 2 * pool.threads()) {
    pool.ParallelFor(blocks * conv.groups, 1, run_blocks);
  } else {
    run_blocks(0, blocks * conv.groups);
  }
  return failed;
}

class Conv final : public PaddableKernel {
 public:
  template <int kDims>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<Conv>();
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, kDims));
    kernel->cache_ = std::make_unique<WeightCache>();
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  // Conv, of as many dimensions as it has strides for.
  static Result<std::unique_ptr<Kernel>> MakeAny(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> strides, node.attrs.Ints("strides"));
    if (node.attrs.Int("batch_dims", 1) != 1) return UnsupportedError("Conv with several batch dimensions");
    if (strides.size() == 4) return Make<2>(node);
    if (strides.size() == 5) return Make<3>(node);
    return InvalidModelError("Conv needs strides of 4 or 5 numbers, got {}", strides.size());
  }

  std::unique_ptr<Kernel> WithPadding(std::span<const int64_t> pads) const override {
    auto padded = std::make_unique<Conv>();
    padded->window_ = window_;
    padded->cache_ = std::make_unique<WeightCache>();
    return padded->window_.AddPadding(pads) ? std::move(padded) : nullptr;
  }

  Status Compute(KernelContext& ctx) const override {
    Tensor images = ctx.input(0);
    const Tensor& filter = ctx.input(1);
    if (window_.channels_first && images.rank() == window_.dims + 2) {
      SMCLI_ASSIGN_OR_RETURN(images, ChannelsLast(images));
    }
    SMCLI_ASSIGN_OR_RETURN(const ConvShape conv, CheckShapes(window_, images, filter));
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(images.dtype(), conv.out));
    if (out.num_elements() > 0) SMCLI_RETURN_IF_ERROR(Run(ctx.pool(), conv, images, filter, out));
    if (window_.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(out, ChannelsFirst(out));
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  Status Run(ThreadPool& pool, const ConvShape& conv, const Tensor& images, const Tensor& filter, Tensor& out) const {
    if (IsDepthwise(conv) && images.dtype() != DataType::kInt32) {
      ConvolveDepthwise(pool, conv.patches.axes, images, filter, out);
      return {};
    }
    switch (images.dtype()) {
      case DataType::kFloat: return Convolve<float>(pool, *cache_, conv, images, filter, out);
      case DataType::kDouble: return Convolve<double>(pool, *cache_, conv, images, filter, out);
      default: return Convolve<int32_t>(pool, *cache_, conv, images, filter, out);
    }
  }

  WindowAttrs window_;
  std::unique_ptr<WeightCache> cache_;
};

constexpr DataTypeSet kConvTypes = kFloats | DataType::kInt32;

constexpr Op kOps[] = {
    {.name = "Conv",
     .types = {{{"T", kConvTypes}}},
     .make = ThroughFloat<Conv::MakeAny>,
     .tolerance = Tolerance::kRounding},
    {.name = "Conv2D",
     .types = {{{"T", kConvTypes}}},
     .make = ThroughFloat<Conv::Make<2>>,
     .tolerance = Tolerance::kRounding},
    {.name = "Conv3D",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<Conv::Make<3>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ConvOps() { return kOps; }

}  // namespace smcli
