// MetaGraph: one graph of a SavedModel with its signatures, functions, assets and objects. It holds byte ranges of the
// model's file; what is large is read when first asked for. Immutable, and safe to read from several threads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/functions.h"
#include "model/graph.h"
#include "model/graph_outline.h"
#include "model/object_graph.h"
#include "model/op_defs.h"
#include "model/shared_bytes.h"
#include "model/signature.h"

namespace tensorflow {
class GraphDef;
class MetaGraphDef;
}  // namespace tensorflow

namespace smcli {

struct MetaInfo {
  std::vector<std::string> tags;  // in file order, duplicates kept
  std::string meta_graph_version;
  std::string tensorflow_version;
  std::string tensorflow_git_version;
  bool stripped_default_attrs = false;
  std::vector<std::pair<std::string, std::string>> function_aliases;  // function name, alias; sorted
};

struct SaverInfo {
  std::string filename_tensor_name;  // feed the checkpoint prefix here
  std::string save_tensor_name;
  std::string restore_op_name;
  int version = 0;  // 0 legacy, 1 V1, 2 V2
  bool sharded = false;
  int max_to_keep = 0;
};

struct Asset {
  std::string tensor_name;  // the string tensor to feed
  std::string filename;     // relative to assets/, as the file says: not yet checked for "..", see AssetPath
};

// A V1 collection. Exactly one of the lists is filled, as `kind` says.
struct Collection {
  enum class Kind { kNone, kNodeList, kBytesList, kInt64List, kFloatList, kAnyList };
  std::string key;
  Kind kind = Kind::kNone;
  std::vector<std::string> strings;  // kNodeList: names; kBytesList: raw bytes, serialized VariableDefs and the like
  std::vector<int64_t> ints;
  std::vector<float> floats;
  std::vector<std::pair<std::string, std::string>> any;  // type_url, value
};

// A VariableDef of the collections `variables`, `local_variables`, ...
struct CollectionVariable {
  std::string name;              // tensor name: "w:0", resource "w:0"
  std::string initializer_name;  // op
  std::string snapshot_name;
  bool is_resource = false;
  bool trainable = false;
  std::string slice_name;                           // of partitioned variables: the checkpoint key of the whole
  std::vector<int64_t> full_shape, offset, extent;  // of the slice
};

class MetaGraph {
 public:
  // From the bytes of a MetaGraphDef, which the caller has found; `place` ("saved_model.pb: meta_graphs[0]") begins
  // messages. `file`, when not null, holds the same bytes from their origin on, for reading without mapping.
  static Result<std::unique_ptr<MetaGraph>> Open(SharedBytes bytes, std::string place,
                                                 std::shared_ptr<const RandomAccessFile> file = nullptr);
  // A frozen GraphDef: no tags, no signatures.
  static Result<std::unique_ptr<MetaGraph>> OpenGraphDef(SharedBytes graph_def, std::string place,
                                                         std::shared_ptr<const RandomAccessFile> file = nullptr);

  MetaGraph(const MetaGraph&) = delete;
  MetaGraph& operator=(const MetaGraph&) = delete;
  ~MetaGraph();

  const MetaInfo& info() const { return info_; }
  bool HasTags(std::span<const std::string> tags) const;  // as a set
  std::string TagText() const;                            // the set, sorted: "serve,tpu"; "" without tags

  const std::vector<Signature>& signatures() const { return signatures_; }  // sorted by key, internal ones included
  const Signature* FindSignature(std::string_view key) const;
  // `key`, or when nullopt: serving_default, else the only one. `UsageError` lists what there is.
  Result<const Signature*> PickSignature(std::optional<std::string_view> key) const;

  const std::optional<SaverInfo>& saver() const { return saver_; }
  // asset_file_def, else the collection saved_model_assets. `InvalidModelError` AnyTypeMismatch.
  Result<std::vector<Asset>> Assets() const;
  // The op to run after restoring (loading.md 2.4), without ":0"; empty: none. `InvalidModelError` InitOpMalformed.
  Result<std::string> InitOpName() const;
  // All collections, sorted by key.
  Result<std::vector<Collection>> Collections() const;
  // The VariableDefs of one collection; empty when there is none.
  Result<std::vector<CollectionVariable>> CollectionVariables(std::string_view key) const;

  // Is it an object-based (V2) export?
  bool has_object_graph() const { return has_object_graph_; }
  // Null: none. Read once, on first use.
  Result<const ObjectGraph*> object_graph() const;

  // Counts and names without reading the graph's values. A few milliseconds for half a gigabyte.
  Result<GraphOutline> Outline() const;

  Result<const OpDefs*> op_defs() const;
  Result<const FunctionLibrary*> functions() const;
  Result<GraphContext> context() const;  // both
  // The main graph; built once, on first use, and refused when it is broken.
  Result<const Graph*> graph() const;
  // Built anew, with every fault collected.
  Result<Graph> GraphWithProblems(std::vector<Error>& problems) const;

  // `InvalidModelError` GraphVersionUnsupported when this program must not read the graph (loading.md 1).
  Status CheckVersions() const;

  const SharedBytes& bytes() const { return bytes_; }  // of the MetaGraphDef; empty for a frozen graph
  const SharedBytes& graph_def_bytes() const { return graph_def_; }
  const SharedBytes& object_graph_bytes() const { return object_graph_; }
  const std::string& place() const { return place_; }

  // As protobuf messages, for those who write models. Everything is copied. `UnsupportedError` beyond 2^31-1 bytes.
  Status ParseGraphDef(tensorflow::GraphDef* def) const;
  Status Parse(tensorflow::MetaGraphDef* def) const;

 private:
  struct LazyParts;
  MetaGraph();
  Status ReadParts();
  Status ReadInfo(const SharedBytes& meta_info);
  Status ReadSaver(const SharedBytes& saver_def);
  Status ReadSignature(const SharedBytes& entry);
  void SortSignatures();
  Result<std::optional<Collection>> FindCollection(std::string_view key) const;

  SharedBytes bytes_;
  std::string place_;
  std::shared_ptr<const RandomAccessFile> file_;
  SharedBytes graph_def_, object_graph_, op_list_;
  bool has_object_graph_ = false;
  std::map<std::string, SharedBytes, std::less<>> collections_;  // the bytes of each CollectionDef
  std::vector<std::string_view> asset_defs_;
  MetaInfo info_;
  std::vector<Signature> signatures_;
  std::optional<SaverInfo> saver_;
  std::unique_ptr<LazyParts> lazy_;
};

// "<export_dir>/assets/<filename>". `InvalidModelError` PathEscapes when that would leave assets/.
Result<std::string> AssetPath(std::string_view export_dir, std::string_view filename);

}  // namespace smcli
