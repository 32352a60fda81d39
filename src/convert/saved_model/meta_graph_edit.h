// The parts of a MetaGraphDef that speak of nodes, after nodes have gone: collections, assets, the list of ops.
#pragma once

#include <functional>
#include <string>

namespace tensorflow {
class MetaGraphDef;
}  // namespace tensorflow

namespace smcli {

// Removes from collections what names nodes that are not there; from the list of ops those that nobody uses; the
// contexts of control flow, queues and savers, which only training needs.
void DropDeadReferences(tensorflow::MetaGraphDef& meta_graph);

// Removes assets whose tensor is not there, of both lists, and gives the objects that name them new positions.
void DropDeadAssets(tensorflow::MetaGraphDef& meta_graph);

// Functions whose arguments are not those they once had do not tell their shapes any more: TensorFlow refuses lists of
// another length.
void DropStaleInputShapes(tensorflow::MetaGraphDef& meta_graph);

// Every name of a tensor in the signatures, of the parts of sparse and composite ones too.
void ForEachTensorName(tensorflow::MetaGraphDef& meta_graph, const std::function<void(std::string& name)>& visit);

}  // namespace smcli
