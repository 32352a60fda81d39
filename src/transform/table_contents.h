// What the mutable lookup tables of a V2 export hold once the model is loaded: their content lies in the checkpoint.
#pragma once

#include <map>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "model/meta_graph.h"
#include "tensor/tensor.h"

namespace smcli {

struct TableContent {
  Tensor keys, values;
};

// By the shared_name of the node that makes the table. Tables that cannot be loaded are left out; so are empty ones.
Result<std::map<std::string, TableContent>> MutableTableContents(FileSystem& files, const MetaGraph& meta_graph,
                                                                 std::string export_dir);

}  // namespace smcli
