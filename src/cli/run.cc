// run: a signature or function of a model on given inputs.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/path.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/json_keys.h"
#include "cli/rest_request.h"
#include "cli/run_answer.h"
#include "cli/run_options.h"
#include "cli/run_session.h"
#include "cli/tensor_archive.h"
#include "report/printers.h"

namespace smcli {
namespace {

class RunCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { options_.Declare(flags); }

  Result<int> Run(Env& env) override {
    SMCLI_RETURN_IF_ERROR(options_.Check(env));
    SMCLI_RETURN_IF_ERROR(options_.limits.ApplyMemory());
    SMCLI_ASSIGN_OR_RETURN(const GivenInputs given, options_.ReadInputs(env));
    const std::vector<std::string> paths = options_.models.Paths();
    SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> outdirs, OutputDirectories(paths));
    std::vector<RunAnswer> answers;
    bool passed = true;
    for (size_t i = 0; i < paths.size(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(RunAnswer answer, RunModel(env, options_, given, paths[i], outdirs[i]));
      passed = passed && answer.passed;
      answers.push_back(std::move(answer));
    }
    SMCLI_RETURN_IF_ERROR(Print(env, given, answers));
    return passed ? 0 : 1;
  }

 private:
  // DIR for one model, DIR/<name of the model> for several, which must have different names.
  Result<std::vector<std::string>> OutputDirectories(const std::vector<std::string>& paths) const {
    std::vector<std::string> out(paths.size());
    if (!options_.outdir) return out;
    if (paths.size() == 1) return std::vector<std::string>{*options_.outdir};
    for (size_t i = 0; i < paths.size(); ++i) {
      out[i] = JoinPath(*options_.outdir, BaseName(paths[i]));
      if (std::find(out.begin(), out.begin() + static_cast<int64_t>(i), out[i]) !=
          out.begin() + static_cast<int64_t>(i)) {
        return UsageError("two models would write to {}; run them one by one", out[i]);
      }
    }
    return out;
  }

  Status Print(Env& env, const GivenInputs& given, const std::vector<RunAnswer>& answers) {
    if (env.format == "json") return env.out->Write(Json(answers));
    for (const RunAnswer& answer : answers) SMCLI_RETURN_IF_ERROR(PrintOne(env, given, answer, answers.size() > 1));
    return {};
  }

  Status PrintOne(Env& env, const GivenInputs& given, const RunAnswer& answer, bool among_others) {
    if (env.format == "rest") {
      SMCLI_ASSIGN_OR_RETURN(const std::string body, RestResponse(answer.outputs, answer.tensors, given.rows));
      return env.out->Write(body);
    }
    if (env.format == "npz") return PrintNpz(env, answer);
    if (env.format == "junit") return env.out->Write(answer.junit);
    if (env.saved_model_cli()) return env.out->Write(AnswerAsSavedModelCli(answer, options_.outdir.value_or("")));
    if (among_others) SMCLI_RETURN_IF_ERROR(env.out->Write(fmt::format("{}\n", Escaped(answer.model))));
    // Who compares wants the verdict; -v shows the values as well.
    const bool values = !options_.against || env.verbosity > 0;
    std::string text = values ? AnswerText(answer) : "";
    if (!answer.findings.empty()) {
      if (values) text += '\n';
      Report report;
      report.fields = answer.findings;
      FindPrinter("text")->print(report, {.color = env.out_terminal.color, .width = env.out_terminal.width}, &text);
    }
    return env.out->Write(text + (among_others ? "\n" : ""));
  }

  static Status PrintNpz(Env& env, const RunAnswer& answer) {
    std::string bytes;
    const std::unique_ptr<TensorArchive> archive = TensorArchive::InMemory(env, bytes);
    for (size_t i = 0; i < answer.outputs.size(); ++i) {
      SMCLI_RETURN_IF_ERROR(archive->Add(answer.outputs[i].key, answer.tensors[i]));
    }
    SMCLI_RETURN_IF_ERROR(archive->Finish());
    return env.out->Write(bytes);
  }

  static std::string Json(const std::vector<RunAnswer>& answers) {
    std::string text;
    JsonWriter json(text);
    json.BeginObject();
    json.Key("schema");
    json.String("smcli.run/1");
    if (answers.size() == 1) {
      WriteAnswerJson(answers[0], json);
    } else {
      json.Key("models");
      json.BeginArray();
      for (const RunAnswer& answer : answers) {
        json.BeginObject();
        WriteAnswerJson(answer, json);
        json.EndObject();
      }
      json.EndArray();
    }
    json.EndObject();
    return text + "\n";
  }

  RunOptions options_;
};

constexpr Example kExamples[] = {
    {"smcli run MODEL --inputs 'x=[[1.0]]'", "the default signature on a literal"},
    {"smcli run MODEL --inputs 'x=in.npz[x];y=y.npy' --outdir out", "arrays from files, outputs as .npy"},
    {"smcli run MODEL --random --seed 1 --save-inputs in.npz --save-outputs golden.npz",
     "made-up inputs, kept for later"},
    {"smcli run MODEL --inputs 'x=in.npz[x]' --against golden.npz --atol 1e-4", "the same outputs as before?"},
    {"smcli run MODEL --function __call__ --inputs 'x=[1.0]' --input_exprs 'training=False'",
     "a function without a signature"},
    {"smcli run MODEL --input-json request.json --format rest", "what TensorFlow Serving would answer"},
};

constexpr std::string_view kFormats[] = {"text", "json", "npz", "rest", "junit", "saved_model_cli"};

}  // namespace

extern const Command kRun = {
    .name = "run",
    .summary = "run a signature or function on given inputs",
    .description =
        "Runs one signature (the default one unless --signature names another), function or choice of tensors.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<RunCommand>,
    .json = kRunJson,
};

}  // namespace smcli
