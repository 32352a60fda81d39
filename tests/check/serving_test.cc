// What single targets ask for: warm-up requests, the JSON API, smcli's executor.
#include "check/faulty_model.h"
#include "formats/tfrecord.h"
#include "model/warmup.h"
#include "prediction_log.pb.h"

namespace smcli {
namespace {

const std::string kWarmup(kWarmupFile);

void EditRequests(FaultyModel& model, const std::function<void(tensorflow::serving::PredictionLog&)>& edit) {
  std::string bytes;
  {
    auto reader = Value(TfRecordReader::Open(MappedFile::Of(model.File(kWarmup)), 1 << 20));
    while (const auto record = Value(reader.Next())) {
      tensorflow::serving::PredictionLog log;
      REQUIRE(log.ParseFromString(std::string(*record)));
      edit(log);
      AppendTfRecord(log.SerializeAsString(), bytes);
    }
  }
  model.File(kWarmup) = bytes;
}

TEST_CASE("a warm-up file that is damaged, cut off, empty or no record file") {
  const auto one = [](const std::function<void(std::string&)>& damage) {
    FaultyModel model("warmup");
    damage(model.File(kWarmup));
    CheckFinds(model, "WARMUP_READABLE", {"m/assets.extra/tf_serving_warmup_requests"});
  };
  one([](std::string& bytes) { bytes.clear(); });
  one([](std::string& bytes) { bytes.resize(bytes.size() - 3); });
  one([](std::string& bytes) { bytes[3] ^= 1; });
  one([](std::string& bytes) { bytes[20] ^= 1; });
  one([](std::string& bytes) { bytes = "this is text, and no file of records"; });
  one([](std::string& bytes) {
    bytes.clear();
    AppendTfRecord("\xff\xff no message", bytes);
  });
}

TEST_CASE("warm-up requests that the model refuses") {
  FaultyModel many("warmup");
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += many.File(kWarmup);
  many.File(kWarmup) = bytes;
  CheckFinds(many, "WARMUP_COUNT", {"1,500"});
  FaultyModel signature("warmup");
  EditRequests(signature, [](auto& log) {
    if (log.has_predict_log())
      log.mutable_predict_log()->mutable_request()->mutable_model_spec()->set_signature_name("gone");
  });
  CheckFinds(signature, "WARMUP_SIGNATURE_EXISTS", {"record ", "gone"});
  const auto inputs =
      [](const std::string& text,
         const std::function<void(google::protobuf::Map<std::string, tensorflow::TensorProto>&)>& edit) {
        INFO(text);
        FaultyModel model("warmup");
        EditRequests(model, [&](auto& log) {
          if (log.has_predict_log()) edit(*log.mutable_predict_log()->mutable_request()->mutable_inputs());
        });
        CheckFinds(model, "WARMUP_INPUTS_MATCH", {"record ", text});
      };
  inputs("does not give x", [](auto& map) { map.clear(); });
  inputs("gives more", [](auto& map) { map["more"] = map.begin()->second; });
  inputs("as int32", [](auto& map) {
    map.begin()->second.clear_tensor_content();
    map.begin()->second.clear_float_val();
    map.begin()->second.set_dtype(tensorflow::DT_INT32);
  });
}

TEST_CASE("without the profiles of servers nobody asks for warm-up requests") {
  FaultyModel model("warmup");
  model.File(kWarmup).clear();
  CHECK(model.Findings({{"load"}, {}, {}}).empty());
  CHECK_FALSE(model.Findings({{"rest"}, {}, {}}).empty());
}

TEST_CASE("the JSON API asks for batches, known ranks and its own dtypes") {
  const auto one = [](const std::string& rule, const std::string& text,
                      const std::function<void(tensorflow::SignatureDef&)>& edit) {
    INFO(rule);
    FaultyModel model("half_plus_two_v1");
    model.Edit([&](tensorflow::SavedModel& saved) {
      edit(saved.mutable_meta_graphs(0)->mutable_signature_def()->at("serving_default"));
    });
    const CheckWords words{{}, {"REST_*"}, {"*=*signature asset*"}};
    CheckFinds(model, rule, {"signature serving_default", text}, {}, words);
  };
  one("REST_INPUT_PRESENT", "has no inputs", [](auto& s) { s.clear_inputs(); });
  one("REST_INPUT_BATCHED", "scalar", [](auto& s) { s.mutable_inputs()->at("x").mutable_tensor_shape()->clear_dim(); });
  one("REST_INPUT_BATCHED", "[3,1]",
      [](auto& s) { s.mutable_inputs()->at("x").mutable_tensor_shape()->mutable_dim(0)->set_size(3); });
  one("REST_INPUT_DTYPE", "complex64",
      [](auto& s) { s.mutable_inputs()->at("x").set_dtype(tensorflow::DT_COMPLEX64); });
  one("REST_OUTPUT_DTYPE", "variant", [](auto& s) { s.mutable_outputs()->at("y").set_dtype(tensorflow::DT_VARIANT); });
  one("REST_OUTPUT_SHAPE_KNOWN", "no known rank",
      [](auto& s) { s.mutable_outputs()->at("y").mutable_tensor_shape()->set_unknown_rank(true); });
  one("REST_OUTPUT_BATCHED", "[8,1]",
      [](auto& s) { s.mutable_outputs()->at("y").mutable_tensor_shape()->mutable_dim(0)->set_size(8); });
}

TEST_CASE("what the executor lacks is found in the profile smcli alone") {
  FaultyModel custom("half_plus_two_v1");
  custom.EditGraph([](tensorflow::GraphDef& graph) {
    for (auto& node : *graph.mutable_node()) {
      if (node.op() == "Mul") node.set_op("FancyMul");
    }
  });
  CHECK(AnyHolds(custom.Findings({{"smcli"}, {}, {}}), {"SMCLI_SUPPORTED", "signature serving_default", "FancyMul"}));
  CHECK_FALSE(AnyHolds(custom.Findings(), {"SMCLI_SUPPORTED"}));
}

}  // namespace
}  // namespace smcli
