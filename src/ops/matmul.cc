// MatMul and the BatchMatMul family.
#include <complex>

#include "ops/broadcast.h"
#include "ops/cast.h"
#include "ops/matrix_product.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// The type that products of integers narrower than 32 bits are computed in; other types compute in themselves.
DataType ComputeType(DataType dtype) {
  switch (dtype) {
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kInt16:
    case DataType::kUint16:
    case DataType::kUint32: return DataType::kInt32;
    case DataType::kUint64: return DataType::kInt64;
    default: return dtype;
  }
}

template <typename F>
bool DispatchProduct(DataType dtype, F&& f) {
  switch (dtype) {
    case DataType::kFloat: f(TypeTag<float>{}); return true;
    case DataType::kDouble: f(TypeTag<double>{}); return true;
    case DataType::kInt32: f(TypeTag<int32_t>{}); return true;
    case DataType::kInt64: f(TypeTag<int64_t>{}); return true;
    default: return DispatchComplexes(dtype, f);
  }
}

// The last two dimensions as a matrix of `rows` x `columns` after an optional transposition.
struct Side {
  int64_t rows, columns;
  bool transposed;

  Side(const Tensor& tensor, bool is_transposed)
      : rows(tensor.dim(tensor.rank() - 2)), columns(tensor.dim(tensor.rank() - 1)), transposed(is_transposed) {
    if (transposed) std::swap(rows, columns);
  }
  template <typename T>
  MatrixRef<T> At(const Tensor& tensor, int64_t batch) const {
    const T* data = tensor.data<T>() + batch * rows * columns;
    return transposed ? MatrixRef<T>{data, 1, rows} : MatrixRef<T>{data, columns, 1};
  }
};

Result<Tensor> Conjugated(const Tensor& tensor) {
  SMCLI_ASSIGN_OR_RETURN(Tensor conjugate, tensor.Clone());
  DispatchComplexes(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (T& x : conjugate.mutable_flat<T>()) x = std::conj(x);
  });
  return conjugate;
}

