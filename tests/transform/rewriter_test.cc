#include "transform/rewriter.h"

#include "model/attr_value.h"
#include "support/catch.h"
#include "support/draft_text.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr std::string_view kGraph = R"(
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "s" op: "Split" input: "axis" input: "x" attr { key: "T" value { type: DT_FLOAT } }
       attr { key: "num_split" value { i: 2 } } }
node { name: "axis" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
       attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 0 } } } }
node { name: "call" op: "PartitionedCall" input: "s:1" input: "^axis" device: "/cpu:0"
       attr { key: "Tin" value { list { type: DT_FLOAT } } } attr { key: "Tout" value { list { type: DT_FLOAT } } }
       attr { key: "f" value { func { name: "f" } } } }
library {
  function {
    signature { name: "f" input_arg { name: "a" type: DT_FLOAT description: "kept" }
                output_arg { name: "b" type: DT_FLOAT } is_stateful: true control_output: "done" }
    node_def { name: "two" op: "Split" input: "axis:output:0" input: "a" attr { key: "T" value { type: DT_FLOAT } }
               attr { key: "num_split" value { i: 2 } } }
    node_def { name: "axis" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
               attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 0 } } } }
    node_def { name: "lone" op: "NoOp" }
    ret { key: "b" value: "two:output:1" }
    control_ret { key: "done" value: "lone" }
    arg_attr { key: 0 value { attr { key: "_user_specified_name" value { s: "a" } } } }
  }
  gradient { function_name: "f" gradient_func: "g" }
  function { signature { name: "g" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
             ret { key: "b" value: "a" } }
}
versions { producer: 27 min_consumer: 12 }
)";

TEST_CASE("a draft that nobody changed is the graph it was made from", "[transform]") {
  TextDraft draft(kGraph);
  CHECK(CanonicalBytes(draft.Written()) == BytesOf<tensorflow::GraphDef>(kGraph));
  REQUIRE_OK(draft->Function("f"));
  REQUIRE_OK(draft->Function("g"));
  CHECK(CanonicalBytes(draft.Written()) == BytesOf<tensorflow::GraphDef>(kGraph));
}

TEST_CASE("edges follow redirections, and names stay unique", "[transform]") {
  TextDraft draft(kGraph);
  GraphDraft& graph = draft->graph();
  const int32_t made = graph.AddConst("axis", MakeTensor<float>({2}, {1, 2}));
  CHECK(graph.node(made).name == "axis_1");
  graph.Redirect({{{graph.Find("s"), 1}, {made, 0}}});
  CHECK(draft.Lines() ==
        "x = Placeholder()\ns = Split(axis, x)\naxis = Const()\ncall = PartitionedCall(axis_1, ^axis)\naxis_1 = "
        "Const()\n");
  const tensorflow::GraphDef written = draft.Written();
  CHECK(written.node(4).attr().at("dtype").type() == tensorflow::DT_FLOAT);
  CHECK(written.node(4).attr().at("value").tensor().tensor_content().size() == 8);
}

TEST_CASE("a large value is written as it lies in memory", "[transform]") {
  TextDraft draft(kGraph);
  std::vector<float> values(5000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  draft->graph().AddConst("big", Tensor::Of<float>(Shape{50, 100}, values));
  const tensorflow::TensorProto tensor = draft.Written().node(4).attr().at("value").tensor();
  CHECK(tensor.dtype() == tensorflow::DT_FLOAT);
  CHECK(tensor.tensor_shape().dim(1).size() == 100);
  REQUIRE(tensor.tensor_content().size() == 20000);
  float last;
  std::memcpy(&last, tensor.tensor_content().data() + 19996, sizeof last);
  CHECK(last == 4999);
}

TEST_CASE("an argument with another dtype is written anew", "[transform]") {
  TextDraft draft(kGraph);
  FunctionDraft* f = Value(draft->Function("f"));
  f->RetypeArg(0, DataType::kDouble);
  const tensorflow::FunctionDef written = draft.Written().library().function(0);
  CHECK(written.signature().input_arg(0).type() == tensorflow::DT_DOUBLE);
  CHECK(written.signature().input_arg(0).name() == "a");
  CHECK(written.arg_attr().empty());
  CHECK(written.signature().is_stateful());
}

TEST_CASE("attributes are set, replaced and removed", "[transform]") {
  TextDraft draft(kGraph);
  GraphDraft& graph = draft->graph();
  const int32_t split = graph.Find("s");
  graph.SetAttr(split, "num_split", IntAttr(3));
  graph.Retype(split);
  CHECK(graph.node(split).num_outputs == 3);
  graph.RemoveAttr(graph.Find("call"), "f");
  CHECK_FALSE(graph.attrs(graph.Find("call")).IsSet("f"));
  CHECK(graph.FunctionsOf(graph.Find("call")).empty());
}

TEST_CASE("a function with attributes is drafted for one call, its lists in single arguments", "[transform]") {
  TextDraft draft(R"(
library { function {
  signature { name: "f" input_arg { name: "a" number_attr: "N" type_attr: "T" } output_arg { name: "b" type_attr: "T" }
              attr { name: "T" type: "type" } attr { name: "N" type: "int" } }
  node_def { name: "sum" op: "AddN" input: "a" attr { key: "T" value { placeholder: "T" } }
             attr { key: "N" value { placeholder: "N" } } }
  ret { key: "b" value: "sum:sum:0" } } })");
  CHECK(draft->Function("f").error().kind() == ErrorKind::kUnsupported);
  FunctionDraft bound = Value(draft->Instantiate({"f", {{"T", TypeAttr(DataType::kFloat)}, {"N", IntAttr(2)}}}));
  REQUIRE(bound.args.size() == 2);
  CHECK(bound.args[1].dtype == DataType::kFloat);
  CHECK(draft->AddFunction(std::move(bound))->name == "f_1");
  CHECK(draft.FunctionLines("f_1") == "sum = AddN(a_0, a_1)\nret b_0 = sum:sum:0\n");
  const tensorflow::FunctionDef written = draft.Written().library().function(1);
  CHECK(written.signature().attr().empty());
  CHECK(written.node_def(0).attr().at("N").i() == 2);
}

}  // namespace
}  // namespace smcli
