// run: a signature or function of a model on given inputs.
#include <fmt/format.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/rest_request.h"
#include "cli/run_answer.h"
#include "cli/run_options.h"

namespace smcli {
namespace {

class RunCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { options_.Declare(flags); }

  Result<int> Run(Env& env) override {
    SMCLI_RETURN_IF_ERROR(options_.Check(env));
    SMCLI_RETURN_IF_ERROR(options_.limits.ApplyMemory());
    options_.inputs.inputs.insert(options_.inputs.inputs.end(), options_.feeds.begin(), options_.feeds.end());
    SMCLI_ASSIGN_OR_RETURN(const GivenInputs given, options_.inputs.Read(env));
    std::vector<RunAnswer> answers;
    for (const std::string& path : options_.models.Paths()) {
      SMCLI_ASSIGN_OR_RETURN(RunAnswer answer, RunModel(env, path, given));
      answers.push_back(std::move(answer));
    }
    SMCLI_RETURN_IF_ERROR(Print(env, given, answers));
    return 0;
  }

 private:
  Result<RunAnswer> RunModel(Env& env, const std::string& path, const GivenInputs& given) {
    const Conversion conversion = options_.inputs.conversion(env);
    SMCLI_ASSIGN_OR_RETURN(RunTarget target, RunTarget::Open(env, options_.Selection(path, given), given.values,
                                                             conversion, options_.Options(env)));
    RunAnswer answer;
    answer.model = path;
    answer.target = target.name();
    answer.inputs = target.inputs();
    answer.outputs = target.outputs();
    SMCLI_ASSIGN_OR_RETURN(answer.fed, target.Fit(given.values, conversion));
    SMCLI_RETURN_IF_ERROR(options_.inputs.Generate(env, target.inputs(), target.has_default(), answer.fed));
    SMCLI_ASSIGN_OR_RETURN(answer.tensors, target.Run(answer.fed));
    return answer;
  }

  Status Print(Env& env, const GivenInputs& given, const std::vector<RunAnswer>& answers) {
    if (env.format == "rest") {
      SMCLI_ASSIGN_OR_RETURN(const std::string body, RestResponse(answers[0].outputs, answers[0].tensors, given.rows));
      return env.out->Write(body);
    }
    if (env.format == "json") return env.out->Write(Json(answers));
    for (const RunAnswer& answer : answers) {
      if (answers.size() > 1) SMCLI_RETURN_IF_ERROR(env.out->Write(fmt::format("{}\n", answer.model)));
      SMCLI_RETURN_IF_ERROR(env.out->Write(
          env.saved_model_cli() ? AnswerAsSavedModelCli(answer, options_.outdir.value_or("")) : AnswerText(answer)));
    }
    return {};
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
};

}  // namespace smcli
