#include "transform/prune.h"

#include "support/catch.h"
#include "support/draft_text.h"

namespace smcli {
namespace {

constexpr std::string_view kGraph = R"(
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "n" op: "Neg" input: "x" input: "^guard" attr { key: "T" value { type: DT_FLOAT } }
       attr { key: "_class" value { list { s: "loc:@gone" s: "loc:@x" } } } }
node { name: "guard" op: "NoOp" }
node { name: "gone" op: "Abs" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "c" op: "PartitionedCall" input: "n" attr { key: "Tin" value { list { type: DT_FLOAT } } }
       attr { key: "Tout" value { list { type: DT_FLOAT } } } attr { key: "f" value { func { name: "outer" } } } }
node { name: "init" op: "NoOp" input: "^gone" }
library {
  function { signature { name: "outer" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
    node_def { name: "k" op: "inner" input: "a" }
    node_def { name: "idle" op: "unused" input: "a" }
    ret { key: "b" value: "k:b:0" } }
  function { signature { name: "inner" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
    ret { key: "b" value: "a" } }
  function { signature { name: "unused" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
    ret { key: "b" value: "a" } }
  function { signature { name: "lonely" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
    ret { key: "b" value: "a" } }
})";

std::vector<std::string> Functions(TextDraft& draft) { return draft->functions(); }

TEST_CASE("what a fetch does not need goes, nodes and functions", "[transform]") {
  TextDraft draft(kGraph);
  REQUIRE_OK(Prune(*draft, {.fetches = {"c:0"}, .feeds = {"x:0"}, .functions = {}}));
  CHECK(draft.Lines() == "x = Placeholder()\nn = Neg(x, ^guard)\nguard = NoOp()\nc = PartitionedCall(n)\n");
  CHECK(Functions(draft) == std::vector<std::string>{"outer", "inner", "unused"});
}

TEST_CASE("colocation with a node that went is forgotten", "[transform]") {
  TextDraft draft(kGraph);
  REQUIRE_OK(Prune(*draft, {.fetches = {"c"}, .feeds = {}, .functions = {}}));
  const tensorflow::AttrValue::ListValue classes = draft.Written().node(1).attr().at("_class").list();
  REQUIRE(classes.s_size() == 1);
  CHECK(classes.s(0) == "loc:@x");
}

TEST_CASE("a body loses what no return needs, and then what only that called", "[transform]") {
  TextDraft draft(kGraph);
  PruneBody(*Value(draft->Function("outer")));
  REQUIRE_OK(Prune(*draft, {.fetches = {"c:0"}, .feeds = {}, .functions = {}}));
  CHECK(draft.FunctionLines("outer") == "k = inner(a)\nret b = k:b:0\n");
  CHECK(Functions(draft) == std::vector<std::string>{"outer", "inner"});
}

TEST_CASE("a fed tensor cuts the graph where that is asked for", "[transform]") {
  TextDraft draft(kGraph);
  REQUIRE_OK(Prune(*draft, {.fetches = {"c"}, .feeds = {"n:0", "gone"}, .cut_feeds = true, .functions = {}}));
  CHECK(draft.Lines() == "n = Placeholder()\ngone = Placeholder()\nc = PartitionedCall(n)\n");
  CHECK(draft.Written().node(0).attr().at("dtype").type() == tensorflow::DT_FLOAT);
}

TEST_CASE("nodes without outputs and named functions are roots too", "[transform]") {
  TextDraft draft(kGraph);
  REQUIRE_OK(Prune(*draft, {.fetches = {"init"}, .feeds = {}, .functions = {"lonely"}}));
  CHECK(draft.Lines() == "x = Placeholder()\ngone = Abs(x)\ninit = NoOp(^gone)\n");
  CHECK(Functions(draft) == std::vector<std::string>{"lonely"});
}

TEST_CASE("roots that are not there are refused", "[transform]") {
  TextDraft draft(kGraph);
  CHECK(Prune(*draft, {.fetches = {"nothing:0"}, .feeds = {}, .functions = {}}).error().kind() ==
        ErrorKind::kInvalidModel);
  CHECK(Prune(*draft, {.fetches = {"c:1"}, .feeds = {}, .functions = {}}).error().kind() == ErrorKind::kInvalidModel);
  CHECK(Prune(*draft, {.fetches = {}, .feeds = {}, .functions = {"no"}}).error().kind() == ErrorKind::kInvalidModel);
}

}  // namespace
}  // namespace smcli
