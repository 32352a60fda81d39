#include "model/graph.h"

#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

// "a:0 b:1 ^c": what a node reads, in words.
std::string Inputs(const Graph& graph, std::string_view name) {
  const int32_t id = graph.Find(name);
  REQUIRE(id >= 0);
  std::string text;
  for (const Endpoint& input : graph.node(id).inputs) {
    text += fmt::format("{}{}", text.empty() ? "" : " ",
                        input.node < 0 ? "?" : fmt::format("{}:{}", graph.node(input.node).name, input.output));
  }
  for (int32_t control : graph.node(id).control_inputs) {
    text += fmt::format("{}^{}", text.empty() ? "" : " ", graph.node(control).name);
  }
  return text;
}

constexpr std::string_view kFloat = R"(attr { key: "T" value { type: DT_FLOAT } })";
constexpr std::string_view kPlaceholder = R"(op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } })";

std::string Relu(std::string_view name, std::string_view input) {
  return fmt::format("node {{ name: '{}' op: 'Relu' input: '{}' {} }}", name, input, kFloat);
}
std::string Placeholder(std::string_view name) { return fmt::format("node {{ name: '{}' {} }}", name, kPlaceholder); }

TEST_CASE("inputs of the main graph: name, name:k, ^name") {
  const TextGraph text(Placeholder("x") + R"(
    node { name: "split" op: "Split" input: "axis" input: "x" attr { key: "num_split" value { i: 2 } }
           attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "axis" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } }
    node { name: "sum" op: "AddV2" input: "split" input: "split:1" input: "^x" input: "^split" input: "^x"
           attr { key: "T" value { type: DT_FLOAT } } })");
  const Graph graph = Value(text.Build());
  CHECK(graph.num_nodes() == 4);
  CHECK(Inputs(graph, "split") == "axis:0 x:0");
  CHECK(Inputs(graph, "sum") == "split:0 split:1 ^x ^split ^x");
  CHECK(graph.node(graph.Find("split")).num_outputs == 2);
  CHECK(graph.Find("no") == -1);
  CHECK(Value(graph.attrs(graph.Find("split")).Int("num_split")) == 2);
}

TEST_CASE("faults of a main graph are named with the node") {
  struct Case {
    std::string text;
    const char* message;
  };
  const std::vector<Case> cases = {
      {Placeholder("x") + Relu("y", "z"), "node 'y' (Relu): input 'z': there is no such node (InputNotFound)"},
      {Placeholder("x") + Relu("y", "x:1"),
       "input 'x:1': node 'x' (Placeholder) has 1 outputs (OutputIndexOutOfRange)"},
      {Placeholder("x") + Relu("y", "x:0:0"), "input 'x:0:0': there is no such node (InputNotFound)"},
      {Placeholder("x") + Relu("y", "x:a"), "input 'x:a' is no tensor name (BadInputRef)"},
      {Placeholder("x") + Relu("y", "x:-1"), "input 'x:-1' is no tensor name (BadInputRef)"},
      {Placeholder("x") + Relu("y", "x:99999999999"), "is no tensor name (BadInputRef)"},
      {Placeholder("x") + Relu("y", ""), "input '' is no tensor name (BadInputRef)"},
      {Placeholder("x") + Relu("y", "^x"), "node 'y' (Relu) takes 1 inputs and has 0 (InputCountMismatch)"},
      {Placeholder("x") + "node { name: 'y' op: 'NoOp' input: '^z' }", "control input '^z': there is no such node"},
      {Placeholder("x") + "node { name: 'y' op: 'NoOp' input: 'x' }", "takes 0 inputs and has 1 (InputCountMismatch)"},
      {Placeholder("x") + Placeholder("x"), "two nodes are called 'x' (DuplicateNodeName)"},
      {Placeholder("x") + "node { name: 's' op: 'AddV2' input: 'x' input: '^x' input: 'x' " + std::string(kFloat) + "}",
       "node 's' (AddV2): input 'x' comes after a control input (ControlBeforeData)"},
      {"node { name: 's' op: 'AddN' attr { key: 'T' value { type: DT_FLOAT } } }",
       "attribute 'N' is missing (AttrMissing)"},
  };
  for (const Case& fault : cases) {
    const TextGraph text(fault.text);
    CHECK_FAILS(text.Build(), ErrorKind::kInvalidModel, fault.message);
  }
}

