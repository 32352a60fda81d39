// What the flags of `convert` say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"
#include "cli/model_arguments.h"
#include "convert/convert_options.h"

namespace smcli {

struct ConvertFlags {
  ModelArguments models;
  std::optional<std::string> to;
  std::optional<std::string> tag_set;
  std::vector<std::string> passes;
  bool list_targets = false;
  bool plan = false;

  ConvertOptions options;

  void Declare(Flags& flags);
  // `options` with what is not taken as typed. `UsageError`.
  Result<ConvertOptions> Read() const;
};

}  // namespace smcli
