// The vector conversions of half and bfloat16 against tensor/float16.h, value by value.
#include "tensor/float16.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "loops/loops.h"
#include "support/catch.h"

namespace smcli {
namespace {

bool Same(float a, float b) { return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b); }

TEST_CASE("every half and bfloat16 converts to the float it is, and back") {
  std::vector<uint16_t> bits(65536), back(65536);
  std::vector<float> values(65536);
  for (int i = 0; i < 65536; ++i) bits[i] = static_cast<uint16_t>(i);
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Float16Loops& loops = *AllIsas().tables[isa]->float16;
    loops.half_to_float(bits.data(), values.data(), 65536);
    loops.float_to_half(values.data(), back.data(), 65536);
    for (int i = 0; i < 65536; ++i) {
      Half half;
      half.bits = bits[i];
      REQUIRE(Same(values[i], static_cast<float>(half)));
      if (!std::isnan(values[i])) REQUIRE(back[i] == bits[i]);
    }
    loops.bfloat16_to_float(bits.data(), values.data(), 65536);
    loops.float_to_bfloat16(values.data(), back.data(), 65536);
    for (int i = 0; i < 65536; ++i) {
      if (!std::isnan(values[i])) REQUIRE(back[i] == bits[i]);
    }
  }
}

TEST_CASE("floats round to half and bfloat16 as float16.h rounds them") {
  std::vector<float> x;
  uint32_t state = 1;
  for (int i = 0; i < 200003; ++i) {
    state = state * 1664525u + 1013904223u;
    float value;
    std::memcpy(&value, &state, 4);
    x.push_back(i % 2 ? value : std::ldexp(static_cast<float>(state >> 8), static_cast<int>(state % 40) - 40));
  }
  const auto n = static_cast<int64_t>(x.size());
  std::vector<uint16_t> y(x.size());
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    const Float16Loops& loops = *AllIsas().tables[isa]->float16;
    loops.float_to_half(x.data(), y.data(), n);
    for (int64_t i = 0; i < n; ++i) {
      if (!std::isnan(x[i])) REQUIRE(y[i] == Half(x[i]).bits);
    }
    loops.float_to_bfloat16(x.data(), y.data(), n);
    for (int64_t i = 0; i < n; ++i) REQUIRE(y[i] == BFloat16(x[i]).bits);
  }
}

}  // namespace
}  // namespace smcli
