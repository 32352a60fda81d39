// ExportedModel: a SavedModel on its way to a new folder: its messages, which the edits change, and what its checkpoint
// and its assets will hold.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "convert/converter.h"
#include "model/object_graph.h"
#include "tensor/tensor.h"
#include "transform/rewriter.h"

namespace tensorflow {
class MetaGraphDef;
class TrackableObjectGraph;
}  // namespace tensorflow

namespace smcli {

// A tensor of the new checkpoint: as the source has it, or `value`; stored as another dtype where `store_as` says so.
struct StoredTensor {
  const BundleEntry* entry = nullptr;
  std::optional<Tensor> value;
  DataType store_as = DataType::kInvalid;

  // As it will be stored.
  DataType dtype() const;
  // In memory, for spreading over data files.
  int64_t bytes() const;
};

class ExportedModel {
 public:
  // Everything as in the source. `UnsupportedError` for models beyond protobuf's 2 GiB.
  static Result<ExportedModel> Read(const ConvertSource& source);
  ExportedModel(ExportedModel&&) noexcept;
  ExportedModel& operator=(ExportedModel&&) = delete;
  ~ExportedModel();

  const ConvertSource& source() const { return source_; }
  tensorflow::MetaGraphDef& meta_graph() const { return *meta_graph_; }
  bool has_objects() const;
  // What the checkpoint says of the objects; null: it says nothing.
  tensorflow::TrackableObjectGraph* trackables() const { return trackables_.get(); }

  // How the checkpoint's objects fit the model's.
  const CheckpointMatch& match() const { return match_; }
  // By node of trackables() as they were read: the object of the model, or -1.
  const std::vector<int32_t>& saved_of() const { return saved_of_; }
  // The graph, to be changed; what is done with it shows in meta_graph() after TakeGraph. `InvalidModelError` when the
  // graph is broken.
  Result<Rewriter*> rewriter();
  Status TakeGraph();

  // By key, without the object graph.
  std::map<std::string, StoredTensor, std::less<>>& tensors() { return tensors_; }
  const std::map<std::string, StoredTensor, std::less<>>& tensors() const { return tensors_; }
  bool has_trackables() const { return trackables_ != nullptr; }
  // Is there a checkpoint? One without tensors may still hold the object graph.
  bool has_checkpoint() const { return trackables_ != nullptr || !tensors_.empty(); }

  // New number of each node of the object graph, or -1 where it is gone; nullopt: as before.
  void set_node_numbers(std::vector<int32_t> numbers) { node_numbers_ = std::move(numbers); }
  const std::optional<std::vector<int32_t>>& node_numbers() const { return node_numbers_; }
  // Keras could not build this model from its own notes any more.
  void DropKerasMetadata() { keras_metadata_ = false; }
  bool keeps_keras_metadata() const { return keras_metadata_; }
  // Only the assets that the meta-graph names are copied, and no debug information.
  void set_pruned() { pruned_ = true; }
  bool pruned() const { return pruned_; }

  // Puts what trackables() holds now into the constants that the graph's saver writes it from.
  void UpdateStoredObjectGraph();
  // The object graph as the checkpoint stores it; empty: none.
  std::string ObjectGraphBytes() const;

 private:
  explicit ExportedModel(const ConvertSource& source);

  const ConvertSource& source_;
  std::unique_ptr<tensorflow::MetaGraphDef> meta_graph_;
  std::unique_ptr<tensorflow::TrackableObjectGraph> trackables_;
  MappedFile old_object_graph_;
  CheckpointMatch match_;
  std::vector<int32_t> saved_of_;
  std::unique_ptr<Rewriter> rewriter_;
  std::map<std::string, StoredTensor, std::less<>> tensors_;
  std::optional<std::vector<int32_t>> node_numbers_;
  bool keras_metadata_ = true;
  bool pruned_ = false;
};

}  // namespace smcli
