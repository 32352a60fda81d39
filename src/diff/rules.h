// Rules: what breaks whom when NEW takes OLD's place. A rule is a row; the tables of rules_*.cc are the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "diff/asset_diff.h"
#include "diff/match.h"

namespace smcli {

// Who is protected; a rule is in one or more of these.
enum Category : uint8_t {
  kLoad = 1,     // a loader that picks a tag set and a signature by name and brings the model up
  kPredict = 2,  // also a gRPC or library client
  kRest = 4,     // also a client of TensorFlow Serving's JSON API
  kGraph = 8,    // also a program that feeds and fetches by tensor name, or was compiled against the shapes
};
using Categories = uint8_t;
inline constexpr Categories kAllCategories = kLoad | kPredict | kRest | kGraph;

std::optional<Categories> CategoryFromName(std::string_view name);   // "LOAD", ..., "all"
std::vector<std::string_view> CategoryNames(Categories categories);  // in the order LOAD, PREDICT, REST, GRAPH

// What rules look at.
struct RuleContext {
  std::span<const MetaGraphPair> meta_graphs;
  std::span<const AssetPair> assets;
  // Per meta-graph that both models have, beside meta_graphs:
  struct GraphFacts {
    int min_consumer_before = 0, min_consumer_after = 0;
    std::vector<std::string> unregistered_ops;  // that NEW needs, and neither TensorFlow nor OLD has
  };
  std::vector<GraphFacts> graphs;
};
// `InvalidModelError` for graphs whose bytes cannot be read.
Result<std::vector<RuleContext::GraphFacts>> ReadGraphFacts(std::span<const MetaGraphPair> meta_graphs);

class RuleReporter;

struct Rule {
  std::string_view name;
  Categories categories = 0;
  std::string_view purpose;  // "Checks that no tag set is deleted."
  std::string_view reason;   // what goes wrong otherwise, in the server's or the loader's words
  std::string_view fix;
  void (*run)(const RuleContext& context, RuleReporter& reporter);
};

// A rule that is broken.
struct Breakage {
  const Rule* rule = nullptr;
  std::string where;    // "serving_default.inputs.x"
  std::string message;  // "float32 -> float64"
};

// Collects what one rule finds.
class RuleReporter {
 public:
  RuleReporter(const Rule& rule, std::vector<Breakage>& breakages) : rule_(rule), breakages_(breakages) {}
  void Add(std::string where, std::string message) {
    breakages_.push_back({&rule_, std::move(where), std::move(message)});
  }

 private:
  const Rule& rule_;
  std::vector<Breakage>& breakages_;
};

// In the order of the documentation.
std::span<const Rule* const> AllRules();

// Every rule over the pair, in the order of the table.
std::vector<Breakage> RunRules(const RuleContext& context);

}  // namespace smcli
