#include "diff/config.h"

#include <yaml-cpp/yaml.h>

#include "base/lookup.h"
#include "base/utf8.h"

namespace smcli {
namespace {

constexpr std::string_view kKeys[] = {"version", "use", "except", "ignore", "only", "atol", "rtol"};
// A settings file is short; aliases in YAML could make it endless.
constexpr size_t kMaxBytes = 1 << 20;
constexpr size_t kMaxItems = 10000;

class ConfigReader {
 public:
  explicit ConfigReader(std::string_view name) : name_(name) {}

  Result<DiffConfig> Read(const YAML::Node& root) {
    if (root.IsNull()) return DiffConfig();
    if (!root.IsMap()) return Fault(root, "is no mapping of settings");
    DiffConfig config;
    for (const auto& entry : root) {
      const std::string key = entry.first.Scalar();
      SMCLI_RETURN_IF_ERROR(ReadSetting(key, entry.first, entry.second, config));
    }
    return config;
  }

 private:
  Status ReadSetting(const std::string& key, const YAML::Node& key_node, const YAML::Node& value, DiffConfig& config) {
    if (key == "version") return {};
    if (key == "use") return ReadWords(key, value, config.breaking.use);
    if (key == "except") return ReadWords(key, value, config.breaking.except);
    if (key == "only") return ReadWords(key, value, config.only);
    if (key == "ignore") return ReadIgnores(value, config.breaking.ignore);
    if (key == "atol") return ReadNumber(key, value, config.atol);
    if (key == "rtol") return ReadNumber(key, value, config.rtol);
    return Fault(key_node, fmt::format("unknown setting {}{}", Quoted(key), Suggestion(key, kKeys)));
  }

  Status ReadWords(std::string_view key, const YAML::Node& value, std::vector<std::string>& words) {
    if (value.IsScalar()) {
      words.push_back(value.Scalar());
      return {};
    }
    if (!value.IsSequence()) return Fault(value, fmt::format("{} is a word or a list of words", key));
    for (const auto& item : value) {
      if (!item.IsScalar()) return Fault(item, fmt::format("{} holds words", key));
      words.push_back(item.Scalar());
      if (words.size() > kMaxItems) return Fault(value, fmt::format("{} holds more than {} words", key, kMaxItems));
    }
    return {};
  }

  Status ReadIgnores(const YAML::Node& value, std::vector<BreakingWords::Ignore>& ignores) {
    if (!value.IsMap()) return Fault(value, "ignore is a mapping from a rule to places");
    for (const auto& entry : value) {
      std::vector<std::string> globs;
      SMCLI_RETURN_IF_ERROR(ReadWords(entry.first.Scalar(), entry.second, globs));
      for (std::string& glob : globs) ignores.push_back({entry.first.Scalar(), std::move(glob)});
      if (ignores.size() > kMaxItems) return Fault(value, fmt::format("ignore holds more than {} places", kMaxItems));
    }
    return {};
  }

  Status ReadNumber(std::string_view key, const YAML::Node& value, std::optional<double>& number) {
    double read = 0;
    if (!value.IsScalar() || !YAML::convert<double>::decode(value, read) || !(read >= 0)) {
      return Fault(value, fmt::format("{} is a number, 0 or more", key));
    }
    number = read;
    return {};
  }

  Error Fault(const YAML::Node& node, std::string_view what) const {
    const YAML::Mark mark = node.Mark();
    if (mark.is_null()) return UsageError("{}: {}", name_, what);
    return UsageError("{}:{}:{}: {}", name_, mark.line + 1, mark.column + 1, what);
  }

  std::string_view name_;
};

}  // namespace

Result<DiffConfig> ParseDiffConfig(const std::string& text, std::string_view name) {
  if (text.size() > kMaxBytes) return UsageError("{}: is larger than {} bytes", name, kMaxBytes);
  // yaml-cpp reports faults by exceptions; they end here.
  try {
    return ConfigReader(name).Read(YAML::Load(text));
  } catch (const YAML::Exception& fault) {
    return UsageError("{}:{}:{}: {}", name, fault.mark.line + 1, fault.mark.column + 1, fault.msg);
  }
}

}  // namespace smcli
