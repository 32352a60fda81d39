#include "cli/behaviour_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/utf8.h"
#include "cli/generated_inputs.h"
#include "cli/output_comparison.h"
#include "cli/run_target.h"
#include "diff/bisect.h"
#include "tensor/numbers.h"

namespace smcli {
namespace {

const TensorSpec* FindSpec(const std::vector<TensorSpec>& specs, std::string_view key) {
  const auto found = std::ranges::find(specs, key, &TensorSpec::key);
  return found == specs.end() ? nullptr : &*found;
}

// Values of the narrower dtype go into both.
const TensorSpec& NarrowerDtype(const TensorSpec& before, const TensorSpec& after) {
  if (IsIntegral(before.dtype) != IsIntegral(after.dtype)) return IsIntegral(before.dtype) ? before : after;
  return SizeOf(after.dtype) < SizeOf(before.dtype) ? after : before;
}

// The values for one of the models: what it has an input for, and what neither has, so that it is refused.
InputValues ValuesFor(const RunTarget& target, const RunTarget& other, const InputValues& values) {
  InputValues own;
  for (const auto& [key, value] : values) {
    if (FindSpec(target.inputs(), key) || !FindSpec(other.inputs(), key)) own.emplace(key, value);
  }
  return own;
}

// The two may take other dtypes: the same numbers go into both, as near as each can hold them.
constexpr NumberConversion kConversion = NumberConversion::kNumpy;

class SignatureRun {
 public:
  SignatureRun(Env& env, const DiffFlags& flags, const GivenInputs& given, const ToleranceTable& tolerances,
               const MetaGraphPair& graphs, std::string key)
      : env_(env), flags_(flags), given_(given), tolerances_(tolerances), graphs_(graphs), key_(std::move(key)) {}

  // What a model itself fails with is part of the answer; errors are what keeps the two from being compared.
  Result<SignatureBehaviour> Compare(const DiffFlags::Paths& paths, ThreadPool& threads) {
    paths_ = paths;
    SMCLI_ASSIGN_OR_RETURN(RunTarget before, Open(paths_.before));
    SMCLI_ASSIGN_OR_RETURN(RunTarget after, Open(paths_.after));
    SMCLI_RETURN_IF_ERROR(Feed(before, after));
    SignatureBehaviour behaviour;
    behaviour.signature = key_;
    Result<std::vector<Tensor>> got_before = before.Run(fed_before_), got_after = after.Run(fed_after_);
    SMCLI_RETURN_IF_ERROR(Failures(got_before, got_after, behaviour));
    if (behaviour.changed) return behaviour;
    CompareOutputs(before.outputs(), *got_before, after.outputs(), *got_after, behaviour);
    if (!behaviour.changed) return behaviour;
    SMCLI_RETURN_IF_ERROR(CheckRepeats(*got_before));
    if (flags_.bisect) SMCLI_RETURN_IF_ERROR(Bisect(threads, behaviour));
    return behaviour;
  }

 private:
  Result<RunTarget> Open(const std::string& path) const {
    RunSelection selection;
    selection.model = path;
    selection.tags = flags_.graph.Tags();
    selection.signature = key_;
    selection.timeout_s = flags_.limits.timeout_s;
    Env quiet = env_;
    quiet.verbosity = -1;  // its notes were told when the model was read
    SessionOptions options;
    options.threads = static_cast<int>(env_.threads);
    return RunTarget::Open(quiet, selection, {}, kConversion, options);
  }

  Status Feed(const RunTarget& before, const RunTarget& after) {
    InputValues values = given_.values;
    if (flags_.inputs.random) SMCLI_RETURN_IF_ERROR(Generate(before, after, values));
    SMCLI_ASSIGN_OR_RETURN(fed_before_, before.Fit(ValuesFor(before, after, values), kConversion).Annotate("old"));
    SMCLI_ASSIGN_OR_RETURN(fed_after_, after.Fit(ValuesFor(after, before, values), kConversion).Annotate("new"));
    return {};
  }

