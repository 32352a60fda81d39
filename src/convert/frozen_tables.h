// Lookup tables of a graph that is frozen: they stay tables, and the nodes that fill them stay with them.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

struct TableInit {
  std::string node;                      // runs before the first use; empty: the graph has no tables
  std::vector<std::string> asset_feeds;  // tensors of asset paths, which the runner feeds when it runs `node`
};

// Finds what initialises the tables behind `fetches` and makes one node of it, under the name of the model's init op.
// What else the init op does, assign variables say, is left out. Mutable tables get what they hold in the checkpoint of
// `export_dir`.
Result<TableInit> KeepTableInit(Rewriter& rewriter, const std::vector<std::string>& fetches, FileSystem& files,
                                const std::string& export_dir);

}  // namespace smcli
