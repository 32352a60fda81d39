#include "convert/output_place.h"

#include <fcntl.h>
#include <stdio.h>
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

// A folder that --overwrite may take away: an empty one, or a SavedModel.
bool MayReplaceFolder(const FileSystem& files, const std::string& path) {
  const auto entries = files.List(path);
  if (!entries.ok()) return false;
  if (entries->empty()) return true;
  constexpr std::array kModelFiles = {"saved_model.pb", "saved_model.pbtxt", "saved_model.cpb"};
  return std::ranges::any_of(kModelFiles, [&](const char* name) { return files.Exists(JoinPath(path, name)); });
}

Status CheckFree(const FileSystem& files, Converter::Product product, const std::string& out, bool overwrite) {
  const std::string file = product == Converter::Product::kPrefix ? out + ".index" : out;
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

Result<OutputPlace> OutputPlace::Make(FileSystem& files, const ConvertSource& source, Converter::Product product,
                                      std::string path, bool overwrite) {
  if (BaseName(path).empty() || BaseName(path) == "." || BaseName(path) == "..") {
    return UsageError("-o {}: is no name for what is written", path);
  }
  while (path.ends_with('/')) path.pop_back();
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
      staged_(std::exchange(other.staged_, false)) {}

OutputPlace::~OutputPlace() {
  if (staged_) files_.RemoveAll(staging_).ok();
}

// Files and checkpoints look after themselves (base/file.h, checkpoint/bundle_writer.h); a folder is made under another
// name, which holds our process's number, so that it can be told whose it was.
Status OutputPlace::Stage() {
  staging_ = path_;
  if (product_ != Converter::Product::kFolder) return {};
  const std::string parent(DirName(path_));
  if (!parent.empty() && files_.Kind(parent) != FileKind::kDirectory) {
    return NotFoundError("{}: there is no such folder", parent);
  }
  staging_ = JoinPath(parent, fmt::format(".{}.{}.tmp", BaseName(path_).substr(0, 128), getpid()));
  SMCLI_RETURN_IF_ERROR(files_.RemoveAll(staging_));
  SMCLI_RETURN_IF_ERROR(files_.MakeDirectories(staging_));
  staged_ = true;
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
