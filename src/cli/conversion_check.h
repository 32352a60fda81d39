// convert --verify: source and result run on the same made-up inputs, their outputs compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "report/report.h"

namespace smcli {

struct ConversionCheck {
  std::string source, result;                    // paths
  std::optional<std::vector<std::string>> tags;  // of the source
  std::vector<std::string> signatures;           // empty: all that can be fed; of a frozen graph, the default one
  bool frozen = false;                           // the result has tensor names in the place of signatures
  std::vector<std::string> dropped;              // signatures that the result does not have
  std::vector<std::string> rename_signature, rename_input, rename_output;  // as typed
  std::vector<std::string> atol, rtol;                                     // as typed
  int64_t times = 1;                                                       // sets of inputs
};

struct ConversionVerdict {
  Report report;
  bool passed = true;
};

// Errors are what keeps the two from being run.
Result<ConversionVerdict> CheckConversion(Env& env, const ConversionCheck& check);

}  // namespace smcli
