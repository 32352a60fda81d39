// The driver: from an opened source to a file, a folder or a checkpoint in its place.
#pragma once

#include <string>

#include "base/result.h"
#include "convert/converter.h"

namespace smcli {

struct ConvertRequest {
  const Converter& converter;
  const ConvertSource& source;
  const ConvertOptions& options;
  std::string out;
  bool overwrite = false;
};

// Checks flags, source and place, runs the converter, and puts what it made in its place. After an error nothing is
// left.
Status Convert(const ConvertRequest& request, FileSystem& files, ThreadPool& pool, Notices& notices);

// `UsageError` when the target needs what the source is not.
Status CheckSource(const Converter& converter, const ConvertSource& source);

}  // namespace smcli
