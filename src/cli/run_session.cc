#include "cli/run_session.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/file.h"
#include "cli/batch_run.h"
#include "cli/latency.h"
#include "cli/output_comparison.h"
#include "cli/output_files.h"
#include "cli/process_memory.h"
#include "cli/profile_table.h"
#include "cli/step_recorder.h"
#include "cli/tensor_archive.h"
#include "exec/profile.h"

namespace smcli {

namespace {

class ModelRun {
 public:
  ModelRun(Env& env, const RunOptions& options, const GivenInputs& given)
      : env_(env), options_(options), given_(given) {}

  Result<RunAnswer> Run(const std::string& path, const std::string& outdir) {
    const Stopwatch loading;
    const NumberConversion conversion = options_.inputs.conversion(env_);
    SMCLI_ASSIGN_OR_RETURN(const ToleranceTable tolerances, ToleranceTable::Parse(options_.atol, options_.rtol));
    SMCLI_ASSIGN_OR_RETURN(RunTarget target, RunTarget::Open(env_, options_.Selection(path, given_), given_.values,
                                                             conversion, options_.Options(env_)));
    load_s_ = loading.Seconds();
    answer_.model = path;
    answer_.target = target.name();
    answer_.inputs = target.inputs();
    answer_.outputs = target.outputs();
    SMCLI_RETURN_IF_ERROR(tolerances.CheckNames(answer_.outputs));
    SMCLI_RETURN_IF_ERROR(CheckFiles(outdir));
    SMCLI_ASSIGN_OR_RETURN(answer_.fed, target.Fit(given_.values, conversion, options_.batch_size));
    SMCLI_RETURN_IF_ERROR(options_.inputs.Generate(env_, target.declared(), target.has_default(), answer_.fed));
    SMCLI_RETURN_IF_ERROR(Execute(target));
    SMCLI_RETURN_IF_ERROR(Save());
    if (options_.against) SMCLI_RETURN_IF_ERROR(CompareWith(*options_.against, tolerances));
    return std::move(answer_);
  }

 private:
  // What cannot be written is told before anything runs.
  Status CheckFiles(const std::string& outdir) {
    if (!outdir.empty()) {
      SMCLI_ASSIGN_OR_RETURN(paths_, OutputPaths(outdir, answer_.outputs));
    }
    std::vector<std::string> all = paths_;
    for (const auto* file : {&options_.save_inputs, &options_.save_outputs, &options_.fetch_all, &options_.timing,
                             &options_.profile_trace}) {
      if (*file) all.push_back(**file);
    }
    return CheckMayWrite(env_, all);
  }

  Status Execute(RunTarget& target) {
    for (int64_t i = 0; i < options_.warmup; ++i) SMCLI_RETURN_IF_ERROR(target.Run(answer_.fed));
    Profile profile;
    const bool profiled = options_.profile || options_.profile_trace;
    if (profiled) target.session().SetProfile(&profile);
    if (options_.batch_size > 0) return RunSplit(target);
    const bool observed = options_.steps || options_.validate || options_.fetch_all;
    if (observed) {
      SMCLI_RETURN_IF_ERROR(RunObserved(target));
    } else {
      for (int64_t i = 0; i < options_.repeat; ++i) {
        const Stopwatch one;
        SMCLI_ASSIGN_OR_RETURN(answer_.tensors, target.Run(answer_.fed));
        seconds_.push_back(one.Seconds());
      }
    }
    if (options_.profile) AddFinding("profile", "where the time goes", ProfileTable(profile, options_.repeat));
    if (options_.profile_trace) {
      SMCLI_RETURN_IF_ERROR(WriteFile(*env_.files, *options_.profile_trace, profile.ChromeTrace()));
    }
    return {};
  }

  Status RunSplit(RunTarget& target) {
    const Stopwatch all;
    SMCLI_ASSIGN_OR_RETURN(const BatchSplit split,
                           BatchSplit::Make(target.inputs(), target.outputs(), answer_.fed, options_.batch_size));
    RowCollector collector(env_, answer_.outputs, paths_, split.rows());
    SMCLI_RETURN_IF_ERROR(RunInParts(env_, target, split, answer_.fed, collector));
    SMCLI_ASSIGN_OR_RETURN(answer_.tensors, collector.Finish());
    for (size_t i = 0; i < answer_.tensors.size(); ++i) saved_.push_back(collector.saved(i));
    seconds_.push_back(all.Seconds());
    return {};
  }

