// SavedModel: a folder or file as TensorFlow exports it, mapped, with its meta-graphs. Variables are never opened here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "model/meta_graph.h"
#include "model/shared_bytes.h"

namespace smcli {

enum class ModelContent;  // model_file.h

class SavedModel {
 public:
  enum class Form { kBinary, kText, kChunked, kFrozenBinary, kFrozenText };

  // `path`: a SavedModel folder (saved_model.cpb, else .pb, else .pbtxt); a base folder of numeric versions, of which
  // the highest is taken; or a file: saved_model.pb, .pbtxt, .cpb, or a frozen GraphDef in binary or text.
  // `NotFoundError` when there is nothing there or no model in it; `InvalidModelError` when it cannot be read, with the
  // byte or line; `UnsupportedError` for what newer writers might do.
  static Result<SavedModel> Open(FileSystem& files, std::string_view path);
  // From bytes in memory: a SavedModel message or a GraphDef. `name` begins messages.
  static Result<SavedModel> FromBytes(SharedBytes bytes, std::string name);

  SavedModel(SavedModel&&) noexcept;
  SavedModel& operator=(SavedModel&&) noexcept;
  ~SavedModel();

  Form form() const { return form_; }
  bool frozen() const { return form_ == Form::kFrozenBinary || form_ == Form::kFrozenText; }
  const std::string& directory() const { return directory_; }  // the export folder; of a file, the folder it lies in
  const std::string& file() const { return file_; }            // the model file itself
  uint64_t file_size() const { return file_size_; }
  // "<directory>/variables/variables"
  std::string variables_prefix() const;
  // For stderr: the version taken, two model files, an unknown schema version.
  const std::vector<std::string>& notes() const { return notes_; }

  int64_t schema_version() const { return schema_version_; }
  std::span<const std::unique_ptr<MetaGraph>> meta_graphs() const { return meta_graphs_; }
  // loading.md 1: by equal tag set; nullopt: the only one, else the one tagged {serve}. `NotFoundError` TagsNotFound,
  // `UsageError` TagsAmbiguous; both list the tag sets. A model without meta-graphs is an `InvalidModelError`.
  Result<const MetaGraph*> PickMetaGraph(const std::optional<std::vector<std::string>>& tags) const;

  // The serialized SavedModel message (of text and chunked models: made from them); of a frozen graph, its GraphDef.
  SharedBytes bytes() const { return bytes_; }
  // Looks at every byte, to the whole depth of the messages: for `check`. What `Open` alone does not see comes out
  // here.
  Status Validate() const;

 private:
  SavedModel();
  static Result<SavedModel> Read(SharedBytes bytes, ModelContent content, std::string name,
                                 std::shared_ptr<const RandomAccessFile> file);
  Status ReadMetaGraphs(const std::shared_ptr<const RandomAccessFile>& file);

  Form form_ = Form::kBinary;
  std::string directory_;
  std::string file_;
  uint64_t file_size_ = 0;
  std::vector<std::string> notes_;
  int64_t schema_version_ = 0;
  SharedBytes bytes_;
  std::vector<std::unique_ptr<MetaGraph>> meta_graphs_;
};

}  // namespace smcli
