// The sums of depthwise convolutions, against the same arithmetic channel by channel.
#include <vector>

#include "loops/loops.h"
#include "support/catch.h"

namespace smcli {
namespace {

float Number(int64_t i) { return static_cast<float>(i * 37 % 101) / 8 - 6; }  // short fractions: sums are exact

}  // namespace

TEST_CASE("an output pixel adds up its taps, from zero or to what is there, for every number of channels") {
  constexpr int64_t kMostTaps = 9;
  const IsaList isas = AllIsas();
  for (int level = 0; level < isas.count; ++level) {
    for (int64_t channels = 1; channels < 140; ++channels) {
      std::vector<float> pixels, weights;
      for (int64_t i = 0; i < kMostTaps * channels; ++i) {
        pixels.push_back(Number(i));
        weights.push_back(Number(3 * i + 1));
      }
      for (const int64_t taps : {int64_t{0}, int64_t{1}, kMostTaps}) {
        for (const bool first : {true, false}) {
          const float* pixel_rows[kMostTaps];
          const float* weight_rows[kMostTaps];
          for (int64_t t = 0; t < taps; ++t) {
            pixel_rows[t] = pixels.data() + t * channels;
            weight_rows[t] = weights.data() + t * channels;
          }
          std::vector<float> out(static_cast<size_t>(channels), 2.5F), want(out.size(), first ? 0.0F : 2.5F);
          for (int64_t t = 0; t < taps; ++t) {
            for (int64_t c = 0; c < channels; ++c) want[static_cast<size_t>(c)] += pixel_rows[t][c] * weight_rows[t][c];
          }
          isas.tables[level]->depthwise->f32(pixel_rows, weight_rows, taps, first, channels, out.data());
          INFO(isas.tables[level]->isa << " channels " << channels << " taps " << taps << " first " << first);
          CHECK(out == want);
        }
      }
    }
  }
}

}  // namespace smcli
