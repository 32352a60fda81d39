#include "convert/saved_model/model_folder.h"

#include "base/path.h"
#include "meta_graph.pb.h"
#include "model/fingerprint.h"
#include "model/saved_model.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"

namespace smcli {
namespace {

constexpr std::string_view kModelFile = "saved_model.pb";
constexpr std::string_view kVariables = "variables/variables";

Result<std::string> ModelBytes(const ExportedModel& model) {
  tensorflow::SavedModel message;
  message.set_saved_model_schema_version(model.source().model->schema_version());
  message.mutable_meta_graphs()->AddAllocated(&model.meta_graph());
  const size_t size = message.ByteSizeLong();
  std::string bytes;
  if (size <= INT32_MAX) bytes = CanonicalBytes(message);
  message.mutable_meta_graphs()->UnsafeArenaReleaseLast();
  if (size <= INT32_MAX) return bytes;
  return UnsupportedError("{}: the graph has {} bytes, more than a saved_model.pb can hold", model.source().path, size);
}

// fingerprint.pb beside the two files that it is computed from.
Status WriteFingerprint(const std::string& folder, std::string bytes, FileSystem& files) {
  SMCLI_ASSIGN_OR_RETURN(const SavedModel written, SavedModel::FromBytes(SharedBytes(std::move(bytes)), folder));
  MappedFile index;
  std::optional<std::string_view> index_bytes;
  if (const std::string path = JoinPath(folder, kVariables) + ".index"; files.Exists(path)) {
    SMCLI_ASSIGN_OR_RETURN(index, files.Map(path));
    index_bytes = index.bytes();
  }
  SMCLI_ASSIGN_OR_RETURN(const Fingerprint fingerprint, ComputeFingerprint(written, index_bytes));
  return WriteFile(files, JoinPath(folder, kFingerprintFile), FingerprintBytes(fingerprint));
}

}  // namespace

Status WriteModelFolder(const ExportedModel& model, Conversion& conversion) {
  SMCLI_ASSIGN_OR_RETURN(std::string bytes, ModelBytes(model));
  SMCLI_RETURN_IF_ERROR(conversion.files.MakeDirectories(JoinPath(conversion.out, "variables")));
  if (model.has_checkpoint()) {
    SMCLI_RETURN_IF_ERROR(WriteModelCheckpoint(model, conversion, JoinPath(conversion.out, kVariables)));
  }
  SMCLI_RETURN_IF_ERROR(CopySideFiles(model, conversion));
  SMCLI_RETURN_IF_ERROR(WriteFile(conversion.files, JoinPath(conversion.out, kModelFile), bytes));
  return WriteFingerprint(conversion.out, std::move(bytes), conversion.files);
}

}  // namespace smcli
