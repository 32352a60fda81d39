// smcli-diff.yaml: what counts in a project, in buf's manners.
//
//   use: [PREDICT, SIGNATURE_OUTPUT_RANK_KNOWN]   # categories and rules, as --breaking; PREDICT is all of its rules
//   except: [SIGNATURE_SAME_METHOD_NAME]          # rules that do not count
//   ignore:                                       # places where a rule does not count; "*" is every rule
//     SIGNATURE_NO_DELETE: ["debug_*"]
//     "*": ["experimental.*"]
//   only: [signatures, graph, weights, assets]    # areas to compare
//   atol: 1e-6                                    # how far weights may move
//   rtol: 1e-5
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diff/breaking.h"

namespace smcli {

struct DiffConfig {
  BreakingWords breaking;
  std::vector<std::string> only;
  std::optional<double> atol;
  std::optional<double> rtol;
};

inline constexpr std::string_view kDiffConfigName = "smcli-diff.yaml";

// `UsageError` with line and column for text that is no such file; `name` begins messages.
Result<DiffConfig> ParseDiffConfig(const std::string& text, std::string_view name);

}  // namespace smcli
