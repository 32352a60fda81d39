// hash: a model as one number, equal for two saves of it.
#include <fmt/format.h>

#include <array>

#include "base/lookup.h"
#include "base/thread_pool.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/model_arguments.h"
#include "cli/run_options.h"
#include "diff/model_hash.h"
#include "inspect/describe_files.h"
#include "inspect/describe_model.h"
#include "report/report.h"

namespace smcli {
namespace {

struct Part {
  std::string_view name;
  Areas area;
  std::optional<Digest> ModelHash::*digest;
};
constexpr std::array<Part, 4> kParts = {{{"signatures", kInterfaceArea, &ModelHash::signatures},
                                         {"graph", kGraphArea, &ModelHash::graph},
                                         {"weights", kWeightsArea, &ModelHash::weights},
                                         {"assets", kAssetsArea, &ModelHash::assets}}};

Result<Areas> ParseParts(const std::vector<std::string>& words) {
  Areas areas = 0;
  for (const std::string& word : words) {
    const Part* part = FindByName(kParts, word);
    if (!part) return UnknownNameError("part", Escaped(word), kParts);
    areas |= part->area;
  }
  return areas == 0 ? kAllAreas : areas;
}

// A graph whose variables were left behind has the weights of a model without any.
Status NoteMissingVariables(Env& env, const ModelSide& side) {
  if (!side.model || side.model->frozen() || side.checkpoint || side.checkpoint_fault) return {};
  int64_t variables = 0;
  for (const auto& meta_graph : side.model->meta_graphs()) {
    SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, meta_graph->Outline());
    variables += CountVariables(outline);
  }
  if (variables > 0) {
    env.Note(fmt::format("{}.index: missing; the graph has {}, and none of their values are in the hash",
                         side.model->variables_prefix(), Counted(variables, "variable")));
  }
  return {};
}

class HashCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override {
    models_.Declare(flags);
    flags.Add("by", "PART", &by_, "of signatures, graph, weights or assets alone; several: of them together").offers =
        NamesOf(kParts);
    flags.Switch("fingerprint", &fingerprint_, "also compare fingerprint.pb with the model, field by field");
  }

  Result<int> Run(Env& env) override {
    SMCLI_ASSIGN_OR_RETURN(areas_, ParseParts(SplitCommas(by_)));
    const std::vector<std::string> paths = models_.Paths();
    if (paths.size() == 1) return One(env, paths[0]);
    return Several(env, paths);
  }

 private:
  struct Answer {
    ModelHash hash;
    Value::Object fingerprint;  // empty unless asked for
  };

  Result<Answer> Hash(Env& env, const std::string& path) const {
    SMCLI_ASSIGN_OR_RETURN(const ModelSide side, OpenSide(*env.files, path));
    if (side.model) {
      for (const std::string& note : side.model->notes()) env.Note(note);
    }
    for (const Part& part : kParts) {
      if (areas_ != kAllAreas && (areas_ & part.area) && !(AreasOf(side) & part.area)) {
        return UsageError("{}: a {} has no {} to hash", path, side.KindText(), part.name);
      }
    }
    if (areas_ & kWeightsArea) SMCLI_RETURN_IF_ERROR(NoteMissingVariables(env, side));
    ThreadPool threads(env.ThreadCount());
    Answer answer;
    SMCLI_ASSIGN_OR_RETURN(answer.hash, HashModel(*env.files, side, areas_, threads));
    if (!fingerprint_) return answer;
    if (!side.model) return UsageError("{}: a checkpoint has no fingerprint", path);
    SMCLI_ASSIGN_OR_RETURN(answer.fingerprint, CompareFingerprint(*env.files, *side.model));
    return answer;
  }

