#include "cli/conversion_check.h"

#include <algorithm>
#include <map>

#include "base/utf8.h"
#include "cli/generated_inputs.h"
#include "cli/model_arguments.h"
#include "cli/output_comparison.h"
#include "cli/run_target.h"

namespace smcli {
namespace {

using Names = std::map<std::string, std::string, std::less<>>;

// "a=b", and with a signature's key in front, "key:a=b"; what does not concern `signature` is left out.
Names ParseRenames(const std::vector<std::string>& texts, const std::string& signature) {
  Names names;
  for (std::string_view text : texts) {
    if (!signature.empty()) {
      if (!text.starts_with(signature + ":")) continue;
      text.remove_prefix(signature.size() + 1);
    }
    const size_t equals = text.find('=');
    if (equals != text.npos) names.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return names;
}

std::string Renamed(const Names& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

class Checker {
 public:
  Checker(Env& env, const ConversionCheck& check, const ToleranceTable& tolerances)
      : env_(env), check_(check), tolerances_(tolerances) {
    table_.columns = {{"signature", "signature"}, {"inputs", "inputs"},   {"output", "output"},
                      {"max_abs", "max abs"},     {"max_rel", "max rel"}, {"passed", "verdict"}};
  }

  Status CheckSignature(const MetaGraph& graph, const std::string& key) {
    SMCLI_ASSIGN_OR_RETURN(const Signature* signature, graph.PickSignature(key));
    SMCLI_ASSIGN_OR_RETURN(RunTarget source, Open(SourceSelection(key), {}));
    // Of a frozen graph, the values say which tensors are fed.
    SMCLI_ASSIGN_OR_RETURN(const Values first, MakeValues(*signature, 0, source));
    SMCLI_ASSIGN_OR_RETURN(RunTarget result, Open(ResultSelection(*signature), first.result));
    for (int64_t i = 0; i < check_.times; ++i) {
      SMCLI_RETURN_IF_ERROR(Compare(*signature, static_cast<uint32_t>(i), source, result));
    }
    return {};
  }

  ConversionVerdict Take() {
    ConversionVerdict verdict;
    verdict.passed = passed_;
    verdict.report.schema = "smcli.convert/1";
    verdict.report.Add("passed", "verified", Value(passed_));
    verdict.report.Add("comparisons", "outputs", Value::Of(std::move(table_)));
    return verdict;
  }

 private:
  static constexpr auto kExact = smcli::NumberConversion::kExact;

  // The same values under the names of both.
  struct Values {
    InputValues source, result;
  };

  Result<RunTarget> Open(const RunSelection& selection, const InputValues& values) const {
    Env quiet = env_;
    quiet.verbosity = -1;  // its notes were told when the model was converted
    SessionOptions options;
    options.threads = static_cast<int>(env_.threads);
    return RunTarget::Open(quiet, selection, values, kExact, options);
  }

  RunSelection SourceSelection(const std::string& key) const {
    RunSelection selection;
    selection.model = check_.source;
    selection.tags = check_.tags;
    selection.signature = key;
    return selection;
  }

  RunSelection ResultSelection(const Signature& signature) const {
    RunSelection selection;
    selection.model = check_.result;
    if (check_.frozen) {
      for (const TensorSpec& output : signature.outputs) selection.fetches.push_back(output.tensor_name);
    } else {
      selection.signature = Renamed(ParseRenames(check_.rename_signature, ""), signature.key);
    }
    return selection;
  }

  // What the result calls an input or output.
  std::string ResultName(const Signature& signature, const TensorSpec& spec, const std::vector<std::string>& renames) {
    return check_.frozen ? spec.tensor_name : Renamed(ParseRenames(renames, signature.key), spec.key);
  }

  Result<Values> MakeValues(const Signature& signature, uint32_t seed, const RunTarget& source) {
    SMCLI_ASSIGN_OR_RETURN(const GeneratedInputs generated, GeneratedInputs::Parse(seed, {}, {}));
    Values values;
    for (const TensorSpec& spec : source.declared()) {
      SMCLI_ASSIGN_OR_RETURN(const InputValue value, generated.Make(spec, nullptr));
      values.source.emplace(spec.key, value);
      values.result.emplace(ResultName(signature, spec, check_.rename_input), value);
    }
    return values;
  }

  Status Compare(const Signature& signature, uint32_t seed, RunTarget& source, RunTarget& result) {
    SMCLI_ASSIGN_OR_RETURN(const Values values, MakeValues(signature, seed, source));
    SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> source_inputs, source.Fit(values.source, kExact));
    SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> result_inputs,
                           result.Fit(values.result, kExact).Annotate(check_.result));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Tensor> want, source.Run(std::move(source_inputs)));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Tensor> got, result.Run(std::move(result_inputs)));
    for (size_t i = 0; i < source.outputs().size(); ++i) {
      const TensorSpec& spec = source.outputs()[i];
      const std::string name = ResultName(signature, spec, check_.rename_output);
      const auto at = std::ranges::find(result.outputs(), name, &TensorSpec::key);
      if (at == result.outputs().end()) return InternalError("{}: has no output {}", check_.result, Quoted(name));
      Add(signature.key, seed, spec.key, got[static_cast<size_t>(at - result.outputs().begin())], want[i]);
    }
    return {};
  }

