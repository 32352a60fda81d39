// OutputPlace: where a conversion's result goes. It is written beside its place and put there when it is complete;
// until then, and after an error, nothing of it is to be seen.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/result.h"
#include "convert/converter.h"

namespace smcli {

// Is there something already that a conversion to `path` would replace?
bool OutputExists(const FileSystem& files, Converter::Product product, const std::string& path);
// Removes what a conversion to `path` left beside it that this process, killed since, had begun.
void RemoveStaged(FileSystem& files, Converter::Product product, const std::string& path, int process);

class OutputPlace {
 public:
  // `UsageError` when something is at `path` and `overwrite` is false, or when `path` lies in the folder of the model
  // that is read, or is one of its files.
  static Result<OutputPlace> Make(FileSystem& files, const ConvertSource& source, Converter::Product product,
                                  std::string path, bool overwrite);
  OutputPlace(OutputPlace&& other) noexcept;
  OutputPlace& operator=(OutputPlace&&) = delete;
  // Removes what was not put in its place.
  ~OutputPlace();

  // Where to write.
  const std::string& staging() const { return staging_; }
  // Puts the result in its place.
  Status Commit();

 private:
  OutputPlace(FileSystem& files, Converter::Product product, std::string path)
      : files_(files), product_(product), path_(std::move(path)) {}
  Status Stage();

  FileSystem& files_;
  Converter::Product product_;
  std::string path_;
  std::string staging_;
  Descriptor lock_;      // on that folder, so that others see that it is not abandoned
  bool staged_ = false;  // a folder of ours is at staging_
};

}  // namespace smcli
