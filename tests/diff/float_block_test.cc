#include "diff/float_block.h"

#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "base/crc32c.h"
#include "diff/value_change.h"
#include "support/catch.h"

namespace smcli {
namespace {

std::string_view BytesOf(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

struct Blocks {
  std::vector<float> before, after;
  ChangeTotals totals;
  uint32_t crc_before = 5, crc_after = 6;

  explicit Blocks(size_t count) : before(count), after(count) {
    uint32_t state = 7;
    const auto next = [&] { return state = state * 1664525u + 1013904223u; };
    for (size_t i = 0; i < count; ++i) {
      before[i] = std::ldexp(static_cast<float>(static_cast<int32_t>(next())), static_cast<int>(next() >> 28) - 30);
      after[i] = next() >> 30 == 0 ? before[i] : before[i] * 1.01F;
    }
  }
  bool Compare() {
    return CompareFloatBlock(BytesOf(before).data(), BytesOf(after).data(), BytesOf(before).size(), crc_before,
                             crc_after, totals);
  }
};

TEST_CASE("a block of floats in one pass gives the bits of the ordinary way") {
  for (const size_t count : {64, 128, 1024, 4096}) {
    Blocks blocks(count);
    blocks.before[3] = 0.0F;
    blocks.after[3] = -0.0F;
    if (!blocks.Compare()) return;  // not this machine's way
    const ChangeTotals want =
        ChangeOfElements(DataType::kFloat, blocks.before.data(), blocks.after.data(), static_cast<int64_t>(count), {});
    CHECK(blocks.totals.changed == want.changed);
    CHECK(blocks.totals.failed == want.failed);
    CHECK(want.failed < want.changed);
    CHECK(blocks.totals.max_abs == want.max_abs);
    CHECK(blocks.totals.sum_abs == want.sum_abs);
    CHECK(blocks.crc_before == Crc32c(BytesOf(blocks.before), 5));
    CHECK(blocks.crc_after == Crc32c(BytesOf(blocks.after), 6));
  }
}

TEST_CASE("a block with a number that is not finite, and one of an odd size, are left to the ordinary way") {
  for (const float special : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Blocks blocks(4096);
    blocks.after[4095] = special;
    CHECK_FALSE(blocks.Compare());
    CHECK(blocks.totals.changed == 0);
    CHECK(blocks.crc_before == 5);
    CHECK(blocks.crc_after == 6);
  }
  CHECK_FALSE(Blocks(4097).Compare());
  CHECK_FALSE(Blocks(0).Compare());
}

}  // namespace
}  // namespace smcli
