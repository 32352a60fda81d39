// Inputs made up from a signature: --random, with --seed, --range and --input-shapes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/input_value.h"
#include "model/signature.h"

namespace smcli {

// What the flags say, by input key; "" stands for all inputs that are not named.
struct GeneratedInputs {
  struct Range {
    double low = 0, high = 1;  // `high` is included for integers
  };
  uint32_t seed = 0;
  std::map<std::string, Range, std::less<>> ranges;
  std::map<std::string, std::vector<int64_t>, std::less<>> shapes;

  // From the flags' texts: "x:[0,255]", "[0,1]". `UsageError` for what is no list of two numbers, or of sizes.
  static Result<GeneratedInputs> Parse(int64_t seed, std::span<const std::string> ranges,
                                       std::span<const std::string> shapes);

  // `UsageError` for a name that is no input's.
  Status CheckNames(const std::vector<TensorSpec>& inputs) const;

  // A value for one input. Floats are uniform in [low, high), 0 to 1 when nothing is said; integers between low and
  // high, 0 to 1 too; strings are words of up to eight letters; bools are either. Open dimensions become 1 and are
  // appended to `guessed`, if given. The same seed, key and shape give the same value. `UsageError` when shape or range
  // do not fit.
  Result<InputValue> Make(const TensorSpec& spec, std::vector<std::string>* guessed) const;
};

// A shape that both accept, the first where there is none.
PartialShape Narrower(const PartialShape& a, const PartialShape& b);

}  // namespace smcli
