// What Keras says about the objects of a model: keras_metadata.pb of Keras 2.4 to 2.12, and before that texts in the
// object graph itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/object_graph.h"

namespace smcli {

inline constexpr std::string_view kKerasMetadataFile = "keras_metadata.pb";

struct KerasNode {
  int32_t node_id = 0;     // in the object graph
  std::string path;        // "root.layer_with_weights-0"; empty in old exports
  std::string identifier;  // "_tf_keras_layer", "_tf_keras_sequential", ...
  std::string metadata;    // JSON
};

// From the bytes of keras_metadata.pb.
Result<std::vector<KerasNode>> ReadKerasMetadata(std::string_view bytes);
// Of models older than that file.
std::vector<KerasNode> KerasNodesOf(const ObjectGraph& objects);

}  // namespace smcli
