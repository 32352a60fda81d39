// The model's file itself.
#include <fmt/format.h>

#include "base/path.h"
#include "base/text.h"
#include "check/passes.h"
#include "model/fingerprint.h"

namespace smcli {
namespace {

constexpr uint64_t kMaxMessage = (uint64_t{1} << 31) - 1;
constexpr std::string_view kModelFiles[] = {"saved_model.cpb", "saved_model.pb", "saved_model.pbtxt"};

void CheckForms(const CheckSubject& subject, FindingCollector& found) {
  for (const std::string_view name : kModelFiles) {
    const std::string path = JoinPath(subject.directory, name);
    if (path == subject.model_file || !subject.files.Exists(path)) continue;
    found.Add("MODEL_FILE_ONE_FORM", path, "",
              fmt::format("lies beside {}, which is read", BaseName(subject.model_file)));
  }
}

void CheckFingerprints(const CheckSubject& subject, FindingCollector& found) {
  const std::string path = JoinPath(subject.directory, kFingerprintFile);
  if (!subject.deep || !found.Wants("MODEL_FINGERPRINT_MATCHES") || subject.files.Kind(path) != FileKind::kRegular)
    return;
  const auto file = subject.files.Map(path);
  if (!file.ok()) return found.AddProblem(file.error(), "MODEL_FINGERPRINT_MATCHES", path, "");
  const auto stored = ReadFingerprint(file->bytes());
  if (!stored.ok()) return found.AddProblem(stored.error(), "MODEL_FINGERPRINT_MATCHES", path, "");
  const auto index = subject.files.Map(subject.IndexFile());
  const std::optional<std::string_view> bytes = index.ok() ? std::optional(index->bytes()) : std::nullopt;
  const auto checks = CheckFingerprint(*stored, *subject.model, bytes);
  if (!checks.ok()) return;  // of a graph that cannot be read, which others report
  for (const FingerprintCheck& check : *checks) {
    if (check.state != FingerprintCheck::State::kMismatch) continue;
    found.Add("MODEL_FINGERPRINT_MATCHES", path, check.field,
              fmt::format("is {:016x}, and the model has {:016x}", check.stored, check.computed));
  }
}

}  // namespace

void CheckModelFile(const CheckSubject& subject, FindingCollector& found) {
  if (!subject.model) return;
  if (const Status whole = subject.model->Validate(); !whole.ok()) {
    found.AddProblem(whole.error(), "MODEL_FILE_WELL_FORMED", subject.model_file, "");
  }
  const SavedModel::Form form = subject.model->form();
  const bool binary = form == SavedModel::Form::kBinary || form == SavedModel::Form::kFrozenBinary;
  if (binary && subject.model->file_size() > kMaxMessage) {
    found.Add("MODEL_FILE_WELL_FORMED", subject.model_file, "",
              fmt::format("has {}, and a protobuf message has at most 2 GiB", HumanSize(subject.model->file_size())));
  }
  if (subject.files.Kind(subject.path) != FileKind::kDirectory) return;
  CheckForms(subject, found);
  CheckFingerprints(subject, found);
}

}  // namespace smcli
