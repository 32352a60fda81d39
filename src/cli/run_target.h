// RunTarget: a model opened and prepared to run one thing: a signature, a function of the object graph, or a choice of
// tensors.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "cli/input_fitting.h"
#include "cli/input_value.h"
#include "cli/run_limits.h"
#include "exec/session.h"
#include "model/saved_model.h"

namespace smcli {

// What to run of which model, as the flags say.
struct RunSelection {
  std::string model;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> signature;
  std::optional<std::string> function;  // path in the object graph
  std::vector<std::string> fetches;     // tensor names; when there are any, inputs are tensor names too
  std::vector<std::string> outputs;     // keys to keep; empty: all
  double timeout_s = 0;                 // of preparing, and of each run; 0: none
};

class RunTarget {
 public:
  // Opens the model and prepares what is selected. `values` decide which trace of a function is taken, and which
  // tensors are fed.
  static Result<RunTarget> Open(Env& env, const RunSelection& selection, const InputValues& values,
                                NumberConversion conversion, const SessionOptions& options);

  const std::vector<TensorSpec>& inputs() const { return inputs_; }
  // The same with the shapes that the signature promises, where the graph itself would take more: for made-up values.
  const std::vector<TensorSpec>& declared() const { return declared_; }
  const std::vector<TensorSpec>& outputs() const { return outputs_; }
  std::vector<bool> has_default() const;             // beside inputs()
  const std::string& name() const { return name_; }  // "signature serving_default", "function __call__": for people
  Session& session() { return *session_; }
  bool changes_state() const { return entry_->changes_state(); }  // see EntryPoint

  // The tensors to feed, in the order of inputs(); one without value has a default in the model. `UsageError` for keys
  // that the target does not have, with "did you mean", and for values that do not fit. With `part_rows`, values may
  // have more rows than the model takes at a time.
  Result<std::vector<Tensor>> Fit(const InputValues& values, NumberConversion conversion, int64_t part_rows = 0) const;
  Result<std::vector<Tensor>> Run(std::vector<Tensor> inputs);

 private:
  RunTarget() = default;
  Status Prepare(const MetaGraph& meta, const RunSelection& selection, const InputValues& values,
                 NumberConversion conversion);
  Status PrepareSignature(const MetaGraph& meta, const RunSelection& selection);
  Status PrepareFunction(const MetaGraph& meta, const std::string& path, const InputValues& values,
                         NumberConversion conversion);
  Status KeepOutputs(const std::vector<std::string>& keys);

  std::unique_ptr<SavedModel> model_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<EntryPoint> entry_;
  std::unique_ptr<Watchdog> watchdog_;
  std::string name_;
  std::optional<std::string> signature_;  // its key, where it is one
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> declared_;  // beside inputs_
  std::vector<TensorSpec> outputs_;
  std::vector<size_t> kept_;                    // indices into the entry's outputs
  std::optional<InputValues> function_values_;  // of functions: with defaults
};

}  // namespace smcli