  // Inputs that nobody gave; those that have a default on both sides keep it.
  Status Generate(const RunTarget& before, const RunTarget& after, InputValues& values) const {
    SMCLI_ASSIGN_OR_RETURN(const GeneratedInputs generated,
                           GeneratedInputs::Parse(flags_.inputs.seed, flags_.inputs.ranges, flags_.inputs.shapes));
    std::set<std::string> needed;
    for (const RunTarget* target : {&before, &after}) {
      const std::vector<bool> has_default = target->has_default();
      for (size_t i = 0; i < has_default.size(); ++i) {
        if (!has_default[i] && !values.contains(target->inputs()[i].key)) needed.insert(target->inputs()[i].key);
      }
    }
    for (const std::string& key : needed) {
      const TensorSpec* old_spec = FindSpec(before.declared(), key);
      const TensorSpec* new_spec = FindSpec(after.declared(), key);
      TensorSpec spec = old_spec && new_spec ? NarrowerDtype(*old_spec, *new_spec) : old_spec ? *old_spec : *new_spec;
      if (old_spec && new_spec) spec.shape = Narrower(old_spec->shape, new_spec->shape);
      SMCLI_ASSIGN_OR_RETURN(InputValue value, generated.Make(spec, nullptr));
      values.emplace(key, std::move(value));
    }
    return {};
  }

  // A run that fails by the model's own doing is behaviour; what smcli lacks, or input that does not fit, is not.
  static Status Failures(const Result<std::vector<Tensor>>& before, const Result<std::vector<Tensor>>& after,
                         SignatureBehaviour& behaviour) {
    for (const auto* result : {&before, &after}) {
      if (!result->ok() && result->error().kind() != ErrorKind::kModel) return result->error();
    }
    if (!before.ok() && !after.ok()) return Error(before.error()).Annotate("both models fail");
    if (!before.ok()) behaviour.failure_before = before.error().message();
    if (!after.ok()) behaviour.failure_after = after.error().message();
    behaviour.changed = !before.ok() || !after.ok();
    return {};
  }

  void CompareOutputs(const std::vector<TensorSpec>& old_specs, const std::vector<Tensor>& old_tensors,
                      const std::vector<TensorSpec>& new_specs, const std::vector<Tensor>& new_tensors,
                      SignatureBehaviour& behaviour) const {
    for (size_t i = 0; i < old_specs.size(); ++i) {
      const TensorSpec* other = FindSpec(new_specs, old_specs[i].key);
      if (!other) {
        behaviour.only_before.push_back(old_specs[i].key);
        continue;
      }
      const Tensor& tensor = new_tensors[static_cast<size_t>(other - new_specs.data())];
      behaviour.outputs.push_back(CompareOutput(other->key, old_tensors[i], tensor, tolerances_.For(other->key)));
      behaviour.changed = behaviour.changed || behaviour.outputs.back().changed;
    }
    for (const TensorSpec& spec : new_specs) {
      if (!FindSpec(old_specs, spec.key)) behaviour.only_after.push_back(spec.key);
    }
  }

  // Does the old model give itself the same answer again?
  Status CheckRepeats(const std::vector<Tensor>& first) const {
    SMCLI_ASSIGN_OR_RETURN(RunTarget again, Open(paths_.before));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Tensor> second, again.Run(fed_before_));
    for (size_t i = 0; i < first.size(); ++i) {
      const std::string& key = again.outputs()[i].key;
      if (CompareOutput(key, first[i], second[i], tolerances_.For(key)).changed) {
        return UnsupportedError("output {} is random: two runs of the old model differ", Quoted(key));
      }
    }
    return {};
  }

  Status Bisect(ThreadPool& threads, SignatureBehaviour& behaviour) const {
    SMCLI_ASSIGN_OR_RETURN(const auto names, StepNames::Make(graphs_, threads));
    Bisection bisection(*names);
    SMCLI_ASSIGN_OR_RETURN(RunTarget before, Open(paths_.before));
    before.session().SetObserver(
        [&](const StepInfo& step, std::span<const Tensor> outputs) { bisection.ObserveBefore(step, outputs); });
    SMCLI_RETURN_IF_ERROR(before.Run(fed_before_));
    SMCLI_ASSIGN_OR_RETURN(RunTarget after, Open(paths_.after));
    after.session().SetObserver(
        [&](const StepInfo& step, std::span<const Tensor> outputs) { bisection.ObserveAfter(step, outputs); });
    SMCLI_RETURN_IF_ERROR(after.Run(fed_after_));
    behaviour.divergence = bisection.First(tolerances_.For(""));
    return {};
  }