TEST_CASE("all faults are collected where that is asked for, and what is sound is resolved") {
  const TextGraph text(Placeholder("x") + Placeholder("x") + Relu("y", "gone") + Relu("z", "x"));
  std::vector<Error> problems;
  const Graph graph = Value(text.Build(&problems));
  REQUIRE(problems.size() == 2);
  CHECK_THAT(problems[0].message(), Catch::Contains("DuplicateNodeName"));
  CHECK_THAT(problems[1].message(), Catch::Contains("InputNotFound"));
  CHECK(Inputs(graph, "y") == "?");
  CHECK(Inputs(graph, "z") == "x:0");
}

TEST_CASE("unknown ops do not stop a graph, and have as many outputs as are read") {
  const TextGraph text(R"(node { name: "odd" op: "FancyOp" input: "^c" } node { name: "c" op: "NoOp" }
                          node { name: "user" op: "OtherOp" input: "odd" input: "odd:2" })");
  const Graph graph = Value(text.Build());
  CHECK(graph.node(0).schema == nullptr);
  CHECK(graph.node(0).num_outputs == 3);
  CHECK(Inputs(graph, "user") == "odd:0 odd:2");
  const TextGraph huge(
      R"(node { name: "odd" op: "FancyOp" } node { name: "user" op: "OtherOp" input: "odd:2000000000" })");
  CHECK_FAILS(huge.Build(), ErrorKind::kInvalidModel, "OutputIndexOutOfRange");
}

TEST_CASE("tensor names are looked up as signatures write them") {
  const TextGraph text(Placeholder("x") + R"(node { name: "init" op: "NoOp" })");
  const Graph graph = Value(text.Build());
  CHECK(Value(graph.FindTensor("x:0")) == Endpoint{0, 0});
  CHECK(Value(graph.FindTensor("x")) == Endpoint{0, 0});
  CHECK_FAILS(graph.FindTensor("x:1"), ErrorKind::kInvalidModel, "OutputIndexOutOfRange");
  CHECK_FAILS(graph.FindTensor("init:0"), ErrorKind::kInvalidModel, "OutputIndexOutOfRange");
  CHECK_FAILS(graph.FindTensor("gone:0"), ErrorKind::kInvalidModel, "InputNotFound");
  CHECK_FAILS(graph.FindTensor("^x"), ErrorKind::kInvalidModel, "BadInputRef");
}

TEST_CASE("a NodeDef in pieces is read as protobuf reads it") {
  std::string node, name_twice, value_twice, entry, first, second, graph_def;
  AppendBytesField(1, "old", name_twice);
  AppendBytesField(1, "new", name_twice);
  AppendBytesField(2, "Placeholder", name_twice);
  AppendVarintField(6, 3, first);   // type: DT_INT32
  AppendVarintField(6, 1, second);  // type: DT_FLOAT
  AppendBytesField(1, "dtype", entry);
  AppendBytesField(2, first, entry);
  AppendBytesField(2, second, entry);
  AppendBytesField(5, entry, name_twice);
  AppendBytesField(1, name_twice, graph_def);
  const TextGraph text{SharedBytes(graph_def)};
  const Graph graph = Value(text.Build());
  CHECK(graph.node(0).name == "new");
  CHECK(Value(graph.attrs(0).Type("dtype")) == DataType::kFloat);
}

TEST_CASE("names that are not UTF-8 are refused with their place") {
  std::string node, graph_def;
  AppendBytesField(1, "\xff", node);
  AppendBytesField(1, node, graph_def);
  const TextGraph text{SharedBytes(graph_def)};
  CHECK_FAILS(text.Build(), ErrorKind::kInvalidModel, "byte 4: the name of a node is not UTF-8 (ProtoBadUtf8)");
}

// A library of one function `f` with this signature, body and rets.
std::string FunctionText(std::string_view signature, std::string_view body) {
  return fmt::format(R"(library {{ function {{ signature {{ name: "f" {} }} {} }} }})", signature, body);
}

