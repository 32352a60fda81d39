#include "model/scope_graph.h"

#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

constexpr std::string_view kText = R"(
  node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
  node { name: "a/w" op: "Identity" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
  node { name: "a/b/y" op: "Relu" input: "a/w" attr { key: "T" value { type: DT_FLOAT } } }
  node { name: "a/b/z" op: "Relu" input: "a/b/y" input: "^x" attr { key: "T" value { type: DT_FLOAT } } }
  node { name: "q\"uote" op: "Relu" input: "a/b/z" attr { key: "T" value { type: DT_FLOAT } } })";

TEST_CASE("names are folded at the depth that is asked for") {
  CHECK(ScopeOf("a/b/c", 2) == "a/b");
  CHECK(ScopeOf("a/b/c", 9) == "a/b/c");
  CHECK(ScopeOf("a", 1) == "a");
}

TEST_CASE("a folded graph counts nodes, ops and tensors between scopes") {
  const TextGraph text(kText);
  const Graph graph = Value(text.Build());
  const ScopeGraph folded = FoldByScope(graph, 1);
  REQUIRE(folded.scopes.size() == 3);
  CHECK(folded.scopes[1].name == "a");
  CHECK(folded.scopes[1].nodes == 3);
  CHECK(folded.scopes[1].ops[0] == std::pair<std::string_view, int64_t>("Relu", 2));
  REQUIRE(folded.edges.size() == 2);
  CHECK(folded.edges[0].tensors == 1);  // x -> a; the control edge adds none
  CHECK(FoldByScope(graph, 2).scopes.size() == 4);
}

TEST_CASE("drawings escape what names may hold") {
  const TextGraph text(kText);
  const Graph graph = Value(text.Build());
  const ScopeGraph folded = FoldByScope(graph, 1);
  const std::string dot = DotOf(folded, "ti\"tle");
  CHECK(dot.find("digraph \"ti\\\"tle\"") != std::string::npos);
  CHECK(dot.find("q\\\"uote") != std::string::npos);
  CHECK(MermaidOf(folded).find("q\"uote") == std::string::npos);
}

}  // namespace
}  // namespace smcli
