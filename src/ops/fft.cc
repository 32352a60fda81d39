// FFT, IFFT, RFFT, IRFFT over the last one, two or three dimensions.
#include <algorithm>
#include <array>
#include <complex>
#include <type_traits>

#include "ops/fourier_transform.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Lines that go through a transform side by side: rows, and neighbouring columns, whose numbers lie next to each other.
constexpr int64_t kRows = 8;
constexpr int64_t kColumns = 16;

class Workspace {
 public:
  void Resize(int64_t size) {
    numbers_.resize(static_cast<size_t>(2 * size + kFourierStagger));
    im_ = size + kFourierStagger;
  }
  double* re() { return numbers_.data(); }
  double* im() { return numbers_.data() + im_; }
  std::vector<double> scratch;

 private:
  std::vector<double> numbers_;
  int64_t im_ = 0;
};

// Where the complex numbers of a transform come from and go to: tensors, or a box of doubles between two axes.
template <typename T>
struct Source {
  const T* data;
  double Re(int64_t i) const { return static_cast<double>(data[i].real()); }
  double Im(int64_t i) const { return static_cast<double>(data[i].imag()); }
};
template <typename T>
struct Target {
  T* data;
  double scale;
  void Set(int64_t i, double re, double im) const {
    using Real = typename T::value_type;
    data[i] = T(static_cast<Real>(re * scale), static_cast<Real>(im * scale));
  }
};
struct Box {
  double* re;
  double* im;
  double Re(int64_t i) const { return re[i]; }
  double Im(int64_t i) const { return im[i]; }
  void Set(int64_t i, double real, double imaginary) const {
    re[i] = real;
    im[i] = imaginary;
  }
};

// The transforms along the middle of [outer, n, inner].
template <typename From, typename To>
void TransformAxis(const FourierTransform& transform, int64_t outer, int64_t inner, bool inverse, const From& from,
                   const To& to, Workspace& work) {
  const int64_t n = transform.length();
  work.Resize(n * std::max(kRows, kColumns));
  double *re = work.re(), *im = work.im();
  // Number k of line l is number first + k * step + l * line_step of the box.
  const auto run = [&](int64_t first, int64_t step, int64_t line_step, int64_t lines) {
    for (int64_t k = 0; k < n; ++k) {
      for (int64_t l = 0; l < lines; ++l) {
        re[k * lines + l] = from.Re(first + k * step + l * line_step);
        im[k * lines + l] = from.Im(first + k * step + l * line_step);
      }
    }
    transform.Run(re, im, lines, inverse, work.scratch);
    for (int64_t k = 0; k < n; ++k) {
      for (int64_t l = 0; l < lines; ++l)
        to.Set(first + k * step + l * line_step, re[k * lines + l], im[k * lines + l]);
    }
  };
  if (inner == 1) {
    for (int64_t o = 0; o < outer; o += kRows) run(o * n, 1, n, std::min(kRows, outer - o));
    return;
  }
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; i += kColumns) run(o * n * inner + i, inner, 1, std::min(kColumns, inner - i));
  }
}

// Walks the rows (last dimension) of a box inside a larger one: row r of `inside` is at offset(r) of `outside`.
int64_t RowOffset(int64_t row, std::span<const int64_t> inside, std::span<const int64_t> outside) {
  int64_t offset = 0, scale = outside.back();
  for (int axis = static_cast<int>(inside.size()) - 2; axis >= 0; --axis) {
    const auto a = static_cast<size_t>(axis);
    offset += row % inside[a] * scale;
    row /= inside[a];
    scale *= outside[a];
  }
  return offset;
}

int64_t Product(std::span<const int64_t> dims) {
  int64_t product = 1;
  for (int64_t dim : dims) product *= dim;
  return product;
}

Status CheckRank(const Tensor& input, int rank) {
  if (input.rank() >= rank) return {};
  return ModelError("Input must have rank of at least {} but got: {}", rank, input.shape().ToString());
}

// Nanoseconds per element and axis, roughly; decides how batches are split over threads.
constexpr double kCost = 4;

// f(first, last, workspace) over the batches, some per thread; `together`: how many are best done at once.
template <typename F>
void ForBatches(ThreadPool& pool, int64_t batches, int64_t together, double cost, F&& f) {
  const int64_t groups = (batches + together - 1) / together;
  pool.ParallelFor(groups, ThreadPool::GrainOf(cost * static_cast<double>(together)), [&](int64_t begin, int64_t end) {
    Workspace work;
    for (int64_t g = begin; g < end; ++g) f(g * together, std::min(batches, (g + 1) * together), work);
  });
}

