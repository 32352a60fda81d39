// Finding the one file that holds a model, and telling what kind of file it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace smcli {

struct ModelFile {
  std::string path;
  std::string directory;   // the export folder
  bool in_folder = false;  // found by its name in a folder: then it must be a SavedModel
  std::vector<std::string> notes;
};

// A SavedModel folder, a base folder of numeric versions, or a file. `NotFoundError` where there is no model;
// `InvalidModelError` where a folder stands in the file's place.
Result<ModelFile> FindModelFile(const FileSystem& files, std::string_view path);

enum class ModelContent { kSavedModel, kGraphDef, kSavedModelText, kGraphDefText, kChunked };

// What the bytes are. `InvalidModelError` in plain words for what is often found in a model's place: an empty file, a
// Git LFS pointer, a web page, an archive, a model of another framework.
Result<ModelContent> IdentifyContent(std::string_view bytes, std::string_view path);

}  // namespace smcli
