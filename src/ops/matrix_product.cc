#include "ops/matrix_product.h"

#include <algorithm>
#include <complex>
#include <type_traits>
#include <vector>

#include "ops/scalar_math.h"

namespace smcli {
namespace {

// Rows whose pointers are made at a time.
constexpr int64_t kRowBlock = 256;
// With fewer rows than this, reading b in place is cheaper than packing it first.
constexpr int64_t kRowsWorthPacking = 192;
// Rows that a thread takes at least: below, the panels are split instead.
constexpr int64_t kRowGrain = 48;
// Multiply-adds per nanosecond, about.
constexpr double kSpeed = 30;
// A right side changing this often is no constant.
constexpr int kMaxChanges = 2;

template <typename T>
struct Product {
  const T* a;
  int64_t a_step;
  MatrixRef<T> b;
  const T* packed;  // all of b in panels, or
  const T* last;    // its last panel, when that is partial
  int64_t k, n;
  T* c;

  // Rows [begin, end) by panels [first, last_panel).
  void Run(int64_t begin, int64_t end, int64_t first, int64_t last_panel) const {
    constexpr int64_t kWidth = kPanelColumns<T>;
    const T* rows[kRowBlock];
    T* results[kRowBlock];
    const int64_t offset = 0;
    ProductArgs<T> args;
    args.a = rows;
    args.c = results;
    args.segments = &offset;
    args.num_segments = 1;
    args.segment_length = k;
    args.b = packed ? packed + first * k * kWidth : b.data + first * kWidth;
    args.b_panel = packed ? k * kWidth : kWidth;
    args.b_step = packed ? kWidth : b.row_step;
    args.columns = std::min(last_panel * kWidth, n) - first * kWidth;
    args.b_last = packed ? packed + (last_panel - 1) * k * kWidth : last;
    std::unique_ptr<T[]> scratch;
    if (AliasedRows(a_step * static_cast<int64_t>(sizeof(T)))) {
      scratch = std::make_unique_for_overwrite<T[]>(kProductScratch);
      args.scratch = scratch.get();
    }
    for (int64_t i = begin; i < end; i += kRowBlock) {
      args.rows = std::min(kRowBlock, end - i);
      for (int64_t r = 0; r < args.rows; ++r) {
        rows[r] = a + (i + r) * a_step;
        results[r] = c + (i + r) * n + first * kWidth;
      }
      LoopsOfProduct<T>().multiply(args);
    }
  }
};

// a with its rows side by side, when its columns are.
template <typename T>
Result<Tensor> Transposed(ThreadPool& pool, const MatrixRef<T>& a, int64_t m, int64_t k) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(std::array{m, k}));
  SMCLI_ASSIGN_OR_RETURN(Tensor rows, Tensor::Make(kDataTypeOf<T>, shape));
  T* to = rows.mutable_data<T>();
  constexpr int64_t kTile = 16;
  pool.ParallelFor(m, ThreadPool::GrainOf(static_cast<double>(k)), [&](int64_t begin, int64_t end) {
    for (int64_t i0 = begin; i0 < end; i0 += kTile) {
      const int64_t i1 = std::min(i0 + kTile, end);
      for (int64_t j = 0; j < k; ++j) {
        for (int64_t i = i0; i < i1; ++i) to[i * k + j] = a.data[i + j * a.column_step];
      }
    }
  });
  return rows;
}

// n = 1: a dot product for each row of a.
template <typename T>
void MultiplyColumn(ThreadPool& pool, const T* a, int64_t a_step, const MatrixRef<T>& b, int64_t m, int64_t k, T* c) {
  std::vector<T> copy;
  const T* column = b.data;
  if (b.row_step != 1) {
    copy.resize(static_cast<size_t>(k));
    for (int64_t i = 0; i < k; ++i) copy[static_cast<size_t>(i)] = b.data[i * b.row_step];
    column = copy.data();
  }
  const double cost = static_cast<double>(k) * sizeof(T) / 16;  // as many nanoseconds, about: memory sets the pace
  pool.ParallelFor(m, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
    LoopsOfProduct<T>().rows_by_column(a + begin * a_step, a_step, column, end - begin, k, c + begin);
  });
}

