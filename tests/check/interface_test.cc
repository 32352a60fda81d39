// Signatures against the graph, and what depends on what.
#include "check/faulty_model.h"

namespace smcli {
namespace {

using tensorflow::SignatureDef;

void EditSignature(FaultyModel& model, const std::string& key, const std::function<void(SignatureDef&)>& edit) {
  model.Edit(
      [&](tensorflow::SavedModel& saved) { edit(saved.mutable_meta_graphs(0)->mutable_signature_def()->at(key)); });
}

// Damages input x and output y of serving_default, in a V1 and in a V2 model.
void CheckBoth(const std::string& rule, const std::string& text, const std::function<void(SignatureDef&)>& edit) {
  for (const char* name : {"half_plus_two", "half_plus_two_v1"}) {
    INFO(name << " " << text);
    FaultyModel model(name);
    EditSignature(model, "serving_default", edit);
    CheckFinds(model, rule, {"signature serving_default", text});
  }
}

TEST_CASE("signatures that the graph does not fit") {
  CheckBoth("SIGNATURE_TENSOR_EXISTS", "gone:0",
            [](SignatureDef& s) { s.mutable_inputs()->at("x").set_name("gone:0"); });
  CheckBoth("SIGNATURE_TENSOR_EXISTS", "gone:0",
            [](SignatureDef& s) { s.mutable_outputs()->at("y").set_name("gone:0"); });
  CheckBoth("SIGNATURE_TENSOR_EXISTS", "names no tensor",
            [](SignatureDef& s) { s.mutable_outputs()->at("y").clear_name(); });
  CheckBoth("SIGNATURE_TENSOR_EXISTS", ":9", [](SignatureDef& s) {
    auto& output = s.mutable_outputs()->at("y");
    output.set_name(output.name().substr(0, output.name().find(':')) + ":9");
  });
  CheckBoth("SIGNATURE_DTYPE_MATCHES", "says int64",
            [](SignatureDef& s) { s.mutable_inputs()->at("x").set_dtype(tensorflow::DT_INT64); });
  CheckBoth("SIGNATURE_DTYPE_MATCHES", "says float64",
            [](SignatureDef& s) { s.mutable_outputs()->at("y").set_dtype(tensorflow::DT_DOUBLE); });
  CheckBoth("SIGNATURE_SHAPE_MATCHES", "says shape [7,7,7]", [](SignatureDef& s) {
    auto& shape = *s.mutable_inputs()->at("x").mutable_tensor_shape();
    shape.clear_dim();
    for (int i = 0; i < 3; ++i) shape.add_dim()->set_size(7);
  });
}

TEST_CASE("signatures with strange names and methods") {
  CheckBoth("SIGNATURE_METHOD_NAME", "has no method name", [](SignatureDef& s) { s.clear_method_name(); });
  CheckBoth("SIGNATURE_METHOD_NAME", "serving/foo",
            [](SignatureDef& s) { s.set_method_name("tensorflow/serving/foo"); });
  CheckBoth("SIGNATURE_CLASSIFY_FORM", "'inputs'",
            [](SignatureDef& s) { s.set_method_name("tensorflow/serving/classify"); });
  CheckBoth("SIGNATURE_REGRESS_FORM", "'inputs'",
            [](SignatureDef& s) { s.set_method_name("tensorflow/serving/regress"); });
  CheckBoth("SIGNATURE_KEY_NAMED", "an input has an empty name", [](SignatureDef& s) {
    (*s.mutable_inputs())[""] = s.inputs().at("x");
    s.mutable_inputs()->erase("x");
  });
  CheckBoth("SIGNATURE_KEY_NAMED", "control characters", [](SignatureDef& s) {
    (*s.mutable_outputs())["\x1b[31mred"] = s.outputs().at("y");
    s.mutable_outputs()->erase("y");
  });
  for (const std::string key : {"", "\u202eevil"}) {
    FaultyModel model("half_plus_two");
    model.Edit([&](tensorflow::SavedModel& saved) {
      auto& signatures = *saved.mutable_meta_graphs(0)->mutable_signature_def();
      signatures[key] = signatures.at("serving_default");
    });
    CheckFinds(model, "SIGNATURE_KEY_NAMED", {"signature"});
  }
}

TEST_CASE("names that deceive, wherever they are") {
  FaultyModel function("half_plus_two");
  function.EditGraph([](tensorflow::GraphDef& graph) {
    tensorflow::FunctionDef& more = *graph.mutable_library()->add_function();
    more = graph.library().function(0);
    more.mutable_signature()->set_name("red\x1b[31m");
  });
  CheckFinds(function, "NAME_PRINTABLE", {"warning", "function red"});
  FaultyModel tag("half_plus_two");
  tag.Edit([](tensorflow::SavedModel& saved) {
    saved.mutable_meta_graphs(0)->mutable_meta_info_def()->add_tags("\u202egpu");
  });
  CheckFinds(tag, "NAME_PRINTABLE", {"warning", "tag "}, {"SERVING_TAG_SERVE"});
}

TEST_CASE("the forms that classify and regress requests ask for") {
  const auto one = [](const std::string& key, const std::string& rule, const std::string& text,
                      const std::function<void(SignatureDef&)>& edit) {
    INFO(key << " " << text);
    FaultyModel model("half_plus_two_v1");
    EditSignature(model, key, edit);
    CheckFinds(model, rule, {"signature " + key, text});
  };
  one("classify_x_to_y", "SIGNATURE_CLASSIFY_FORM", "'classes', 'scores' or both",
      [](SignatureDef& s) { (*s.mutable_outputs())["more"] = s.outputs().at("scores"); });
  one("classify_x_to_y", "SIGNATURE_CLASSIFY_FORM", "'classes', 'scores' or both", [](SignatureDef& s) {
    (*s.mutable_outputs())["labels"] = s.outputs().at("classes");
    s.mutable_outputs()->erase("classes");
    s.mutable_outputs()->erase("scores");
  });
  one("classify_x_to_y", "SIGNATURE_CLASSIFY_FORM", "string is wanted",
      [](SignatureDef& s) { (*s.mutable_outputs())["classes"] = s.outputs().at("scores"); });
  one("regress_x_to_y", "SIGNATURE_REGRESS_FORM", "'outputs'", [](SignatureDef& s) {
    (*s.mutable_outputs())["value"] = s.outputs().at("outputs");
    s.mutable_outputs()->erase("outputs");
  });
  one("regress_x_to_y", "SIGNATURE_TAKES_EXAMPLES", "float32", [](SignatureDef& s) {
    SignatureDef copy = s;
    s.mutable_inputs()->at("inputs").set_dtype(tensorflow::DT_FLOAT);
    s.mutable_inputs()->at("inputs").set_name("x:0");
    s.mutable_inputs()->at("inputs").clear_tensor_shape();
  });
}

TEST_CASE("models without signatures, without the tag serve") {
  FaultyModel none("half_plus_two");
  none.Edit([](tensorflow::SavedModel& saved) { saved.mutable_meta_graphs(0)->clear_signature_def(); });
  CheckFinds(none, "SIGNATURE_PRESENT", {"warning"});
  CHECK(none.Findings({{"load"}, {}, {}}).empty());
  FaultyModel tags("half_plus_two");
  tags.Edit(
      [](tensorflow::SavedModel& saved) { saved.mutable_meta_graphs(0)->mutable_meta_info_def()->add_tags("gpu"); });
  CheckFinds(tags, "SERVING_TAG_SERVE", {"warning", "{gpu,serve}"});
}

TEST_CASE("defaults of inputs must fit them") {
  FaultyModel model("defaults");
  const auto first = [](SignatureDef& s) -> tensorflow::TensorProto& { return s.mutable_defaults()->begin()->second; };
  EditSignature(model, "serving_default", [&](SignatureDef& s) {
    first(s).set_dtype(tensorflow::DT_INT64);
    first(s).clear_float_val();
    first(s).clear_tensor_content();
  });
  CheckFinds(model, "SIGNATURE_DEFAULT_MATCHES", {"int64"});
}

TEST_CASE("inputs and variables that nothing depends on are only noteworthy") {
  FaultyModel input("half_plus_two");
  input.Edit([](tensorflow::SavedModel& saved) {
    auto& graph = *saved.mutable_meta_graphs(0);
    for (const auto& node : graph.graph_def().node()) {
      if (node.op() != "Placeholder" || node.name() != "serving_default_x") continue;
      tensorflow::NodeDef more = node;
      more.set_name("serving_default_more");
      *graph.mutable_graph_def()->add_node() = more;
      break;
    }
    SignatureDef& signature = graph.mutable_signature_def()->at("serving_default");
    (*signature.mutable_inputs())["more"] = signature.inputs().at("x");
    (*signature.mutable_inputs())["more"].set_name("serving_default_more:0");
  });
  CheckFinds(input, "SIGNATURE_INPUT_USED", {"info", "inputs.more"});
  FaultyModel variable("half_plus_two_v1");
  variable.EditGraph([](tensorflow::GraphDef& graph) {
    for (const auto& node : graph.node()) {
      if (node.op() != "VariableV2") continue;
      tensorflow::NodeDef more = node;
      more.set_name("spare");
      *graph.add_node() = more;
      return;
    }
  });
  CheckFinds(variable, "VARIABLE_USED", {"info", "variable spare"});
}

TEST_CASE("each of several meta-graphs is checked, and named") {
  FaultyModel model("multi_meta_graphs");
  model.Edit([](tensorflow::SavedModel& saved) {
    for (auto& [key, signature] : *saved.mutable_meta_graphs(1)->mutable_signature_def()) {
      signature.mutable_outputs()->begin()->second.set_name("gone:0");
    }
  });
  CheckFinds(model, "SIGNATURE_TENSOR_EXISTS", {"meta-graph {", "gone:0"});
}

}  // namespace
}  // namespace smcli
