// check: what makes a model fail later, found before it is uploaded.
#include <fmt/format.h>

#include <mutex>

#include "base/text.h"
#include "base/thread_pool.h"
#include "check/check_model.h"
#include "check/describe_check.h"
#include "cli/check_options.h"
#include "cli/command.h"
#include "cli/program.h"
#include "cli/reference.h"
#include "cli/status_lines.h"
#include "report/rule_pages.h"

namespace smcli {
namespace {

RuleBook CheckBook(std::span<const FindingRule> rules) { return {"check", "profiles", "profiles", true, rules}; }

// A line on a terminal that says how far the checksums are.
class ProgressLine final : public CheckProgress {
 public:
  explicit ProgressLine(Env& env) : lines_(env) {}

  void Update(std::string_view what, int64_t done, int64_t total) override {
    lines_.Show({fmt::format("{}: {} of {}", what, HumanSize(static_cast<uint64_t>(done)),
                             HumanSize(static_cast<uint64_t>(total)))});
  }

 private:
  StatusLines lines_;
};

class CheckCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { flags_.Declare(flags); }

  Result<int> Run(Env& env) override {
    if (flags_.list_rules || flags_.explain) return PrintRules(env);
    SMCLI_ASSIGN_OR_RETURN(const CheckPolicy policy, flags_.Policy());
    std::vector<CheckAnswer> answers;
    std::optional<Error> failure;
    for (const std::string& path : flags_.models.Paths()) {
      auto answer = Check(env, path, policy);
      if (answer.ok()) {
        answers.push_back(*std::move(answer));
      } else {
        if (failure) env.Warn(failure->message());
        failure = std::move(answer).error();
      }
    }
    if (answers.empty()) return *std::move(failure);
    SMCLI_RETURN_IF_ERROR(Write(env, answers, policy));
    if (failure) return *std::move(failure);
    return ExitStatusOf(answers);
  }

 private:
  Result<int> PrintRules(Env& env) const {
    const std::vector<FindingRule> rules = DescribeCheckRules(AllCheckRules());
    const RuleBook book = CheckBook(rules);
    const std::optional<std::string> none;
    SMCLI_ASSIGN_OR_RETURN(const Report report, DescribeRules(book, flags_.list_rules ? none : flags_.explain));
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return 0;
  }

  Result<CheckAnswer> Check(Env& env, const std::string& path, const CheckPolicy& policy) const {
    ThreadPool pool(env.ThreadCount());
    ProgressLine line(env);
    SMCLI_ASSIGN_OR_RETURN(CheckAnswer answer, CheckModel(*env.files, path, policy, {flags_.deep, &line}, pool));
    for (const std::string& note : answer.notes) env.Note(note);
    return answer;
  }

  Status Write(Env& env, const std::vector<CheckAnswer>& answers, const CheckPolicy& policy) const {
    if (const FindingPrinter* printer = FindFindingPrinter(env.format)) {
      std::string text;
      printer->print(CheckFindings(answers, policy, kVersion), &text);
      return env.out->Write(text);
    }
    if (env.format != "text") return env.Print(DescribeCheck(answers, policy, flags_.deep));
    return env.out->Write(CheckText(answers, {.verbose = env.verbosity > 0, .color = env.out_terminal.color}));
  }

  int ExitStatusOf(const std::vector<CheckAnswer>& answers) const {
    if (flags_.exit_zero) return 0;
    const Severity least = flags_.strict ? Severity::kWarning : Severity::kError;
    for (const CheckAnswer& answer : answers) {
      if (answer.HasAtLeast(least)) return 1;
    }
    return 0;
  }

  CheckFlags flags_;
};

constexpr Example kExamples[] = {
    {"smcli check MODEL", "does it load, and can TensorFlow Serving take it?"},
    {"smcli check MODEL --deep --strict", "every checksum; warnings fail too"},
    {"smcli check MODEL --profile rest", "also what the JSON API asks of signatures"},
    {"smcli check models/* --format sarif", "for code review"},
    {"smcli check --explain CHECKPOINT_SHARD_PRESENT", "why a rule is there, and what to do"},
};

constexpr JsonKey kJson[] = {
    {"models", "string[]", "as they were typed"},
    {"profiles", "string[]", "load, serving, rest, smcli"},
    {"deep", "boolean", "were the values of tensors read?"},
    {"errors", "integer", "findings of severity error"},
    {"warnings", "integer", ""},
    {"infos", "integer", ""},
    {"findings", "Finding[]", "worst first"},
    {"Finding.severity", "string", "error, warning, info"},
    {"Finding.rule", "string", ""},
    {"Finding.where", "string", "file and place"},
    {"Finding.file", "string", "below the model as it was typed"},
    {"Finding.place", "string", "in the file: byte, tensor, signature, function and node; may be empty"},
    {"Finding.message", "string", "what is wrong"},
    {"Finding.fix", "string", "what to do"},
    {"check-rules:rules", "RuleRow[]", "--list-rules"},
    {"RuleRow.id", "string", ""},
    {"RuleRow.severity", "string", ""},
    {"RuleRow.profiles", "string[]", ""},
    {"RuleRow.purpose", "string", ""},
    {"check-rule:id", "string", "--explain: the rule"},
    {"check-rule:purpose", "string", ""},
    {"check-rule:severity", "string", ""},
    {"check-rule:profiles", "string[]", ""},
    {"check-rule:reason", "string", ""},
    {"check-rule:fix", "string", ""},
};

constexpr std::string_view kFormats[] = {"text", "json", "markdown", "junit", "github", "gitlab", "sarif"};

}  // namespace

std::string CheckRuleReference() {
  const std::vector<FindingRule> rules = DescribeCheckRules(AllCheckRules());
  return RulesPage(CheckBook(rules));
}

extern const Command kCheck = {
    .name = "check",
    .summary = "what makes a model fail later, found before it is uploaded",
    .description =
        "Looks at every file of a model without running anything: are they whole, does the graph hold together, does "
        "the "
        "checkpoint fit it, do the signatures, are the assets there, will TensorFlow Serving take it? Each finding "
        "names "
        "its rule, the place, the reason and what to do. The exit status is 1 when there is an error, with --strict "
        "also "
        "for a warning.\n\n"
        "Without --deep the values of tensors are not read. Damage is a finding, even when nothing of the model can be "
        "read.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<CheckCommand>,
    .json = kJson,
};

}  // namespace smcli
