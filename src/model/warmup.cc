#include "model/warmup.h"

#include <algorithm>
#include <array>

#include "model/wire_check.h"
#include "prediction_log.pb.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

using Kind = WarmupRequest::Kind;
using tensorflow::serving::Input;
using tensorflow::serving::PredictionLog;

constexpr std::array<std::string_view, 7> kKindNames = {"none",    "predict",         "streamed predict", "classify",
                                                        "regress", "multi-inference", "session run"};

Status AddInput(const std::string& key, const tensorflow::TensorProto& proto, WarmupRequest& request) {
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, TensorFromProto(proto).Annotate(fmt::format("input '{}'", key)));
  request.inputs.emplace_back(key, std::move(tensor));
  return {};
}

Status ReadPredict(const tensorflow::serving::PredictRequest& def, WarmupRequest& request) {
  request.signature = def.model_spec().signature_name();
  for (const auto& [key, proto] : def.inputs()) SMCLI_RETURN_IF_ERROR(AddInput(key, proto, request));
  std::ranges::sort(request.inputs, {}, &std::pair<std::string, Tensor>::first);
  request.outputs.assign(def.output_filter().begin(), def.output_filter().end());
  return {};
}

Status ReadSessionRun(const tensorflow::serving::SessionRunRequest& def, WarmupRequest& request) {
  request.signature = def.model_spec().signature_name();
  for (const auto& feed : def.feed()) SMCLI_RETURN_IF_ERROR(AddInput(feed.name(), feed.tensor(), request));
  request.outputs.assign(def.fetch().begin(), def.fetch().end());
  request.targets.assign(def.target().begin(), def.target().end());
  return {};
}

// Features of the context count where the example itself has none of that name, as in TensorFlow Serving.
void AddExamples(const Input& input, WarmupRequest& request) {
  for (const auto& example : input.example_list().examples()) request.examples.push_back(CanonicalBytes(example));
  const auto& with_context = input.example_list_with_context();
  for (const auto& example : with_context.examples()) {
    tensorflow::Example whole = with_context.context();
    for (const auto& [name, feature] : example.features().feature())
      (*whole.mutable_features()->mutable_feature())[name] = feature;
    request.examples.push_back(CanonicalBytes(whole));
  }
}

template <typename Request>
void ReadExamples(const Request& def, WarmupRequest& request) {
  request.signature = def.model_spec().signature_name();
  AddExamples(def.input(), request);
}

void ReadMultiInference(const tensorflow::serving::MultiInferenceRequest& def, WarmupRequest& request) {
  AddExamples(def.input(), request);
  for (const auto& task : def.tasks())
    request.tasks.push_back({task.model_spec().signature_name(), task.method_name()});
}

Status ReadRequest(const PredictionLog& log, WarmupRequest& request) {
  switch (log.log_type_case()) {
    case PredictionLog::kPredictLog:
      request.kind = Kind::kPredict;
      return ReadPredict(log.predict_log().request(), request);
    case PredictionLog::kPredictStreamedLog:
      if (log.predict_streamed_log().request().empty()) return {};
      request.kind = Kind::kStreamedPredict;
      return ReadPredict(log.predict_streamed_log().request(0), request);
    case PredictionLog::kClassifyLog:
      request.kind = Kind::kClassify;
      ReadExamples(log.classify_log().request(), request);
      return {};
    case PredictionLog::kRegressLog:
      request.kind = Kind::kRegress;
      ReadExamples(log.regress_log().request(), request);
      return {};
    case PredictionLog::kMultiInferenceLog:
      request.kind = Kind::kMultiInference;
      ReadMultiInference(log.multi_inference_log().request(), request);
      return {};
    case PredictionLog::kSessionRunLog:
      request.kind = Kind::kSessionRun;
      return ReadSessionRun(log.session_run_log().request(), request);
    case PredictionLog::LOG_TYPE_NOT_SET: return {};
  }
  return {};
}

}  // namespace

std::string_view Name(WarmupRequest::Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }

Result<WarmupRequest> ReadWarmupRequest(std::string_view prediction_log) {
  PredictionLog log;
  SMCLI_RETURN_IF_ERROR(ParseMessage(prediction_log, prediction_log.data(), &log));
  WarmupRequest request;
  SMCLI_RETURN_IF_ERROR(ReadRequest(log, request));
  return request;
}

}  // namespace smcli
