#include "model/object_graph.h"

#include "base/file.h"
#include "model/saved_model.h"
#include "saved_object_graph.pb.h"
#include "support/catch.h"
#include "support/graph_text.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

std::unique_ptr<ObjectGraph> Objects(std::string_view text) {
  return Value(ObjectGraph::Read(SharedBytes(BytesOf<tensorflow::SavedObjectGraph>(text))));
}

constexpr std::string_view kTree = R"(
  nodes { children { node_id: 1 local_name: "layers" } children { node_id: 2 local_name: "v" }
          children { node_id: 3 local_name: "a.b" } user_object { identifier: "_generic_user_object" } }
  nodes { children { node_id: 2 local_name: "0" } children { local_name: "up" } user_object { identifier: "trackable_list_wrapper" } }
  nodes { variable { name: "w" dtype: DT_FLOAT shape { dim { size: 2 } } trainable: true } }
  nodes { function { concrete_functions: "__inference_f_1" function_spec { is_method: true } } }
  nodes { asset { } }
  concrete_functions { key: "__inference_f_1" value { bound_inputs: 2
      canonicalized_input_signature { tuple_value { values { tuple_value { values { tensor_spec_value { name: "x" dtype: DT_FLOAT } } } }
                                                    values { dict_value { } } } }
      output_signature { tensor_spec_value { dtype: DT_FLOAT } } } })";

TEST_CASE("objects have kinds, edges, and what belongs to their kind") {
  const auto graph = Objects(kTree);
  REQUIRE(graph->nodes().size() == 5);
  CHECK(graph->node(0).text == "_generic_user_object");
  CHECK(graph->node(2).kind == SavedObject::Kind::kVariable);
  CHECK(graph->node(2).variable.trainable);
  CHECK(graph->node(2).variable.shape.ToString() == "[2]");
  REQUIRE(graph->node(3).spec != nullptr);
  CHECK(graph->node(3).spec->is_method);
  CHECK(graph->node(4).kind == SavedObject::Kind::kAsset);
  CHECK(Name(graph->node(3).kind) == "function");
  const ConcreteFunction* function = graph->FindConcreteFunction("__inference_f_1");
  REQUIRE(function != nullptr);
  CHECK(function->bound_inputs == std::vector<int32_t>{2});
  CHECK(CountTensors(function->input_signature) == 1);
  CHECK(graph->FindConcreteFunction("g") == nullptr);
}

TEST_CASE("paths lead to objects, dots in names included") {
  const auto graph = Objects(kTree);
  CHECK(Value(graph->Resolve("")) == 0);
  CHECK(Value(graph->Resolve("layers.0")) == 2);
  CHECK(Value(graph->Resolve("a.b")) == 3);
  CHECK(Value(graph->Resolve("layers.up.layers.up.v")) == 2);
  CHECK_FAILS(graph->Resolve("layers.1"), ErrorKind::kNotFound, "no object \"layers.1\"");
  CHECK_FAILS(graph->Resolve("layer"), ErrorKind::kNotFound, "did you mean \"layers\"?");
  CHECK_FAILS(graph->Resolve("v."), ErrorKind::kNotFound, "no object");
  const auto paths = graph->Paths();
  CHECK(paths[0] == "");
  CHECK(paths[2] == "v");
  CHECK(paths[1] == "layers");
  CHECK_FALSE(paths[4]);
}

TEST_CASE("ids that name no node are refused") {
  for (const char* text : {"nodes { children { node_id: 1 } }", "nodes { children { node_id: -1 } }",
                           "nodes { dependencies { node_id: 9 } }",
                           "nodes { slot_variables { original_variable_node_id: 0 slot_variable_node_id: 1 } }",
                           "concrete_functions { key: 'f' value { bound_inputs: 0 } }"}) {
    CHECK_FAILS(ObjectGraph::Read(SharedBytes(BytesOf<tensorflow::SavedObjectGraph>(text))), ErrorKind::kInvalidModel,
                "ObjectIdOutOfRange");
  }
}

TEST_CASE("paths of a very long chain take bounded memory") {
  tensorflow::SavedObjectGraph def;
  for (int i = 0; i < 50000; ++i) {
    auto* child = def.add_nodes()->add_children();
    child->set_node_id(std::min(i + 1, 49999));
    child->set_local_name(std::string(20, 'n'));
  }
  const auto graph = Value(ObjectGraph::Read(SharedBytes(def.SerializeAsString())));
  size_t total = 0;
  for (const auto& path : graph->Paths()) total += path.value_or("").size();
  CHECK(total <= size_t{1} << 26);
}

