// convert: a model in another form.
#include <fmt/format.h>

#include "base/file.h"
#include "cli/batch_list.h"
#include "cli/command.h"
#include "cli/conversion.h"
#include "cli/conversion_check.h"
#include "cli/convert_batch.h"
#include "cli/convert_flags.h"
#include "cli/convert_tables.h"
#include "cli/json_keys.h"

namespace smcli {
namespace {

class ConvertCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { flags_.Declare(flags); }

  Result<int> Run(Env& env) override {
    if (flags_.list_targets) return Print(env, ListTargets());
    if (flags_.list_passes) return Print(env, ListPasses());
    SMCLI_ASSIGN_OR_RETURN(const ConvertOptions options, flags_.Read());
    if (flags_.plan) {
      SMCLI_ASSIGN_OR_RETURN(const std::string path, flags_.models.OnlyPath());
      SMCLI_ASSIGN_OR_RETURN(const Report report, PlanConversion(env, options, path));
      return Print(env, report);
    }
    if (!flags_.to) return UsageError("convert needs --to TARGET; --list-targets shows the targets");
    SMCLI_ASSIGN_OR_RETURN(const Converter* converter, FindConverter(*flags_.to));
    SMCLI_RETURN_IF_ERROR(CheckFlags(*converter, options));
    const ConversionOrder order{converter, options};
    return flags_.is_batch() ? Batch(env, order) : Single(env, order);
  }

 private:
  static Result<int> Print(Env& env, const Report& report) {
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return 0;
  }

  Result<int> Single(Env& env, const ConversionOrder& order) {
    if (env.output.empty()) return UsageError("convert needs -o OUT");
    SMCLI_ASSIGN_OR_RETURN(const std::string path, flags_.models.OnlyPath());
    const bool runs = order.converter->name == "savedmodel" || order.converter->name == "frozen";
    if (flags_.verify > 0 && !runs) {
      return UsageError("--verify runs graphs, and --to {} makes none; savedmodel and frozen do",
                        order.converter->name);
    }
    if (flags_.verify > 0 && env.output == kStdoutPath) {
      return UsageError("--verify runs what was written, and stdout cannot be read again; name a file");
    }
    SMCLI_RETURN_IF_ERROR(RunConversion(env, order, path, env.output));
    return flags_.verify > 0 ? Verify(env, order, path) : 0;
  }

  // The result stays where it is, whatever comes out.
  Result<int> Verify(Env& env, const ConversionOrder& order, const std::string& path) {
    const ConvertOptions& options = order.options;
    const bool rounded = !options.weights.empty();
    ConversionCheck check;
    check.source = path;
    check.result = env.output;
    check.tags = options.tags;
    check.signatures = options.signatures;
    check.frozen = order.converter->name == "frozen";
    check.dropped = options.drop_signature;
    check.rename_signature = options.rename_signature;
    check.rename_input = options.rename_input;
    check.rename_output = options.rename_output;
    // What was rounded on purpose is not held against the result.
    check.atol = flags_.atol.empty() && rounded ? std::vector<std::string>{"0.02"} : flags_.atol;
    check.rtol = flags_.rtol.empty() && rounded ? std::vector<std::string>{"0.02"} : flags_.rtol;
    check.times = flags_.verify;
    SMCLI_ASSIGN_OR_RETURN(const ConversionVerdict verdict, CheckConversion(env, check));
    SMCLI_RETURN_IF_ERROR(env.Print(verdict.report));
    return verdict.passed ? 0 : 1;
  }

  Result<int> Batch(Env& env, const ConversionOrder& order) {
    if (flags_.verify > 0) return UsageError("--verify is for one model at a time");
    if (!env.output.empty()) return UsageError("a batch goes to --outdir DIR, not to -o");
    BatchOptions options;
    SMCLI_ASSIGN_OR_RETURN(options.models, ReadBatchList(env, flags_.batch));
    if (flags_.models.given()) {
      const std::vector<std::string> more = flags_.models.Paths();
      options.models.insert(options.models.end(), more.begin(), more.end());
    }
    options.outdir = flags_.outdir.value_or("");
    options.jobs = flags_.jobs;
    options.keep_going = flags_.keep_going;
    options.skip_existing = flags_.skip_existing;
    options.report = flags_.report;
    return RunBatch(env, order, options);
  }

  ConvertFlags flags_;
};

constexpr Example kExamples[] = {
    {"smcli convert MODEL --to npz -o weights.npz", "the weights for NumPy"},
    {"smcli convert MODEL --to safetensors --strip-training -o weights.safetensors", "without optimizer slots"},
    {"smcli convert MODEL --to frozen --signature serving_default -o frozen.pb", "one graph with its weights inside"},
    {"smcli convert MODEL --to checkpoint --shards 4 -o out/ckpt", "the weights in four data files"},
    {"smcli convert --batch models/ --to npz --outdir out --keep-going", "every model of a folder"},
    {"smcli convert MODEL --plan", "what each target would lack"},
};

constexpr std::string_view kFormats[] = {"text", "json", "markdown"};

}  // namespace

extern const Command kConvert = {
    .name = "convert",
    .summary = "a model in another form: weights, slimmer models, text",
    .description =
        "Makes what --to names at -o. The same input gives the same bytes. Nothing is overwritten without --overwrite, "
        "nothing is written into the model that is read, and a failure leaves nothing behind.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<ConvertCommand>,
    .json = kConvertJson,
    .owns_output = true,
};

}  // namespace smcli
