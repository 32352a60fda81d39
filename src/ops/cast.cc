#include "ops/cast.h"

#include <algorithm>
#include <bit>
#include <complex>

#include "ops/element_function.h"
#include "ops/op.h"
#include "tensor/float8.h"

namespace smcli {
namespace {

// Elements converted at a time where a cast goes through float.
constexpr int64_t kBlock = 512;
constexpr double kNanoseconds = 0.5;

template <typename R>
constexpr bool kIsComplex = false;
template <typename R>
constexpr bool kIsComplex<std::complex<R>> = true;

// Towards zero; the minimum for what the integer cannot hold (the answer of x86's conversion instructions).
template <typename I, typename F>
I Truncate(F x) {
  constexpr F kLimit = static_cast<F>(std::numeric_limits<I>::min());  // exact: a power of two
  return x >= kLimit && x < -kLimit ? static_cast<I>(x) : std::numeric_limits<I>::min();
}

template <typename To, typename From>
To Convert(From x) {
  if constexpr (kIsComplex<From>) {
    if constexpr (kIsComplex<To>) {
      using R = typename To::value_type;
      return To(static_cast<R>(x.real()), static_cast<R>(x.imag()));
    } else {
      return Convert<To>(x.real());
    }
  } else if constexpr (kIsComplex<To>) {
    return To(static_cast<typename To::value_type>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if constexpr (std::is_same_v<To, uint64_t>) {
      constexpr From kHalf = static_cast<From>(uint64_t{1} << 63);
      return x >= kHalf ? static_cast<uint64_t>(Truncate<int64_t>(x - kHalf)) + (uint64_t{1} << 63)
                        : static_cast<uint64_t>(Truncate<int64_t>(x));
    } else if constexpr (sizeof(To) == 8 || std::is_same_v<To, uint32_t>) {
      return static_cast<To>(Truncate<int64_t>(x));
    } else {
      return static_cast<To>(Truncate<int32_t>(x));
    }
  } else {
    return static_cast<To>(x);
  }
}

template <typename From, typename To>
void Run(const void* x, void* y, int64_t n) {
  const From* from = static_cast<const From*>(x);
  To* to = static_cast<To*>(y);
  for (int64_t i = 0; i < n; ++i) to[i] = Convert<To>(from[i]);
}

using Loop = void (*)(const void* x, void* y, int64_t n);

// float, double, integers, bool, complex.
template <typename F>
bool DispatchNative(DataType dtype, F&& f) {
  if (dtype == DataType::kFloat) {
    f(TypeTag<float>{});
  } else if (dtype == DataType::kDouble) {
    f(TypeTag<double>{});
  } else if (dtype == DataType::kBool) {
    f(TypeTag<bool>{});
  } else {
    return DispatchInts(dtype, f) || DispatchComplexes(dtype, f);
  }
  return true;
}

Loop FindLoop(DataType from, DataType to) {
  Loop loop = nullptr;
  DispatchNative(from, [&](auto from_tag) {
    DispatchNative(
        to, [&](auto to_tag) { loop = &Run<typename decltype(from_tag)::type, typename decltype(to_tag)::type>; });
  });
  return loop;
}

bool IsFloat16(DataType dtype) { return dtype == DataType::kHalf || dtype == DataType::kBfloat16; }
bool ThroughFloat(DataType dtype) { return IsFloat16(dtype) || kFloat8s.Contains(dtype); }

void ToFloat(DataType from, const void* x, float* y, int64_t n) {
  IsFloat16(from) ? WidenToFloat(from, x, y, n) : Float8ToFloat(from, static_cast<const uint8_t*>(x), y, n);
}
void FromFloat(DataType to, const float* x, void* y, int64_t n) {
  IsFloat16(to) ? NarrowFromFloat(to, x, y, n) : FloatToFloat8(to, x, static_cast<uint8_t*>(y), n);
}

// The values that an integer of 4 or 2 bits can have, in the byte that holds it.
void WrapNarrow(DataType to, void* y, int64_t n) {
  const int drop = to == DataType::kInt4 || to == DataType::kUint4 ? 4 : 6;
  auto* bytes = static_cast<uint8_t*>(y);
  const bool is_signed = to == DataType::kInt4 || to == DataType::kInt2;
  for (int64_t i = 0; i < n; ++i) {
    const auto high = static_cast<uint8_t>(bytes[i] << drop);
    bytes[i] = is_signed ? static_cast<uint8_t>(static_cast<int8_t>(high) >> drop) : static_cast<uint8_t>(high >> drop);
  }
}

constexpr DataTypeSet kNarrowInts = DataType::kInt4 | DataType::kUint4 | DataType::kInt2 | DataType::kUint2;

void CastThroughFloat(DataType from, const void* x, DataType to, void* y, int64_t n) {
  float block[kBlock];
  const auto* input = static_cast<const uint8_t*>(x);
  auto* output = static_cast<uint8_t*>(y);
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = std::min(kBlock, n - i);
    const uint8_t* source = input + i * SizeOf(from);
    uint8_t* target = output + i * SizeOf(to);
    if (ThroughFloat(from)) {
      ToFloat(from, source, block, count);
    } else {
      FindLoop(from, DataType::kFloat)(source, block, count);
    }
    if (ThroughFloat(to)) {
      FromFloat(to, block, target, count);
    } else {
      FindLoop(DataType::kFloat, to)(block, target, count);
    }
  }
}

}  // namespace

void CastElements(DataType from, const void* x, DataType to, void* y, int64_t n) {
  if (n == 0) return;
  if (ThroughFloat(from) || ThroughFloat(to)) {
    CastThroughFloat(from, x, to, y, n);
  } else {
    FindLoop(from, to)(x, y, n);
  }
  if (kNarrowInts.Contains(to)) WrapNarrow(to, y, n);
}

Result<Tensor> CastTensor(ThreadPool& pool, const Tensor& tensor, DataType to) {
  if (tensor.dtype() == to) return tensor;
  SMCLI_ASSIGN_OR_RETURN(Tensor cast, Tensor::Make(to, tensor.shape()));
  const auto* x = static_cast<const uint8_t*>(tensor.raw_data());
  auto* y = static_cast<uint8_t*>(cast.mutable_raw_data());
  const DataType from = tensor.dtype();
  pool.ParallelFor(tensor.num_elements(), ThreadPool::GrainOf(kNanoseconds), [&](int64_t begin, int64_t end) {
    CastElements(from, x + begin * SizeOf(from), to, y + begin * SizeOf(to), end - begin);
  });
  return cast;
}

template <typename T>
void CutLowBits(std::span<T> values, int bits) {
  using Bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  const Bits mask = ~((Bits{1} << bits) - 1);
  for (T& x : values) {
    if (x == x) x = std::bit_cast<T>(static_cast<Bits>(std::bit_cast<Bits>(x) & mask));
  }
}
template void CutLowBits<float>(std::span<float>, int);
template void CutLowBits<double>(std::span<double>, int);

namespace {

// With Truncate, the bits of a float or double that the narrower float has no room for are cut off before the cast, so
// that it does not round (TensorFlow: cast_op.h, LSBZeroSetter). From half to bfloat16 it rounds all the same.
template <typename T>
Result<Tensor> WithoutLowBits(const Tensor& tensor, int dropped) {
  SMCLI_ASSIGN_OR_RETURN(Tensor cut, tensor.Clone());
  CutLowBits(cut.mutable_flat<T>(), dropped);
  return cut;
}

int MantissaBits(DataType dtype) {
  switch (dtype) {
    case DataType::kDouble: return 52;
    case DataType::kFloat: return 23;
    case DataType::kHalf: return 10;
    case DataType::kBfloat16: return 7;
    case DataType::kFloat8E5m2:
    case DataType::kFloat8E5m2fnuz: return 2;
    default: return kFloat8s.Contains(dtype) ? 3 : 0;
  }
}

class Cast final : public Kernel {
 public:
  static Result<Cast> Make(const NodeInfo& node) {
    Cast kernel;
    kernel.from_ = node.input_types[0];
    kernel.to_ = node.output_types[0];
    const int dropped = kernel.from_ == DataType::kHalf && kernel.to_ == DataType::kBfloat16
                            ? 0
                            : MantissaBits(kernel.from_) - MantissaBits(kernel.to_);
    if (node.attrs.Bool("Truncate", false) && MantissaBits(kernel.to_) > 0 && dropped > 0)
      kernel.dropped_bits_ = dropped;
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    if (from_ == to_) {
      ctx.set_output(0, ctx.TakeInput(0));
      return {};
    }
    Tensor x = ctx.TakeInput(0);
    if (dropped_bits_ > 0) {
      if (from_ == DataType::kHalf || from_ == DataType::kBfloat16) {
        SMCLI_ASSIGN_OR_RETURN(x, CastTensor(ctx.pool(), x, DataType::kFloat));
      }
      if (from_ == DataType::kDouble) {
        SMCLI_ASSIGN_OR_RETURN(x, WithoutLowBits<double>(x, dropped_bits_));
      } else {
        SMCLI_ASSIGN_OR_RETURN(x, WithoutLowBits<float>(x, 23 - MantissaBits(to_)));
      }
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor y, CastTensor(ctx.pool(), x, to_));
    ctx.set_output(0, std::move(y));
    return {};
  }

 private:
  DataType from_ = DataType::kInvalid, to_ = DataType::kInvalid;
  int dropped_bits_ = 0;
};

constexpr Op kOps[] = {
    {.name = "Cast", .types = {{{"SrcT", kCastable}, {"DstT", kCastable}}}, .make = MakeKernel<Cast>},
};

}  // namespace

std::span<const Op> CastOps() { return kOps; }

}  // namespace smcli
