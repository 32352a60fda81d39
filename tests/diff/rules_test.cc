#include "diff/rules.h"

#include <map>
#include <set>

#include "base/thread_pool.h"
#include "diff/model_diff.h"
#include "support/catch.h"

namespace smcli {
namespace {

std::set<std::string> BrokenBy(const std::string& before, const std::string& after) {
  const auto files = MakeRealFileSystem();
  const ModelSide old_side = Value(OpenSide(*files, before)), new_side = Value(OpenSide(*files, after));
  ThreadPool threads(1);
  std::set<std::string> rules;
  for (const Breakage& breakage : Value(DiffModels(*files, old_side, new_side, {}, threads)).breakages) {
    rules.emplace(breakage.rule->name);
  }
  return rules;
}

// A pair that breaks one rule often breaks another by the same change.
const std::map<std::string_view, std::string> kCompanions = {
    {"SIGNATURE_INPUT_NO_ADD_UNLESS_DEFAULT", "SIGNATURE_INPUT_NO_ADD_JSON"},
    {"SIGNATURE_INPUT_JSON_TYPE_NOT_NARROWED", "SIGNATURE_INPUT_SAME_DTYPE"},
    {"SIGNATURE_OUTPUT_JSON_TYPE_NOT_WIDENED", "SIGNATURE_OUTPUT_SAME_DTYPE"},
    {"SIGNATURE_OUTPUT_SAME_DTYPE", "SIGNATURE_OUTPUT_SAME_TENSOR_NAME"},
};

TEST_CASE("every rule is broken by its pair in testdata, and only by what comes with it") {
  for (const Rule* rule : AllRules()) {
    const std::string folder = "testdata/diff/" + std::string(rule->name);
    INFO(folder);
    std::set<std::string> expected = {std::string(rule->name)};
    if (const auto companion = kCompanions.find(rule->name); companion != kCompanions.end()) {
      expected.insert(companion->second);
    }
    CHECK(BrokenBy(folder + "/old", folder + "/new") == expected);
    CHECK(BrokenBy(folder + "/old", folder + "/old").empty());
  }
}

TEST_CASE("other weights and other node names break nobody") {
  CHECK(BrokenBy("testdata/diff/behaviour/old", "testdata/diff/behaviour/new").empty());
  CHECK(BrokenBy("testdata/diff/node_renamed/old", "testdata/diff/node_renamed/new").empty());
}

TEST_CASE("what cannot be loaded cannot be called: rules of LOAD are in all categories") {
  for (const Rule* rule : AllRules()) {
    if (rule->categories & kLoad) CHECK(rule->categories == kAllCategories);
    CHECK(rule->categories != 0);
  }
}

}  // namespace
}  // namespace smcli
