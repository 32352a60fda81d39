#include "convert/saved_model/warmup_edit.h"

#include <algorithm>

#include "formats/tfrecord.h"
#include "model/wire_check.h"
#include "prediction_log.pb.h"

namespace smcli {
namespace {

using tensorflow::serving::ModelSpec;
using tensorflow::serving::PredictionLog;
using tensorflow::serving::PredictRequest;

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

class Editor {
 public:
  Editor(const SignatureEdits& edits, const std::vector<std::string>& kept) : edits_(edits), kept_(kept) {}

  // False when the request asks for a signature that is gone.
  bool Edit(PredictionLog& log) {
    switch (log.log_type_case()) {
      case PredictionLog::kPredictLog: return EditPredict(*log.mutable_predict_log()->mutable_request());
      case PredictionLog::kPredictStreamedLog:
        return EditStream(*log.mutable_predict_streamed_log()->mutable_request());
      case PredictionLog::kClassifyLog:
        return EditSpec(*log.mutable_classify_log()->mutable_request()->mutable_model_spec());
      case PredictionLog::kRegressLog:
        return EditSpec(*log.mutable_regress_log()->mutable_request()->mutable_model_spec());
      case PredictionLog::kMultiInferenceLog: return EditTasks(*log.mutable_multi_inference_log()->mutable_request());
      default: return true;
    }
  }
  bool changed() const { return changed_; }

 private:
  static std::string KeyOf(const ModelSpec& spec) {
    return spec.signature_name().empty() ? std::string(kDefaultSignature) : spec.signature_name();
  }

  bool EditSpec(ModelSpec& spec) {
    const std::string key = KeyOf(spec);
    if (std::ranges::find(kept_, key) == kept_.end()) return false;
    if (const auto renamed = edits_.keys.find(key); renamed != edits_.keys.end()) {
      spec.set_signature_name(renamed->second);
      changed_ = true;
    }
    return true;
  }

  bool EditPredict(PredictRequest& request) {
    const auto one = edits_.signatures.find(KeyOf(request.model_spec()));
    if (!EditSpec(*request.mutable_model_spec())) return false;
    if (one == edits_.signatures.end()) return true;
    auto inputs = request.inputs();
    request.clear_inputs();
    for (auto& [input, tensor] : inputs) {
      const auto renamed = one->second.inputs.find(input);
      changed_ |= renamed != one->second.inputs.end();
      (*request.mutable_inputs())[renamed == one->second.inputs.end() ? input : renamed->second] = tensor;
    }
    for (std::string& output : *request.mutable_output_filter()) {
      const auto renamed = one->second.outputs.find(output);
      if (renamed == one->second.outputs.end()) continue;
      output = renamed->second;
      changed_ = true;
    }
    return true;
  }

  template <typename Requests>
  bool EditStream(Requests& requests) {
    return std::ranges::all_of(requests, [&](PredictRequest& request) { return EditPredict(request); });
  }

  template <typename Request>
  bool EditTasks(Request& request) {
    return std::ranges::all_of(*request.mutable_tasks(),
                               [&](auto& task) { return EditSpec(*task.mutable_model_spec()); });
  }

  const SignatureEdits& edits_;
  const std::vector<std::string>& kept_;
  bool changed_ = false;
};

}  // namespace

Result<std::optional<WarmupEdit>> EditWarmup(MappedFile file, const SignatureEdits& edits,
                                             const std::vector<std::string>& kept) {
  SMCLI_ASSIGN_OR_RETURN(TfRecordReader reader, TfRecordReader::Open(std::move(file), kMaxFileBytes));
  WarmupEdit edit;
  bool changed = false;
  for (;;) {
    SMCLI_ASSIGN_OR_RETURN(const std::optional<std::string_view> record, reader.Next());
    if (!record) break;
    PredictionLog log;
    SMCLI_RETURN_IF_ERROR(ParseMessage(*record, record->data(), &log));
    Editor editor(edits, kept);
    const bool stays = editor.Edit(log);
    edit.dropped += !stays;
    changed |= editor.changed() || !stays;
    if (stays) AppendTfRecord(editor.changed() ? CanonicalBytes(log) : *record, edit.bytes);
  }
  if (!changed) return std::optional<WarmupEdit>();
  return std::optional<WarmupEdit>(std::move(edit));
}

}  // namespace smcli
