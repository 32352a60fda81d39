// ops: what the executor can run.
#include <fmt/format.h>

#include "base/text.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/reference.h"
#include "model/op_defs.h"
#include "ops/registry.h"
#include "report/report.h"

namespace smcli {
namespace {

std::string_view ToleranceName(Tolerance tolerance) {
  switch (tolerance) {
    case Tolerance::kExact: return "exact";
    case Tolerance::kRounding: return "rounding";
    case Tolerance::kRandom: return "random";
  }
  return "";
}

// "float, double" of the dtypes that a constraint allows.
std::string TypeList(DataTypeSet types) {
  std::string out;
  for (int number = 1; number < kNumDataTypes; ++number) {
    const auto dtype = static_cast<DataType>(number);
    if (!types.Contains(dtype)) continue;
    if (!out.empty()) out += ", ";
    out += Name(dtype);
  }
  return out;
}

// "T: float, double; Tidx: int32, int64"; empty where the op takes all that its definition allows.
std::string Types(const Op& op) {
  std::string out;
  for (const TypeConstraint& constraint : op.types) {
    if (constraint.attr.empty()) continue;
    if (!out.empty()) out += "; ";
    out += fmt::format("{}: {}", constraint.attr, TypeList(constraint.types));
  }
  return out.empty() ? "all" : out;
}

class OpsCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override {
    flags.Positional("[OP...]", &patterns_, "ops by name, or globs: 'Conv*' (default: all)");
  }

  Result<int> Run(Env& env) override {
    Table table;
    table.columns = {{"op", "op"}, {"types", "types"}, {"tolerance", "against TensorFlow"}};
    std::vector<bool> used(patterns_.size());
    for (const Op* op : AllOps()) {
      if (!Wanted(op->name, used)) continue;
      table.Add({Value::Text(op->name), Value::Text(Types(*op)), Value::Text(ToleranceName(op->tolerance))});
    }
    for (size_t i = 0; i < patterns_.size(); ++i) {
      if (!used[i]) return Unknown(patterns_[i]);
    }
    Report report;
    report.schema = "smcli.ops/1";
    report.Add("count", "", Value::Count(static_cast<int64_t>(table.rows.size())));
    table.note = fmt::format("{} ops", table.rows.size());
    report.Add("ops", "ops", Value::Of(std::move(table)));
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return 0;
  }

 private:
  bool Wanted(std::string_view name, std::vector<bool>& used) const {
    bool wanted = patterns_.empty();
    for (size_t i = 0; i < patterns_.size(); ++i) {
      if (!GlobMatches(patterns_[i], name)) continue;
      used[i] = wanted = true;
    }
    return wanted;
  }

  static Error Unknown(const std::string& pattern) {
    std::vector<std::string_view> names;
    for (const Op* op : AllOps()) names.push_back(op->name);
    const std::string_view nearest = NearestName(pattern, names);
    const bool known = IsTensorFlowOp(pattern);
    return UsageError("{} {}{}", known ? "the executor does not have op" : "there is no op", Quoted(pattern),
                      nearest.empty() ? "" : fmt::format("; did you mean {}?", Quoted(nearest)));
  }

  std::vector<std::string> patterns_;
};

constexpr Example kExamples[] = {
    {"smcli ops", "every op that run can execute, with its dtypes"},
    {"smcli ops 'Conv*' MatMul --format json", "some of them, for another program"},
};

constexpr JsonKey kJson[] = {
    {"count", "integer", "ops in the list"},
    {"ops", "Op[]", "by name"},
    {"Op.op", "string", ""},
    {"Op.types", "string", "dtypes by attribute; all: those of the op's definition"},
    {"Op.tolerance", "string", "exact, rounding or random"},
};

constexpr std::string_view kFormats[] = {"text", "json", "markdown", "csv"};

}  // namespace

std::string OpReference() {
  std::string out =
      "# Ops\n\n"
      "Written by `smcli help --reference ops`; do not edit. What `smcli run` can execute: the dtypes of each "
      "attribute\n"
      "(all: those of the op's definition), and how its answers compare with TensorFlow's.\n\n"
      "| op | types | against TensorFlow |\n|---|---|---|\n";
  for (const Op* op : AllOps())
    out += fmt::format("| {} | {} | {} |\n", op->name, Types(*op), ToleranceName(op->tolerance));
  return out;
}

extern const Command kOps = {
    .name = "ops",
    .summary = "the ops that run can execute",
    .description =
        "Read off the table that the executor itself uses. 'exact' ops give TensorFlow's bits, 'rounding' ones differ "
        "in the last "
        "digits, 'random' ones where TensorFlow's own answer changes from run to run. 'all' types are those of the "
        "op's definition.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<OpsCommand>,
    .json = kJson,
};

}  // namespace smcli