  Env& env_;
  const DiffFlags& flags_;
  const GivenInputs& given_;
  const ToleranceTable& tolerances_;
  const MetaGraphPair& graphs_;
  std::string key_;
  DiffFlags::Paths paths_;
  std::vector<Tensor> fed_before_, fed_after_;
};

// The signatures to run, among those that both have.
Result<std::vector<std::string>> SignaturesToRun(const DiffFlags& flags, const GivenInputs& given,
                                                 const MetaGraphPair& graphs) {
  std::vector<std::string> kept;
  for (const SignaturePair& pair : graphs.signatures) {
    if (pair.kept()) kept.emplace_back(pair.key);
  }
  std::optional<std::string> asked = flags.graph.signature;
  if (!asked) asked = given.signature;
  if (asked) {
    SMCLI_RETURN_IF_ERROR(graphs.before->PickSignature(*asked).Annotate("old"));
    SMCLI_RETURN_IF_ERROR(graphs.after->PickSignature(*asked).Annotate("new"));
    return std::vector<std::string>{*asked};
  }
  if (kept.empty()) return UsageError("--behaviour: the two models have no signature in common");
  if (given.values.empty() || kept.size() == 1) return kept;
  SMCLI_ASSIGN_OR_RETURN(const Signature* picked, graphs.before->PickSignature(std::nullopt).Annotate("old"));
  if (!graphs.after->FindSignature(picked->key)) {
    return UsageError("--behaviour: the new model has no signature {}; --signature names another", Quoted(picked->key));
  }
  return std::vector<std::string>{picked->key};
}

// --atol and --rtol of single outputs; `common` holds for the others.
Result<ToleranceTable> TolerancesOf(const DiffFlags& flags, const ValueTolerances& common) {
  std::vector<std::string> atol = {fmt::format("{}", common.atol)}, rtol = {fmt::format("{}", common.rtol)};
  atol.insert(atol.end(), flags.atol.begin(), flags.atol.end());
  rtol.insert(rtol.end(), flags.rtol.begin(), flags.rtol.end());
  return ToleranceTable::Parse(atol, rtol);
}

}  // namespace

Result<BehaviourDiff> RunBoth(Env& env, const DiffFlags& flags, const ModelSide& before, const ModelSide& after,
                              const ValueTolerances& common, ThreadPool& threads) {
  if (!before.model || !after.model) return UsageError("--behaviour: a checkpoint alone has nothing to run");
  if (!flags.inputs.given()) return UsageError("--behaviour: say what to run on with --inputs, or --random");
  SMCLI_RETURN_IF_ERROR(flags.limits.ApplyMemory());
  SMCLI_ASSIGN_OR_RETURN(const GivenInputs given, flags.inputs.Read(env));
  SMCLI_ASSIGN_OR_RETURN(const ToleranceTable tolerances, TolerancesOf(flags, common));
  SMCLI_ASSIGN_OR_RETURN(const MetaGraph* old_graph, before.model->PickMetaGraph(flags.graph.Tags()));
  SMCLI_ASSIGN_OR_RETURN(const MetaGraph* new_graph, after.model->PickMetaGraph(flags.graph.Tags()));
  const MetaGraphPair graphs = MatchMetaGraph(CanonicalTags(*old_graph), *old_graph, *new_graph);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> signatures, SignaturesToRun(flags, given, graphs));
  BehaviourDiff behaviour;
  std::optional<Error> first;
  for (const std::string& key : signatures) {
    auto one = SignatureRun(env, flags, given, tolerances, graphs, key).Compare({before.path, after.path}, threads);
    if (one.ok()) {
      behaviour.signatures.push_back(*std::move(one));
      continue;
    }
    behaviour.skipped.push_back({key, one.error().message()});
    if (!first) first = std::move(one).error();
  }
  if (behaviour.signatures.empty()) return std::move(*first).Annotate("--behaviour");
  for (const SkippedSignature& skipped : behaviour.skipped) {
    env.Warn(fmt::format("--behaviour: {} was not compared: {}", Quoted(skipped.signature), skipped.reason));
  }
  return behaviour;
}

}  // namespace smcli
