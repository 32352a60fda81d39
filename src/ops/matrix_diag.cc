// Diagonals of matrices: MatrixDiag, MatrixDiagPart, MatrixSetDiag in their three versions, MatrixBandPart, and the
// tensor forms Diag and DiagPart.
#include <optional>

#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Diagonals lower..upper of rows x columns matrices; 0 is the main one, positive ones lie above. A band is stored with
// the upper diagonal first, each in `length` places; shorter ones are aligned to the left or to the right.
struct Band {
  int64_t lower = 0, upper = 0;
  int64_t rows = 0, columns = 0;
  int64_t length = 0;
  bool left_above = true, left_below = true;  // how diagonals above and below the main one are aligned

  int64_t size() const { return upper - lower + 1; }
  bool single() const { return lower == upper; }
  int64_t LengthOf(int64_t d) const {
    return std::min(rows + std::min<int64_t>(d, 0), columns - std::max<int64_t>(d, 0));
  }
  int64_t OffsetOf(int64_t d) const {
    const bool left = (d >= 0 && left_above) || (d <= 0 && left_below);
    return left ? 0 : length - LengthOf(d);
  }
  // Of element (i, i + d) for the first i: its place in the matrix.
  int64_t FirstOf(int64_t d) const { return d >= 0 ? d : -d * columns; }
};

Status ReadAlignment(const NodeInfo& node, Band& band) {
  const std::string align = node.attrs.String("align", "LEFT_LEFT");  // versions 1 and 2 have no such attribute
  if (align != "LEFT_LEFT" && align != "LEFT_RIGHT" && align != "RIGHT_LEFT" && align != "RIGHT_RIGHT") {
    return UnsupportedError("align '{}'", align);
  }
  band.left_above = align.starts_with("LEFT_");
  band.left_below = align.ends_with("_LEFT");
  return {};
}

// k: one diagonal, or the lowest and the highest of a band.
Status ReadDiagonals(const Tensor& k, Band& band) {
  if (k.rank() > 1)
    return ModelError("diag_index must be a scalar or vector, received shape: {}", k.shape().ToString());
  if (k.num_elements() < 1 || k.num_elements() > 2) {
    return ModelError("diag_index must have only one or two elements, received {} elements.", k.num_elements());
  }
  band.lower = IntAt(k, 0);
  band.upper = IntAt(k, k.num_elements() - 1);
  if (band.lower > band.upper) {
    return ModelError("lower_diag_index must not be larger than upper_diag_index: {} > {}", band.lower, band.upper);
  }
  return {};
}

// For a band of given matrices: takes their extents from the shape and checks that the diagonals exist.
Status FitMatrices(const Shape& matrices, Band& band) {
  if (matrices.rank() < 2) return ModelError("input must be at least 2-dim, received shape: {}", matrices.ToString());
  band.rows = matrices.dim(matrices.rank() - 2);
  band.columns = matrices.dim(matrices.rank() - 1);
  for (int64_t d : {band.lower, band.upper}) {
    if (d == 0 || (-band.rows < d && d < band.columns)) continue;
    return ModelError("diagonal index is out of bound: {}. It must be between {} and {}", d, -band.rows, band.columns);
  }
  band.length = std::min(band.rows + std::min<int64_t>(band.upper, 0), band.columns - std::max<int64_t>(band.lower, 0));
  return {};
}

// The leading dimensions of a batch of matrices with others behind them.
Result<Shape> BatchOf(std::span<const int64_t> batch, std::initializer_list<int64_t> behind) {
  if (batch.size() + behind.size() > static_cast<size_t>(kMaxRank))
    return ModelError("the result has too many dimensions");
  IntList dims(batch);
  for (int64_t dim : behind) dims.push_back(dim);
  return CheckedShape(dims);
}

Result<Shape> BandShape(std::span<const int64_t> batch, const Band& band) {
  return band.single() ? BatchOf(batch, {band.length}) : BatchOf(batch, {band.size(), band.length});
}

// Calls f(place in the matrix, place in the stored band, length) for each diagonal that has elements.
template <typename F>
void ForEachDiagonal(const Band& band, F&& f) {
  for (int64_t d = std::min(band.upper, band.columns - 1); d >= std::max(band.lower, 1 - band.rows); --d) {
    f(band.FirstOf(d), (band.upper - d) * band.length + band.OffsetOf(d), band.LengthOf(d));
  }
}

