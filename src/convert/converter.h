// Converter: a row of the table of targets (registry.cc). A target adds its file, a declaration and a row; names,
// output rules, --list-targets, --plan, batches and the reference pages come from the driver and the row.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "convert/convert_options.h"

namespace smcli {

class BundleReader;
class MetaGraph;
class SavedModel;

// What is converted; borrowed. At least one of `model` and `variables` is there.
struct ConvertSource {
  std::string path;                         // as the user named it, for messages
  const SavedModel* model = nullptr;        // a SavedModel or a frozen graph; null: a bare checkpoint
  const MetaGraph* graph = nullptr;         // the chosen one of `model`
  const BundleReader* variables = nullptr;  // null: there are none
};

// Who hears of what a conversion leaves out or changes.
class Notices {
 public:
  virtual ~Notices() = default;
  // One line; names in it are escaped by the listener.
  virtual void Warn(std::string_view message) = 0;
};

// One conversion, on its way.
struct Conversion {
  const ConvertSource& source;
  const ConvertOptions& options;
  // Where to write: a file, a folder that exists and is empty, or a checkpoint's prefix, as Converter::product says. It
  // lies beside the place the user named; the driver puts it there when all went well, and removes it otherwise.
  std::string out;
  FileSystem& files;
  ThreadPool& pool;
  Notices& notices;
};

// What stands between a model and a target.
struct Blocker {
  std::string op;
  std::string reason;
  std::vector<std::string> places;  // node names, with the function they are in: "f/node"
};

struct Converter {
  enum class Product { kFile, kFolder, kPrefix };
  enum class Needs {
    kVariables,  // a checkpoint, or a model, which may have none
    kModel,      // a whole SavedModel, all meta-graphs of it
    kGraph,      // the chosen meta-graph or a frozen graph, with `variables` if there are any
  };

  std::string_view name;       // of --to
  std::string_view summary;    // one line in --list-targets
  std::string_view extension;  // what a batch appends to a model's name: "npz"; empty: nothing
  Product product = Product::kFile;
  Needs needs = Needs::kVariables;
  bool reads_variables = true;              // false: a broken checkpoint is no obstacle; `variables` is null
  std::span<const std::string_view> flags;  // those of TargetFlags() that it honours, sorted

  // Writes the target. `UnsupportedError` names all reasons at once.
  Status (*run)(Conversion& conversion);
  // Finds all that blocks the target without writing anything; null: nothing ever does.
  Result<std::vector<Blocker>> (*plan)(const ConvertSource& source, const ConvertOptions& options) = nullptr;

  bool Honours(std::string_view flag) const { return std::ranges::find(flags, flag) != flags.end(); }
};

// In the order of --list-targets.
std::span<const Converter* const> AllConverters();
// Targets whose names are understood, but that are not there yet.
std::span<const std::string_view> PlannedTargets();
// `UsageError` with the names there are; `UnsupportedError` for a target that is planned but not there.
Result<const Converter*> FindConverter(std::string_view name);

}  // namespace smcli
