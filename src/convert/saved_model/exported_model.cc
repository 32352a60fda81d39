#include "convert/saved_model/exported_model.h"

#include "convert/saved_model/meta_graph_edit.h"
#include "meta_graph.pb.h"
#include "model/meta_graph.h"
#include "model/trackable_pairs.h"
#include "model/wire_check.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

using tensorflow::NodeDef;

// A scalar string constant that holds `old` gets `now`.
void ReplaceText(std::string_view old, const std::string& now, NodeDef& node) {
  if (node.op() != "Const") return;
  const auto value = node.mutable_attr()->find("value");
  if (value == node.mutable_attr()->end() || !value->second.has_tensor()) return;
  tensorflow::TensorProto& tensor = *value->second.mutable_tensor();
  if (tensor.string_val_size() == 1 && tensor.string_val(0) == old) tensor.set_string_val(0, now);
}

}  // namespace

DataType StoredTensor::dtype() const {
  if (store_as != DataType::kInvalid) return store_as;
  return value ? value->dtype() : entry->dtype;
}

int64_t StoredTensor::bytes() const {
  const Shape& shape = value ? value->shape() : entry->shape;
  int64_t bytes = 0;
  if (__builtin_mul_overflow(shape.num_elements(), static_cast<int64_t>(SizeOf(dtype())), &bytes)) return INT64_MAX;
  return bytes;
}

ExportedModel::ExportedModel(const ConvertSource& source)
    : source_(source), meta_graph_(std::make_unique<tensorflow::MetaGraphDef>()) {}
ExportedModel::ExportedModel(ExportedModel&&) noexcept = default;
ExportedModel::~ExportedModel() = default;

Result<ExportedModel> ExportedModel::Read(const ConvertSource& source) {
  ExportedModel model(source);
  SMCLI_RETURN_IF_ERROR(source.graph->Parse(model.meta_graph_.get()));
  if (source.variables == nullptr) return model;
  for (const BundleEntry& entry : source.variables->entries()) {
    if (entry.key != kObjectGraphKey) model.tensors_[std::string(entry.key)].entry = &entry;
  }
  SMCLI_ASSIGN_OR_RETURN(model.old_object_graph_, source.variables->ObjectGraph());
  if (source.variables->Find(kObjectGraphKey) == nullptr) return model;
  model.trackables_ = std::make_unique<tensorflow::TrackableObjectGraph>();
  const std::string_view bytes = model.old_object_graph_.bytes();
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes, bytes.data(), model.trackables_.get())
                            .Annotate(fmt::format("{}: {}", source.variables->prefix(), kObjectGraphKey)));
  if (!source.graph->has_object_graph()) return model;
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, source.graph->object_graph());
  SMCLI_ASSIGN_OR_RETURN(model.match_, MatchCheckpoint(*objects, bytes));
  SMCLI_ASSIGN_OR_RETURN(model.saved_of_, PairTrackables(*objects, bytes));
  return model;
}

Result<Rewriter*> ExportedModel::rewriter() {
  if (!rewriter_) {
    SMCLI_ASSIGN_OR_RETURN(rewriter_, Rewriter::Open(*source_.graph));
  }
  return rewriter_.get();
}

Status ExportedModel::TakeGraph() {
  if (!rewriter_) return {};
  SMCLI_ASSIGN_OR_RETURN(const std::string bytes, rewriter_->ToBytes());
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes, bytes.data(), meta_graph_->mutable_graph_def()).Annotate(source_.path));
  DropStaleInputShapes(*meta_graph_);
  if (!pruned_) return {};
  DropDeadAssets(*meta_graph_);
  DropDeadReferences(*meta_graph_);
  return {};
}

bool ExportedModel::has_objects() const { return meta_graph_->has_object_graph_def(); }

void ExportedModel::UpdateStoredObjectGraph() {
  if (!trackables_) return;
  const std::string now = ObjectGraphBytes();
  tensorflow::GraphDef& graph = *meta_graph_->mutable_graph_def();
  for (NodeDef& node : *graph.mutable_node()) ReplaceText(old_object_graph_.bytes(), now, node);
  for (tensorflow::FunctionDef& function : *graph.mutable_library()->mutable_function()) {
    for (NodeDef& node : *function.mutable_node_def()) ReplaceText(old_object_graph_.bytes(), now, node);
  }
}

std::string ExportedModel::ObjectGraphBytes() const { return trackables_ ? CanonicalBytes(*trackables_) : ""; }

}  // namespace smcli