template <int kRank>
using Plans = std::array<std::shared_ptr<const FourierTransform>, kRank>;

// Axes [0, kAxes) of `boxes` boxes with these dimensions, from one place to another; a box between them where there are
// several.
template <int kAxes, typename From, typename To>
void TransformAxes(const Plans<kAxes>& plans, std::span<const int64_t> dims, int64_t boxes, bool inverse,
                   const From& from, const To& to, const Box& between, Workspace& work) {
  const auto inner = [&](size_t axis) { return Product(dims.subspan(axis + 1)); };
  const auto outer = [&](size_t axis) { return boxes * Product(dims.first(axis)); };
  if constexpr (kAxes == 1) {
    TransformAxis(*plans[0], outer(0), inner(0), inverse, from, to, work);
  } else {
    TransformAxis(*plans[0], outer(0), inner(0), inverse, from, between, work);
    for (size_t axis = 1; axis + 1 < kAxes; ++axis) {
      TransformAxis(*plans[axis], outer(axis), inner(axis), inverse, between, between, work);
    }
    TransformAxis(*plans[kAxes - 1], outer(kAxes - 1), inner(kAxes - 1), inverse, between, to, work);
  }
}

template <bool kInverse, int kRank>
class Fft final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo&) { return std::make_unique<Fft>(); }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(CheckRank(input, kRank));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), input.shape()));
    if (input.num_elements() == 0) return {};
    const auto dims = input.shape().dims().subspan(static_cast<size_t>(input.rank() - kRank));
    Plans<kRank> plans;
    for (size_t axis = 0; axis < kRank; ++axis) plans[axis] = plans_.Of(dims[axis]);
    const int64_t size = Product(dims);
    const double scale = kInverse ? 1.0 / static_cast<double>(size) : 1.0;
    DispatchComplexes(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const auto run = [&](int64_t first, int64_t last, Workspace& work) {
        std::vector<double> re(kRank > 1 ? static_cast<size_t>(size) : 0), im(re.size());
        TransformAxes<kRank>(plans, dims, last - first, kInverse, Source<T>{input.data<T>() + first * size},
                             Target<T>{out->mutable_data<T>() + first * size, scale}, Box{re.data(), im.data()}, work);
      };
      ForBatches(ctx.pool(), input.num_elements() / size, kRank == 1 ? kRows : 1,
                 kCost * kRank * static_cast<double>(size), run);
    });
    return {};
  }

 private:
  FourierPlans<FourierTransform> plans_;
};

// fft_length, checked against the input: `half_last` where the input holds half of a real signal's spectrum.
Result<std::vector<int64_t>> Lengths(const Tensor& input, const Tensor& fft_length, int rank, bool half_last) {
  SMCLI_RETURN_IF_ERROR(CheckRank(input, rank));
  if (fft_length.rank() != 1 || fft_length.dim(0) != rank) {
    return ModelError("fft_length must have shape [{}]", rank);
  }
  std::vector<int64_t> lengths;
  for (int i = 0; i < rank; ++i) {
    const int64_t length = fft_length.data<int32_t>()[i];
    if (length < 0) return ModelError("fft_length[{}] must >= 0, but got: {}", i, length);
    const int axis = input.rank() - rank + i;
    const int64_t needed = half_last && i + 1 == rank ? (length == 0 ? 0 : length / 2 + 1) : length;
    if (input.dim(axis) < needed) {
      return ModelError("Input dimension {} must have length of at least {} but got: {}", axis, needed,
                        input.dim(axis));
    }
    lengths.push_back(length);
  }
  return lengths;
}

Result<Shape> WithLastDims(const Shape& shape, std::span<const int64_t> last) {
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end() - static_cast<ptrdiff_t>(last.size()));
  dims.insert(dims.end(), last.begin(), last.end());
  auto made = Shape::Make(dims);
  if (!made.ok()) return ModelError("{}", made.error().message());
  return made;
}

template <typename T>
using RealOf = typename T::value_type;

// The axes but the last one, of half a spectrum.
template <int kRank>
Plans<kRank - 1> OuterPlans(const FourierPlans<FourierTransform>& cache, std::span<const int64_t> lengths) {
  Plans<kRank - 1> plans;
  for (size_t axis = 0; axis + 1 < kRank; ++axis) plans[axis] = cache.Of(lengths[axis]);
  return plans;
}