TEST_CASE("a function's arguments are its first nodes, its returns endpoints") {
  const TextGraph text(FunctionText(R"(input_arg { name: "x" type: DT_FLOAT } input_arg { name: "v" type: DT_RESOURCE }
                                       output_arg { name: "twice" type: DT_FLOAT } output_arg { name: "same" type: DT_FLOAT }
                                       control_output: "done")",
                                    R"(
    node_def { name: "add" op: "AddV2" input: "x" input: "x:0" input: "^v" attr { key: "T" value { type: DT_FLOAT } } }
    node_def { name: "run" op: "NoOp" input: "^add" input: "^x" }
    ret { key: "same" value: "x" } ret { key: "twice" value: "add:z:0" } control_ret { key: "done" value: "run" })"));
  const Graph graph = Value(text.BuildFunction("f"));
  CHECK(graph.name() == "f");
  REQUIRE(graph.num_nodes() == 4);
  CHECK(graph.node(0).op == "_Arg");
  CHECK(graph.node(0).def.empty());
  CHECK(Inputs(graph, "add") == "x:0 x:0 ^v");
  CHECK(Inputs(graph, "run") == "^add ^x");
  REQUIRE(graph.args().size() == 2);
  CHECK(graph.args()[1].name == "v");
  CHECK(graph.args()[1].dtype == DataType::kResource);
  REQUIRE(graph.rets().size() == 2);
  CHECK(graph.rets()[0].name == "twice");
  CHECK(graph.rets()[0].endpoint == Endpoint{graph.Find("add"), 0});
  CHECK(graph.rets()[1].endpoint == Endpoint{0, 0});
  REQUIRE(graph.control_rets().size() == 1);
  CHECK(graph.control_rets()[0] == graph.Find("run"));
}

TEST_CASE("named outputs are flattened in the order of the op") {
  const TextGraph text(FunctionText(R"(input_arg { name: "s" type: DT_STRING } input_arg { name: "d" type: DT_STRING }
                                       output_arg { name: "o" type: DT_INT64 })",
                                    R"(
    node_def { name: "split" op: "StringSplit" input: "s" input: "d" }
    node_def { name: "id" op: "IdentityN" input: "split:shape:0" input: "split:values" input: "split:indices:0"
               attr { key: "T" value { list { type: DT_INT64 type: DT_STRING type: DT_INT64 } } } }
    node_def { name: "all" op: "IdentityN" input: "id:output"
               attr { key: "T" value { list { type: DT_INT64 type: DT_STRING type: DT_INT64 } } } }
    ret { key: "o" value: "all:output:2" })"));
  const Graph graph = Value(text.BuildFunction("f"));
  CHECK(Inputs(graph, "id") == "split:2 split:1 split:0");  // outputs: indices, values, shape
  CHECK(Inputs(graph, "all") == "id:0 id:1 id:2");
  CHECK(graph.rets()[0].endpoint.output == 2);
}

TEST_CASE("list arguments and attributes of functions follow the call") {
  const TextGraph text(FunctionText(R"(input_arg { name: "xs" type_attr: "T" number_attr: "N" }
                                       input_arg { name: "ys" type_list_attr: "Ts" } output_arg { name: "o" type_attr: "T" }
                                       attr { name: "T" type: "type" default_value { type: DT_INT32 } }
                                       attr { name: "N" type: "int" } attr { name: "Ts" type: 'list(type)' })",
                                    R"(
    node_def { name: "sum" op: "AddN" input: "xs" attr { key: "T" value { placeholder: "T" } }
               attr { key: "N" value { placeholder: "N" } } }
    node_def { name: "pick" op: "Identity" input: "ys:1" attr { key: "T" value { type: DT_STRING } } }
    ret { key: "o" value: "sum:sum" })"));
  const AttrBindings call = {{"N", BytesOf<tensorflow::AttrValue>("i: 2")},
                             {"Ts", BytesOf<tensorflow::AttrValue>("list { type: DT_BOOL type: DT_STRING }")}};
  const Graph graph = Value(text.BuildFunction("f", call));
  REQUIRE(graph.args().size() == 4);
  CHECK(graph.args()[0].dtype == DataType::kInt32);
  CHECK(graph.args()[1].endpoint == Endpoint{0, 1});
  CHECK(graph.args()[3].dtype == DataType::kString);
  CHECK(Inputs(graph, "sum") == "xs:0 xs:1");
  CHECK(Inputs(graph, "pick") == "ys:1");
  CHECK(Value(graph.attrs(graph.Find("sum")).Type("T")) == DataType::kInt32);
  CHECK_FAILS(text.BuildFunction("f"), ErrorKind::kInvalidModel, "attribute 'N' is missing");
}

