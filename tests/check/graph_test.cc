// Faults of graphs, each in the main graph of a V1 model and in a function's body of a V2 one where both can have it.
#include "check/faulty_model.h"
#include "check/shapes.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

using tensorflow::FunctionDef;
using tensorflow::GraphDef;
using tensorflow::NodeDef;

NodeDef& NodeOf(google::protobuf::RepeatedPtrField<NodeDef>& nodes, std::string_view op) {
  for (NodeDef& node : nodes) {
    if (node.op() == op) return node;
  }
  FAIL("no node of op " << op);
  return nodes[0];
}

// The nodes of the first function with such an op.
google::protobuf::RepeatedPtrField<NodeDef>& BodyWith(GraphDef& graph, std::string_view op) {
  for (FunctionDef& function : *graph.mutable_library()->mutable_function()) {
    for (const NodeDef& node : function.node_def()) {
      if (node.op() == op) return *function.mutable_node_def();
    }
  }
  FAIL("no function with op " << op);
  return *graph.mutable_node();
}

using Nodes = google::protobuf::RepeatedPtrField<NodeDef>;

// Damages the nodes around the first Mul, in the main graph or in a body.
void CheckBoth(const std::string& rule, const std::string& text, const std::function<void(Nodes&)>& damage,
               const std::vector<std::string>& beside = {}) {
  SECTION("main graph: " + rule + " " + text) {
    FaultyModel model("half_plus_two_v1");
    model.EditGraph([&](GraphDef& graph) { damage(*graph.mutable_node()); });
    CheckFinds(model, rule, {"m/saved_model.pb", text}, beside);
  }
  SECTION("function: " + rule + " " + text) {
    FaultyModel model("half_plus_two");
    model.EditGraph([&](GraphDef& graph) { damage(BodyWith(graph, "Mul")); });
    CheckFinds(model, rule, {"m/saved_model.pb", "function __inference", text}, beside);
  }
}

TEST_CASE("faults of nodes are found with the node") {
  CheckBoth("GRAPH_NODE_NAME_UNIQUE", "'twin'", [](Nodes& nodes) {
    for (int i = 0; i < 2; ++i) {
      NodeDef node;
      node.set_name("twin");
      node.set_op("NoOp");
      *nodes.Add() = node;
    }
  });
  CheckBoth("GRAPH_NODE_NAME_VALID", "node bad name", [](Nodes& nodes) {
    NodeDef node;
    node.set_name("bad name");
    node.set_op("NoOp");
    *nodes.Add() = node;
  });
  CheckBoth("GRAPH_OP_KNOWN", "FancyOp", [](Nodes& nodes) {
    NodeDef node;
    node.set_name("fancy");
    node.set_op("FancyOp");
    *nodes.Add() = node;
  });
  CheckBoth("GRAPH_INPUT_EXISTS", "gone", [](Nodes& nodes) { NodeOf(nodes, "Mul").set_input(0, "gone"); });
  CheckBoth("GRAPH_INPUT_EXISTS", "^gone", [](Nodes& nodes) { NodeOf(nodes, "Mul").add_input("^gone"); });
  CheckBoth("GRAPH_INPUT_COUNT", "Mul", [](Nodes& nodes) { NodeOf(nodes, "Mul").mutable_input()->RemoveLast(); });
  CheckBoth("GRAPH_INPUT_ORDER", "control input", [](Nodes& nodes) {
    NodeDef& node = NodeOf(nodes, "Mul");
    const std::string last = node.input(1);
    node.set_input(1, "^" + nodes[0].name());
    node.add_input(last);
  });
  CheckBoth("GRAPH_ATTR_VALID", "'T' is missing", [](Nodes& nodes) { NodeOf(nodes, "Mul").mutable_attr()->erase("T"); },
            {"GRAPH_INPUT_TYPE"});
  CheckBoth("GRAPH_ATTR_VALID", "'T' should be a type",
            [](Nodes& nodes) { (*NodeOf(nodes, "Mul").mutable_attr())["T"].set_i(7); }, {"GRAPH_INPUT_TYPE"});
  CheckBoth("GRAPH_INPUT_TYPE", "int32 is wanted",
            [](Nodes& nodes) { (*NodeOf(nodes, "Mul").mutable_attr())["T"].set_type(tensorflow::DT_INT32); });
  CheckBoth("GRAPH_NO_CYCLE", "cycle",
            [](Nodes& nodes) { NodeOf(nodes, "Mul").add_input("^" + NodeOf(nodes, "Mul").name()); });
}

TEST_CASE("constants that do not hold what they declare") {
  const auto one = [](const std::string& text, const std::function<void(tensorflow::TensorProto&)>& damage) {
    INFO(text);
    FaultyModel model("half_plus_two_v1");
    model.EditGraph([&](GraphDef& graph) {
      for (NodeDef& node : *graph.mutable_node()) {
        if (node.op() != "Const" || node.attr().at("dtype").type() != tensorflow::DT_FLOAT) continue;
        damage(*(*node.mutable_attr())["value"].mutable_tensor());
        return;
      }
    });
    CheckFinds(model, "GRAPH_CONST_VALUE", {text}, {"GRAPH_INPUT_SHAPE"});
  };
  const auto dims = [](tensorflow::TensorProto& tensor, std::vector<int64_t> sizes) {
    tensor.mutable_tensor_shape()->clear_dim();
    for (const int64_t size : sizes) tensor.mutable_tensor_shape()->add_dim()->set_size(size);
  };
  one("negative", [&](auto& tensor) { dims(tensor, {-5}); });
  one("1099511627776", [&](auto& tensor) { dims(tensor, {int64_t{1} << 40}); });
  one("64 bits", [&](auto& tensor) { dims(tensor, {int64_t{1} << 31, int64_t{1} << 31, 4}); });
  one("3 bytes", [&](auto& tensor) {
    tensor.clear_float_val();
    tensor.set_tensor_content("abc");
  });
}