Result<const Tensor*> Padding(const Tensor& value) {
  if (value.rank() != 0)
    return ModelError("padding_value must be a scalar, received shape {}", value.shape().ToString());
  return &value;
}

template <typename T>
void WriteBand(const Band& band, const T* diagonals, T* matrix) {
  ForEachDiagonal(band, [&](int64_t at, int64_t stored, int64_t length) {
    for (int64_t i = 0; i < length; ++i) matrix[at + i * (band.columns + 1)] = diagonals[stored + i];
  });
}

// (diagonal) or (diagonal, k, num_rows, num_cols, padding_value): matrices with these diagonals.
class MatrixDiag final : public Kernel {
 public:
  static Result<MatrixDiag> Make(const NodeInfo& node) {
    MatrixDiag kernel;
    SMCLI_RETURN_IF_ERROR(ReadAlignment(node, kernel.band_));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& diagonals = ctx.input(0);
    Band band = band_;
    const Tensor* padding = nullptr;
    int64_t rows = -1, columns = -1;
    if (ctx.num_inputs() > 1) {
      SMCLI_RETURN_IF_ERROR(ReadDiagonals(ctx.input(1), band));
      SMCLI_ASSIGN_OR_RETURN(rows, ScalarInt(ctx.input(2), "num_rows"));
      SMCLI_ASSIGN_OR_RETURN(columns, ScalarInt(ctx.input(3), "num_cols"));
      SMCLI_ASSIGN_OR_RETURN(padding, Padding(ctx.input(4)));
    }
    const int own = band.single() ? 1 : 2;
    if (diagonals.rank() < own) {
      return ModelError("diagonal must be at least {}-dim, received shape: {}", own, diagonals.shape().ToString());
    }
    if (own == 2 && diagonals.dim(diagonals.rank() - 2) != band.size()) {
      return ModelError("the input has {} diagonals, k asks for {}", diagonals.dim(diagonals.rank() - 2), band.size());
    }
    band.length = diagonals.dim(diagonals.rank() - 1);
    SMCLI_RETURN_IF_ERROR(SizeMatrices(rows, columns, band));
    const auto batch = diagonals.shape().dims().first(static_cast<size_t>(diagonals.rank() - own));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, BatchOf(batch, {band.rows, band.columns}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, diagonals.dtype(), shape));
    if (shape.num_elements() == 0) return {};
    FillZero(*out);
    DispatchMove(out->dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if (padding != nullptr) std::ranges::fill(out->mutable_flat<T>(), padding->scalar<T>());
      const int64_t stored = band.size() * band.length, matrix = band.rows * band.columns;
      for (int64_t b = 0; b < shape.num_elements() / matrix; ++b) {
        WriteBand(band, diagonals.data<T>() + b * stored, out->mutable_data<T>() + b * matrix);
      }
    });
    return {};
  }

 private:
  // The smallest matrices that hold the band, or the ones asked for when they hold it just so.
  static Status SizeMatrices(int64_t rows, int64_t columns, Band& band) {
    int64_t min_rows = 0, min_columns = 0;
    if (__builtin_sub_overflow(band.length, std::min<int64_t>(band.upper, 0), &min_rows) ||
        __builtin_add_overflow(band.length, std::max<int64_t>(band.lower, 0), &min_columns)) {
      return ModelError("the matrices are too large");
    }
    if (rows != -1 && rows < min_rows) return ModelError("The number of rows is too small.");
    if (columns != -1 && columns < min_columns) return ModelError("The number of columns is too small.");
    if (rows == -1 && columns == -1) rows = columns = std::max(min_rows, min_columns);
    band.rows = rows == -1 ? min_rows : rows;
    band.columns = columns == -1 ? min_columns : columns;
    if (band.rows != min_rows && band.columns != min_columns) {
      return ModelError(
          "The number of rows or columns is not consistent with the specified d_lower, d_upper, and diagonal.");
    }
    return {};
  }

  Band band_;
};