// Rows of real numbers, row r from `numbers(r)` on, to rows of frequencies.
template <typename Numbers, typename To>
void ForwardRows(const RealFourierTransform& transform, int64_t rows, const Numbers& numbers, const To& to,
                 Workspace& work) {
  work.Resize(transform.room() * kRows);
  double *re = work.re(), *im = work.im();
  const int64_t width = transform.frequencies();
  for (int64_t row = 0; row < rows; row += kRows) {
    const int64_t lines = std::min(kRows, rows - row);
    using Number = std::remove_cvref_t<decltype(*numbers(row))>;
    std::array<const Number*, kRows> from;
    for (int64_t l = 0; l < lines; ++l) from[static_cast<size_t>(l)] = numbers(row + l);
    transform.Load<Number>(std::span<const Number* const>(from).first(static_cast<size_t>(lines)), re, im);
    transform.Forward(re, im, lines, work.scratch);
    for (int64_t k = 0; k < width; ++k) {
      for (int64_t l = 0; l < lines; ++l) to.Set((row + l) * width + k, re[k * lines + l], im[k * lines + l]);
    }
  }
}

// Rows of frequencies, row r from number first(r) on, to rows of real numbers on end.
template <typename From, typename First, typename T>
void InverseRows(const RealFourierTransform& transform, int64_t rows, const From& from, const First& first,
                 double scale, T* numbers, Workspace& work) {
  work.Resize(transform.room() * kRows);
  double *re = work.re(), *im = work.im();
  for (int64_t row = 0; row < rows; row += kRows) {
    const int64_t lines = std::min(kRows, rows - row);
    std::array<int64_t, kRows> starts;
    std::array<T*, kRows> to;
    for (int64_t l = 0; l < lines; ++l) {
      starts[static_cast<size_t>(l)] = first(row + l);
      to[static_cast<size_t>(l)] = numbers + (row + l) * transform.length();
    }
    for (int64_t k = 0; k < transform.frequencies(); ++k) {
      for (int64_t l = 0; l < lines; ++l) {
        re[k * lines + l] = from.Re(starts[static_cast<size_t>(l)] + k);
        im[k * lines + l] = from.Im(starts[static_cast<size_t>(l)] + k);
      }
    }
    transform.Inverse(re, im, lines, work.scratch);
    transform.Store<T>(re, im, scale, std::span<T* const>(to).first(static_cast<size_t>(lines)));
  }
}

// What RFFT and IRFFT share: the lengths, and the dimensions of what is stored and of the half spectrum.
template <int kRank>
struct RealBox {
  std::vector<int64_t> lengths, half;
  std::span<const int64_t> stored;
  int64_t size, half_size, stored_size, rows;

  RealBox(const Tensor& input, const std::vector<int64_t>& all)
      : lengths(all), half(all), stored(input.shape().dims().subspan(static_cast<size_t>(input.rank() - kRank))) {
    half.back() = all.back() == 0 ? 0 : all.back() / 2 + 1;
    size = Product(lengths);
    half_size = Product(half);
    stored_size = Product(stored);
    rows = all.back() == 0 ? 0 : size / all.back();
  }
};

// (input real, fft_length) -> the non-negative frequencies.
template <int kRank>
class Rfft final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo&) { return std::make_unique<Rfft>(); }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> lengths, Lengths(input, ctx.input(1), kRank, false));
    const RealBox<kRank> box(input, lengths);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, WithLastDims(input.shape(), box.half));
    const DataType dtype = input.dtype() == DataType::kDouble ? DataType::kComplex128 : DataType::kComplex64;
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, shape));
    if (shape.num_elements() == 0) return {};
    const auto real = real_plans_.Of(lengths.back());
    const Plans<kRank - 1> plans = OuterPlans<kRank>(plans_, lengths);
    DispatchComplexes(dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const auto run = [&](int64_t first, int64_t last, Workspace& work) {
        const RealOf<T>* from = input.data<RealOf<T>>() + first * box.stored_size;
        const Target<T> to{out->mutable_data<T>() + first * box.half_size, 1.0};
        if constexpr (kRank == 1) {
          ForwardRows(
              *real, last - first, [&](int64_t row) { return from + row * box.stored_size; }, to, work);
        } else {
          std::vector<double> re(static_cast<size_t>(box.half_size)), im(re.size());
          const Box between{re.data(), im.data()};
          const auto row_at = [&](int64_t row) { return from + RowOffset(row, box.lengths, box.stored); };
          ForwardRows(*real, box.rows, row_at, between, work);
          TransformAxes<kRank - 1>(plans, box.half, 1, false, between, to, between, work);
        }
      };
      ForBatches(ctx.pool(), shape.num_elements() / box.half_size, kRank == 1 ? kRows : 1,
                 kCost * kRank * static_cast<double>(box.size), run);
    });
    return {};
  }

 private:
  FourierPlans<FourierTransform> plans_;
  FourierPlans<RealFourierTransform> real_plans_;
};