TEST_CASE("a node may call a function by naming it as its op") {
  const TextGraph text(R"(library { function { signature { name: "g" input_arg { name: "a" type: DT_FLOAT }
                                                           output_arg { name: "p" type: DT_FLOAT } output_arg { name: "q" type: DT_INT32 } }
                                    ret { key: "p" value: "a" } ret { key: "q" value: "c:output:0" }
                                    node_def { name: "c" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } } }
                          function { signature { name: "f" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "o" type: DT_INT32 } }
                                     node_def { name: "call" op: "g" input: "x" } ret { key: "o" value: "call:q:0" } } }
                          node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
                          node { name: "main" op: "f" input: "x" })");
  CHECK(Value(text.BuildFunction("f")).rets()[0].endpoint.output == 1);
  const Graph main = Value(text.Build());
  CHECK(main.node(main.Find("main")).num_outputs == 1);
}

TEST_CASE("faults of a function are named with the function and the node") {
  struct Case {
    const char* body;
    const char* message;
  };
  const std::vector<Case> cases = {
      {R"(node_def { name: "r" op: "Relu" input: "gone:activations:0" } ret { key: "o" value: "x" })",
       "function 'f': node 'r' (Relu): input 'gone:activations:0': there is no such node or argument (InputNotFound)"},
      {R"(node_def { name: "r" op: "Relu" input: "x:1" } ret { key: "o" value: "x" })",
       "input 'x:1': the argument has 1 tensors (OutputIndexOutOfRange)"},
      {R"(node_def { name: "r" op: "Relu" input: "x:out:0" } ret { key: "o" value: "x" })",
       "has no named outputs (BadInputRef)"},
      {R"(node_def { name: "r" op: "Relu" input: "x" } node_def { name: "s" op: "Relu" input: "r" } ret { key: "o" value: "x" })",
       "input 'r' does not name an output (BadInputRef)"},
      {R"(node_def { name: "r" op: "Relu" input: "x" } ret { key: "o" value: "r:output:0" })",
       "output 'o': input 'r:output:0': node 'r' (Relu) has no output 'output' (InputNotFound)"},
      {R"(node_def { name: "r" op: "Relu" input: "x" } ret { key: "o" value: "r:activations:1" })",
       "output 'activations' of node 'r' (Relu) has 1 tensors (OutputIndexOutOfRange)"},
      {R"(node_def { name: "r" op: "Relu" input: "x" } ret { key: "o" value: "r:activations:x" })",
       "is no reference (BadInputRef)"},
      {R"(node_def { name: "r" op: "Relu" input: "x" })",
       "function 'f': output 'o' is not returned (FunctionRetMissing)"},
      {R"(node_def { name: "x" op: "NoOp" } ret { key: "o" value: "x" })",
       "two nodes are called 'x' (DuplicateNodeName)"},
      {R"(ret { key: "o" value: "x" } control_ret { key: "c" value: "gone" })",
       "control output 'c': there is no node 'gone'"},
      {R"(node_def { name: "r" op: "Relu" input: "^x" input: "x" } ret { key: "o" value: "x" })",
       "(ControlBeforeData)"},
  };
  for (const Case& fault : cases) {
    std::string body(fault.body);
    for (size_t at = 0; (at = body.find("op: \"Relu\"", at)) != body.npos; at += 80)
      body.insert(at + 10, " " + std::string(kFloat));
    const TextGraph text(
        FunctionText(R"(input_arg { name: "x" type: DT_FLOAT } output_arg { name: "o" type: DT_FLOAT })", body));
    CHECK_FAILS(text.BuildFunction("f"), ErrorKind::kInvalidModel, fault.message);
  }
}

