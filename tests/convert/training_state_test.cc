#include "convert/training_state.h"

#include "convert_fixture.h"
#include "support/tensors.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

using Keys = std::set<std::string, std::less<>>;

TEST_CASE_METHOD(ConvertFixture, "slots of a name-based checkpoint are told by name and shape") {
  const Tensor w = PatternTensor(DataType::kFloat, Shape{3});
  Store({{"Adam", w},
         {"beta1_power", Tensor::Scalar(0.9f)},
         {"beta2_power_1", Tensor::Scalar(0.9f)},
         {"layer/w", w},
         {"layer/w/Adam", w},
         {"layer/w/Adam_1", w},
         {"layer/w/Momentum", Tensor::Scalar(1.0f)},
         {"other/Adam", w}});
  const auto reader = Value(BundleReader::Open(files, "in/ckpt"));
  CHECK(Value(FindTrainingState(*reader)).keys ==
        Keys{"beta1_power", "beta2_power_1", "layer/w/Adam", "layer/w/Adam_1"});
}

// root -> "w" (1), "optimizer" (2) -> "iter" (3); "m" of w is 4, and the optimizer holds it too; 5 is shared by both.
tensorflow::TrackableObjectGraph TrainedObjects() {
  tensorflow::TrackableObjectGraph graph;
  for (int i = 0; i < 6; ++i) graph.add_nodes();
  const auto edge = [&](int from, const char* name, int to) {
    auto* child = graph.mutable_nodes(from)->add_children();
    child->set_local_name(name);
    child->set_node_id(to);
  };
  const auto key = [&](int node, const char* text) {
    graph.mutable_nodes(node)->add_attributes()->set_checkpoint_key(text);
  };
  edge(0, "w", 1);
  edge(0, "optimizer", 2);
  edge(0, "shared", 5);
  edge(2, "iter", 3);
  edge(2, "m", 4);
  edge(2, "shared", 5);
  auto* slot = graph.mutable_nodes(2)->add_slot_variables();
  slot->set_original_variable_node_id(1);
  slot->set_slot_variable_node_id(4);
  key(1, "w");
  key(3, "optimizer/iter");
  key(4, "w/m");
  key(5, "shared");
  return graph;
}

TEST_CASE_METHOD(ConvertFixture, "of an object-based checkpoint, what only an optimizer reaches goes") {
  const Tensor one = Tensor::Scalar(1.0f);
  const std::string objects = TrainedObjects().SerializeAsString();
  Store({{std::string(kObjectGraphKey), MakeTensor<std::string>({}, {objects})},
         {"optimizer/iter", one},
         {"shared", one},
         {"w", one},
         {"w/m", one}});
  const auto reader = Value(BundleReader::Open(files, "in/ckpt"));
  const TrainingState state = Value(FindTrainingState(*reader));
  CHECK(state.keys == Keys{"optimizer/iter", "w/m"});

  tensorflow::TrackableObjectGraph left;
  REQUIRE(left.ParseFromString(Value(WithoutKeys(objects, state.keys))));
  CHECK(left.nodes(2).slot_variables_size() == 0);
  CHECK(left.nodes(4).attributes_size() == 0);
  CHECK(left.nodes(1).attributes(0).checkpoint_key() == "w");

  options.strip_training = true;
  REQUIRE_OK(Run("checkpoint", "out"));
  const auto stripped = Value(BundleReader::Open(files, "out"));
  CHECK(stripped->entries().size() == 3);
  CHECK(Value(stripped->ObjectGraph()).bytes() == Value(WithoutKeys(objects, state.keys)));
}

TEST_CASE_METHOD(ConvertFixture, "an object graph that is none is an invalid model") {
  Store({{std::string(kObjectGraphKey), MakeTensor<std::string>({}, {"\xff\xff"})}, {"w", Tensor::Scalar(1.0f)}});
  options.strip_training = true;
  CHECK_FAILS(Run("npz", "out"), ErrorKind::kInvalidModel, "");
}

}  // namespace
}  // namespace smcli
