#include "convert/convert_options.h"

#include <algorithm>

#include "base/text.h"
#include "convert/converter.h"

namespace smcli {
namespace {

using Options = ConvertOptions;

constexpr TargetFlag kTargetFlags[] = {
    {"add-signature", [](const Options& options) { return !options.add_signature.empty(); }},
    {"compress", [](const Options& options) { return !options.compress.empty(); }},
    {"dedup", [](const Options& options) { return options.dedup; }},
    {"drop-signature", [](const Options& options) { return !options.drop_signature.empty(); }},
    {"input-shape", [](const Options& options) { return !options.input_shape.empty(); }},
    {"lower-control-flow", [](const Options& options) { return options.lower_control_flow; }},
    {"match", [](const Options& options) { return !options.match.empty(); }},
    {"names", [](const Options& options) { return !options.names.empty(); }},
    {"passes", [](const Options& options) { return options.passes.has_value(); }},
    {"prune", [](const Options& options) { return options.prune; }},
    {"quantize", [](const Options& options) { return !options.quantize.empty(); }},
    {"rename-input", [](const Options& options) { return !options.rename_input.empty(); }},
    {"rename-output", [](const Options& options) { return !options.rename_output.empty(); }},
    {"rename-signature", [](const Options& options) { return !options.rename_signature.empty(); }},
    {"representative", [](const Options& options) { return !options.representative.empty(); }},
    {"set-default", [](const Options& options) { return !options.set_default.empty(); }},
    {"set-tags", [](const Options& options) { return options.set_tags.has_value(); }},
    {"shards", [](const Options& options) { return options.shards != 1; }},
    {"signature", [](const Options& options) { return !options.signatures.empty(); }},
    {"skip-passes", [](const Options& options) { return !options.skip_passes.empty(); }},
    {"strip-training", [](const Options& options) { return options.strip_training; }},
    {"weights", [](const Options& options) { return !options.weights.empty(); }},
    {"weights-from", [](const Options& options) { return !options.weights_from.empty(); }},
};

std::string TargetsThatHonour(std::string_view flag) {
  std::vector<std::string_view> names;
  for (const Converter* converter : AllConverters()) {
    if (converter->Honours(flag)) names.push_back(converter->name);
  }
  return names.empty() ? "no target does yet" : fmt::format("these do: {}", fmt::join(names, ", "));
}

}  // namespace

std::span<const TargetFlag> TargetFlags() { return kTargetFlags; }

Status CheckFlags(const Converter& converter, const ConvertOptions& options) {
  for (const TargetFlag& flag : kTargetFlags) {
    if (!flag.given(options) || converter.Honours(flag.name)) continue;
    return UsageError("--to {} does nothing with --{}; {}", converter.name, flag.name, TargetsThatHonour(flag.name));
  }
  return {};
}

}  // namespace smcli
