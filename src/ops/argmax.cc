// ArgMax and ArgMin: the first index of the extreme element along one axis. NaN is never picked; a row of NaN answers
// 0.
#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

template <typename T>
auto Comparable(T x) {
  if constexpr (kIsFloat16<T>) {
    return static_cast<float>(x);
  } else {
    return x;
  }
}

// One row of n elements, `step` apart.
template <typename T>
int64_t FindExtreme(const T* x, int64_t n, int64_t step, bool largest) {
  int64_t best = 0;
  auto extreme = Comparable(x[0]);
  for (int64_t i = 1; i < n; ++i) {
    const auto value = Comparable(x[i * step]);
    // The first comparison with a NaN as the extreme fails; whatever is no NaN replaces it.
    if ((largest ? value > extreme : value < extreme) || (extreme != extreme && value == value)) {
      extreme = value;
      best = i;
    }
  }
  return best;
}

template <bool kLargest>
class ArgExtreme final : public Kernel {
 public:
  static Result<ArgExtreme> Make(const NodeInfo& node) {
    ArgExtreme kernel;
    kernel.index_type_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const int64_t dimension, ScalarInt(ctx.input(1), "dim"));
    const int rank = input.rank();
    if (dimension < -rank || dimension >= rank) {
      return ModelError("Expected dimension in the range [{}, {}), but got {}", -rank, rank, dimension);
    }
    const int axis = static_cast<int>(dimension < 0 ? dimension + rank : dimension);
    const int64_t n = input.dim(axis);
    if (n == 0) {
      return ModelError("Reduction axis {} is empty in shape {}", dimension, input.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(input.shape(), axis, {}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, index_type_, shape));
    const int64_t inner = input.shape().Product(axis + 1, rank);
    DispatchNumbersAndBool(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (!DataTypeSet(kComplexes).Contains(kDataTypeOf<T>)) Fill<T>(ctx.pool(), input, n, inner, *out);
    });
    return {};
  }

 private:
  template <typename T>
  void Fill(ThreadPool& pool, const Tensor& input, int64_t n, int64_t inner, Tensor& out) const {
    const T* x = input.data<T>();
    const auto find = [&](int64_t i) { return FindExtreme(x + i / inner * n * inner + i % inner, n, inner, kLargest); };
    pool.ParallelFor(out.num_elements(), ThreadPool::GrainOf(static_cast<double>(n)), [&](int64_t begin, int64_t end) {
      switch (index_type_) {
        case DataType::kInt32: Write<int32_t>(out, begin, end, find); break;
        case DataType::kInt16: Write<int16_t>(out, begin, end, find); break;
        case DataType::kUint16: Write<uint16_t>(out, begin, end, find); break;
        default: Write<int64_t>(out, begin, end, find);
      }
    });
  }
  template <typename Index, typename F>
  static void Write(Tensor& out, int64_t begin, int64_t end, F&& find) {
    Index* to = out.mutable_data<Index>();
    for (int64_t i = begin; i < end; ++i) to[i] = static_cast<Index>(find(i));
  }

  DataType index_type_ = DataType::kInvalid;
};

constexpr DataTypeSet kTypes = kRealNumbers | kQuantized | DataType::kBool;

constexpr Op kOps[] = {
    {.name = "ArgMax", .types = {{{"T", kTypes}}}, .make = MakeKernel<ArgExtreme<true>>},
    {.name = "ArgMin", .types = {{{"T", kTypes}}}, .make = MakeKernel<ArgExtreme<false>>},
};

}  // namespace

std::span<const Op> ArgmaxOps() { return kOps; }

}  // namespace smcli