  Status RunObserved(RunTarget& target) {
    std::unique_ptr<TensorArchive> archive;
    if (options_.fetch_all) {
      SMCLI_ASSIGN_OR_RETURN(archive, TensorArchive::Create(env_, *options_.fetch_all));
    }
    StepRecorder recorder(options_.steps, options_.validate, archive.get());
    target.session().SetObserver(
        [&](const StepInfo& step, std::span<const Tensor> outputs) { recorder.Observe(step, outputs); });
    for (size_t i = 0; i < answer_.fed.size(); ++i) {
      recorder.ObserveNamed("input", answer_.inputs[i].key, answer_.fed[i]);
    }
    const Stopwatch one;
    Result<std::vector<Tensor>> outputs = target.Run(answer_.fed);
    seconds_.push_back(one.Seconds());
    target.session().SetObserver(nullptr);
    SMCLI_RETURN_IF_ERROR(recorder.status());
    SMCLI_ASSIGN_OR_RETURN(answer_.tensors, std::move(outputs));
    for (size_t i = 0; i < answer_.tensors.size(); ++i) {
      recorder.ObserveNamed("output", answer_.outputs[i].key, answer_.tensors[i]);
    }
    if (archive) SMCLI_RETURN_IF_ERROR(archive->Finish());
    if (options_.steps) AddFinding("steps", "steps", recorder.StepTable());
    if (options_.validate) {
      AddFinding("validation", "validation", Value::Of(recorder.Validation()));
      answer_.passed = answer_.passed && !recorder.found_bad();
    }
    return {};
  }

  Status Save() {
    SavingNotes notes(env_);
    for (size_t i = 0; i < paths_.size(); ++i) {
      if (i < saved_.size() && saved_[i]) continue;
      SMCLI_RETURN_IF_ERROR(SaveNpy(env_, paths_[i], answer_.tensors[i], answer_.outputs[i].key, notes));
    }
    if (options_.save_outputs) SMCLI_RETURN_IF_ERROR(SaveNpz(*options_.save_outputs, answer_.outputs, answer_.tensors));
    if (options_.save_inputs) SMCLI_RETURN_IF_ERROR(SaveNpz(*options_.save_inputs, answer_.inputs, answer_.fed));
    if (options_.timing) {
      SMCLI_RETURN_IF_ERROR(
          WriteFile(*env_.files, *options_.timing, TimingJson(seconds_, load_s_, PeakResidentBytes())));
    }
    return {};
  }

  Status SaveNpz(const std::string& path, const std::vector<TensorSpec>& specs, const std::vector<Tensor>& tensors) {
    SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<TensorArchive> archive, TensorArchive::Create(env_, path));
    for (size_t i = 0; i < specs.size(); ++i) {
      if (tensors[i].has_value()) SMCLI_RETURN_IF_ERROR(archive->Add(specs[i].key, tensors[i]));
    }
    return archive->Finish();
  }

  // The outputs of another model on the same inputs, or those of a file.
  Result<std::map<std::string, Tensor, std::less<>>> Reference(const std::string& against) {
    if (IsTensorArchive(*env_.files, against)) return ReadTensorArchive(*env_.files, against);
    const NumberConversion conversion = options_.inputs.conversion(env_);
    InputValues values;
    for (size_t i = 0; i < answer_.inputs.size(); ++i) {
      if (answer_.fed[i].has_value())
        values[answer_.inputs[i].key] = InputValue::Array("the same inputs", answer_.fed[i]);
    }
    for (const auto& [key, value] : given_.values) {
      if (options_.function && !values.contains(key)) values[key] = value;  // Python arguments
    }
    SMCLI_ASSIGN_OR_RETURN(RunTarget other, RunTarget::Open(env_, options_.Selection(against, given_), values,
                                                            conversion, options_.Options(env_)));
    SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> fed, other.Fit(values, conversion));
    SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> tensors, other.Run(std::move(fed)));
    std::map<std::string, Tensor, std::less<>> want;
    for (size_t i = 0; i < tensors.size(); ++i) want[other.outputs()[i].key] = std::move(tensors[i]);
    return want;
  }

  Status CompareWith(const std::string& against, const ToleranceTable& tolerances) {
    SMCLI_ASSIGN_OR_RETURN(const auto want, Reference(against).Annotate("--against"));
    const OutputComparison comparison = CompareOutputs(answer_.outputs, answer_.tensors, want, tolerances, against);
    AddFinding("comparison", "comparison", Value::Of(comparison.Describe()));
    answer_.cases = comparison.Cases();
    answer_.passed = answer_.passed && comparison.passed();
    return {};
  }

  void AddFinding(std::string key, std::string label, Value value) {
    answer_.findings.push_back({std::move(key), std::move(label), std::move(value)});
  }

  Env& env_;
  const RunOptions& options_;
  const GivenInputs& given_;
  RunAnswer answer_;
  std::vector<std::string> paths_;
  std::vector<bool> saved_;  // which of them are written already
  std::vector<double> seconds_;
  double load_s_ = 0;
};

}  // namespace

Result<RunAnswer> RunModel(Env& env, const RunOptions& options, const GivenInputs& given, const std::string& path,
                           const std::string& outdir) {
  return ModelRun(env, options, given).Run(path, outdir);
}

}  // namespace smcli