// (input) or (input, k, padding_value): the diagonals of matrices.
class MatrixDiagPart final : public Kernel {
 public:
  static Result<MatrixDiagPart> Make(const NodeInfo& node) {
    MatrixDiagPart kernel;
    SMCLI_RETURN_IF_ERROR(ReadAlignment(node, kernel.band_));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    Band band = band_;
    const Tensor* padding = nullptr;
    if (ctx.num_inputs() > 1) {
      SMCLI_RETURN_IF_ERROR(ReadDiagonals(ctx.input(1), band));
      SMCLI_ASSIGN_OR_RETURN(padding, Padding(ctx.input(2)));
    }
    SMCLI_RETURN_IF_ERROR(FitMatrices(input.shape(), band));
    const auto batch = input.shape().dims().first(static_cast<size_t>(input.rank() - 2));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, BandShape(batch, band));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
    if (shape.num_elements() == 0) return {};
    DispatchMove(out->dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if (padding != nullptr) std::ranges::fill(out->mutable_flat<T>(), padding->scalar<T>());
      const int64_t stored = band.size() * band.length, matrix = band.rows * band.columns;
      for (int64_t b = 0; b < shape.num_elements() / stored; ++b) {
        const T* from = input.data<T>() + b * matrix;
        T* to = out->mutable_data<T>() + b * stored;
        ForEachDiagonal(band, [&](int64_t at, int64_t place, int64_t length) {
          for (int64_t i = 0; i < length; ++i) to[place + i] = from[at + i * (band.columns + 1)];
        });
      }
    });
    return {};
  }

 private:
  Band band_;
};

// (input, diagonal) or (input, diagonal, k): the matrices with these diagonals put in.
class MatrixSetDiag final : public Kernel {
 public:
  static Result<MatrixSetDiag> Make(const NodeInfo& node) {
    MatrixSetDiag kernel;
    SMCLI_RETURN_IF_ERROR(ReadAlignment(node, kernel.band_));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& diagonals = ctx.input(1);
    Band band = band_;
    if (ctx.num_inputs() > 2) SMCLI_RETURN_IF_ERROR(ReadDiagonals(ctx.input(2), band));
    const Shape shape = ctx.input(0).shape();
    SMCLI_RETURN_IF_ERROR(FitMatrices(shape, band));
    SMCLI_ASSIGN_OR_RETURN(const Shape expected,
                           BandShape(shape.dims().first(static_cast<size_t>(shape.rank() - 2)), band));
    if (!(diagonals.shape() == expected)) {
      return ModelError("Expected diagonal shape: {}, got {}", expected.ToString(), diagonals.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Exclusive(ctx.TakeInput(0)));
    if (out.num_elements() > 0) {
      DispatchMove(out.dtype(), [&](auto tag) {
        using T = typename decltype(tag)::type;
        const int64_t stored = band.size() * band.length, matrix = band.rows * band.columns;
        for (int64_t b = 0; b < out.num_elements() / matrix; ++b) {
          WriteBand(band, diagonals.data<T>() + b * stored, out.mutable_data<T>() + b * matrix);
        }
      });
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  Band band_;
};

// Zeroes what lies more than num_lower below or num_upper above the main diagonal; a negative number keeps all.
Status MatrixBandPart(KernelContext& ctx) {
  const Shape shape = ctx.input(0).shape();
  if (shape.rank() < 2) return ModelError("input must be at least 2-dim, received shape: {}", shape.ToString());
  SMCLI_ASSIGN_OR_RETURN(const int64_t lower, ScalarInt(ctx.input(1), "num_lower"));
  SMCLI_ASSIGN_OR_RETURN(const int64_t upper, ScalarInt(ctx.input(2), "num_upper"));
  const int64_t rows = shape.dim(shape.rank() - 2), columns = shape.dim(shape.rank() - 1);
  if (lower > rows)
    return ModelError("num_lower must be negative or less or equal to number of rows ({}) got: {}", rows, lower);
  if (upper > columns) {
    return ModelError("num_upper must be negative or less or equal to number of columns ({}) got: {}", columns, upper);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Exclusive(ctx.TakeInput(0)));
  if (out.num_elements() > 0 && (lower >= 0 || upper >= 0)) {
    DispatchMove(out.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* row = out.mutable_data<T>();
      for (int64_t r = 0; r < out.num_elements() / columns; ++r, row += columns) {
        const int64_t i = r % rows;
        const int64_t begin = lower < 0 ? 0 : std::clamp<int64_t>(i - lower, 0, columns);
        const int64_t end = upper < 0 ? columns : std::clamp<int64_t>(i + upper + 1, 0, columns);
        std::fill(row, row + begin, T());
        std::fill(row + std::max(begin, end), row + columns, T());
      }
    });
  }
  ctx.set_output(0, std::move(out));
  return {};
}

// A tensor of shape S on the diagonal of one of shape S x S, and back.
void CopyDiagonal(ThreadPool& pool, const Tensor& from, int64_t from_step, int64_t to_step, Tensor& to) {
  StridedCopy copy;
  copy.Add(std::min(from.num_elements(), to.num_elements()), from_step, to_step);
  copy.Run(pool, from, 0, to, 0);
}

Status Diag(KernelContext& ctx) {
  const Tensor& diagonal = ctx.input(0);
  const int64_t count = diagonal.num_elements();
  if (diagonal.rank() < 1) return ModelError("Input must be at least rank 1, got 0");
  if (2 * diagonal.rank() > kMaxRank)
    return ModelError("a result of rank {} (at most {} is possible)", 2 * diagonal.rank(), kMaxRank);
  IntList dims(diagonal.shape().dims());
  dims.append(diagonal.shape().dims());
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, diagonal.dtype(), shape));
  FillZero(*out);
  CopyDiagonal(ctx.pool(), diagonal, 1, count + 1, *out);
  return {};
}

