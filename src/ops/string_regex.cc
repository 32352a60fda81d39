// RegexReplace, RegexFullMatch and their static forms, with RE2, the engine that TensorFlow uses.
#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <string>

#include "ops/expect.h"
#include "ops/op.h"

namespace smcli {
namespace {

Result<std::unique_ptr<RE2>> Compile(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_unique<RE2>(pattern, options);
  if (!regex->ok()) return ModelError("invalid pattern: {}, error: {}", pattern, regex->error());
  return regex;
}

Status ReplaceAll(KernelContext& ctx, const RE2& regex, const std::string& rewrite, bool global) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
  const auto texts = output->mutable_flat<std::string>();
  std::ranges::copy(input.flat<std::string>(), texts.begin());
  for (std::string& text : texts) {
    // A rewrite that names a group the pattern lacks leaves the text as it is.
    if (global) {
      RE2::GlobalReplace(&text, regex, rewrite);
    } else {
      RE2::Replace(&text, regex, rewrite);
    }
  }
  return {};
}

Status MatchAll(KernelContext& ctx, const RE2& regex) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kBool, input.shape()));
  std::ranges::transform(input.flat<std::string>(), output->mutable_data<bool>(),
                         [&](const std::string& text) { return RE2::FullMatch(text, regex); });
  return {};
}

class RegexReplace final : public Kernel {
 public:
  static Result<RegexReplace> Make(const NodeInfo& node) {
    RegexReplace kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.global_, node.attrs.Bool("replace_global"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const std::string pattern, ScalarOf<std::string>(ctx.input(1), "pattern"));
    SMCLI_ASSIGN_OR_RETURN(const std::string rewrite, ScalarOf<std::string>(ctx.input(2), "rewrite"));
    SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<RE2> regex, Compile(pattern));
    return ReplaceAll(ctx, *regex, rewrite, global_);
  }

 private:
  bool global_ = true;
};

class StaticRegexReplace final : public Kernel {
 public:
  static Result<StaticRegexReplace> Make(const NodeInfo& node) {
    StaticRegexReplace kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string pattern, node.attrs.String("pattern"));
    SMCLI_ASSIGN_OR_RETURN(kernel.rewrite_, node.attrs.String("rewrite"));
    SMCLI_ASSIGN_OR_RETURN(kernel.global_, node.attrs.Bool("replace_global"));
    SMCLI_ASSIGN_OR_RETURN(kernel.regex_, Compile(pattern));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override { return ReplaceAll(ctx, *regex_, rewrite_, global_); }

 private:
  std::unique_ptr<RE2> regex_;
  std::string rewrite_;
  bool global_ = true;
};

Status RegexFullMatch(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const std::string pattern, ScalarOf<std::string>(ctx.input(1), "pattern"));
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<RE2> regex, Compile(pattern));
  return MatchAll(ctx, *regex);
}

class StaticRegexFullMatch final : public Kernel {
 public:
  static Result<StaticRegexFullMatch> Make(const NodeInfo& node) {
    StaticRegexFullMatch kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string pattern, node.attrs.String("pattern"));
    SMCLI_ASSIGN_OR_RETURN(kernel.regex_, Compile(pattern));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override { return MatchAll(ctx, *regex_); }

 private:
  std::unique_ptr<RE2> regex_;
};

constexpr Op kOps[] = {
    {.name = "RegexFullMatch", .types = {}, .make = MakeFunctionKernel<RegexFullMatch>},
    {.name = "RegexReplace", .types = {}, .make = MakeKernel<RegexReplace>},
    {.name = "StaticRegexFullMatch", .types = {}, .make = MakeKernel<StaticRegexFullMatch>},
    {.name = "StaticRegexReplace", .types = {}, .make = MakeKernel<StaticRegexReplace>},
};

}  // namespace

std::span<const Op> StringRegexOps() { return kOps; }

}  // namespace smcli
