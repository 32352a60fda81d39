#include "cli/diff_options.h"

#include <array>
#include <charconv>

#include "base/file.h"
#include "base/lookup.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/run_options.h"
#include "diff/config.h"
#include "diff/rules.h"

namespace smcli {
namespace {

constexpr uint64_t kMaxConfigBytes = 1 << 20;

struct AreaName {
  std::string_view name;
  Areas areas;
};
constexpr std::array<AreaName, 6> kAreaNames = {{{"signatures", kInterfaceArea},
                                                 {"interface", kInterfaceArea},
                                                 {"graph", kGraphArea},
                                                 {"functions", kGraphArea},
                                                 {"weights", kWeightsArea},
                                                 {"assets", kAssetsArea}}};

Result<Areas> ParseAreas(const std::vector<std::string>& words) {
  if (words.empty()) return kAllAreas;
  Areas areas = 0;
  for (const std::string& word : words) {
    Areas found = 0;
    std::vector<std::string_view> names;
    for (const AreaName& area : kAreaNames) {
      names.push_back(area.name);
      if (area.name == word) found = area.areas;
    }
    if (found == 0) return UsageError("unknown area {}{}", Quoted(word), Suggestion(word, names));
    areas |= found;
  }
  return areas;
}

// The last of them; tolerances of single outputs ("y:1e-3") belong to --behaviour.
Result<std::optional<double>> ParseTolerance(std::string_view flag, const std::vector<std::string>& texts) {
  std::optional<double> tolerance;
  for (const std::string& text : texts) {
    if (text.find(':') != text.npos) continue;
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !(value >= 0)) {
      return UsageError("--{} {}: it is a number, 0 or more", flag, Quoted(text));
    }
    tolerance = value;
  }
  return tolerance;
}

// --config, else the settings file in the current folder, else nothing.
Result<DiffConfig> ReadConfig(Env& env, const std::optional<std::string>& path) {
  const std::string name = path.value_or(std::string(kDiffConfigName));
  if (!path && !env.files->Exists(name)) return DiffConfig();
  SMCLI_ASSIGN_OR_RETURN(const std::string text, env.files->Read(name, kMaxConfigBytes));
  if (!path) env.Note(fmt::format("settings are those of {}", name));
  SMCLI_ASSIGN_OR_RETURN(DiffConfig config, ParseDiffConfig(text, name));
  // Once more with the flags' words, but here it is known that the file is at fault.
  SMCLI_RETURN_IF_ERROR(BreakingPolicy::Make(config.breaking).Annotate(name));
  SMCLI_RETURN_IF_ERROR(ParseAreas(config.only).Annotate(name));
  return config;
}

}  // namespace

void DiffFlags::Declare(Flags& flags) {
  flags.Positional("OLD NEW", &models, "two SavedModels, checkpoints or frozen graphs");
  flags.Add("against", "OLD", &against, "the older model, where NEW stands alone");
  graph.Declare(flags);
  flags.Add("only", "AREAS", &only, "signatures, graph, functions, weights, assets: compare these alone").offers = {
      "signatures", "graph", "functions", "weights", "assets"};
  flags.Add("atol", "X", &atol, "weights may move by X");
  flags.Add("rtol", "X", &rtol, "or by X times their size");
  flags.Switch("fast", &fast, "equal checksums in the index stand for equal weights");
  flags.Switch("exit-zero", &exit_zero, "exit with 0 although something differs");
  flags.Group("Breaking changes");
  flags
      .Add("breaking", "CATEGORY", &breaking, "LOAD, PREDICT, REST, GRAPH, all, or a rule: exit with 1 for these alone")
      .offers = {"LOAD", "PREDICT", "REST", "GRAPH", "all"};
  flags.Add("except", "RULE", &except, "a rule or category that does not count").offers = NamesOf(AllRules());
  flags.Add("ignore", "RULE=GLOB", &ignore, "places where a rule does not count");
  flags.Add("config", "FILE", &config, "settings (default: smcli-diff.yaml in the current folder)");
  flags.Switch("list-rules", &list_rules, "all rules, with their categories");
  flags.Add("explain", "RULE", &explain, "why a rule is there, and what to do").offers = NamesOf(AllRules());
  flags.Group("Behaviour");
  flags.Switch("behaviour,behavior", &behaviour, "run both models on the same inputs and compare their outputs");
  flags.Switch("bisect", &bisect, "name the first node that gives another value");
  inputs.Declare(flags);
  limits.Declare(flags);
}

Result<DiffFlags::Paths> DiffFlags::Models() const {
  if (against && models.size() == 1) return Paths{*against, models[0]};
  if (!against && models.size() == 2) return Paths{models[0], models[1]};
  return UsageError("diff takes two models, OLD and NEW, and got {}",
                    models.size() + static_cast<size_t>(against.has_value()));
}

Result<DiffFlags::Settings> DiffFlags::Read(Env& env) const {
  SMCLI_ASSIGN_OR_RETURN(DiffConfig file, ReadConfig(env, config));
  Settings settings;
  SMCLI_ASSIGN_OR_RETURN(settings.options.areas, ParseAreas(only.empty() ? file.only : SplitCommas(only)));
  settings.options.tags = graph.Tags();
  SMCLI_ASSIGN_OR_RETURN(const auto absolute, ParseTolerance("atol", atol));
  SMCLI_ASSIGN_OR_RETURN(const auto relative, ParseTolerance("rtol", rtol));
  settings.options.weights.tolerances.atol = absolute ? *absolute : file.atol.value_or(0);
  settings.options.weights.tolerances.rtol = relative ? *relative : file.rtol.value_or(0);
  settings.options.weights.fast = fast;
  BreakingWords words = std::move(file.breaking);
  if (!breaking.empty()) words.use = SplitCommas(breaking);
  for (std::string& word : SplitCommas(except)) words.except.push_back(std::move(word));
  for (const std::string& text : ignore) {
    SMCLI_ASSIGN_OR_RETURN(BreakingWords::Ignore one, ParseIgnore(text));
    words.ignore.push_back(std::move(one));
  }
  SMCLI_ASSIGN_OR_RETURN(settings.policy, BreakingPolicy::Make(words));
  return settings;
}

}  // namespace smcli