Status DiagPart(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  if (input.rank() % 2 != 0)
    return ModelError("The rank of the tensor should be even and positive, got shape {}", input.shape().ToString());
  const auto half = static_cast<size_t>(input.rank() / 2);
  const auto dims = input.shape().dims();
  if (!std::ranges::equal(dims.first(half), dims.subspan(half))) {
    return ModelError("Invalid shape {}: the first half of the dimensions must equal the second",
                      input.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims.first(half)));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
  CopyDiagonal(ctx.pool(), input, shape.num_elements() + 1, 1, *out);
  return {};
}

constexpr Op kOps[] = {
    {.name = "BatchMatrixBandPart", .types = {}, .make = MakeFunctionKernel<MatrixBandPart>},
    {.name = "BatchMatrixDiag", .types = {}, .make = MakeKernel<MatrixDiag>},
    {.name = "BatchMatrixDiagPart", .types = {}, .make = MakeKernel<MatrixDiagPart>},
    {.name = "BatchMatrixSetDiag", .types = {}, .make = MakeKernel<MatrixSetDiag>},
    {.name = "Diag", .types = {}, .make = MakeFunctionKernel<Diag>},
    {.name = "DiagPart", .types = {}, .make = MakeFunctionKernel<DiagPart>},
    {.name = "MatrixBandPart", .types = {}, .make = MakeFunctionKernel<MatrixBandPart>},
    {.name = "MatrixDiag", .types = {}, .make = MakeKernel<MatrixDiag>},
    {.name = "MatrixDiagPart", .types = {}, .make = MakeKernel<MatrixDiagPart>},
    {.name = "MatrixDiagPartV2", .types = {}, .make = MakeKernel<MatrixDiagPart>},
    {.name = "MatrixDiagPartV3", .types = {}, .make = MakeKernel<MatrixDiagPart>},
    {.name = "MatrixDiagV2", .types = {}, .make = MakeKernel<MatrixDiag>},
    {.name = "MatrixDiagV3", .types = {}, .make = MakeKernel<MatrixDiag>},
    {.name = "MatrixSetDiag", .types = {}, .make = MakeKernel<MatrixSetDiag>},
    {.name = "MatrixSetDiagV2", .types = {}, .make = MakeKernel<MatrixSetDiag>},
    {.name = "MatrixSetDiagV3", .types = {}, .make = MakeKernel<MatrixSetDiag>},
};

}  // namespace

std::span<const Op> MatrixDiagOps() { return kOps; }

}  // namespace smcli
