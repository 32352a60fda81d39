#include "model/warmup.h"

#include "base/bytes.h"
#include "base/file.h"
#include "example.pb.h"
#include "model/keras_metadata.h"
#include "prediction_log.pb.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

WarmupRequest FromText(std::string_view text) {
  return Value(ReadWarmupRequest(BytesOf<tensorflow::serving::PredictionLog>(text)));
}

TEST_CASE("a predict request has a signature, tensors and wanted outputs") {
  const WarmupRequest request = FromText(R"(predict_log { request {
      model_spec { name: "ignored" signature_name: "sig" } output_filter: "y"
      inputs { key: "b" value { dtype: DT_FLOAT float_val: 1 } } inputs { key: "a" value { dtype: DT_INT32 int_val: 2 } } } })");
  CHECK(request.kind == WarmupRequest::Kind::kPredict);
  CHECK(Name(request.kind) == "predict");
  CHECK(request.signature == "sig");
  REQUIRE(request.inputs.size() == 2);
  CHECK(request.inputs[0].first == "a");
  CHECK(request.inputs[0].second.scalar<int32_t>() == 2);
  CHECK(request.outputs == std::vector<std::string>{"y"});
}

TEST_CASE("a shared context is in every example, which goes first") {
  const WarmupRequest request = FromText(R"(classify_log { request { input { example_list_with_context {
      context { features { feature { key: "c" value { int64_list { value: 1 } } } feature { key: "x" value { int64_list { value: 9 } } } } }
      examples { features { feature { key: "x" value { int64_list { value: 2 } } } } } examples { } } } } })");
  CHECK(request.kind == WarmupRequest::Kind::kClassify);
  REQUIRE(request.examples.size() == 2);
  tensorflow::Example example;
  REQUIRE(example.ParseFromString(request.examples[0]));
  CHECK(example.features().feature().at("x").int64_list().value(0) == 2);
  CHECK(example.features().feature().at("c").int64_list().value(0) == 1);
  REQUIRE(example.ParseFromString(request.examples[1]));
  CHECK(example.features().feature().at("x").int64_list().value(0) == 9);
}

TEST_CASE("the other kinds of requests") {
  const WarmupRequest multi = FromText(R"(multi_inference_log { request {
      tasks { model_spec { signature_name: "a" } method_name: "tensorflow/serving/classify" } tasks { }
      input { example_list { examples { } } } } })");
  REQUIRE(multi.tasks.size() == 2);
  CHECK(multi.tasks[0].signature == "a");
  CHECK(multi.examples.size() == 1);
  const WarmupRequest run = FromText(R"(session_run_log { request { feed { name: "x:0" tensor { dtype: DT_FLOAT } }
                                                                   fetch: "y:0" target: "init" } })");
  CHECK(run.inputs[0].first == "x:0");
  CHECK(run.outputs[0] == "y:0");
  CHECK(run.targets[0] == "init");
  CHECK(FromText("regress_log { request { model_spec { signature_name: 'r' } } }").signature == "r");
  CHECK(FromText("predict_streamed_log { }").kind == WarmupRequest::Kind::kNone);
  CHECK(FromText("predict_streamed_log { request { } }").kind == WarmupRequest::Kind::kStreamedPredict);
  CHECK(FromText("").kind == WarmupRequest::Kind::kNone);
}

TEST_CASE("records that are no requests are invalid") {
  CHECK_FAILS(ReadWarmupRequest("\x32\x05"), ErrorKind::kInvalidModel, "byte 0");
  CHECK_FAILS(ReadWarmupRequest(BytesOf<tensorflow::serving::PredictionLog>(
                  "predict_log { request { inputs { key: 'x' value { tensor_content: 'abc' } } } }")),
              ErrorKind::kInvalidModel, "input 'x'");
}

TEST_CASE("the request of an exported model is read") {
  const auto files = MakeRealFileSystem();
  const MappedFile file = Value(files->Map("testdata/models/warmup/assets.extra/tf_serving_warmup_requests"));
  ByteReader records(file.bytes());
  const auto length = records.Fixed<uint64_t>();
  REQUIRE((length && records.Take(4)));
  const WarmupRequest request = Value(ReadWarmupRequest(*records.Take(*length)));
  CHECK(request.kind == WarmupRequest::Kind::kPredict);
  CHECK(request.signature == "serving_default");
  REQUIRE(request.inputs.size() == 1);
  CHECK(request.inputs[0].first == "x");
}

TEST_CASE("keras_metadata.pb lists Keras objects by node") {
  const auto files = MakeRealFileSystem();
  const MappedFile file = Value(files->Map("testdata/models/keras2_sequential/keras_metadata.pb"));
  const std::vector<KerasNode> nodes = Value(ReadKerasMetadata(file.bytes()));
  REQUIRE_FALSE(nodes.empty());
  CHECK(nodes[0].path == "root");
  CHECK(nodes[0].identifier == "_tf_keras_network");
  CHECK_THAT(nodes[0].metadata, Catch::StartsWith("{"));
  CHECK_FAILS(ReadKerasMetadata("\x0a\x7f"), ErrorKind::kInvalidModel, "keras_metadata.pb: ");
}

}  // namespace
}  // namespace smcli
