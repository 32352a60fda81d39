// convert: a model in another form.
#include <fmt/format.h>

#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/convert_flags.h"
#include "cli/opened_model.h"
#include "convert/driver.h"

namespace smcli {
namespace {

class EnvNotices : public Notices {
 public:
  explicit EnvNotices(Env& env) : env_(env) {}
  void Warn(std::string_view message) override { env_.Warn(message); }

 private:
  Env& env_;
};

class ConvertCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { flags_.Declare(flags); }

  Result<int> Run(Env& env) override {
    if (!flags_.to) return UsageError("convert needs --to TARGET; --list-targets shows the targets");
    SMCLI_ASSIGN_OR_RETURN(const Converter* converter, FindConverter(*flags_.to));
    SMCLI_ASSIGN_OR_RETURN(const ConvertOptions options, flags_.Read());
    if (env.output.empty()) return UsageError("convert needs -o OUT");
    SMCLI_RETURN_IF_ERROR(CheckFlags(*converter, options));
    SMCLI_ASSIGN_OR_RETURN(const std::string path, flags_.models.OnlyPath());
    SMCLI_ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(env, path));
    ConvertSource source;
    source.path = path;
    if (converter->reads_variables) {
      SMCLI_ASSIGN_OR_RETURN(source.variables, opened.Variables(env));
    }
    if (opened.model) {
      source.model = &*opened.model;
      SMCLI_ASSIGN_OR_RETURN(source.graph, opened.model->PickMetaGraph(options.tags));
    }
    ThreadPool pool(env.threads > 0 ? static_cast<int>(env.threads) : AvailableCores());
    EnvNotices notices(env);
    const ConvertRequest request{*converter, source, options, env.output, env.overwrite};
    SMCLI_RETURN_IF_ERROR(Convert(request, *env.files, pool, notices));
    return 0;
  }

 private:
  ConvertFlags flags_;
};

constexpr Example kExamples[] = {
    {"smcli convert MODEL --to npz -o weights.npz", "the weights for NumPy"},
};

constexpr std::string_view kFormats[] = {"text", "json"};

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
    .owns_output = true,
};

}  // namespace smcli
