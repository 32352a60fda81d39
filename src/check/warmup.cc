// The warm-up requests that TensorFlow Serving sends to a model while it loads it: one that fails, and the model is not
// served.
#include "model/warmup.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/links.h"
#include "base/path.h"
#include "base/text.h"
#include "check/passes.h"
#include "formats/tfrecord.h"

namespace smcli {
namespace {

// A compressed file may hold so much.
constexpr uint64_t kMaxBytes = uint64_t{256} << 20;

class WarmupChecker {
 public:
  WarmupChecker(const CheckSubject& subject, const MetaGraph& meta_graph, std::string file, FindingCollector& found)
      : subject_(subject), meta_graph_(meta_graph), file_(std::move(file)), found_(found) {}

  void Run() {
    auto bytes = subject_.files.Map(file_);
    if (!bytes.ok()) return found_.AddProblem(bytes.error(), "WARMUP_READABLE", file_, "");
    auto reader = TfRecordReader::Open(*std::move(bytes), kMaxBytes);
    if (!reader.ok()) return found_.AddProblem(reader.error(), "WARMUP_READABLE", file_, "");
    int64_t count = 0;
    for (;;) {
      const auto record = reader->Next();
      if (!record.ok()) {
        found_.AddProblem(record.error(), "WARMUP_READABLE", file_, "");
        return;
      }
      if (!*record) break;
      if (++count <= static_cast<int64_t>(kMaxWarmupRecords)) CheckRecord(count, **record);
    }
    if (count == 0) Report("WARMUP_READABLE", "", "holds no records");
    if (count > static_cast<int64_t>(kMaxWarmupRecords)) {
      Report("WARMUP_COUNT", "",
             fmt::format("holds {} records, and at most {} are allowed", WithThousands(count),
                         WithThousands(kMaxWarmupRecords)));
    }
  }

 private:
  void Report(std::string_view rule, std::string_view place, std::string message) {
    found_.Add(rule, file_, place, std::move(message));
  }

  void CheckRecord(int64_t number, std::string_view bytes) {
    const std::string place = fmt::format("record {}", number);
    const auto request = ReadWarmupRequest(bytes);
    if (!request.ok()) return found_.AddProblem(request.error(), "WARMUP_READABLE", file_, place);
    switch (request->kind) {
      case WarmupRequest::Kind::kNone: return Report("WARMUP_READABLE", place, "holds no request");
      case WarmupRequest::Kind::kSessionRun: return CheckSessionRun(*request, place);
      case WarmupRequest::Kind::kMultiInference:
        for (const WarmupRequest::Task& task : request->tasks) FindSignature(task.signature, place);
        return;
      default: break;
    }
    const Signature* signature = FindSignature(request->signature, place);
    if (signature == nullptr) return;
    const bool predict =
        request->kind == WarmupRequest::Kind::kPredict || request->kind == WarmupRequest::Kind::kStreamedPredict;
    if (predict) {
      CheckInputs(*request, *signature, place);
    } else {
      CheckMethod(*request, *signature, place);
    }
  }

  const Signature* FindSignature(const std::string& name, const std::string& place) {
    const std::string_view key = name.empty() ? kDefaultSignature : std::string_view(name);
    const Signature* signature = meta_graph_.FindSignature(key);
    if (signature != nullptr) return signature;
    std::vector<std::string_view> keys;
    for (const Signature& other : meta_graph_.signatures()) {
      if (!other.internal()) keys.push_back(other.key);
    }
    Report("WARMUP_SIGNATURE_EXISTS", place,
           fmt::format("asks for the signature {}, and there is {}", key, keys.empty() ? "none" : ListOf(keys)));
    return nullptr;
  }

  void CheckMethod(const WarmupRequest& request, const Signature& signature, const std::string& place) {
    if (signature.method_name.ends_with(Name(request.kind))) return;
    Report("WARMUP_INPUTS_MATCH", place,
           fmt::format("is a {} request, and the signature {} has the method {}", Name(request.kind), signature.key,
                       signature.method_name));
  }

  void CheckInputs(const WarmupRequest& request, const Signature& signature, const std::string& place) {
    const std::vector<TensorSpec> inputs = FlattenSpecs(signature.inputs);
    for (const auto& [key, value] : request.inputs) {
      const auto spec = std::ranges::find(inputs, key, &TensorSpec::key);
      if (spec == inputs.end()) {
        Report("WARMUP_INPUTS_MATCH", place,
               fmt::format("gives {}, which the signature {} does not take", key, signature.key));
      } else if (spec->dtype != DataType::kInvalid && spec->dtype != value.dtype()) {
        Report("WARMUP_INPUTS_MATCH", place,
               fmt::format("gives {} as {}, and the signature {} takes {}", key, NumpyName(value.dtype()),
                           signature.key, NumpyName(spec->dtype)));
      } else if (!spec->shape.Accepts(value.shape())) {
        Report("WARMUP_INPUTS_MATCH", place,
               fmt::format("gives {} of shape {}, and the signature {} takes {}", key, value.shape().ToString(),
                           signature.key, spec->shape.ToString()));
      }
    }
    for (const TensorSpec& spec : inputs) {
      const auto given = std::ranges::find(request.inputs, spec.key, &std::pair<std::string, Tensor>::first);
      if (given != request.inputs.end() || signature.FindDefault(spec.key) != nullptr) continue;
      Report("WARMUP_INPUTS_MATCH", place,
             fmt::format("does not give {}, which the signature {} takes", spec.key, signature.key));
    }
    for (const std::string& output : request.outputs) {
      if (signature.FindOutput(output) != nullptr) continue;
      Report("WARMUP_INPUTS_MATCH", place,
             fmt::format("asks for {}, which the signature {} does not give", output, signature.key));
    }
  }

  void CheckSessionRun(const WarmupRequest& request, const std::string& place) {
    const auto graph = meta_graph_.graph();
    if (!graph.ok()) return;
    const auto check = [&](const std::string& name) {
      const auto parsed = ParseTensorName(name);
      if (parsed && (*graph)->Find(parsed->node) >= 0) return;
      Report("WARMUP_INPUTS_MATCH", place, fmt::format("names the tensor {}, which is not in the graph", name));
    };
    for (const auto& [name, value] : request.inputs) check(name);
    for (const std::string& name : request.outputs) check(name);
    for (const std::string& name : request.targets) check(name);
  }

  const CheckSubject& subject_;
  const MetaGraph& meta_graph_;
  std::string file_;
  FindingCollector& found_;
};

}  // namespace

void CheckWarmup(const CheckSubject& subject, FindingCollector& found) {
  std::string file = JoinPath(subject.directory, kWarmupFile);
  if (subject.model->frozen() || subject.model->meta_graphs().empty()) return;
  if (subject.files.Kind(file) == FileKind::kNone || !found.Wants("WARMUP_READABLE")) return;
  const std::string real = RealPath(file);
  if (!real.empty() && !LiesIn(real, RealPath(subject.directory))) return;  // reported as a link
  // The server sends them to the meta-graph that it serves.
  const auto& graphs = subject.model->meta_graphs();
  const auto serve = std::ranges::find_if(graphs, [](const auto& graph) { return graph->TagText() == "serve"; });
  WarmupChecker(subject, serve == graphs.end() ? *graphs.front() : **serve, std::move(file), found).Run();
}

}  // namespace smcli
