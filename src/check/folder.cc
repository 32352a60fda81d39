// The files in the model's folder, whatever they are: links that leave it, and pointers in the place of content.
#include <fmt/format.h>

#include <array>

#include "base/links.h"
#include "base/path.h"
#include "check/passes.h"
#include "checkpoint/data_files.h"

namespace smcli {
namespace {

// A folder that is no model may be very large.
constexpr size_t kMaxFiles = 10000;
// Longer files are no LFS pointers.
constexpr uint64_t kMaxPointer = 1024;

class FolderWalk {
 public:
  FolderWalk(const CheckSubject& subject, FindingCollector& found)
      : subject_(subject), found_(found), root_(RealPath(subject.directory)) {}

  void Run() {
    Look(subject_.model_file);
    for (const std::string_view name : {"variables", "assets", "assets.extra", "fingerprint.pb", "keras_metadata.pb"}) {
      folders_.push_back(JoinPath(subject_.directory, name));
    }
    while (!folders_.empty() && seen_ < kMaxFiles) {
      const std::string folder = std::move(folders_.back());
      folders_.pop_back();
      Enter(folder);
    }
  }

 private:
  void Enter(const std::string& path) {
    const FileKind kind = subject_.files.Kind(path);
    if (kind == FileKind::kNone) return;
    if (!Look(path) || kind != FileKind::kDirectory) return;
    const auto entries = subject_.files.List(path);
    if (!entries.ok()) return;
    for (const DirectoryEntry& entry : *entries) {
      if (++seen_ > kMaxFiles) return;
      const std::string inside = JoinPath(path, entry.name);
      if (entry.kind == FileKind::kDirectory) {
        folders_.push_back(inside);
      } else {
        Look(inside);
      }
    }
  }

  // False when it leads out of the folder.
  bool Look(const std::string& path) {
    const std::string real = RealPath(path);
    if (!real.empty() && !root_.empty() && !LiesIn(real, root_)) {
      found_.Add("FILE_INSIDE_FOLDER", path, "", "is a symbolic link to a file outside the model's folder");
      return false;
    }
    if (path != subject_.model_file) LookForPointer(path);
    return true;
  }

  void LookForPointer(const std::string& path) {
    if (subject_.files.Kind(path) != FileKind::kRegular) return;
    const auto file = subject_.files.OpenRandomAccess(path);
    if (!file.ok() || (*file)->size() > kMaxPointer) return;
    std::array<char, 64> start;
    const auto read = (*file)->Read(0, start);
    if (!read.ok() || PointerHint({start.data(), *read}).empty()) return;
    found_.Add("FILE_NOT_LFS_POINTER", path, "", "is a Git LFS pointer, not the file itself");
  }

  const CheckSubject& subject_;
  FindingCollector& found_;
  std::string root_;
  std::vector<std::string> folders_;
  size_t seen_ = 0;
};

}  // namespace

void CheckFolder(const CheckSubject& subject, FindingCollector& found) {
  // The folder of a frozen graph or a checkpoint may hold anything.
  if (subject.is_checkpoint || (subject.model && subject.model->frozen())) return;
  FolderWalk(subject, found).Run();
}

}  // namespace smcli
