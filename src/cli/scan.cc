// scan: what a model does besides computing.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/lookup.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/model_arguments.h"
#include "cli/program.h"
#include "inspect/saved_model_cli_text.h"
#include "report/findings.h"
#include "scan/describe_scan.h"
#include "scan/hazards.h"

namespace smcli {
namespace {

constexpr std::array<std::string_view, 5> kThresholds = {"info", "low", "medium", "high", "critical"};

// "A, ,B" -> {"A", "B"}
std::vector<std::string> SplitOps(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\v\f";
  std::vector<std::string> ops;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    std::string_view op = text.substr(at, comma - at);
    op.remove_prefix(std::min(op.find_first_not_of(kSpace), op.size()));
    op = op.substr(0, op.find_last_not_of(kSpace) + 1);
    if (!op.empty()) ops.emplace_back(op);
    at = comma + 1;
  }
  return ops;
}

std::vector<std::string> SplitAll(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const std::string& text : texts) {
    for (std::string& op : SplitOps(text)) all.push_back(std::move(op));
  }
  return all;
}

Severity SeverityOf(std::string_view name) {
  for (const Severity severity : {Severity::kLow, Severity::kMedium, Severity::kHigh, Severity::kCritical}) {
    if (Name(severity) == name) return severity;
  }
  return Severity::kInfo;
}

class ScanCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override {
    models_.Declare(flags);
    flags.Add("tag-set", "TAGS", &tag_set_, "the graph with exactly these tags (default: all graphs)");
    flags.Add("op-denylist", "OPS", &deny_, "ops or globs, comma-separated, to report whatever they do");
    flags.Add("op-allowlist", "OPS", &allow_, "ops or globs that are fine here; goes before --op-denylist");
    flags.Add("severity-threshold", "LEVEL", &threshold_, "report nothing milder").choices = {kThresholds.begin(),
                                                                                              kThresholds.end()};
    flags.Switch("list-ops", &list_ops_, "the ops that a scan knows, and why it reports them");
  }

  Result<int> Run(Env& env) override {
    if (env.saved_model_cli()) return RunAsSavedModelCli(env);
    if (list_ops_) return ListOps(env);
    return ScanModels(env);
  }

 private:
  Result<int> ListOps(Env& env) const {
    Report report;
    report.schema = "smcli.scan-ops/1";
    Table table{
        {{"op", "op"}, {"severity", "severity"}, {"rule", "rule"}, {"otherwise", "else"}, {"purpose", "purpose"}},
        {},
        ""};
    for (const Hazard& hazard : AllHazards()) {
      const ScanRule& rule = ScanRuleOf(hazard.rule);
      table.Add({Value::Text(hazard.name), Value::Text(Name(rule.severity)), Value::Text(rule.name),
                 hazard.otherwise ? Value::Text(ScanRuleOf(*hazard.otherwise).name) : Value(),
                 Value::Text(rule.purpose)});
    }
    report.Add("ops", "Ops", Value::Of(std::move(table)));
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return 0;
  }

  // Those of --tag-set, else all.
  Result<std::vector<const MetaGraph*>> MetaGraphsOf(const SavedModel& model) const {
    std::vector<const MetaGraph*> meta_graphs;
    if (tag_set_) {
      SMCLI_ASSIGN_OR_RETURN(const MetaGraph* meta_graph, FindMetaGraphByTagSet(model, *tag_set_));
      meta_graphs.push_back(meta_graph);
    } else {
      for (const auto& meta_graph : model.meta_graphs()) meta_graphs.push_back(meta_graph.get());
    }
    return meta_graphs;
  }

  Result<ScanAnswer> ScanModel(Env& env, const std::string& path) const {
    SMCLI_ASSIGN_OR_RETURN(const SavedModel model, OpenSavedModel(env, path));
    SMCLI_ASSIGN_OR_RETURN(const auto meta_graphs, MetaGraphsOf(model));
    ScanAnswer answer{path, model.file(), {}};
    const ScanOptions options{SplitAll(deny_), SplitAll(allow_), SeverityOf(threshold_)};
    Result<ScanResult> result = smcli::Scan(meta_graphs, options);
    if (!result.ok()) return std::move(result).Annotate(path).error();
    answer.result = *std::move(result);
    return answer;
  }

  // Models that fail are told on stderr; the first failure is the status, after all that could be scanned was said.
  Result<int> ScanModels(Env& env) const {
    std::vector<ScanAnswer> answers;
    std::optional<Error> failure;
    const std::vector<std::string> paths = models_.Paths();
    for (const std::string& path : paths) {
      Result<ScanAnswer> answer = ScanModel(env, path);
      if (answer.ok()) {
        answers.push_back(*std::move(answer));
      } else if (!failure) {
        failure = std::move(answer).error();
      } else {
        env.Warn(answer.error().message());
      }
    }
    if (answers.empty() && failure) return *std::move(failure);
    SMCLI_RETURN_IF_ERROR(Write(env, answers, paths.size() > 1));
    if (failure) return *std::move(failure);
    return std::ranges::any_of(answers, [](const ScanAnswer& a) { return a.result.found(); }) ? 1 : 0;
  }

  static Status Write(Env& env, const std::vector<ScanAnswer>& answers, bool several) {
    if (const FindingPrinter* printer = FindFindingPrinter(env.format)) {
      std::string text;
      printer->print(ScanFindings(answers, kVersion), &text);
      return env.out->Write(text);
    }
    Report report;
    report.schema = "smcli.scan/1";
    const bool notes = env.verbosity > 0;
    if (several && env.format == "json") {
      Value::List models;
      for (const ScanAnswer& answer : answers) models.push_back(Value::Of(DescribeScan(answer, notes)));
      report.Add("models", "models", Value::Of(std::move(models)));
      return env.Print(report);
    }
    for (const ScanAnswer& answer : answers) {
      if (&answer != &answers.front()) SMCLI_RETURN_IF_ERROR(env.out->Write("\n"));
      report.fields = DescribeScan(answer, notes);
      SMCLI_RETURN_IF_ERROR(env.Print(report));
    }
    return {};
  }

  // Byte for byte what TensorFlow's program prints; what it finds does not change the status there.
  Result<int> RunAsSavedModelCli(Env& env) const {
    if (!models_.given()) return UsageError("saved_model_cli scan needs --dir");
    std::vector<std::string> denied = {"PrintV2", "ReadFile", "WriteFile"};
    if (!deny_.empty() && !deny_.back().empty()) denied = SplitOps(deny_.back());
    std::ranges::sort(denied);
    denied.erase(std::unique(denied.begin(), denied.end()), denied.end());
    const std::vector<std::string_view> all(denied.begin(), denied.end());
    SMCLI_ASSIGN_OR_RETURN(const std::string path, models_.OnlyPath());
    SMCLI_ASSIGN_OR_RETURN(const SavedModel model, OpenSavedModel(env, path));
    std::vector<const MetaGraph*> meta_graphs;
    if (tag_set_ && !tag_set_->empty()) {
      SMCLI_ASSIGN_OR_RETURN(meta_graphs, MetaGraphsOf(model));
    } else {
      for (const auto& meta_graph : model.meta_graphs()) meta_graphs.push_back(meta_graph.get());
    }
    for (const MetaGraph* meta_graph : meta_graphs) {
      SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string_view> used, OpsUsedBy(*meta_graph));
      std::vector<std::string_view> found;
      std::ranges::set_intersection(all, used, std::back_inserter(found));
      const std::string line = fmt::format(
          "MetaGraph with tag set {} {}: {}\n", TagListText(*meta_graph),
          found.empty() ? "does not contain the default denylisted ops" : "contains the following denylisted ops",
          OpSetText(found.empty() ? all : found));
      SMCLI_RETURN_IF_ERROR(env.out->Write(line));
    }
    return 0;
  }

  ModelArguments models_;
  std::optional<std::string> tag_set_;
  std::vector<std::string> deny_;
  std::vector<std::string> allow_;
  std::string threshold_ = "info";
  bool list_ops_ = false;
};