TEST_CASE("structures flatten depth first, dictionaries by key") {
  tensorflow::StructuredValue proto;
  REQUIRE_OK(ParseText(R"(tuple_value {
    values { dict_value { fields { key: "b" value { tensor_spec_value { dtype: DT_FLOAT } } }
                          fields { key: "a" value { int64_value: -3 } } } }
    values { named_tuple_value { name: "P" values { key: "y" value { none_value { } } }
                                 values { key: "x" value { type_spec_value { type_spec_class: RAGGED_TENSOR_SPEC num_flat_components: 2 } } } } }
    values { list_value { values { bool_value: true } values { bounded_tensor_spec_value { dtype: DT_INT32
             minimum { dtype: DT_INT32 int_val: 0 } maximum { dtype: DT_INT32 int_val: 9 } } } } } })",
                       &proto));
  const StructuredValue value = Value(ReadStructuredValue(proto));
  std::string leaves;
  for (const StructureLeaf& leaf : FlattenStructure(value))
    leaves += fmt::format("{}={} ", leaf.path, leaf.num_tensors);
  CHECK(leaves == "0/a=0 0/b=1 1/y=0 1/x=2 2/0=0 2/1=1 ");
  CHECK(CountTensors(value) == 4);
  CHECK(value.items[0].Find("a")->int_value == -3);
  CHECK(value.items[1].name == "P");
  CHECK(value.items[2].items[1].items[1].tensor.scalar<int32_t>() == 9);
}

std::string Trackables(std::string_view text) { return BytesOf<tensorflow::TrackableObjectGraph>(text); }

TEST_CASE("a checkpoint's objects are matched by names of edges, then by slots") {
  const auto graph = Objects(R"(
    nodes { children { node_id: 1 local_name: "v" } children { node_id: 2 local_name: "opt" } user_object { } }
    nodes { variable { dtype: DT_FLOAT } }
    nodes { slot_variables { original_variable_node_id: 1 slot_name: "m" slot_variable_node_id: 3 } user_object { } }
    nodes { children { node_id: 4 local_name: "deep" } variable { dtype: DT_FLOAT } } nodes { variable { dtype: DT_FLOAT } })");
  const std::string checkpoint = Trackables(R"(
    nodes { children { node_id: 2 local_name: "opt" } children { node_id: 4 local_name: "v" } children { node_id: 1 local_name: "new" } }
    nodes { }
    nodes { slot_variables { original_variable_node_id: 4 slot_name: "m" slot_variable_node_id: 3 } }
    nodes { children { node_id: 5 local_name: "deep" } attributes { name: "VARIABLE_VALUE" full_name: "v/m" checkpoint_key: "k/m" } }
    nodes { attributes { name: "VARIABLE_VALUE" checkpoint_key: "k/v" } registered_saver { name: "saver" } }
    nodes { attributes { name: "VARIABLE_VALUE" checkpoint_key: "k/deep" } })");
  const CheckpointMatch match = Value(MatchCheckpoint(*graph, checkpoint));
  REQUIRE(match.attributes.size() == 3);
  CHECK(match.attributes[0].node == 1);
  CHECK(match.attributes[0].checkpoint_key == "k/v");
  CHECK(match.attributes[1].node == 3);
  CHECK(match.attributes[1].checkpoint_key == "k/m");
  CHECK(match.attributes[2].node == 4);
  CHECK(match.unmatched == std::vector<std::string>{"new"});
  REQUIRE(match.registered_savers.size() == 1);
  CHECK(match.registered_savers[0] == std::pair<int32_t, std::string>(1, "saver"));
  CHECK_FAILS(MatchCheckpoint(*graph, Trackables("nodes { children { node_id: 7 } }")), ErrorKind::kInvalidModel,
              "ObjectIdOutOfRange");
  CHECK_FAILS(MatchCheckpoint(*graph, "\x0a\x05"), ErrorKind::kInvalidModel, "_CHECKPOINTABLE_OBJECT_GRAPH");
}