class MatMul final : public Kernel {
 public:
  static Result<MatMul> Make(const NodeInfo& node) {
    MatMul kernel;
    // The batch ops spell the attributes adj_*: transposed and conjugated.
    kernel.batch_ = node.op != "MatMul";
    const char* a = kernel.batch_ ? "adj_x" : "transpose_a";
    const char* b = kernel.batch_ ? "adj_y" : "transpose_b";
    SMCLI_ASSIGN_OR_RETURN(kernel.transpose_a_, node.attrs.Bool(a));
    SMCLI_ASSIGN_OR_RETURN(kernel.transpose_b_, node.attrs.Bool(b));
    kernel.dtype_ = node.output_types[0];
    kernel.broadcasts_ = kernel.batch_ && node.op != "BatchMatMul";
    kernel.cache_ = std::make_unique<WeightCache>();
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    Tensor a = ctx.input(0), b = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, OutputShape(a, b));
    const DataType compute = ComputeType(dtype_);
    SMCLI_ASSIGN_OR_RETURN(a, CastTensor(ctx.pool(), a, compute));
    SMCLI_ASSIGN_OR_RETURN(b, CastTensor(ctx.pool(), b, compute));
    if (batch_ && kComplexes.Contains(compute)) {
      if (transpose_a_) {
        SMCLI_ASSIGN_OR_RETURN(a, Conjugated(a));
      }
      if (transpose_b_) {
        SMCLI_ASSIGN_OR_RETURN(b, Conjugated(b));
      }
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor c, Tensor::Make(compute, shape));
    Status status;
    if (c.num_elements() > 0) {
      DispatchProduct(compute,
                      [&](auto tag) { status = MultiplyAll<typename decltype(tag)::type>(ctx.pool(), a, b, c); });
      SMCLI_RETURN_IF_ERROR(std::move(status));
    }
    SMCLI_ASSIGN_OR_RETURN(c, CastTensor(ctx.pool(), c, dtype_));
    ctx.set_output(0, std::move(c));
    return {};
  }

 private:
  Result<Shape> OutputShape(const Tensor& a, const Tensor& b) const {
    if ((!broadcasts_ && a.rank() != b.rank()) || (!batch_ && a.rank() != 2)) {
      return ModelError("In[0] and In[1] has different ndims: {} vs. {}", a.shape().ToString(), b.shape().ToString());
    }
    for (int i = 0; !broadcasts_ && i < a.rank() - 2; ++i) {
      if (a.dim(i) == b.dim(i)) continue;
      return ModelError("In[0].dim({0}) and In[1].dim({0}) must be the same: {1} vs. {2}", i, a.shape().ToString(),
                        b.shape().ToString());
    }
    if (a.rank() < 2 || b.rank() < 2) {
      return ModelError("In[{}] ndims must be >= 2: {}", a.rank() < 2 ? 0 : 1, (a.rank() < 2 ? a : b).rank());
    }
    const Side left(a, transpose_a_), right(b, transpose_b_);
    if (left.columns != right.rows) {
      return ModelError("Matrix size-incompatible: In[0]: {}, In[1]: {}", a.shape().ToString(), b.shape().ToString());
    }
    const auto batch = BroadcastShape(Shape(a.shape().dims().first(static_cast<size_t>(a.rank() - 2))),
                                      Shape(b.shape().dims().first(static_cast<size_t>(b.rank() - 2))));
    if (!batch.ok()) {
      return ModelError("In[0] and In[1] must have compatible batch dimensions: {} vs. {}", a.shape().ToString(),
                        b.shape().ToString());
    }
    IntList dims(batch->dims());
    if (dims.size() + 2 > kMaxRank) return ModelError("the product has more than {} dimensions", kMaxRank);
    dims.push_back(left.rows);
    dims.push_back(right.columns);
    return CheckedShape(dims);
  }

  template <typename T>
  Status MultiplyAll(ThreadPool& pool, const Tensor& a, const Tensor& b, Tensor& c) const {
    const Side left(a, transpose_a_), right(b, transpose_b_);
    const int64_t k = left.columns, n = right.columns;
    T* to = c.mutable_data<T>();
    if (b.num_elements() == k * n) {
      // One right side for all: the left sides are one tall matrix where they lie on end.
      const bool tall = !transpose_a_ || a.num_elements() == k * left.rows;
      if (tall)
        return MultiplyOne(pool, left.At<T>(a, 0), right, b, transpose_a_ ? left.rows : c.num_elements() / n, k, n, to);
    }
    const Shape batch(c.shape().dims().first(static_cast<size_t>(c.rank() - 2)));
    const BroadcastWalk walk_a(Shape(a.shape().dims().first(static_cast<size_t>(a.rank() - 2))), batch);
    const BroadcastWalk walk_b(Shape(b.shape().dims().first(static_cast<size_t>(b.rank() - 2))), batch);
    const int64_t size = left.rows * n, batches = batch.num_elements();
    const auto range = [&](int64_t begin, int64_t end) -> Status {
      auto at_a = walk_a.Seek(begin), at_b = walk_b.Seek(begin);
      for (int64_t i = begin; i < end; ++i) {
        SMCLI_RETURN_IF_ERROR(MultiplyMatrices<T>(pool, left.At<T>(a, at_a.offset), right.At<T>(b, at_b.offset),
                                                  nullptr, left.rows, k, n, to + i * size));
        walk_a.Advance(at_a, 1);
        walk_b.Advance(at_b, 1);
      }
      return {};
    };
    // Few large products share each of them; many are handed out whole.
    if (batches < 2 * pool.threads()) return range(0, batches);
    std::mutex mutex;
    Status failed;
    pool.ParallelFor(batches, 1, [&](int64_t begin, int64_t end) {
      Status status = range(begin, end);
      if (status.ok()) return;
      std::lock_guard lock(mutex);
      failed = std::move(status);
    });
    return failed;
  }

  template <typename T>
  Status MultiplyOne(ThreadPool& pool, const MatrixRef<T>& a, const Side& right, const Tensor& b, int64_t m, int64_t k,
                     int64_t n, T* to) const {
    Tensor packed;
    if constexpr (std::is_floating_point_v<T>) {
      // A few rows gain nothing from packing, unless b lies the wrong way.
      if (PanelsHelp(n) && (m >= 4 || transpose_b_)) {
        SMCLI_ASSIGN_OR_RETURN(packed,
                               cache_->Find(b, k, n, [&] { return PackMatrix<T>(pool, right.At<T>(b, 0), k, n); }));
      }
    }
    return MultiplyMatrices<T>(pool, a, right.At<T>(b, 0), packed.data<T>(), m, k, n, to);
  }

  DataType dtype_ = DataType::kInvalid;
  bool transpose_a_ = false, transpose_b_ = false;
  bool batch_ = false, broadcasts_ = false;
  std::unique_ptr<WeightCache> cache_;
};

constexpr auto kMake = ThroughFloat<MakeKernel<MatMul>>;

constexpr Op kOps[] = {
    {.name = "BatchMatMul", .types = {{{"T", kNumbers}}}, .make = kMake, .tolerance = Tolerance::kRounding},
    {.name = "BatchMatMulV2", .types = {{{"T", kNumbers}}}, .make = kMake, .tolerance = Tolerance::kRounding},
    {.name = "BatchMatMulV3",
     .types = {{{"Ta", kNumbers}, {"Tb", kNumbers}, {"Tout", kNumbers}}},
     .make = kMake,
     .tolerance = Tolerance::kRounding},
    {.name = "MatMul", .types = {{{"T", kNumbers}}}, .make = kMake, .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> MatmulOps() { return kOps; }

}  // namespace smcli