TEST_CASE("a custom op that the model defines is a warning, one that nobody defines an error") {
  FaultyModel model("half_plus_two_v1");
  model.Edit([](tensorflow::SavedModel& saved) {
    auto& graph = *saved.mutable_meta_graphs(0);
    NodeDef node;
    node.set_name("fancy");
    node.set_op("FancyOp");
    *graph.mutable_graph_def()->add_node() = node;
    graph.mutable_meta_info_def()->mutable_stripped_op_list()->add_op()->set_name("FancyOp");
  });
  CheckFinds(model, "GRAPH_OP_STOCK", {"warning", "FancyOp", "1 node"});
}

TEST_CASE("a graph for a newer TensorFlow") {
  FaultyModel model("half_plus_two");
  model.EditGraph([](GraphDef& graph) { graph.mutable_versions()->set_min_consumer(9999); });
  CheckFinds(model, "GRAPH_VERSION_SUPPORTED", {"9999"});
}

TEST_CASE("loops of V1: inputs of two frames, and an exit of none") {
  FaultyModel mixed("v1_while");
  mixed.EditGraph([](GraphDef& graph) {
    NodeDef& next = NodeOf(*graph.mutable_node(), "NextIteration");
    for (NodeDef& node : *graph.mutable_node()) {
      if (node.op() == "Placeholder") next.add_input("^" + node.name());
    }
  });
  CheckFinds(mixed, "GRAPH_FRAME_CONSISTENT", {"node", "no loop"});
  FaultyModel outside("v1_while");
  outside.EditGraph([](GraphDef& graph) {
    NodeDef& exit = *graph.add_node();
    exit = NodeOf(*graph.mutable_node(), "Exit");
    exit.set_name("stray");
    for (const NodeDef& node : graph.node()) {
      if (node.op() == "Placeholder") exit.set_input(0, node.name());
    }
  });
  CheckFinds(outside, "GRAPH_FRAME_CONSISTENT", {"stray"}, {"GRAPH_INPUT_TYPE"});
}

std::string ShapeFaults(const std::string& a, const std::string& b, const std::string& op,
                        const std::string& attrs = "") {
  const auto constant = [](const std::string& name, const std::string& dims) {
    return fmt::format(R"(node {{ name: "{}" op: "VariableV2" attr {{ key: "dtype" value {{ type: DT_FLOAT }} }}
      attr {{ key: "shape" value {{ shape {{ {} }} }} }} }} node {{ name: "{}r" op: "Identity" input: "{}"
      attr {{ key: "T" value {{ type: DT_FLOAT }} }} }})",
                       name, dims, name, name);
  };
  const TextGraph text(constant("a", a) + constant("b", b) +
                       fmt::format(R"(node {{ name: "n" op: "{}" input: "ar" input: "br"
                         attr {{ key: "T" value {{ type: DT_FLOAT }} }} {} }})",
                                   op, attrs));
  const Graph graph = Value(text.Build());
  std::string faults;
  for (const NodeFault& fault : CheckShapes(graph, Value(TopologicalOrder(graph))))
    faults += fmt::format("{}: {}", fault.node, fault.message);
  return faults;
}

TEST_CASE("shapes that are known must fit their ops") {
  const std::string d2 = "dim { size: 2 } ", d3 = "dim { size: 3 } ", d1 = "dim { size: 1 } ",
                    open = "dim { size: -1 } ";
  CHECK(ShapeFaults(d2 + d3, d3, "Mul") == "");
  CHECK(ShapeFaults(d2 + d1, d3, "AddV2") == "");
  CHECK(ShapeFaults(open + d3, d2 + d3, "Sub") == "");
  CHECK(ShapeFaults(d2 + d3, d2, "Mul") == "n: Mul: dimensions must be equal: shapes [2,3] and [2]");
  CHECK(ShapeFaults("unknown_rank: true", d2, "Mul") == "");
  CHECK(ShapeFaults(d2 + d3, d3 + d2, "MatMul") == "");
  CHECK(ShapeFaults(d2 + d3, d2 + d3, "MatMul") == "n: MatMul: inner dimensions must be equal: shapes [2,3] and [2,3]");
  CHECK(ShapeFaults(d2 + d3, d2 + d3, "MatMul", R"(attr { key: "transpose_b" value { b: true } })") == "");
  CHECK(ShapeFaults(d2, d2 + d3, "MatMul") == "n: MatMul: matrices are wanted: shapes [2] and [2,3]");
  CHECK(ShapeFaults(d2 + d3, d3, "BiasAdd") == "");
  CHECK(ShapeFaults(d2 + d3, d2, "BiasAdd") != "");
}

TEST_CASE("constants of absurd shapes are found where they meet others") {
  FaultyModel model("half_plus_two_v1");
  model.EditGraph([](GraphDef& graph) {
    for (NodeDef& node : *graph.mutable_node()) {
      if (node.op() != "VariableV2") continue;
      (*node.mutable_attr())["shape"].mutable_shape()->add_dim()->set_size(7);
    }
  });
  CheckFinds(model, "VARIABLE_SHAPE_MATCHES", {"[7]"}, {"GRAPH_INPUT_SHAPE"});
}

}  // namespace
}  // namespace smcli
