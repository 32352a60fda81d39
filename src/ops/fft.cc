// FFT, IFFT, RFFT, IRFFT over the last one, two or three dimensions.
#include "ops/fourier_transform.h"
#include "ops/op.h"

namespace smcli {
namespace {

using Complex = FourierTransform::Complex;

// The transforms of a box of complex numbers, axis by axis.
class BoxTransform {
 public:
  explicit BoxTransform(std::vector<int64_t> dims) : dims_(std::move(dims)) {
    for (int64_t dim : dims_) transforms_.emplace_back(dim);
  }
  int64_t size() const {
    int64_t size = 1;
    for (int64_t dim : dims_) size *= dim;
    return size;
  }
  // Transforms along axes [first, last) of a box whose last dimension may differ from the planned one (`width`).
  void Run(std::span<Complex> box, int first, int last, int64_t width, bool inverse) const {
    std::vector<Complex> line, scratch;
    for (int axis = first; axis < last; ++axis) {
      const int64_t n = Extent(axis, width);
      int64_t inner = 1;
      for (int i = axis + 1; i < rank(); ++i) inner *= Extent(i, width);
      if (n == 0 || inner == 0) continue;
      line.resize(static_cast<size_t>(n));
      const auto size = static_cast<int64_t>(box.size());
      for (int64_t outer = 0; outer < size; outer += n * inner) {
        for (int64_t i = 0; i < inner; ++i) {
          for (int64_t k = 0; k < n; ++k)
            line[static_cast<size_t>(k)] = box[static_cast<size_t>(outer + k * inner + i)];
          transforms_[static_cast<size_t>(axis)].Run(line, inverse, scratch);
          for (int64_t k = 0; k < n; ++k)
            box[static_cast<size_t>(outer + k * inner + i)] = line[static_cast<size_t>(k)];
        }
      }
    }
  }
  int rank() const { return static_cast<int>(dims_.size()); }

 private:
  int64_t Extent(int axis, int64_t width) const {
    return axis + 1 == rank() ? width : dims_[static_cast<size_t>(axis)];
  }

  std::vector<int64_t> dims_;
  std::vector<FourierTransform> transforms_;
};

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
constexpr double kCost = 20;

template <bool kInverse, int kRank>
Status Fft(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_RETURN_IF_ERROR(CheckRank(input, kRank));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), input.shape()));
  const auto dims = input.shape().dims().subspan(static_cast<size_t>(input.rank() - kRank));
  const BoxTransform transform({dims.begin(), dims.end()});
  const int64_t size = transform.size();
  if (size == 0) return {};
  const double scale = kInverse ? 1.0 / static_cast<double>(size) : 1.0;
  DispatchComplexes(input.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = input.data<T>();
    T* to = out->mutable_data<T>();
    ctx.pool().ParallelFor(input.num_elements() / size, ThreadPool::GrainOf(kCost * kRank * static_cast<double>(size)),
                           [&](int64_t begin, int64_t end) {
                             std::vector<Complex> box(static_cast<size_t>(size));
                             for (int64_t batch = begin; batch < end; ++batch) {
                               std::copy_n(from + batch * size, size, box.begin());
                               transform.Run(box, 0, kRank, dims.back(), kInverse);
                               for (int64_t i = 0; i < size; ++i)
                                 to[batch * size + i] = T(box[static_cast<size_t>(i)] * scale);
                             }
                           });
  });
  return {};
}

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

// (input real, fft_length) -> the non-negative frequencies.
template <int kRank>
Status Rfft(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> lengths, Lengths(input, ctx.input(1), kRank, false));
  std::vector<int64_t> half = lengths;
  half.back() = lengths.back() == 0 ? 0 : lengths.back() / 2 + 1;
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, WithLastDims(input.shape(), half));
  const DataType dtype = input.dtype() == DataType::kDouble ? DataType::kComplex128 : DataType::kComplex64;
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, shape));
  if (shape.num_elements() == 0) return {};
  const auto stored = input.shape().dims().subspan(static_cast<size_t>(input.rank() - kRank));
  const BoxTransform transform(lengths);
  const int64_t size = transform.size(), half_size = Product(half), input_size = Product(stored),
                rows = size / lengths.back();
  DispatchComplexes(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const auto* from = input.data<RealOf<T>>();
    T* to = out->mutable_data<T>();
    ctx.pool().ParallelFor(
        shape.num_elements() / half_size, ThreadPool::GrainOf(kCost * kRank * static_cast<double>(size)),
        [&](int64_t begin, int64_t end) {
          std::vector<Complex> box(static_cast<size_t>(size));
          for (int64_t batch = begin; batch < end; ++batch) {
            for (int64_t row = 0; row < rows; ++row) {
              std::copy_n(from + batch * input_size + RowOffset(row, lengths, stored), lengths.back(),
                          box.begin() + row * lengths.back());
            }
            transform.Run(box, 0, kRank, lengths.back(), false);
            for (int64_t row = 0; row < rows; ++row) {
              for (int64_t k = 0; k < half.back(); ++k) {
                to[batch * half_size + row * half.back() + k] = T(box[static_cast<size_t>(row * lengths.back() + k)]);
              }
            }
          }
        });
  });
  return {};
}

