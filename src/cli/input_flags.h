// The flags that give inputs, the same for run, bench and diff --behaviour, and what they say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "cli/flags.h"
#include "cli/input_fitting.h"
#include "cli/input_value.h"

namespace smcli {

// What was given, before any model was opened.
struct GivenInputs {
  InputValues values;
  std::optional<std::string> signature;  // that a REST body asks for
  bool rest = false;                     // from a REST body
  bool rows = false;                     // its form was "instances"
};

struct InputFlags {
  std::vector<std::string> inputs;
  std::vector<std::string> expressions;
  std::vector<std::string> examples;
  std::optional<std::string> request;
  bool random = false;
  int64_t seed = 0;
  std::vector<std::string> ranges;
  std::vector<std::string> shapes;
  bool cast = false;

  void Declare(Flags& flags);
  bool given() const { return !inputs.empty() || !expressions.empty() || !examples.empty() || request || random; }
  NumberConversion conversion(const Env& env) const {
    return cast || env.saved_model_cli() ? NumberConversion::kNumpy : NumberConversion::kExact;
  }

  // Reads files and evaluates expressions. The same input by several flags: --input_examples goes before --input_exprs,
  // that before --inputs, that before --input-json, told on stderr.
  Result<GivenInputs> Read(Env& env) const;
  // With --random, adds values for the inputs that have none; says on stderr which sizes were guessed.
  Status Generate(Env& env, const std::vector<TensorSpec>& specs, const std::vector<bool>& has_default,
                  std::vector<Tensor>& tensors) const;
};

}  // namespace smcli
