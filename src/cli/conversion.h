// One conversion as the command line asks for it.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/env.h"
#include "convert/converter.h"
#include "report/report.h"

namespace smcli {

struct ConversionOrder {
  const Converter* converter = nullptr;
  ConvertOptions options;
};

// --plan: opens the model at `path` and says what blocks each target.
Result<Report> PlanConversion(Env& env, const ConvertOptions& options, const std::string& path);

// Opens the model at `path`, converts it to `out`, and says on stderr what was left out or changed.
Status RunConversion(Env& env, const ConversionOrder& order, const std::string& path, const std::string& out);

}  // namespace smcli