TEST_CASE("slots of one variable are told apart by their names") {
  const auto graph = Objects(R"(
    nodes { children { node_id: 1 local_name: "v" } children { node_id: 2 local_name: "opt" } user_object { } }
    nodes { variable { dtype: DT_FLOAT } }
    nodes { slot_variables { original_variable_node_id: 1 slot_name: "m" slot_variable_node_id: 3 }
            slot_variables { original_variable_node_id: 1 slot_name: "v" slot_variable_node_id: 4 } user_object { } }
    nodes { variable { dtype: DT_FLOAT } } nodes { variable { dtype: DT_FLOAT } })");
  const CheckpointMatch match = Value(MatchCheckpoint(*graph, Trackables(R"(
    nodes { children { node_id: 1 local_name: "v" } children { node_id: 2 local_name: "opt" } } nodes { }
    nodes { slot_variables { original_variable_node_id: 1 slot_name: "v" slot_variable_node_id: 3 }
            slot_variables { original_variable_node_id: 1 slot_name: "m" slot_variable_node_id: 4 } }
    nodes { attributes { name: "VARIABLE_VALUE" checkpoint_key: "k/v" } }
    nodes { attributes { name: "VARIABLE_VALUE" checkpoint_key: "k/m" } })")));
  REQUIRE(match.attributes.size() == 2);
  CHECK(match.attributes[0].node == 3);
  CHECK(match.attributes[0].checkpoint_key == "k/m");
  CHECK(match.attributes[1].node == 4);
  CHECK(match.attributes[1].checkpoint_key == "k/v");
}

TEST_CASE("the objects of a checkpoint alone are listed with their paths") {
  const auto entries = Value(ListTrackables(Trackables(R"(
    nodes { children { node_id: 1 local_name: "a" } } nodes { children { node_id: 2 local_name: "b" } children { local_name: "root" } }
    nodes { attributes { name: "VARIABLE_VALUE" checkpoint_key: "a/b/.ATTRIBUTES/VARIABLE_VALUE" } })")));
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].path == "a/b");
  CHECK(entries[0].checkpoint_key == "a/b/.ATTRIBUTES/VARIABLE_VALUE");
}

TEST_CASE("what a checkpoint stores is told without its objects, up to a fault") {
  const std::string bytes = Trackables(R"(
    nodes { children { node_id: 1 local_name: "a" } }
    nodes { attributes { name: "VARIABLE_VALUE" full_name: "dense/kernel" checkpoint_key: "a/k" }
            attributes { name: "OTHER" checkpoint_key: "a/o" } })");
  std::vector<std::string> seen;
  const auto see = [&](const StoredAttribute& attribute) {
    seen.push_back(fmt::format("{} {} {}", attribute.name, attribute.full_name, attribute.checkpoint_key));
  };
  CHECK(VisitStoredAttributes(bytes, see).ok());
  CHECK(seen == std::vector<std::string>{"VARIABLE_VALUE dense/kernel a/k", "OTHER  a/o"});
  seen.clear();
  CHECK_FALSE(VisitStoredAttributes(bytes + "\xff", see).ok());
  CHECK(seen.size() == 2);
}

TEST_CASE("objects of exported models: functions take what their signatures say and what they capture") {
  const auto files = MakeRealFileSystem();
  for (const char* name :
       {"no_signatures", "vocab_lookup", "ragged_sparse_inputs", "keras_dense", "keras2_sequential"}) {
    INFO(name);
    const SavedModel model = Value(SavedModel::Open(*files, fmt::format("testdata/models/{}", name)));
    const MetaGraph& meta_graph = *model.meta_graphs()[0];
    const ObjectGraph* objects = Value(meta_graph.object_graph());
    REQUIRE(objects != nullptr);
    const FunctionLibrary& library = *Value(meta_graph.functions());
    for (const ConcreteFunction& concrete : objects->concrete_functions()) {
      INFO(concrete.name);
      const Function& function = *Value(library.Get(concrete.name));
      CHECK(CountTensors(concrete.input_signature) + static_cast<int64_t>(concrete.bound_inputs.size()) ==
            static_cast<int64_t>(function.signature().inputs.size()));
      CHECK(CountTensors(concrete.output_signature) == static_cast<int64_t>(function.signature().outputs.size()));
    }
  }
}

}  // namespace
}  // namespace smcli
