#include "convert/saved_model/signature_rewrite.h"

#include "base/utf8.h"
#include "formats/numpy_array.h"
#include "formats/numpy_functions.h"
#include "formats/numpy_random.h"
#include "meta_graph.pb.h"
#include "model/attr_value.h"
#include "tensor/tensor_proto.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

template <typename Map>
void RenameKeys(const Renames& renames, Map& map) {
  Map renamed;
  for (auto& [key, value] : map) {
    const auto found = renames.find(key);
    renamed[found == renames.end() ? key : found->second] = std::move(value);
  }
  map.swap(renamed);
}

Result<Tensor> ReadDefault(std::string_view input, const std::string& literal, const tensorflow::TensorInfo& info) {
  NumpyRandom random(0);
  SMCLI_ASSIGN_OR_RETURN(const PythonValue value, EvaluateNumpy(literal, random));
  SMCLI_ASSIGN_OR_RETURN(const Tensor array, ArrayFromPython(value));
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, CastArray(array, static_cast<DataType>(info.dtype())));
  if (!ShapeFromProto(info.tensor_shape()).Accepts(tensor.shape())) {
    return UsageError("the default of input {} has shape {}, which {} does not take", Quoted(input),
                      tensor.shape().ToString(), ShapeFromProto(info.tensor_shape()).ToString());
  }
  return tensor;
}

// A placeholder that takes this value when nobody feeds it.
void SetPlaceholderDefault(GraphDraft& graph, int32_t id, const Tensor& value, const PartialShape& shape) {
  const int32_t constant = graph.AddConst(graph.node(id).name + "/input", value);
  graph.SetOp(id, "PlaceholderWithDefault");
  graph.SetAttr(id, "dtype", TypeAttr(value.dtype()));
  graph.SetAttr(id, "shape", ShapeAttr(shape));
  graph.node(id).inputs = {{constant, 0}};
}

// The input's placeholder in the main graph.
Result<int32_t> FindPlaceholder(const GraphDraft& graph, const tensorflow::TensorInfo& info, std::string_view input) {
  SMCLI_ASSIGN_OR_RETURN(const Endpoint tensor, graph.FindTensor(info.name()));
  const DraftNode& node = graph.node(tensor.node);
  if (node.op == "Placeholder" || node.op == "PlaceholderWithDefault") return tensor.node;
  return UnsupportedError("input {} is fed to node {} ({}), which is no placeholder", Quoted(input), Quoted(node.name),
                          node.op);
}

Status SetDefault(const std::string& input, const std::string& literal, tensorflow::SignatureDef& signature,
                  GraphDraft& graph) {
  const tensorflow::TensorInfo& info = signature.inputs().at(input);
  if (info.encoding_case() != tensorflow::TensorInfo::kName) {
    return UnsupportedError("input {} is no dense tensor, so it can have no default", Quoted(input));
  }
  SMCLI_ASSIGN_OR_RETURN(const Tensor value, ReadDefault(input, literal, info));
  SMCLI_ASSIGN_OR_RETURN(const int32_t id, FindPlaceholder(graph, info, input));
  SetPlaceholderDefault(graph, id, value, ShapeFromProto(info.tensor_shape()));
  return TensorToProto(value, &(*signature.mutable_defaults())[input]);
}

Status SetShape(const std::string& input, const PartialShape& shape, tensorflow::SignatureDef& signature,
                GraphDraft& graph) {
  tensorflow::TensorInfo& info = signature.mutable_inputs()->at(input);
  SMCLI_ASSIGN_OR_RETURN(const int32_t id, FindPlaceholder(graph, info, input));
  ShapeToProto(shape, info.mutable_tensor_shape());
  graph.SetAttr(id, "shape", ShapeAttr(shape));
  graph.RemoveAttr(id, "_output_shapes");
  return {};
}

// The object that holds the signatures, in either graph; null: there is none.
template <typename Objects>
auto* FindSignatureMap(Objects& objects) {
  using Object = std::remove_pointer_t<decltype(objects.mutable_nodes(0))>;
  Object* found = nullptr;
  if (objects.nodes().empty()) return found;
  for (const auto& edge : objects.nodes(0).children()) {
    if (edge.local_name() == "signatures") found = objects.mutable_nodes(edge.node_id());
  }
  return found;
}

template <typename Objects>
void RewriteEdges(const SignatureEdits& edits, Objects& objects) {
  auto* map = FindSignatureMap(objects);
  if (map == nullptr) return;
  for (const auto& [now, old] : edits.copies) {
    for (int i = 0; i < map->children_size(); ++i) {
      if (map->children(i).local_name() != old) continue;
      const int32_t target = map->children(i).node_id();
      auto* copy = map->add_children();
      copy->set_local_name(now);
      copy->set_node_id(target);
      break;
    }
  }
  for (auto& edge : *map->mutable_children()) {
    if (const auto found = edits.keys.find(edge.local_name()); found != edits.keys.end()) {
      edge.set_local_name(found->second);
    }
  }
}

}  // namespace

Status RewriteSignatureDef(const std::string& key, const SignatureEdits::OfOne& edits, ExportedModel& model) {
  auto& signatures = *model.meta_graph().mutable_signature_def();
  const auto found = signatures.find(key);
  if (found == signatures.end()) return UsageError("signature {} is left out, so it cannot be edited", Quoted(key));
  tensorflow::SignatureDef& signature = found->second;
  if (!edits.defaults.empty() || !edits.shapes.empty()) {
    SMCLI_ASSIGN_OR_RETURN(Rewriter * rewriter, model.rewriter());
    for (const auto& [input, shape] : edits.shapes) {
      SMCLI_RETURN_IF_ERROR(SetShape(input, shape, signature, rewriter->graph()));
    }
    for (const auto& [input, literal] : edits.defaults) {
      SMCLI_RETURN_IF_ERROR(SetDefault(input, literal, signature, rewriter->graph()).Annotate("--set-default"));
    }
  }
  RenameKeys(edits.inputs, *signature.mutable_inputs());
  RenameKeys(edits.inputs, *signature.mutable_defaults());
  RenameKeys(edits.outputs, *signature.mutable_outputs());
  return {};
}

void RewriteSignatureKeys(const SignatureEdits& edits, ExportedModel& model) {
  auto& signatures = *model.meta_graph().mutable_signature_def();
  for (const auto& [now, old] : edits.copies) {
    if (const auto found = signatures.find(old); found != signatures.end()) {
      const tensorflow::SignatureDef copy = found->second;
      signatures[now] = copy;
    }
  }
  RenameKeys(edits.keys, signatures);
  if (model.has_objects()) RewriteEdges(edits, *model.meta_graph().mutable_object_graph_def());
  if (model.has_trackables()) RewriteEdges(edits, *model.trackables());
}

Status RewriteSignatures(const SignatureEdits& edits, ExportedModel& model) {
  for (const auto& [key, one] : edits.signatures) {
    if (model.has_objects()) SMCLI_RETURN_IF_ERROR(RewriteSignatureFunction(key, one, model).Annotate(key));
    SMCLI_RETURN_IF_ERROR(RewriteSignatureDef(key, one, model).Annotate(key));
  }
  RewriteSignatureKeys(edits, model);
  return {};
}

}  // namespace smcli
