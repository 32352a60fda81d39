// SARIF 2.1.0 (OASIS), as GitHub code scanning and Azure DevOps read it: one run, the rules with their help, the
// findings.
#include <fmt/format.h>

#include "base/json.h"
#include "base/utf8.h"
#include "report/findings.h"

namespace smcli {
namespace {

struct SarifLevel {
  std::string_view level;
  std::string_view security_severity;  // GitHub's scale of 0 to 10, for security findings
};

const SarifLevel& LevelOf(Severity severity) {
  static constexpr SarifLevel kLevels[] = {{"note", "0.1"},  {"note", "2.0"},  {"warning", "5.0"}, {"warning", "5.0"},
                                           {"error", "7.5"}, {"error", "7.5"}, {"error", "9.5"}};
  return kLevels[static_cast<size_t>(severity)];
}

// A path as a URI reference (RFC 3986).
std::string UriOf(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || std::string_view("-._~/+@=,").find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

class SarifPrinter {
 public:
  SarifPrinter(const FindingList& list, std::string* out) : list_(list), writer_(*out) {}

  void Print() {
    const std::vector<std::string> fingerprints = FingerprintsOf(list_);
    writer_.BeginObject();
    Member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    Member("version", "2.1.0");
    Begin("runs");
    writer_.BeginObject();
    PrintTool();
    Begin("results");
    for (size_t i = 0; i < list_.findings.size(); ++i) PrintResult(list_.findings[i], fingerprints[i]);
    writer_.EndArray();
    Member("columnKind", "utf16CodeUnits");
    writer_.EndObject();
    writer_.EndArray();
    writer_.EndObject();
  }

 private:
  void Member(std::string_view key, std::string_view text) {
    writer_.Key(key);
    writer_.String(Escaped(text));
  }
  void Begin(std::string_view key) {
    writer_.Key(key);
    writer_.BeginArray();
  }
  void Message(std::string_view key, std::string_view text) {
    writer_.Key(key);
    writer_.BeginObject(JsonWriter::Layout::kLine);
    Member("text", text);
    writer_.EndObject();
  }

  void PrintTool() {
    writer_.Key("tool");
    writer_.BeginObject();
    writer_.Key("driver");
    writer_.BeginObject();
    Member("name", "smcli " + list_.command);
    Member("version", list_.version);
    Begin("rules");
    for (const FindingRule& rule : list_.rules) PrintRule(rule);
    writer_.EndArray();
    writer_.EndObject();
    writer_.EndObject();
  }

  void PrintRule(const FindingRule& rule) {
    writer_.BeginObject();
    Member("id", rule.id);
    Message("shortDescription", rule.purpose);
    if (!rule.reason.empty()) Message("fullDescription", rule.reason);
    if (!rule.fix.empty()) Message("help", rule.fix);
    writer_.Key("defaultConfiguration");
    writer_.BeginObject(JsonWriter::Layout::kLine);
    Member("level", LevelOf(rule.severity).level);
    writer_.EndObject();
    writer_.Key("properties");
    writer_.BeginObject(JsonWriter::Layout::kLine);
    Begin("tags");
    for (const std::string_view category : rule.categories) writer_.String(category);
    writer_.EndArray();
    if (list_.command == "scan") Member("security-severity", LevelOf(rule.severity).security_severity);
    writer_.EndObject();
    writer_.EndObject();
  }

  void PrintResult(const Finding& finding, std::string_view fingerprint) {
    writer_.BeginObject();
    Member("ruleId", finding.rule);
    if (const FindingRule* rule = FindRule(list_, finding.rule)) {
      writer_.Key("ruleIndex");
      writer_.Int(rule - list_.rules.data());
    }
    Member("level", LevelOf(finding.severity).level);
    const std::string_view fix = finding.fix;
    Message("message", fix.empty() ? PlacedMessage(finding) : fmt::format("{}. {}", PlacedMessage(finding), fix));
    PrintLocation(finding);
    writer_.Key("partialFingerprints");
    writer_.BeginObject(JsonWriter::Layout::kLine);
    Member("smcli/1", fingerprint);
    writer_.EndObject();
    writer_.EndObject();
  }

  void PrintLocation(const Finding& finding) {
    Begin("locations");
    writer_.BeginObject();
    writer_.Key("physicalLocation");
    writer_.BeginObject(JsonWriter::Layout::kLine);
    writer_.Key("artifactLocation");
    writer_.BeginObject();
    Member("uri", UriOf(finding.file));
    writer_.EndObject();
    // Services want a line to show the finding at; a model's file has but one.
    writer_.Key("region");
    writer_.BeginObject();
    writer_.Key("startLine");
    writer_.Int(1);
    writer_.EndObject();
    writer_.EndObject();
    if (!finding.place.empty()) {
      writer_.Key("logicalLocations");
      writer_.BeginArray(JsonWriter::Layout::kLine);
      writer_.BeginObject();
      Member("fullyQualifiedName", finding.place);
      writer_.EndObject();
      writer_.EndArray();
    }
    writer_.EndObject();
    writer_.EndArray();
  }

  const FindingList& list_;
  JsonWriter writer_;
};

}  // namespace

void PrintSarif(const FindingList& list, std::string* out) {
  SarifPrinter(list, out).Print();
  *out += '\n';
}

}  // namespace smcli
