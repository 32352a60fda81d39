#include "model/keras_metadata.h"

#include "keras_metadata.pb.h"
#include "model/wire_check.h"

namespace smcli {

Result<std::vector<KerasNode>> ReadKerasMetadata(std::string_view bytes) {
  third_party::tensorflow::python::keras::protobuf::SavedMetadata def;
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes, bytes.data(), &def).Annotate(kKerasMetadataFile));
  std::vector<KerasNode> nodes;
  for (const auto& node : def.nodes()) {
    nodes.push_back({node.node_id(), node.node_path(), node.identifier(), node.metadata()});
  }
  return nodes;
}

std::vector<KerasNode> KerasNodesOf(const ObjectGraph& objects) {
  std::vector<KerasNode> nodes;
  for (size_t id = 0; id < objects.nodes().size(); ++id) {
    const SavedObject& object = objects.nodes()[id];
    if (object.kind != SavedObject::Kind::kUserObject || !object.text.starts_with("_tf_keras_")) continue;
    nodes.push_back({static_cast<int32_t>(id), "", object.text, object.metadata});
  }
  return nodes;
}

}  // namespace smcli
