// Session: a meta-graph made runnable. It owns the only mutable state of the program: variables, tables and other
// resources, and the plans of functions. Values are read from the checkpoint when an entry point needs them.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/meta_graph.h"
#include "model/signature.h"
#include "tensor/tensor.h"

namespace smcli {

class BundleReader;
class FileSystem;
class Profile;
struct SessionState;

struct SessionOptions {
  int threads = 0;              // 0: the cores of this machine
  std::string allow_files_dir;  // directory that file ops may touch; empty: none
  bool fold_constants = true;
};

// A signature, a function or a choice of tensors: planned, its variables loaded and the model's initialisers run.
// Run may be called from several threads at once as long as the model only reads its variables.
class EntryPoint {
 public:
  virtual ~EntryPoint() = default;

  // Dense tensors with full keys ("x", "s/indices"); Run takes and gives tensors in these orders.
  const std::vector<TensorSpec>& inputs() const { return inputs_; }
  const std::vector<TensorSpec>& outputs() const { return outputs_; }
  bool has_default(size_t input) const { return input < defaults_.size() && defaults_[input].has_value(); }

  // An input without a value has its default (SignatureDef.defaults, PlaceholderWithDefault); `UsageError` where there
  // is none or where dtype or shape do not fit. Everything else that goes wrong is `ModelError` with node, op and
  // function path.
  virtual Result<std::vector<Tensor>> Run(std::vector<Tensor> inputs) = 0;
  // Does a run leave something behind that a later run sees (a variable, a table, a random generator's state)?
  virtual bool changes_state() const = 0;

 protected:
  std::vector<TensorSpec> inputs_, outputs_;
  std::vector<Tensor> defaults_;  // beside inputs_; without value: none
};

// Called after each node with its outputs, in the order of execution: for --steps, --validate, --fetch-all.
struct StepInfo {
  std::string_view function;  // empty for the main graph
  std::string_view node;
  std::string_view op;
};
using StepObserver = std::function<void(const StepInfo&, std::span<const Tensor> outputs)>;

class Session {
 public:
  // `export_dir`: the SavedModel's folder (variables/, assets/); empty for a frozen graph. The meta-graph must outlive
  // it.
  static Result<std::unique_ptr<Session>> Open(FileSystem& files, const MetaGraph& meta_graph, std::string export_dir,
                                               const SessionOptions& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `UnsupportedError` names every op, dtype and attribute that is missing, with the nodes that need it.
  Result<std::unique_ptr<EntryPoint>> PrepareSignature(const Signature& signature);
  // A concrete function of the object graph, by the name of its FunctionDef; captures are bound. Inputs and outputs are
  // keyed by the names in the function's signature; the caller renames them by its structured signature.
  Result<std::unique_ptr<EntryPoint>> PrepareFunction(std::string_view concrete_function);
  // Tensors of the main graph by name ("node:0").
  Result<std::unique_ptr<EntryPoint>> PrepareTensors(std::span<const std::string> feeds,
                                                     std::span<const std::string> fetches);

  // Observers slow every step down; null (the default) costs nothing.
  void SetObserver(StepObserver observer);
  // Collects times per node; null switches it off. The profile must outlive the runs.
  void SetProfile(Profile* profile);
  // From now on a run works on its calling thread alone: for a caller that runs several at once.
  void ExpectParallelRuns();
  // From another thread: the current run ends soon with `ModelError`("cancelled: <reason>").
  void Cancel(std::string_view reason);

 private:
  explicit Session(std::unique_ptr<SessionState> state);
  std::unique_ptr<SessionState> state_;
};

}  // namespace smcli
