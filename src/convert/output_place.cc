#include "convert/output_place.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/path.h"
#include "checkpoint/bundle_reader.h"
#include "model/saved_model.h"

namespace smcli {
namespace {

namespace fs = std::filesystem;

// Without links, "." and ".."; of what is not there yet, as far as it is.
fs::path Canonical(const std::string& path) {
  std::error_code failed;
  fs::path canonical = fs::weakly_canonical(fs::absolute(path, failed), failed);
  if (failed) canonical = path;
  return canonical.has_filename() ? canonical : canonical.parent_path();
}

bool IsInside(const fs::path& path, const fs::path& folder) {
  const auto [rest, _] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return rest == folder.end();
}

Status CheckOutside(const ConvertSource& source, const std::string& out) {
  const fs::path place = Canonical(out);
  if (source.model != nullptr && !source.model->frozen()) {
    if (!IsInside(place, Canonical(source.model->directory()))) return {};
    return UsageError("{}: lies in the model that is read; name a place outside of {}", out, source.model->directory());
  }
  if (source.model != nullptr) {
    if (place != Canonical(source.model->file())) return {};
    return UsageError("{}: is the graph that is read; name another file", out);
  }
  if (place != Canonical(source.variables->prefix())) return {};
  return UsageError("{}: is the checkpoint that is read; name another one", out);
}

// The name under which a folder is made; it holds the process's number, so that it can be told whose it is.
std::string StagingPath(const std::string& path, int process) {
  return JoinPath(DirName(path), fmt::format(".{}.{}.tmp", BaseName(path).substr(0, 128), process));
}

// The folder opened and locked; the lock ends with the process. Invalid: another process holds it, or there are none
// here.
Descriptor Locked(const std::string& folder) {
  Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.valid() && flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return descriptor;
}

// What processes that are no more had begun for this place.
void RemoveAbandoned(FileSystem& files, const std::string& path) {
  const std::string parent(DirName(path));
  const auto entries = files.List(parent.empty() ? "." : parent);
  if (!entries.ok()) return;
  const std::string prefix = fmt::format(".{}.", BaseName(path).substr(0, 128));
  constexpr std::string_view kSuffix = ".tmp";
  for (const DirectoryEntry& entry : *entries) {
    std::string_view number = entry.name;
    if (entry.kind != FileKind::kDirectory || !number.starts_with(prefix) || !number.ends_with(kSuffix)) continue;
    if (number.size() <= prefix.size() + kSuffix.size()) continue;
    number = number.substr(prefix.size(), number.size() - prefix.size() - kSuffix.size());
    if (number.find_first_not_of("0123456789") != number.npos) continue;
    const std::string folder = JoinPath(parent, entry.name);
    if (Locked(folder).valid()) (void)files.RemoveAll(folder);
  }
}

// A folder that --overwrite may take away: an empty one, or a SavedModel.
bool MayReplaceFolder(const FileSystem& files, const std::string& path) {
  const auto entries = files.List(path);
  if (!entries.ok()) return false;
  if (entries->empty()) return true;
  constexpr std::array kModelFiles = {"saved_model.pb", "saved_model.pbtxt", "saved_model.cpb"};
  return std::ranges::any_of(kModelFiles, [&](const char* name) { return files.Exists(JoinPath(path, name)); });
}

// The file or folder whose being there says that the product is.
std::string WitnessOf(Converter::Product product, const std::string& out) {
  return product == Converter::Product::kPrefix ? out + ".index" : out;
}

Status CheckFree(const FileSystem& files, Converter::Product product, const std::string& out, bool overwrite) {
  const std::string file = WitnessOf(product, out);
  const FileKind kind = files.Kind(file);
  if (kind == FileKind::kNone || (kind == FileKind::kOther && product != Converter::Product::kFolder)) return {};
  if (!overwrite) return UsageError("{}: exists; --overwrite replaces it", file);
  if (product != Converter::Product::kFolder) {
    return kind == FileKind::kDirectory ? UsageError("{}: is a folder, and a file is to be written", file) : Status();
  }
  if (kind == FileKind::kDirectory && MayReplaceFolder(files, out)) return {};
  return UsageError("{}: is no SavedModel, so --overwrite does not take it away", out);
}

}  // namespace

bool OutputExists(const FileSystem& files, Converter::Product product, const std::string& path) {
  return files.Exists(WitnessOf(product, path));
}

void RemoveStaged(FileSystem& files, Converter::Product product, const std::string& path, int process) {
  if (product == Converter::Product::kFolder) (void)files.RemoveAll(StagingPath(path, process));
}

Result<OutputPlace> OutputPlace::Make(FileSystem& files, const ConvertSource& source, Converter::Product product,
                                      std::string path, bool overwrite) {
  if (BaseName(path).empty() || BaseName(path) == "." || BaseName(path) == "..") {
    return UsageError("-o {}: is no name for what is written", path);
  }
  while (path.ends_with('/')) path.pop_back();
  if (path == kStdoutPath && product != Converter::Product::kFile) {
    return UsageError("-o -: stdout takes a single file, and {} are to be written; name a place for them",
                      product == Converter::Product::kFolder ? "a folder's files" : "the files of a checkpoint");
  }
  SMCLI_RETURN_IF_ERROR(CheckOutside(source, path));
  SMCLI_RETURN_IF_ERROR(CheckFree(files, product, path, overwrite));
  OutputPlace place(files, product, std::move(path));
  SMCLI_RETURN_IF_ERROR(place.Stage());
  return place;
}

OutputPlace::OutputPlace(OutputPlace&& other) noexcept
    : files_(other.files_),
      product_(other.product_),
      path_(std::move(other.path_)),
      staging_(std::move(other.staging_)),
      lock_(std::move(other.lock_)),
      staged_(std::exchange(other.staged_, false)) {}

OutputPlace::~OutputPlace() {
  if (staged_) files_.RemoveAll(staging_).ok();
}

// Files and checkpoints look after themselves (base/file.h, checkpoint/bundle_writer.h); a folder is made under another
// name.
Status OutputPlace::Stage() {
  staging_ = path_;
  if (product_ != Converter::Product::kFolder) return {};
  const std::string parent(DirName(path_));
  if (!parent.empty() && files_.Kind(parent) != FileKind::kDirectory) {
    return IoError("{}: cannot create it: there is no folder {}", path_, parent);
  }
  RemoveAbandoned(files_, path_);
  staging_ = StagingPath(path_, getpid());
  SMCLI_RETURN_IF_ERROR(files_.RemoveAll(staging_));
  SMCLI_RETURN_IF_ERROR(files_.MakeDirectories(staging_));
  staged_ = true;
  lock_ = Locked(staging_);
  return {};
}

Status OutputPlace::Commit() {
  if (!staged_) return {};
  // Both names change at once, so that there is a model under this name at every moment.
  if (files_.Exists(path_) && renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) != 0) {
    SMCLI_RETURN_IF_ERROR(files_.RemoveAll(path_));
  }
  if (!files_.Exists(path_)) {
    SMCLI_RETURN_IF_ERROR(files_.Rename(staging_, path_));
    staged_ = false;
    return {};
  }
  staged_ = false;
  return files_.RemoveAll(staging_);
}

}  // namespace smcli
