// diff: what differs between two models, and whom it breaks.
#include <fmt/format.h>

#include "base/thread_pool.h"
#include "cli/behaviour_run.h"
#include "cli/command.h"
#include "cli/diff_options.h"
#include "cli/json_keys.h"
#include "cli/program.h"
#include "diff/describe_diff.h"
#include "diff/describe_rules.h"
#include "diff/html_report.h"
#include "diff/rules.h"
#include "report/findings.h"
#include "report/rule_pages.h"

namespace smcli {
namespace {

// Rows of a table that a person at a terminal gets to see without -v.
constexpr size_t kRowsAtTerminal = 40;

class DiffCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { flags_.Declare(flags); }

  Result<int> Run(Env& env) override {
    if (flags_.list_rules || flags_.explain) return PrintRules(env);
    SMCLI_ASSIGN_OR_RETURN(const DiffFlags::Paths paths, flags_.Models());
    SMCLI_ASSIGN_OR_RETURN(const DiffFlags::Settings settings, flags_.Read(env));
    return Compare(env, paths, settings);
  }

 private:
  Result<int> PrintRules(Env& env) const {
    const std::vector<FindingRule> rules = DescribeBreakingRules(AllRules());
    const RuleBook book{"diff", "categories", "breaks", false, rules};
    const std::optional<std::string> none;
    SMCLI_ASSIGN_OR_RETURN(const Report report, DescribeRules(book, flags_.list_rules ? none : flags_.explain));
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return 0;
  }

  Result<int> Compare(Env& env, const DiffFlags::Paths& paths, const DiffFlags::Settings& settings) {
    SMCLI_ASSIGN_OR_RETURN(const ModelSide before, Open(env, paths.before));
    SMCLI_ASSIGN_OR_RETURN(const ModelSide after, Open(env, paths.after));
    ThreadPool threads(env.ThreadCount());
    SMCLI_ASSIGN_OR_RETURN(const ModelDiff diff, DiffModels(*env.files, before, after, settings.options, threads));
    std::optional<BehaviourDiff> behaviour;
    if (flags_.behaviour || flags_.bisect) {
      SMCLI_ASSIGN_OR_RETURN(behaviour,
                             RunBoth(env, flags_, before, after, settings.options.weights.tolerances, threads));
    }
    DiffAnswer answer{before, after, diff, settings.policy, settings.policy.Select(diff.breakages)};
    if (behaviour) answer.behaviour = &*behaviour;
    if (env.format == "text" && env.out_terminal.interactive && env.verbosity <= 0) answer.row_limit = kRowsAtTerminal;
    SMCLI_RETURN_IF_ERROR(Write(env, answer));
    if (!diff.faults.empty()) return Faults(env, diff.faults);
    return Status(answer);
  }

  static Result<ModelSide> Open(Env& env, const std::string& path) {
    SMCLI_ASSIGN_OR_RETURN(ModelSide side, OpenSide(*env.files, path));
    if (side.model) {
      for (const std::string& note : side.model->notes()) env.Note(note);
    }
    return side;
  }

  static smcli::Status Write(Env& env, const DiffAnswer& answer) {
    if (const FindingPrinter* printer = FindFindingPrinter(env.format)) {
      std::string text;
      printer->print(DiffFindings(answer, kVersion), &text);
      return env.out->Write(text);
    }
    if (env.format == "html") return env.out->Write(HtmlReport(answer, kVersion));
    return env.Print(DescribeDiff(answer));
  }

  // What could be compared was said; what could not is why the command fails.
  static Error Faults(Env& env, const std::vector<Error>& faults) {
    for (size_t i = 1; i < faults.size(); ++i) env.Warn(faults[i].message());
    return faults[0];
  }

  int Status(const DiffAnswer& answer) const {
    if (flags_.exit_zero) return 0;
    if (answer.policy.asked()) return answer.breaking.counted.empty() ? 0 : 1;
    return answer.identical() ? 0 : 1;
  }

  DiffFlags flags_;
};

constexpr Example kExamples[] = {
    {"smcli diff OLD NEW", "interface, graph, weights, assets: what differs"},
    {"smcli diff OLD NEW --breaking PREDICT", "exit with 1 when gRPC clients of OLD would break"},
    {"smcli diff OLD NEW --breaking REST --format sarif", "the broken rules for code review"},
    {"smcli diff OLD NEW --only weights --atol 1e-6", "weights that moved by more than that"},
    {"smcli diff --explain SIGNATURE_INPUT_NO_ADD_JSON", "why a rule is there, and what to do"},
};

constexpr std::string_view kFormats[] = {"text", "json", "markdown", "junit", "github", "gitlab", "sarif", "html"};

}  // namespace

extern const Command kDiff = {
    .name = "diff",
    .summary = "what differs between two models, and whom it breaks",
    .description =
        "Compares interface, graph, weights and assets. Two saves of one model are equal: generated names, node order, "
        "defaults, shards and the saver do not count. The exit status is 0 when nothing differs, else 1.\n\n"
        "With --breaking it is 1 only when NEW breaks those who rely on OLD: loaders (LOAD), gRPC and library clients "
        "(PREDICT), clients of TensorFlow Serving's JSON API (REST), programs that go by tensor names (GRAPH).",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<DiffCommand>,
    .json = kDiffJson,
};

}  // namespace smcli
