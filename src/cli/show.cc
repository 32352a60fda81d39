// show: what a model is.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/json_keys.h"
#include "cli/show_options.h"
#include "cli/show_parts.h"
#include "inspect/describe_node.h"
#include "inspect/request_example.h"
#include "inspect/request_schema.h"
#include "inspect/saved_model_cli_text.h"
#include "model/scope_graph.h"

namespace smcli {
namespace {

class ShowCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { options_.Declare(flags); }

  Result<int> Run(Env& env) override {
    options_.Complete();
    if (env.saved_model_cli()) return WriteEach(env, &ShowCommand::SavedModelCliText);
    if (env.format == "dot" || env.format == "mermaid") return WriteEach(env, &ShowCommand::Drawing);
    if (env.format == "curl" || env.format == "json-schema" || env.format == "openapi") {
      return WriteEach(env, &ShowCommand::Request);
    }
    return PrintReport(env);
  }

 private:
  // The models one after another, as text that is no report.
  Result<int> WriteEach(Env& env, Result<std::string> (ShowCommand::*text_of)(Env&, const std::string&)) {
    if (env.saved_model_cli() && !options_.models.given()) return UsageError("saved_model_cli show needs --dir");
    for (const std::string& path : options_.models.Paths()) {
      SMCLI_ASSIGN_OR_RETURN(const std::string text, (this->*text_of)(env, path));
      SMCLI_RETURN_IF_ERROR(env.out->Write(text));
    }
    return 0;
  }

  Result<std::string> SavedModelCliText(Env& env, const std::string& path) {
    SMCLI_ASSIGN_OR_RETURN(const SavedModel model, OpenSavedModel(env, path));
    return ShowAsSavedModelCli(model, {.all = options_.all,
                                       .list_ops = options_.ops,
                                       .tag_set = options_.graph_arguments.tag_set,
                                       .signature = options_.graph_arguments.signature});
  }

  Result<std::string> Drawing(Env& env, const std::string& path) {
    SMCLI_ASSIGN_OR_RETURN(const SavedModel model, OpenSavedModel(env, path));
    SMCLI_ASSIGN_OR_RETURN(const MetaGraph* meta_graph, model.PickMetaGraph(options_.graph_arguments.Tags()));
    SMCLI_ASSIGN_OR_RETURN(const Graph graph, GraphToShow(*meta_graph, options_.function));
    const ScopeGraph folded = FoldByScope(graph, options_.depth > 0 ? options_.depth : 1);
    return env.format == "dot" ? DotOf(folded, options_.function.value_or(ServingName(model))) : MermaidOf(folded);
  }

  Result<std::string> Request(Env& env, const std::string& path) {
    SMCLI_ASSIGN_OR_RETURN(const SavedModel model, OpenSavedModel(env, path));
    SMCLI_ASSIGN_OR_RETURN(const MetaGraph* graph, model.PickMetaGraph(options_.graph_arguments.Tags()));
    if (env.format == "openapi" && !options_.graph_arguments.signature) {
      return OpenApiDocument(graph->signatures(), ServingName(model));
    }
    SMCLI_ASSIGN_OR_RETURN(const Signature* signature, graph->PickSignature(options_.graph_arguments.Signature()));
    if (env.format == "curl") return CurlText(*signature, ServingName(model));
    if (env.format == "json-schema") return RequestSchema(*signature, ServingName(model));
    return OpenApiDocument({signature, 1}, ServingName(model));
  }

  // One model: its fields are the report's. Several: a list for machines, one report after another for people. Models
  // that fail are told on stderr, and the status is 1.
  Result<int> PrintReport(Env& env) {
    Report report;
    report.schema = "smcli.show/1";
    const std::vector<std::string> paths = options_.models.Paths();
    if (paths.size() == 1) {
      SMCLI_ASSIGN_OR_RETURN(report.fields, ShowModel(env, options_, paths[0]));
      SMCLI_RETURN_IF_ERROR(env.Print(report));
      return 0;
    }
    int status = 0;
    Value::List models;
    for (const std::string& path : paths) {
      Result<Value::Object> fields = ShowModel(env, options_, path);
      if (fields.ok()) {
        models.push_back(Value::Of(*std::move(fields)));
      } else {
        env.Warn(fields.error().message());
        status = 1;
      }
    }
    if (env.format == "json") {
      report.Add("models", "models", Value::Of(std::move(models)));
      SMCLI_RETURN_IF_ERROR(env.Print(report));
      return status;
    }
    for (const Value& model : models) {
      if (&model != &models.front()) SMCLI_RETURN_IF_ERROR(env.out->Write("\n"));
      report.fields = *model.object();
      SMCLI_RETURN_IF_ERROR(env.Print(report));
    }
    return status;
  }

  ShowOptions options_;
};

constexpr Example kExamples[] = {
    {"smcli show MODEL", "the model on one screen"},
    {"smcli show MODEL --signature serving_default", "one signature in every detail"},
    {"smcli show MODEL --variables --stats --sort size", "the variables, largest first, with their statistics"},
    {"smcli show MODEL --value 'dense/kernel[0, :3]'", "some values of a variable"},
    {"smcli show MODEL --ops --format json", "the ops for another program"},
    {"smcli show MODEL --graph --format dot | dot -Tsvg >graph.svg", "a drawing of the graph"},
    {"smcli show MODEL --format curl", "a request to TensorFlow Serving that fits the model"},
    {"smcli show --dir MODEL --all --format saved_model_cli", "the words of TensorFlow's saved_model_cli"},
};

constexpr std::string_view kFormats[] = {"text", "json",    "markdown", "csv",         "saved_model_cli",
                                         "dot",  "mermaid", "curl",     "json-schema", "openapi"};

}  // namespace

extern const Command kShow = {
    .name = "show",
    .summary = "what a model is: signatures, variables, graph, functions, assets",
    .description =
        "Without flags, one screen: tags, signatures, parameters, graph, what smcli cannot run, assets, who wrote it. "
        "Nothing is loaded that is not shown; a model with ops that nobody knows, or with missing files, is shown too.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<ShowCommand>,
    .json = kShowJson,
};

}  // namespace smcli