// (input: non-negative frequencies, fft_length) -> real
template <int kRank>
class Irfft final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo&) { return std::make_unique<Irfft>(); }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> lengths, Lengths(input, ctx.input(1), kRank, true));
    const RealBox<kRank> box(input, lengths);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, WithLastDims(input.shape(), lengths));
    const DataType dtype = input.dtype() == DataType::kComplex128 ? DataType::kDouble : DataType::kFloat;
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, shape));
    if (shape.num_elements() == 0) return {};
    const auto real = real_plans_.Of(lengths.back());
    const Plans<kRank - 1> plans = OuterPlans<kRank>(plans_, lengths);
    const double scale = 1.0 / static_cast<double>(box.size);
    DispatchComplexes(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const auto run = [&](int64_t first, int64_t last, Workspace& work) {
        const Source<T> from{input.data<T>() + first * box.stored_size};
        RealOf<T>* to = out->mutable_data<RealOf<T>>() + first * box.size;
        if constexpr (kRank == 1) {
          InverseRows(
              *real, last - first, from, [&](int64_t row) { return row * box.stored_size; }, scale, to, work);
        } else {
          std::vector<double> re(static_cast<size_t>(box.half_size)), im(re.size());
          const Box between{re.data(), im.data()};
          const int64_t width = box.half.back();
          for (int64_t row = 0; row < box.rows; ++row) {
            const int64_t at = RowOffset(row, box.half, box.stored);
            for (int64_t k = 0; k < width; ++k) between.Set(row * width + k, from.Re(at + k), from.Im(at + k));
          }
          TransformAxes<kRank - 1>(plans, box.half, 1, true, between, between, between, work);
          InverseRows(
              *real, box.rows, between, [&](int64_t row) { return row * width; }, scale, to, work);
        }
      };
      ForBatches(ctx.pool(), shape.num_elements() / box.size, kRank == 1 ? kRows : 1,
                 kCost * kRank * static_cast<double>(box.size), run);
    });
    return {};
  }

 private:
  FourierPlans<FourierTransform> plans_;
  FourierPlans<RealFourierTransform> real_plans_;
};

constexpr Tolerance kClose = Tolerance::kRounding;

constexpr Op kOps[] = {
    {.name = "FFT", .types = {{{"Tcomplex", kComplexes}}}, .make = Fft<false, 1>::Make, .tolerance = kClose},
    {.name = "FFT2D", .types = {{{"Tcomplex", kComplexes}}}, .make = Fft<false, 2>::Make, .tolerance = kClose},
    {.name = "FFT3D", .types = {{{"Tcomplex", kComplexes}}}, .make = Fft<false, 3>::Make, .tolerance = kClose},
    {.name = "IFFT", .types = {{{"Tcomplex", kComplexes}}}, .make = Fft<true, 1>::Make, .tolerance = kClose},
    {.name = "IFFT2D", .types = {{{"Tcomplex", kComplexes}}}, .make = Fft<true, 2>::Make, .tolerance = kClose},
    {.name = "IFFT3D", .types = {{{"Tcomplex", kComplexes}}}, .make = Fft<true, 3>::Make, .tolerance = kClose},
    {.name = "IRFFT", .types = {}, .make = Irfft<1>::Make, .tolerance = kClose},
    {.name = "IRFFT2D", .types = {}, .make = Irfft<2>::Make, .tolerance = kClose},
    {.name = "IRFFT3D", .types = {}, .make = Irfft<3>::Make, .tolerance = kClose},
    {.name = "RFFT", .types = {}, .make = Rfft<1>::Make, .tolerance = kClose},
    {.name = "RFFT2D", .types = {}, .make = Rfft<2>::Make, .tolerance = kClose},
    {.name = "RFFT3D", .types = {}, .make = Rfft<3>::Make, .tolerance = kClose},
};

}  // namespace

std::span<const Op> FftOps() { return kOps; }

}  // namespace smcli