TEST_CASE("outputs of unknown ops in functions each have a place") {
  const TextGraph text(FunctionText(R"(output_arg { name: "o" type: DT_FLOAT })", R"(
    node_def { name: "odd" op: "FancyOp" }
    node_def { name: "user" op: "OtherOp" input: "odd:b:0" input: "odd:a:1" input: "odd:b:0" }
    ret { key: "o" value: "odd:a:1" })"));
  const Graph graph = Value(text.BuildFunction("f"));
  CHECK(Inputs(graph, "user") == "odd:0 odd:1 odd:0");
  CHECK(graph.rets()[0].endpoint.output == 1);
}

TEST_CASE("a reference that stands for very many tensors does not exhaust memory") {
  std::string body = R"(ret { key: "o" value: "o" })";
  for (int i = 0; i < 40; ++i) body += fmt::format("node_def {{ name: 'n{}' op: 'FancyOp' input: 'xs' }}", i);
  const TextGraph text(FunctionText(
      R"(input_arg { name: "xs" type: DT_FLOAT number_attr: "N" } input_arg { name: "o" type: DT_FLOAT } output_arg { name: "o" type: DT_FLOAT }
         attr { name: "N" type: "int" default_value { i: 1000000 } })",
      body));
  CHECK_FAILS(text.BuildFunction("f"), ErrorKind::kInvalidModel, "the graph has too many edges");
}

TEST_CASE("a topological order puts producers first and lets V1 loops close") {
  const TextGraph text(Relu("b", "a") + Relu("a", "x") + Placeholder("x") + R"(
    node { name: "merge" op: "Merge" input: "x" input: "next" attr { key: "N" value { i: 2 } } attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "next" op: "NextIteration" input: "body" attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "body" op: "Relu" input: "merge" attr { key: "T" value { type: DT_FLOAT } } })");
  const Graph graph = Value(text.Build());
  const std::vector<int32_t> order = Value(TopologicalOrder(graph));
  REQUIRE(order.size() == 6);
  const auto place = [&](std::string_view name) { return std::ranges::find(order, graph.Find(name)) - order.begin(); };
  CHECK(place("x") < place("a"));
  CHECK(place("a") < place("b"));
  CHECK(place("merge") < place("body"));
  const std::vector<int32_t> some = Value(TopologicalOrder(graph, std::vector<int32_t>{graph.Find("a")}));
  CHECK(some == std::vector<int32_t>{graph.Find("x"), graph.Find("a")});
  // A loop is reached from its Merge, back edge included.
  CHECK(Value(TopologicalOrder(graph, std::vector<int32_t>{graph.Find("merge")})).size() == 4);
}

TEST_CASE("a cycle is an invalid model that names its nodes") {
  const TextGraph text(Relu("a", "b") + Relu("b", "c") + Relu("c", "a"));
  CHECK_FAILS(TopologicalOrder(Value(text.Build())), ErrorKind::kInvalidModel,
              "3 nodes form a cycle: 'a', 'b', 'c' (GraphCycle)");
  const TextGraph self("node { name: 'n' op: 'NoOp' input: '^n' }");
  CHECK_FAILS(TopologicalOrder(Value(self.Build())), ErrorKind::kInvalidModel, "1 nodes form a cycle: 'n'");
}

TEST_CASE("a chain of a hundred thousand nodes is sorted without recursion") {
  tensorflow::GraphDef def;
  for (int i = 0; i < 100000; ++i) {
    tensorflow::NodeDef* node = def.add_node();
    node->set_name(fmt::format("n{}", i));
    node->set_op("NoOp");
    if (i < 99999) node->add_input(fmt::format("^n{}", i + 1));
  }
  const TextGraph text{SharedBytes(def.SerializeAsString())};
  const Graph graph = Value(text.Build());
  CHECK(Value(TopologicalOrder(graph)).front() == 99999);
}

TEST_CASE("tensor names are cut at their last colon") {
  CHECK(ParseTensorName("a")->node == "a");
  CHECK(ParseTensorName("a:12")->output == 12);
  CHECK(ParseTensorName("a:b:3")->node == "a:b");
  for (std::string_view bad : {"", "^a", ":0", "a:", "a:x", "a:-1", "a:1x", "a:4294967296"})
    CHECK_FALSE(ParseTensorName(bad));
}

}  // namespace
}  // namespace smcli