constexpr Example kExamples[] = {
    {"smcli scan MODEL", "what the model does besides computing"},
    {"smcli scan MODEL -v", "the usual things too: its saver, its vocabularies"},
    {"smcli scan MODEL --format sarif", "the same for code review"},
    {"smcli scan MODEL --op-allowlist PrintV2", "this model may print"},
    {"smcli scan MODEL --op-denylist '*' --op-allowlist 'Const,MatMul,Placeholder'", "these ops, and no others"},
    {"smcli scan --dir MODEL --format saved_model_cli", "the words of TensorFlow's saved_model_cli"},
};

constexpr JsonKey kJson[] = {
    {"model", "string", "as it was typed"},
    {"models", "report[]", "of several models: the keys here, for each of them; then nothing else"},
    {"counts", "Counts", "findings by severity"},
    {"Counts.critical", "integer", ""},
    {"Counts.high", "integer", ""},
    {"Counts.medium", "integer", ""},
    {"Counts.low", "integer", ""},
    {"Counts.info", "integer", ""},
    {"scanned", "Scanned", "what was looked at"},
    {"Scanned.meta_graphs", "integer", ""},
    {"Scanned.functions", "integer", ""},
    {"Scanned.nodes", "integer", ""},
    {"omitted", "integer", "findings beyond the first ten thousand"},
    {"findings", "ScanFinding[]", "the worst first"},
    {"ScanFinding.op", "string", ""},
    {"ScanFinding.severity", "string", "critical, high, medium, low, info"},
    {"ScanFinding.rule", "string", ""},
    {"ScanFinding.where", "string", "meta-graph > function > node"},
    {"ScanFinding.tags", "string", "of the meta-graph, joined by commas"},
    {"ScanFinding.function", "string?", "null: the main graph"},
    {"ScanFinding.node", "string", ""},
    {"ScanFinding.message", "string", ""},
    {"ScanFinding.paths", "string[]", "constant file names, addresses and tokens that the op is given"},
    {"ScanFinding.reached_from", "Route[]", "what runs the node; empty: nothing that the model offers"},
    {"ScanFinding.fix", "string", ""},
    {"Route.kind", "string", "signature, init op, function, saver"},
    {"Route.name", "string", "of what starts it"},
    {"Route.functions", "string[]", "called one by the other"},
    {"scan-ops:ops", "ScanOp[]", "--list-ops"},
    {"ScanOp.op", "string", ""},
    {"ScanOp.severity", "string", ""},
    {"ScanOp.rule", "string", ""},
    {"ScanOp.otherwise", "string?", "the rule where that one does not hold: a path of the saver, an asset"},
    {"ScanOp.purpose", "string", ""},
};

constexpr std::string_view kFormats[] = {"text",   "json",   "markdown", "junit",
                                         "github", "gitlab", "sarif",    "saved_model_cli"};

}  // namespace

extern const Command kScan = {
    .name = "scan",
    .summary = "ops that touch files, the network or code outside of the model",
    .description =
        "Looks at every op of every graph, function, branch, loop body and function of a dataset, whether a signature "
        "reaches it or not, and says what runs it and which files it names. The saver and tables that are read from "
        "assets are what every model has, and are no findings. The exit status is 1 when something is found.\n\n"
        "Nothing is run. A scan is no sandbox: run a model that you do not trust in one.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<ScanCommand>,
    .json = kJson,
};

}  // namespace smcli
