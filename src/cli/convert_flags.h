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
  bool list_passes = false;
  bool plan = false;
  int64_t verify = 0;  // sets of inputs
  std::vector<std::string> atol;
  std::vector<std::string> rtol;

  std::vector<std::string> batch;
  std::optional<std::string> outdir;
  int64_t jobs = 0;
  bool keep_going = false;
  bool skip_existing = false;
  std::optional<std::string> report;

  ConvertOptions options;

  void Declare(Flags& flags);
  // `options` with what is not taken as typed. `UsageError`.
  Result<ConvertOptions> Read() const;
  // Many models: --batch, or several of them with --outdir.
  bool is_batch() const { return !batch.empty() || outdir.has_value(); }
};

}  // namespace smcli
