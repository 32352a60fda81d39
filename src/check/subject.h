// CheckSubject: the model under check, as far as it could be opened.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "check/collector.h"
#include "checkpoint/bundle_reader.h"
#include "model/saved_model.h"

namespace smcli {

// Told what has been done of a long pass; may be called from any thread, one at a time.
class CheckProgress {
 public:
  virtual ~CheckProgress() = default;
  virtual void Update(std::string_view what, int64_t done, int64_t total) = 0;
};

struct CheckSubject {
  CheckSubject(FileSystem& file_system, ThreadPool& threads) : files(file_system), pool(threads) {}

  FileSystem& files;
  ThreadPool& pool;
  bool deep = false;
  CheckProgress* progress = nullptr;  // null: nobody looks

  std::string path;                          // as the user named it
  std::string directory;                     // the export folder; of a file or a checkpoint, the folder it lies in
  std::string model_file;                    // saved_model.pb and its kind; where it should be when it is not there
  bool is_checkpoint = false;                // the path is a checkpoint's prefix, and there is no model
  std::optional<SavedModel> model;           // unset: it could not be read
  std::string prefix;                        // of the checkpoint
  bool has_checkpoint_files = false;         // its index, or data files
  std::unique_ptr<BundleReader> checkpoint;  // null: there is none, or its index cannot be read

  std::string IndexFile() const;  // of a V1 checkpoint: its prefix, which names its only file, or its tables
};

// One of its meta-graphs.
struct GraphSubject {
  const CheckSubject& model;
  const MetaGraph& meta;
  std::string place;            // what places in it begin with: "meta-graph {serve}", or "" of the only one
  std::optional<Error> broken;  // why there is neither context nor graph
  GraphContext context;
  std::optional<Graph> graph;  // the main graph; where there are problems, with inputs that are not resolved
  std::vector<Error> problems;

  // Places in it: of a function's body, or of the main graph, which has no name.
  std::string PlaceOf(const Graph& body) const;
  std::string PlaceIn(std::string_view inner) const;
  // A node of the main graph by its name or that of its output: "node", "node:0". -1: there is none.
  int32_t FindNode(std::string_view name) const;
};
GraphSubject OpenGraph(const CheckSubject& model, const MetaGraph& meta);

// "a, b"; one of them when the other is empty.
std::string JoinPlaces(std::string_view outer, std::string_view inner);

// Opens what is there, and reports what cannot be opened. `NotFoundError` where there is no model at all.
Status OpenSubject(CheckSubject& subject, FindingCollector& found);

}  // namespace smcli
