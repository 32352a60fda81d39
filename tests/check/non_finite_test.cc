#include "check/non_finite.h"

#include <limits>
#include <string>
#include <vector>

#include "support/catch.h"
#include "tensor/float16.h"

namespace smcli {
namespace {

template <typename T>
NonFinite Count(DataType dtype, const std::vector<T>& values) {
  return CountNonFinite(dtype, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

template <typename T>
void CheckType(DataType dtype) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  INFO(Name(dtype));
  std::vector<T> values(3000, T(1.5f));
  CHECK_FALSE(Count(dtype, values).any());
  values[0] = T(-kInf);
  values[1023] = T(kNan);
  values[1024] = T(kInf);
  values[2999] = T(-kNan);
  CHECK(Count(dtype, values).nan == 2);
  CHECK(Count(dtype, values).infinite == 2);
}

TEST_CASE("NaN and infinities are counted in every floating-point type") {
  CheckType<float>(DataType::kFloat);
  CheckType<double>(DataType::kDouble);
  CheckType<Half>(DataType::kHalf);
  CheckType<BFloat16>(DataType::kBfloat16);
  CheckType<float>(DataType::kComplex64);
  const std::vector<float> largest = {std::numeric_limits<float>::max(), -std::numeric_limits<float>::max(), 0, -0.0f,
                                      std::numeric_limits<float>::denorm_min()};
  CHECK_FALSE(Count(DataType::kFloat, largest).any());
  CHECK_FALSE(CountNonFinite(DataType::kInt32, "\xff\xff\xff\x7f").any());
  CHECK_FALSE(CountNonFinite(DataType::kFloat, "").any());
}

}  // namespace
}  // namespace smcli
