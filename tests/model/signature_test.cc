#include "model/signature.h"

#include "base/file.h"
#include "meta_graph.pb.h"
#include "model/saved_model.h"
#include "model/spec_text.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

Signature FromText(std::string_view text) {
  tensorflow::SignatureDef def;
  REQUIRE_OK(ParseText(text, &def));
  return Value(MakeSignature("key", def));
}

TEST_CASE("dense inputs and outputs, sorted by key") {
  const Signature signature = FromText(R"(
    method_name: "m" inputs { key: "b" value { name: "b:0" dtype: DT_STRING tensor_shape { unknown_rank: true } } }
    inputs { key: "a" value { name: "a:1" dtype: DT_INT64 tensor_shape { dim { size: -1 } dim { size: 3 } } } }
    outputs { key: "o" value { dtype: 99 } })");
  REQUIRE(signature.inputs.size() == 2);
  CHECK(signature.inputs[0].key == "a");
  CHECK(signature.inputs[0].tensor_name == "a:1");
  CHECK(signature.inputs[0].shape.ToString() == "[?,3]");
  CHECK(signature.inputs[1].has_shape);
  CHECK_FALSE(signature.inputs[1].shape.known_rank());
  CHECK(signature.outputs[0].encoding == TensorSpec::Encoding::kNone);
  CHECK(signature.outputs[0].dtype == DataType::kInvalid);
  CHECK(signature.outputs[0].dtype_number == 99);
  CHECK(signature.FindInput("b") == &signature.inputs[1]);
  CHECK(signature.FindInput("c") == nullptr);
  CHECK_FALSE(signature.internal());
}

TEST_CASE("sparse tensors are three parts") {
  const Signature signature = FromText(R"(inputs { key: "s" value {
    dtype: DT_FLOAT tensor_shape { dim { size: -1 } dim { size: 7 } }
    coo_sparse { values_tensor_name: "v:0" indices_tensor_name: "i:0" dense_shape_tensor_name: "d:0" } } })");
  const std::vector<TensorSpec> parts = FlattenSpecs(signature.inputs);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].key == "s/indices");
  CHECK(parts[0].tensor_name == "i:0");
  CHECK(parts[0].dtype == DataType::kInt64);
  CHECK(parts[0].shape.ToString() == "[?,2]");
  CHECK(parts[1].key == "s/values");
  CHECK(parts[1].dtype == DataType::kFloat);
  CHECK(parts[2].key == "s/dense_shape");
  CHECK(parts[2].shape.ToString() == "[2]");
}

TEST_CASE("ragged tensors are values and row splits") {
  const auto keys = [](int splits) {
    std::string components = "components { name: 'v:0' dtype: DT_FLOAT }";
    for (int i = 0; i < splits; ++i) components += fmt::format("components {{ name: 's{}:0' dtype: DT_INT64 }}", i);
    const Signature signature = FromText(fmt::format(R"(outputs {{ key: "r" value {{ composite_tensor {{
        type_spec {{ type_spec_class: RAGGED_TENSOR_SPEC type_spec_class_name: "RaggedTensorSpec" }} {} }} }} }})",
                                                     components));
    CHECK(signature.outputs[0].type_name == "RaggedTensorSpec");
    std::string all;
    for (const TensorSpec& part : FlattenSpecs(signature.outputs)) all += part.key + " ";
    return all;
  };
  CHECK(keys(1) == "r/values r/row_splits ");
  CHECK(keys(2) == "r/values r/row_splits_0 r/row_splits_1 ");
}

TEST_CASE("defaults are tensors") {
  const Signature signature = FromText(R"(defaults { key: "x" value { dtype: DT_INT32 int_val: 5 } })");
  REQUIRE(signature.FindDefault("x") != nullptr);
  CHECK(signature.FindDefault("x")->scalar<int32_t>() == 5);
  CHECK(signature.FindDefault("y") == nullptr);
  tensorflow::SignatureDef broken;
  (*broken.mutable_defaults())["x"].set_tensor_content("abc");
  CHECK_FAILS(MakeSignature("key", broken), ErrorKind::kInvalidModel, "default of input 'x': ");
}

TEST_CASE("signatures of exported models: defaults and composite outputs") {
  const auto files = MakeRealFileSystem();
  const SavedModel defaults = Value(SavedModel::Open(*files, "testdata/models/defaults"));
  const Signature& with = *Value(defaults.meta_graphs()[0]->PickSignature(std::nullopt));
  CHECK_FALSE(with.defaults.empty());
  const SavedModel ragged = Value(SavedModel::Open(*files, "testdata/models/ragged_sparse_inputs"));
  const Signature& composite = *Value(ragged.meta_graphs()[0]->PickSignature(std::nullopt));
  const TensorSpec* doubled = composite.FindOutput("doubled");
  REQUIRE(doubled != nullptr);
  CHECK(doubled->encoding == TensorSpec::Encoding::kComposite);
  CHECK(doubled->components.size() == 2);
  CHECK(SpecText(*doubled) == "doubled ragged float32[?,?]");
  CHECK(doubled->dtype == DataType::kInvalid);  // as the file has it, which saved_model_cli shows
}

TEST_CASE("a ragged tensor as a whole has a dimension for each of its row splits") {
  const Signature signature = FromText(R"(
    outputs { key: "deep" value { composite_tensor {
      type_spec { type_spec_class: RAGGED_TENSOR_SPEC type_spec_class_name: "RaggedTensorSpec" }
      components { name: "v:0" dtype: DT_INT32 tensor_shape { dim { size: -1 } dim { size: 3 } } }
      components { name: "r:0" dtype: DT_INT64 } components { name: "s:0" dtype: DT_INT64 } } } }
    outputs { key: "open" value { composite_tensor {
      type_spec { type_spec_class: RAGGED_TENSOR_SPEC type_spec_class_name: "RaggedTensorSpec" }
      components { name: "v:0" dtype: DT_INT32 tensor_shape { unknown_rank: true } }
      components { name: "r:0" dtype: DT_INT64 } } } })");
  CHECK(SpecsText(signature.outputs) == "deep ragged int32[?,?,?,3], open ragged int32[...]");
}

}  // namespace
}  // namespace smcli