template <typename T>
Status MultiplyFloats(ThreadPool& pool, const MatrixRef<T>& a, const MatrixRef<T>& b, const T* packed, int64_t m,
                      int64_t k, int64_t n, T* c) {
  constexpr int64_t kWidth = kPanelColumns<T>;
  const int64_t panels = (n + kWidth - 1) / kWidth;
  Product<T> product{a.data, a.row_step, b, packed, nullptr, k, n, c};
  Tensor a_rows, b_panels, b_last;
  if (a.column_step != 1 && k > 1) {
    SMCLI_ASSIGN_OR_RETURN(a_rows, Transposed(pool, a, m, k));
    product.a = a_rows.data<T>();
    product.a_step = k;
  }
  if (!PanelsHelp(n)) {
    MultiplyColumn(pool, product.a, product.a_step, b, m, k, c);
    return {};
  }
  if (!packed && (b.column_step != 1 || m >= kRowsWorthPacking)) {
    SMCLI_ASSIGN_OR_RETURN(b_panels, PackMatrix(pool, b, k, n));
    product.packed = b_panels.data<T>();
  } else if (!packed && n % kWidth != 0) {
    SMCLI_ASSIGN_OR_RETURN(b_last, Tensor::Make(kDataTypeOf<T>, Shape{k * kWidth}));
    LoopsOfProduct<T>().pack(b.data, b.row_step, b.column_step, k, n, panels - 1, panels, b_last.mutable_data<T>());
    product.last = b_last.data<T>();
  }
  const double cost = static_cast<double>(k) * static_cast<double>(n) / kSpeed;  // of a row
  if (m >= kRowGrain * pool.threads() / 2 && m >= kRowGrain) {
    pool.ParallelFor(m, std::max(kRowGrain, ThreadPool::GrainOf(cost)),
                     [&](int64_t begin, int64_t end) { product.Run(begin, end, 0, panels); });
  } else {
    const double panel_cost = static_cast<double>(m) * static_cast<double>(k * kWidth) / kSpeed;
    pool.ParallelFor(panels, std::max<int64_t>(2, ThreadPool::GrainOf(panel_cost)),
                     [&](int64_t begin, int64_t end) { product.Run(0, m, begin, end); });
  }
  return {};
}

// The other types: row by row of b, in the order of k.
template <typename T>
void MultiplyPlain(ThreadPool& pool, const MatrixRef<T>& a, const MatrixRef<T>& b, int64_t m, int64_t k, int64_t n,
                   T* c) {
  using N = typename scalar::NumberOf<T>::type;
  const auto cost = static_cast<double>(k) * static_cast<double>(n);
  pool.ParallelFor(m, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      T* row = c + i * n;
      std::fill_n(row, n, T(0));
      for (int64_t p = 0; p < k; ++p) {
        const N left = a.data[i * a.row_step + p * a.column_step];
        const T* right = b.data + p * b.row_step;
        for (int64_t j = 0; j < n; ++j) row[j] = T(N(row[j]) + left * N(right[j * b.column_step]));
      }
    }
  });
}

}  // namespace

template <typename T>
Result<Tensor> PackMatrix(ThreadPool& pool, const MatrixRef<T>& b, int64_t k, int64_t n) {
  constexpr int64_t kWidth = kPanelColumns<T>;
  const int64_t panels = (n + kWidth - 1) / kWidth;
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(std::array{panels, k, kWidth}));
  SMCLI_ASSIGN_OR_RETURN(Tensor packed, Tensor::Make(kDataTypeOf<T>, shape));
  T* to = packed.mutable_data<T>();
  pool.ParallelFor(panels, ThreadPool::GrainOf(static_cast<double>(k * kWidth) / 2), [&](int64_t begin, int64_t end) {
    LoopsOfProduct<T>().pack(b.data, b.row_step, b.column_step, k, n, begin, end, to + begin * k * kWidth);
  });
  return packed;
}

template <typename T>
Status MultiplyMatrices(ThreadPool& pool, const MatrixRef<T>& a, const MatrixRef<T>& b, const T* packed, int64_t m,
                        int64_t k, int64_t n, T* c) {
  if (m == 0 || n == 0) return {};
  if constexpr (std::is_floating_point_v<T>) {
    return MultiplyFloats(pool, a, b, packed, m, k, n, c);
  } else {
    MultiplyPlain(pool, a, b, m, k, n, c);
    return {};
  }
}

#define SMCLI_INSTANTIATE(T)                                                                                    \
  template Status MultiplyMatrices<T>(ThreadPool&, const MatrixRef<T>&, const MatrixRef<T>&, const T*, int64_t, \
                                      int64_t, int64_t, T*);
SMCLI_INSTANTIATE(float)
SMCLI_INSTANTIATE(double)
SMCLI_INSTANTIATE(int32_t)
SMCLI_INSTANTIATE(int64_t)
SMCLI_INSTANTIATE(std::complex<float>)
SMCLI_INSTANTIATE(std::complex<double>)
#undef SMCLI_INSTANTIATE
template Result<Tensor> PackMatrix<float>(ThreadPool&, const MatrixRef<float>&, int64_t, int64_t);
template Result<Tensor> PackMatrix<double>(ThreadPool&, const MatrixRef<double>&, int64_t, int64_t);

bool WeightCache::Known(const Tensor& weights, int64_t k, int64_t n) const {
  if (changes_ > kMaxChanges) return false;
  const void* data = weights.raw_data();
  if (data == seen_ && k == k_ && n == n_) {
    held_ = weights;
    return true;
  }
  if (held_.has_value()) ++changes_;
  held_ = Tensor();
  packed_ = Tensor();
  seen_ = data;
  k_ = k;
  n_ = n;
  return false;
}

}  // namespace smcli
