#include "diff/node_match.h"

#include "base/thread_pool.h"
#include "diff/canonical_graph.h"
#include "diff/model_diff.h"
#include "support/catch.h"

namespace smcli {
namespace {

ModelDiff DiffOf(const std::string& folder) {
  const auto files = MakeRealFileSystem();
  static std::vector<ModelSide> kept;  // the answer refers to them
  kept.push_back(Value(OpenSide(*files, folder + "/old")));
  kept.push_back(Value(OpenSide(*files, folder + "/new")));
  ThreadPool threads(1);
  return Value(DiffModels(*files, kept[kept.size() - 2], kept.back(), {}, threads));
}

TEST_CASE("a node with another name is a renamed node, and who reads it has not changed") {
  const ModelDiff diff = DiffOf("testdata/diff/node_renamed");
  REQUIRE(diff.graphs.size() == 1);
  REQUIRE(diff.graphs[0].nodes.size() == 1);
  CHECK(diff.graphs[0].nodes[0].kind == ChangeKind::kRenamed);
  CHECK(diff.graphs[0].nodes[0].before == "y");
  CHECK(diff.graphs[0].nodes[0].after == "product");
}

TEST_CASE("a constant with another value is a changed node") {
  const ModelDiff diff = DiffOf("testdata/diff/behaviour");
  REQUIRE(diff.graphs[0].nodes.size() == 1);
  CHECK(diff.graphs[0].nodes[0].kind == ChangeKind::kChanged);
  CHECK(diff.graphs[0].nodes[0].details == std::vector<std::string>{"value: float32[] 2.0 -> float32[] 2.5"});
}

TEST_CASE("an added op is told, and counted") {
  const ModelDiff diff = DiffOf("testdata/diff/OP_NO_ADD_UNREGISTERED");
  REQUIRE(diff.graphs[0].nodes.size() == 1);
  CHECK(diff.graphs[0].nodes[0].kind == ChangeKind::kAdded);
  REQUIRE(diff.graphs[0].ops.size() == 1);
  CHECK(diff.graphs[0].ops[0].op == "FancyRelu");
}

}  // namespace
}  // namespace smcli
