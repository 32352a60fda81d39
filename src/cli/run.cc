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
#include "cli/run_models.h"
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
    if (paths.size() > 1) return RunSeveral(env, given, paths, outdirs);
    SMCLI_ASSIGN_OR_RETURN(const RunAnswer answer, RunModel(env, options_, given, paths[0], outdirs[0]));
    SMCLI_RETURN_IF_ERROR(Print(env, given, answer));
    return answer.passed ? 0 : 1;
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

  // The answers of all that ran, then what was wrong with the others.
  Result<int> RunSeveral(Env& env, const GivenInputs& given, const std::vector<std::string>& paths,
                         const std::vector<std::string>& outdirs) {
    const std::vector<Result<RunAnswer>> answers = RunModels(env, options_, given, paths, outdirs);
    SMCLI_RETURN_IF_ERROR(PrintSeveral(env, paths, answers));
    bool passed = true;
    for (size_t i = 0; i < answers.size(); ++i) {
      passed = passed && answers[i].ok() && answers[i]->passed;
      if (answers[i].ok()) continue;
      const std::string message(answers[i].error().message());
      env.Warn(message.starts_with(paths[i]) ? message : fmt::format("{}: {}", paths[i], message));
    }
    return passed ? 0 : 1;
  }

  Status PrintSeveral(Env& env, const std::vector<std::string>& paths, const std::vector<Result<RunAnswer>>& answers) {
    if (env.format == "json") return env.out->Write(JsonOfSeveral(paths, answers));
    if (env.format == "junit") return env.out->Write(JUnitOfSeveral(paths, answers));
    for (size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i].ok()) continue;
      const std::string text = env.saved_model_cli()
                                   ? AnswerAsSavedModelCli(*answers[i], options_.outdir.value_or(""))
                                   : fmt::format("{}\n{}\n", Escaped(paths[i]), Text(env, *answers[i]));
      SMCLI_RETURN_IF_ERROR(env.out->Write(text));
    }
    return {};
  }

  Status Print(Env& env, const GivenInputs& given, const RunAnswer& answer) {
    if (env.format == "rest") {
      SMCLI_ASSIGN_OR_RETURN(const std::string body, RestResponse(answer.outputs, answer.tensors, given.rows));
      return env.out->Write(body);
    }
    if (env.format == "npz") return PrintNpz(env, answer);
    if (env.format == "junit") return env.out->Write(JUnitText(std::vector<JUnitSuite>{SuiteOf(answer)}));
    if (env.format == "json") return env.out->Write(JsonOf(answer));
    if (env.saved_model_cli()) return env.out->Write(AnswerAsSavedModelCli(answer, options_.outdir.value_or("")));
    return env.out->Write(Text(env, answer));
  }

  std::string Text(const Env& env, const RunAnswer& answer) const {
    // Who compares wants the verdict; -v shows the values as well.
    const bool values = !options_.against || env.verbosity > 0;
    std::string text = values ? AnswerText(answer) : "";
    if (answer.findings.empty()) return text;
    if (values) text += '\n';
    Report report;
    report.fields = answer.findings;
    FindPrinter("text")->print(report, {.color = env.out_terminal.color, .width = env.out_terminal.width}, &text);
    return text;
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

  static std::string JsonOf(const RunAnswer& answer) {
    std::string text;
    JsonWriter json(text);
    json.BeginObject();
    json.Key("schema");
    json.String("smcli.run/1");
    WriteAnswerJson(answer, json);
    json.EndObject();
    return text + "\n";
  }

  static std::string JsonOfSeveral(const std::vector<std::string>& paths,
                                   const std::vector<Result<RunAnswer>>& answers) {
    std::string text;
    JsonWriter json(text);
    json.BeginObject();
    json.Key("schema");
    json.String("smcli.run/1");
    json.Key("models");
    json.BeginArray();
    for (size_t i = 0; i < answers.size(); ++i) {
      json.BeginObject();
      if (answers[i].ok()) {
        WriteAnswerJson(*answers[i], json);
      } else {
        WriteFailureJson(paths[i], answers[i].error(), json);
      }
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return text + "\n";
  }

  static JUnitSuite SuiteOf(const RunAnswer& answer) {
    return {fmt::format("{} {}", answer.model, answer.target), answer.cases};
  }

  static std::string JUnitOfSeveral(const std::vector<std::string>& paths,
                                    const std::vector<Result<RunAnswer>>& answers) {
    std::vector<JUnitSuite> suites;
    for (size_t i = 0; i < answers.size(); ++i) {
      suites.push_back(answers[i].ok() ? SuiteOf(*answers[i])
                                       : JUnitSuite{paths[i], {{"run", answers[i].error().message()}}});
    }
    return JUnitText(suites);
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
        "Runs one signature (the default one unless --signature names another), function or choice of tensors. Several "
        "models run at the same time, on the same inputs; one that fails does not stop the others, and makes the exit "
        "status 1.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<RunCommand>,
    .json = kRunJson,
};

}  // namespace smcli