  void Add(const std::string& signature, uint32_t seed, const std::string& output, const Tensor& got,
           const Tensor& want) {
    const Comparison figures = smcli::Compare(got, want, tolerances_.For(output));
    passed_ = passed_ && figures.passed();
    table_.Add({Value::Text(signature), Value::WithGist(fmt::format("random, seed {}", seed), Value::Int(seed)),
                Value::Text(output), Value::Real(figures.max_abs), Value::Real(figures.max_rel),
                Value::WithGist(figures.passed()           ? "passed"
                                : figures.mismatch.empty() ? "FAILED"
                                                           : "FAILED: " + figures.mismatch,
                                Value(figures.passed()))});
  }

  Env& env_;
  const ConversionCheck& check_;
  const ToleranceTable& tolerances_;
  Table table_;
  bool passed_ = true;
};

// Those that are asked for, or all that run by themselves.
Result<std::vector<std::string>> KeysOf(const MetaGraph& graph, const ConversionCheck& check) {
  if (!check.signatures.empty()) return check.signatures;
  if (check.frozen) {
    SMCLI_ASSIGN_OR_RETURN(const Signature* signature, graph.PickSignature(std::nullopt));
    return std::vector<std::string>{signature->key};
  }
  std::vector<std::string> keys;
  for (const Signature& signature : graph.signatures()) {
    const bool dropped = std::ranges::find(check.dropped, signature.key) != check.dropped.end();
    if (!signature.internal() && !dropped && !signature.outputs.empty()) keys.push_back(signature.key);
  }
  return keys;
}

}  // namespace

Result<ConversionVerdict> CheckConversion(Env& env, const ConversionCheck& check) {
  SMCLI_ASSIGN_OR_RETURN(const ToleranceTable tolerances, ToleranceTable::Parse(check.atol, check.rtol));
  SMCLI_ASSIGN_OR_RETURN(const SavedModel model, SavedModel::Open(*env.files, check.source));
  if (model.frozen()) return UsageError("{}: --verify needs signatures, and a frozen graph has none", check.source);
  SMCLI_ASSIGN_OR_RETURN(const MetaGraph* graph, model.PickMetaGraph(check.tags));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> keys, KeysOf(*graph, check));
  Checker checker(env, check, tolerances);
  for (const std::string& key : keys) SMCLI_RETURN_IF_ERROR(checker.CheckSignature(*graph, key));
  return checker.Take();
}

}  // namespace smcli
