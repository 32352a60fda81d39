#include "transform/freeze.h"

#include "support/catch.h"
#include "support/draft_text.h"
#include "support/tensors.h"
#include "transform/prune.h"

namespace smcli {
namespace {

class FixedVariables final : public VariableSource {
 public:
  explicit FixedVariables(std::map<VariableId, Tensor> values) : values_(std::move(values)) {}
  Result<std::map<VariableId, Tensor>> Read(const std::set<VariableId>& names) override {
    std::map<VariableId, Tensor> found;
    for (const auto& [name, value] : values_) {
      if (names.contains(name)) found.emplace(name, value);
    }
    return found;
  }

 private:
  std::map<VariableId, Tensor> values_;
};

const Tensor kVector = MakeTensor<float>({3}, {10, 20, 30});

Status Freeze(TextDraft& draft) {
  FixedVariables variables({{{"", "w"}, kVector}});
  return FreezeVariables(*draft, variables);
}

const std::string kHandle =
    NodeText("w", "VarHandleOp", {}, {{"dtype", "type: DT_FLOAT"}, {"shape", "shape { dim { size: 3 } }"}});
const std::string kIndices = NodeText("i", "Placeholder", {}, {{"dtype", "type: DT_INT32"}});

std::string Read(const std::string& name, const std::string& handle, const std::string& field = "node") {
  return NodeText(name, "ReadVariableOp", {handle}, {{"dtype", "type: DT_FLOAT"}}, field);
}

TEST_CASE("a variable that is read becomes a constant of its name", "[transform]") {
  TextDraft draft(kHandle + Read("r", "w") + NodeText("y", "Neg", {"r"}, kFloatT));
  REQUIRE_OK(Freeze(draft));
  CHECK(draft.Lines() == "w = Const()\nr = Identity(w)\ny = Neg(r)\n");
  CHECK(SameTensor(Value(draft.Run({}, {"y:0"}))[0], MakeTensor<float>({3}, {-10, -20, -30})));
}

TEST_CASE("gathers, shapes and questions about a handle are answered by the value", "[transform]") {
  TextDraft draft(
      kHandle + kIndices +
      NodeText("g", "ResourceGather", {"w", "i"}, {{"dtype", "type: DT_FLOAT"}, {"Tindices", "type: DT_INT32"}}) +
      NodeText("s", "VariableShape", {"w"}) + NodeText("q", "VarIsInitializedOp", {"w"}) +
      NodeText("d", "DisableCopyOnRead", {"w"}));
  REQUIRE_OK(Freeze(draft));
  CHECK(draft.Lines() ==
        "w = Const()\ni = Placeholder()\ng = GatherV2(w, i, g/axis)\ns = Shape(w)\nq = Const()\nd = NoOp(^w)\n"
        "g/axis = Const()\n");
  const auto answers = Value(draft.Run({{"i:0", MakeTensor<int32_t>({2}, {2, 0})}}, {"g:0", "s:0", "q:0"}));
  CHECK(SameTensor(answers[0], MakeTensor<float>({2}, {30, 10})));
  CHECK(SameTensor(answers[1], MakeTensor<int32_t>({1}, {3})));
  CHECK(SameTensor(answers[2], MakeBools({}, {true})));
}

TEST_CASE("a function that takes a handle takes the value, however deep", "[transform]") {
  const auto call = [](const std::string& name, const std::string& f, const std::string& input,
                       const std::string& field) {
    return NodeText(name, "StatefulPartitionedCall", {input},
                    {{"Tin", "list { type: DT_RESOURCE }"},
                     {"Tout", "list { type: DT_FLOAT }"},
                     {"f", "func { name: '" + f + "' }"}},
                    field);
  };
  const auto function = [](const std::string& name, const std::string& body, const std::string& ret) {
    return "function { signature { name: '" + name +
           "' input_arg { name: 'h' type: DT_RESOURCE } output_arg { name: 'o' type: DT_FLOAT } is_stateful: true } " +
           body + " ret { key: 'o' value: '" + ret + "' } }\n";
  };
  TextDraft draft(kHandle + call("c", "outer", "w", "node") + "library { " +
                  function("outer", call("k", "inner", "h", "node_def"), "k:output:0") +
                  function("inner", Read("r", "h", "node_def"), "r:value:0") + " }");
  REQUIRE_OK(Freeze(draft));
  CHECK(draft.Lines() == "w = Const()\nc = StatefulPartitionedCall(w)\n");
  CHECK(draft.FunctionLines("inner_frozen") == "r = Identity(h)\nret o = r:output:0\n");
  CHECK(draft.FunctionLines("outer_frozen") == "k = StatefulPartitionedCall(h)\nret o = k:output:0\n");
  CHECK(draft.FunctionLines("inner") == "no such function");
  const tensorflow::GraphDef written = draft.Written();
  CHECK(written.node(1).attr().at("Tin").list().type(0) == tensorflow::DT_FLOAT);
  CHECK(SameTensor(Value(draft.Run({}, {"c:0"}))[0], kVector));
}

TEST_CASE("a loop carries the value where it carried the handle", "[transform]") {
  const std::string state = "input_arg { name: 'i' type: DT_INT32 } input_arg { name: 'h' type: DT_RESOURCE } ";
  const std::string limit =
      "node_def { name: 'n' op: 'Const' attr { key: 'dtype' value { type: DT_INT32 } } attr { key: "
      "'value' value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 3 } } } }";
  TextDraft draft(kHandle + kIndices +
                  NodeText("loop", "While", {"i", "w"},
                           {{"T", "list { type: [DT_INT32, DT_RESOURCE] }"},
                            {"cond", "func { name: 'c' }"},
                            {"body", "func { name: 'b' }"},
                            {"output_shapes", "list { shape {} shape {} }"}}) +
                  "library { function { signature { name: 'c' " + state + "output_arg { name: 'o' type: DT_BOOL } } " +
                  limit + NodeText("l", "Less", {"i", "n:output:0"}, {{"T", "type: DT_INT32"}}, "node_def") +
                  "ret { key: 'o' value: 'l:z:0' } }\n" + "function { signature { name: 'b' " + state +
                  "output_arg { name: 'o' type: DT_INT32 } output_arg { name: 'p' type: "
                  "DT_RESOURCE } } " +
                  limit + Read("r", "h", "node_def") +
                  NodeText("a", "AddV2", {"i", "n:output:0", "^r"}, {{"T", "type: DT_INT32"}}, "node_def") +
                  NodeText("same", "Identity", {"h"}, {{"T", "type: DT_RESOURCE"}}, "node_def") +
                  "ret { key: 'o' value: 'a:z:0' } ret { key: 'p' value: 'same:output:0' } } }");
  REQUIRE_OK(Freeze(draft));
  const tensorflow::GraphDef written = draft.Written();
  const auto& loop = written.node(2).attr();
  CHECK(loop.at("T").list().type(1) == tensorflow::DT_FLOAT);
  CHECK(loop.at("output_shapes").list().shape(1).dim(0).size() == 3);
  CHECK(loop.at("body").func().name() == "b_frozen");
  const auto answers = Value(draft.Run({{"i:0", Tensor::Scalar<int32_t>(0)}}, {"loop:0", "loop:1"}));
  CHECK(SameTensor(answers[0], Tensor::Scalar<int32_t>(3)));
  CHECK(SameTensor(answers[1], kVector));
}

TEST_CASE("V1 variables lose their references", "[transform]") {
  TextDraft draft(
      NodeText("w", "VariableV2", {}, {{"dtype", "type: DT_FLOAT"}, {"shape", "shape { dim { size: 3 } }"}}) +
      NodeText("r", "Identity", {"w"}, kFloatT) + NodeText("p", "Placeholder", {}, {{"dtype", "type: DT_BOOL"}}) +
      NodeText("s", "RefSwitch", {"w", "p"}, kFloatT) + NodeText("n", "Neg", {"s:1"}, kFloatT));
  REQUIRE_OK(Freeze(draft));
  CHECK(draft.Lines() == "w = Const()\nr = Identity(w)\np = Placeholder()\ns = Switch(w, p)\nn = Neg(s:1)\n");
}

TEST_CASE("what cannot be frozen is named, all of it", "[transform]") {
  TextDraft draft(kHandle + NodeText("x", "Placeholder", {}, {{"dtype", "type: DT_FLOAT"}}) +
                  NodeText("set", "AssignVariableOp", {"w", "x"}, {{"dtype", "type: DT_FLOAT"}}) +
                  NodeText("v", "VariableV2", {}, {{"dtype", "type: DT_FLOAT"}, {"shape", "shape {}"}}) +
                  Read("r", "v2") +
                  NodeText("v2", "VarHandleOp", {}, {{"dtype", "type: DT_FLOAT"}, {"shape", "shape {}"}}));
  const Status status = Freeze(draft);
  CHECK_FAILS(status, ErrorKind::kUnsupported, "variable 'w' is assigned by node 'set' (AssignVariableOp)");
  CHECK_FAILS(status, ErrorKind::kUnsupported, "variable 'v' has no value and is used by node 'v' (VariableV2)");
  CHECK_FAILS(status, ErrorKind::kUnsupported, "variable 'v2' has no value and is used by node 'r' (ReadVariableOp)");
}

TEST_CASE("obstacles can be had as a list", "[transform]") {
  TextDraft draft(kHandle + NodeText("x", "Placeholder", {}, {{"dtype", "type: DT_FLOAT"}}) +
                  NodeText("set", "AssignAddVariableOp", {"w", "x"}, {{"dtype", "type: DT_FLOAT"}}));
  FixedVariables variables({{{"", "w"}, kVector}});
  std::set<FreezeObstacle> obstacles;
  REQUIRE_OK(FreezeVariables(*draft, variables, &obstacles));
  REQUIRE(obstacles.size() == 1);
  CHECK(obstacles.begin()->op == "AssignAddVariableOp");
  CHECK(obstacles.begin()->node == "set");
}

TEST_CASE("a variable without value may be asked whether it has one", "[transform]") {
  TextDraft draft(NodeText("u", "VarHandleOp", {}, {{"dtype", "type: DT_FLOAT"}, {"shape", "shape {}"}}) +
                  NodeText("q", "VarIsInitializedOp", {"u"}));
  REQUIRE_OK(Freeze(draft));
  REQUIRE_OK(Prune(*draft, {.fetches = {"q:0"}, .feeds = {}, .functions = {}}));
  CHECK(draft.Lines() == "q = Const()\n");
  CHECK(SameTensor(Value(draft.Run({}, {"q:0"}))[0], MakeBools({}, {false})));
}

}  // namespace
}  // namespace smcli
