// What the flags of `run` say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/input_flags.h"
#include "cli/model_arguments.h"
#include "cli/run_limits.h"
#include "cli/run_target.h"

namespace smcli {

struct RunOptions {
  ModelArguments models;
  GraphArguments graph;
  std::optional<std::string> function;
  std::vector<std::string> feeds;
  std::vector<std::string> fetches;
  InputFlags inputs;
  std::vector<std::string> outputs;

  std::optional<std::string> save_inputs;
  std::optional<std::string> outdir;
  std::optional<std::string> save_outputs;

  std::optional<std::string> against;
  std::vector<std::string> atol;
  std::vector<std::string> rtol;

  int64_t repeat = 1;
  int64_t warmup = 0;
  std::optional<std::string> timing;
  bool profile = false;
  std::optional<std::string> profile_trace;
  bool steps = false;
  bool validate = false;
  std::optional<std::string> fetch_all;
  int64_t batch_size = 0;

  RunLimits limits;
  std::optional<std::string> allow_files;

  void Declare(Flags& flags);
  // `UsageError` for flags that exclude each other.
  Status Check(const Env& env) const;
  // --inputs and its kin, with --feed among them.
  Result<GivenInputs> ReadInputs(Env& env) const;
  RunSelection Selection(const std::string& model, const GivenInputs& given) const;
  SessionOptions Options(const Env& env) const;
};

// "a,b" and "c" are a, b and c.
std::vector<std::string> SplitCommas(const std::vector<std::string>& texts);

}  // namespace smcli