  // The whole and its parts; of a single part, itself alone.
  static Value::Object Fields(Answer answer) {
    Value::Object fields;
    const Digest* only = nullptr;
    int parts = 0;
    for (const Part& part : kParts) {
      const std::optional<Digest>& digest = answer.hash.*part.digest;
      parts += digest.has_value();
      if (digest) only = &*digest;
    }
    fields.push_back({"hash", "hash", Value::Text(HexOf(parts == 1 ? *only : answer.hash.whole()))});
    for (const Part& part : kParts) {
      const std::optional<Digest>& digest = answer.hash.*part.digest;
      const std::string name(part.name);
      if (digest) fields.push_back({name, parts == 1 ? "" : name, Value::Text(HexOf(*digest))});
    }
    if (!answer.fingerprint.empty()) {
      fields.push_back({"fingerprint", "fingerprint", Value::Of(std::move(answer.fingerprint))});
    }
    return fields;
  }

  Result<int> One(Env& env, const std::string& path) const {
    SMCLI_ASSIGN_OR_RETURN(Answer answer, Hash(env, path));
    Report report;
    report.schema = "smcli.hash/1";
    report.fields = Fields(std::move(answer));
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return 0;
  }

  // One row per model. Models that fail are told on stderr, and the status is 1.
  Result<int> Several(Env& env, const std::vector<std::string>& paths) const {
    Report report;
    report.schema = "smcli.hash/1";
    Table rows;
    rows.columns = {{"hash", "hash"}, {"model", "model"}};
    Value::List models;
    int status = 0;
    for (const std::string& path : paths) {
      Result<Answer> answer = Hash(env, path);
      if (!answer.ok()) {
        env.Warn(answer.error().message());
        status = 1;
        continue;
      }
      Value::Object fields = Fields(*std::move(answer));
      rows.Add({fields[0].value, Value::Text(path)});
      fields.insert(fields.begin(), {"model", "", Value::Text(path)});
      models.push_back(Value::Of(std::move(fields)));
    }
    if (env.format == "json") {
      report.Add("models", "", Value::Of(std::move(models)));
    } else {
      report.Add("models", "hashes", Value::Of(std::move(rows)));
    }
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return status;
  }

  ModelArguments models_;
  std::vector<std::string> by_;
  bool fingerprint_ = false;
  Areas areas_ = kAllAreas;
};

constexpr Example kExamples[] = {
    {"smcli hash MODEL", "the model, and each of its parts"},
    {"smcli hash MODEL --by weights", "the weights alone: equal after the model was saved anew, whatever the shards"},
    {"smcli hash A B C --format csv", "several models, one a line"},
    {"smcli hash MODEL --fingerprint", "does fingerprint.pb still fit the model, and if not, which part changed?"},
};

constexpr JsonKey kJson[] = {
    {"model", "string", "of several models: as it was typed"},
    {"models", "report[]", "of several models: the keys below, for each of them; then nothing else"},
    {"hash", "string", "of all parts together, or of the one that was asked for"},
    {"signatures", "string", "each part that was asked for and that the model has"},
    {"graph", "string", ""},
    {"weights", "string", ""},
    {"assets", "string", ""},
    {"fingerprint", "FingerprintCheck", "--fingerprint"},
    {"FingerprintCheck.singleprint", "string?", "null: there is no fingerprint"},
    {"FingerprintCheck.uuid", "string", ""},
    {"FingerprintCheck.hashes", "HashCheck[]", ""},
    {"HashCheck.field", "string", "of fingerprint.pb"},
    {"HashCheck.stored", "integer", ""},
    {"HashCheck.computed", "integer", ""},
    {"HashCheck.state", "string", "match, MISMATCH, not comparable"},
    {"HashCheck.note", "string?", ""},
};

constexpr std::string_view kFormats[] = {"text", "json", "markdown", "csv"};

}  // namespace

extern const Command kHash = {
    .name = "hash",
    .summary = "a model as one number, equal for two saves of it",
    .description =
        "Equal for two saves of the same model, although their bytes differ: what 'smcli diff' calls identical has the "
        "same hash. What does not count (generated names, node order, defaults, shards, the saver) is in the guide of "
        "diff.\n\n"
        "The hash is the first half of a SHA-256. It stays what it is as long as the schema of the JSON form does.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<HashCommand>,
    .json = kJson,
};

}  // namespace smcli
