// A directory of the real file system that lasts as long as a test.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/path.h"
#include "support/catch.h"

namespace smcli {

class ScratchDirectory {
 public:
  ScratchDirectory() : files_(MakeRealFileSystem()) {
    const char* root = std::getenv("TMPDIR");
    path_ = JoinPath(root != nullptr ? root : "/tmp", "smcli_test_XXXXXX");
    REQUIRE(mkdtemp(path_.data()) != nullptr);
  }
  ~ScratchDirectory() { CHECK(files_->RemoveAll(path_).ok()); }

  FileSystem& files() const { return *files_; }
  std::string Path(std::string_view name) const { return JoinPath(path_, name); }
  // Names of what is in it, hidden files too.
  std::string Listing() const {
    std::string names;
    for (const DirectoryEntry& entry : Value(files_->List(path_))) names += entry.name + " ";
    return names;
  }

 private:
  std::unique_ptr<FileSystem> files_;
  std::string path_;
};

}  // namespace smcli
