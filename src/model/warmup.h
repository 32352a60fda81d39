// WarmupRequest: a recorded request of assets.extra/tf_serving_warmup_requests, one PredictionLog per TFRecord.
// Responses are not read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

inline constexpr std::string_view kWarmupFile = "assets.extra/tf_serving_warmup_requests";
inline constexpr size_t kMaxWarmupRecords = 1000;  // TensorFlow Serving refuses more

struct WarmupRequest {
  enum class Kind { kNone, kPredict, kStreamedPredict, kClassify, kRegress, kMultiInference, kSessionRun };

  Kind kind = Kind::kNone;  // kNone: the record holds no request
  std::string signature;    // empty means serving_default; of several inference tasks: see tasks

  // kPredict, kStreamedPredict (its first request): by input key, sorted. kSessionRun: by tensor name, in order.
  std::vector<std::pair<std::string, Tensor>> inputs;
  std::vector<std::string> outputs;  // wanted output keys, none means all; kSessionRun: tensors to fetch
  std::vector<std::string> targets;  // kSessionRun: ops to run

  // kClassify, kRegress, kMultiInference: serialized tf.Examples, a shared context already in each.
  std::vector<std::string> examples;
  struct Task {
    std::string signature;
    std::string method_name;
  };
  std::vector<Task> tasks;  // kMultiInference
};
std::string_view Name(WarmupRequest::Kind kind);  // "predict", "classify", ...

// From the bytes of one record.
Result<WarmupRequest> ReadWarmupRequest(std::string_view prediction_log);

}  // namespace smcli
