#include "diff/variable_match.h"

#include "base/file.h"
#include "support/catch.h"

namespace smcli {
namespace {

bool IsOptimizer(std::string_view key) {
  return IsOptimizerState(key, [](std::string_view other) { return other == "dense/kernel"; });
}

TEST_CASE("slots and counts of optimizers are told from variables") {
  CHECK(IsOptimizer("dense/kernel/Adam"));
  CHECK(IsOptimizer("dense/kernel/Adam_1"));
  CHECK(IsOptimizer("beta1_power"));
  CHECK_FALSE(IsOptimizer("dense/kernel"));
  CHECK_FALSE(IsOptimizer("other/kernel/Adam_1x"));
  CHECK(SlotOwner("dense/kernel/Adam_1") == "dense/kernel");
}

TEST_CASE("a checkpoint matches itself, variable by variable, without its object graph") {
  const auto files = MakeRealFileSystem();
  const auto checkpoint = Value(BundleReader::Open(*files, "testdata/checkpoints/object_based/ckpt"));
  const VariableList list = Value(ListVariables(checkpoint.get(), true));
  for (const BundleEntry* entry : list.entries) CHECK(entry->key != "_CHECKPOINTABLE_OBJECT_GRAPH");
  const std::vector<VariablePair> pairs = MatchVariables(list, list);
  REQUIRE(pairs.size() == list.entries.size());
  for (const VariablePair& pair : pairs) CHECK(pair.before == pair.after);
}

TEST_CASE("nothing matches no checkpoint") {
  const VariableList none = Value(ListVariables(nullptr, true));
  CHECK(none.entries.empty());
  CHECK(MatchVariables(none, none).empty());
}

}  // namespace
}  // namespace smcli
