#include "ops/random_fill.h"

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/random_distributions.h"

namespace smcli {
namespace {

// Calls make(words, group) for each four words of the sequence; a group is kGroup numbers.
template <size_t kGroup, typename T, typename Make>
void FillGroups(ThreadPool& pool, T* out, int64_t count, const Philox& philox, Make make) {
  constexpr auto kSize = static_cast<int64_t>(kGroup);
  pool.ParallelFor((count + kSize - 1) / kSize, 4096, [&](int64_t begin, int64_t end) {
    Philox own = philox;
    own.Skip(static_cast<uint64_t>(begin));
    for (int64_t group = begin; group < end; ++group) {
      const std::array<T, kGroup> numbers = make(own());
      const int64_t first = group * kSize;
      std::copy_n(numbers.begin(), std::min(kSize, count - first), out + first);
    }
  });
}

template <typename T>
void FillUniform(ThreadPool& pool, T* out, int64_t count, const Philox& philox) {
  if constexpr (std::is_same_v<T, double>) {
    FillGroups<2>(pool, out, count, philox, [](const Philox::Words& w) {
      return std::array<double, 2>{UnitDouble(w[0], w[1]), UnitDouble(w[2], w[3])};
    });
  } else {
    constexpr auto unit = [](uint32_t bits) {
      if constexpr (std::is_same_v<T, Half>) return UnitHalf(bits);
      if constexpr (std::is_same_v<T, BFloat16>) return UnitBFloat16(bits);
      if constexpr (std::is_same_v<T, float>) return UnitFloat(bits);
    };
    FillGroups<4>(pool, out, count, philox, [=](const Philox::Words& w) {
      return std::array<T, 4>{unit(w[0]), unit(w[1]), unit(w[2]), unit(w[3])};
    });
  }
}

template <typename T>
void FillNormal(ThreadPool& pool, T* out, int64_t count, const Philox& philox) {
  if constexpr (std::is_same_v<T, double>) {
    FillGroups<2>(pool, out, count, philox, [](const Philox::Words& w) {
      const auto [a, b] = NormalDoubles(w[0], w[1], w[2], w[3]);
      return std::array<double, 2>{a, b};
    });
  } else {
    FillGroups<4>(pool, out, count, philox, [](const Philox::Words& w) {
      const auto [a, b] = NormalFloats(w[0], w[1]);
      const auto [c, d] = NormalFloats(w[2], w[3]);
      return std::array<T, 4>{T(a), T(b), T(c), T(d)};
    });
  }
}

// Numbers beyond two standard deviations are drawn anew. How many words a group takes is not known beforehand, so every
// group begins where the reserve of 256 words per number puts it.
template <typename T>
void FillTruncatedNormal(ThreadPool& pool, T* out, int64_t count, const Philox& philox) {
  constexpr bool kDouble = std::is_same_v<T, double>;
  constexpr int64_t kGroup = kDouble ? 2 : 4;
  pool.ParallelFor((count + kGroup - 1) / kGroup, 512, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
      Philox start = philox;
      start.Skip(static_cast<uint64_t>(group) * kGroup * 256 / 4);
      PhiloxWords words(start);
      T* to = out + group * kGroup;
      T* last = out + std::min(count, (group + 1) * kGroup);
      const auto keep = [&](auto number) {
        if (to != last && std::abs(number) < 2) *to++ = T(number);
      };
      while (to != last) {
        const uint32_t x0 = words();
        const uint32_t x1 = words();
        if constexpr (kDouble) {
          const uint32_t x2 = words();
          const auto [a, b] = NormalDoubles(x0, x1, x2, words());
          keep(a), keep(b);
        } else {
          const auto [a, b] = NormalFloats(x0, x1);
          keep(a), keep(b);
        }
      }
    }
  });
}

uint64_t Joined(uint32_t low, uint32_t high) { return low | static_cast<uint64_t>(high) << 32; }

// Each word (pair of words) through `map`.
template <typename U, typename Map>
void FillWords(ThreadPool& pool, U* out, int64_t count, const Philox& philox, Map map) {
  if constexpr (sizeof(U) == 8) {
    FillGroups<2>(pool, out, count, philox, [=](const Philox::Words& w) {
      return std::array<U, 2>{map(Joined(w[0], w[1])), map(Joined(w[2], w[3]))};
    });
  } else {
    FillGroups<4>(pool, out, count, philox, [=](const Philox::Words& w) {
      return std::array<U, 4>{map(w[0]), map(w[1]), map(w[2]), map(w[3])};
    });
  }
}

template <typename T>
Status FillRange(KernelContext& ctx, const Tensor& low, const Tensor& high, Tensor* output, const Philox& philox) {
  using U = std::make_unsigned_t<T>;
  SMCLI_ASSIGN_OR_RETURN(const T first, ScalarOf<T>(low, "minval"));
  SMCLI_ASSIGN_OR_RETURN(const T last, ScalarOf<T>(high, "maxval"));
  if (output->num_elements() == 0) return {};
  if (first >= last) return ModelError("need minval < maxval, got {} >= {}", first, last);
  const U range = static_cast<U>(static_cast<U>(last) - static_cast<U>(first));
  FillWords(ctx.pool(), output->mutable_data<U>(), output->num_elements(), philox,
            [=](U bits) { return static_cast<U>(static_cast<U>(first) + bits % range); });
  return {};
}

template <typename T>
void FillFloats(ThreadPool& pool, Distribution distribution, T* out, int64_t count, const Philox& philox) {
  switch (distribution) {
    case Distribution::kNormal: return FillNormal(pool, out, count, philox);
    case Distribution::kTruncatedNormal: return FillTruncatedNormal(pool, out, count, philox);
    default: return FillUniform(pool, out, count, philox);
  }
}

}  // namespace

Status FillRandom(KernelContext& ctx, int index, Distribution distribution, DataType dtype, const Shape& shape,
                  const Philox& philox) {
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(index, dtype, shape));
  const int64_t count = shape.num_elements();
  if (distribution == Distribution::kFullInt) {
    const auto same = [](auto bits) { return bits; };
    if (SizeOf(dtype) == 8) {
      FillWords(ctx.pool(), output->mutable_data<uint64_t>(), count, philox, same);
    } else {
      FillWords(ctx.pool(), output->mutable_data<uint32_t>(), count, philox, same);
    }
    return {};
  }
  DispatchFloats(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    FillFloats(ctx.pool(), distribution, output->mutable_data<T>(), count, philox);
  });
  return {};
}

Status FillRandomInts(KernelContext& ctx, int index, const Tensor& low, const Tensor& high, DataType dtype,
                      const Shape& shape, const Philox& philox) {
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(index, dtype, shape));
  switch (dtype) {
    case DataType::kInt32: return FillRange<int32_t>(ctx, low, high, output, philox);
    case DataType::kInt64: return FillRange<int64_t>(ctx, low, high, output, philox);
    case DataType::kUint32: return FillRange<uint32_t>(ctx, low, high, output, philox);
    default: return FillRange<uint64_t>(ctx, low, high, output, philox);
  }
}

Result<Shape> RandomShape(const Tensor& tensor) {
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(tensor, "shape"));
  return CheckedShape(dims);
}

}  // namespace smcli