// A row of a real signal from its non-negative frequencies; the others mirror them.
void InvertRow(std::span<const Complex> half, const FourierTransform& transform, std::vector<Complex>& row,
               std::vector<Complex>& scratch) {
  const auto n = static_cast<size_t>(transform.length());
  row.resize(n);
  for (size_t k = 0; k < n; ++k) row[k] = k < half.size() ? half[k] : std::conj(half[n - k]);
  transform.Run(row, true, scratch);
}

// (input: non-negative frequencies, fft_length) -> real
template <int kRank>
Status Irfft(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> lengths, Lengths(input, ctx.input(1), kRank, true));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, WithLastDims(input.shape(), lengths));
  const DataType dtype = input.dtype() == DataType::kComplex128 ? DataType::kDouble : DataType::kFloat;
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, shape));
  if (shape.num_elements() == 0) return {};
  const auto stored = input.shape().dims().subspan(static_cast<size_t>(input.rank() - kRank));
  std::vector<int64_t> half = lengths;
  half.back() = lengths.back() / 2 + 1;
  const BoxTransform transform(lengths);
  const FourierTransform last(lengths.back());
  const int64_t size = transform.size(), half_size = Product(half), input_size = Product(stored),
                rows = size / lengths.back();
  DispatchComplexes(input.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = input.data<T>();
    auto* to = out->mutable_data<RealOf<T>>();
    ctx.pool().ParallelFor(
        shape.num_elements() / size, ThreadPool::GrainOf(kCost * kRank * static_cast<double>(size)),
        [&](int64_t begin, int64_t end) {
          std::vector<Complex> box(static_cast<size_t>(half_size)), row_values, scratch;
          for (int64_t batch = begin; batch < end; ++batch) {
            for (int64_t row = 0; row < rows; ++row) {
              std::copy_n(from + batch * input_size + RowOffset(row, half, stored), half.back(),
                          box.begin() + row * half.back());
            }
            transform.Run(box, 0, kRank - 1, half.back(), true);
            for (int64_t row = 0; row < rows; ++row) {
              InvertRow(
                  std::span(box).subspan(static_cast<size_t>(row * half.back()), static_cast<size_t>(half.back())),
                  last, row_values, scratch);
              for (int64_t k = 0; k < lengths.back(); ++k) {
                to[batch * size + row * lengths.back() + k] =
                    static_cast<RealOf<T>>(row_values[static_cast<size_t>(k)].real() / static_cast<double>(size));
              }
            }
          }
        });
  });
  return {};
}

constexpr Tolerance kClose = Tolerance::kRounding;

constexpr Op kOps[] = {
    {.name = "FFT",
     .types = {{{"Tcomplex", kComplexes}}},
     .make = MakeFunctionKernel<Fft<false, 1>>,
     .tolerance = kClose},
    {.name = "FFT2D",
     .types = {{{"Tcomplex", kComplexes}}},
     .make = MakeFunctionKernel<Fft<false, 2>>,
     .tolerance = kClose},
    {.name = "FFT3D",
     .types = {{{"Tcomplex", kComplexes}}},
     .make = MakeFunctionKernel<Fft<false, 3>>,
     .tolerance = kClose},
    {.name = "IFFT",
     .types = {{{"Tcomplex", kComplexes}}},
     .make = MakeFunctionKernel<Fft<true, 1>>,
     .tolerance = kClose},
    {.name = "IFFT2D",
     .types = {{{"Tcomplex", kComplexes}}},
     .make = MakeFunctionKernel<Fft<true, 2>>,
     .tolerance = kClose},
    {.name = "IFFT3D",
     .types = {{{"Tcomplex", kComplexes}}},
     .make = MakeFunctionKernel<Fft<true, 3>>,
     .tolerance = kClose},
    {.name = "IRFFT", .types = {}, .make = MakeFunctionKernel<Irfft<1>>, .tolerance = kClose},
    {.name = "IRFFT2D", .types = {}, .make = MakeFunctionKernel<Irfft<2>>, .tolerance = kClose},
    {.name = "IRFFT3D", .types = {}, .make = MakeFunctionKernel<Irfft<3>>, .tolerance = kClose},
    {.name = "RFFT", .types = {}, .make = MakeFunctionKernel<Rfft<1>>, .tolerance = kClose},
    {.name = "RFFT2D", .types = {}, .make = MakeFunctionKernel<Rfft<2>>, .tolerance = kClose},
    {.name = "RFFT3D", .types = {}, .make = MakeFunctionKernel<Rfft<3>>, .tolerance = kClose},
};

}  // namespace

std::span<const Op> FftOps() { return kOps; }

}  // namespace smcli
