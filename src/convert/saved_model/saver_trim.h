// Saver trimming: the nodes and functions that restore and save a checkpoint, without the tensors and variables that
// go.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

struct SaverLoss {
  std::set<std::string, std::less<>> keys;  // of the checkpoint
  std::set<int32_t> nodes;                  // of the main graph: variables, tables, what makes them
};

// RestoreV2 and SaveV2 nodes lose the keys that are gone and those whose value nobody takes or makes any more; what
// only served them is removed, arguments of functions included. `kept`, by node of the main graph: what stays as it is.
// `shared`: functions that somebody else names, of which a copy is trimmed. `UnsupportedError` where the graph computes
// the list of keys.
Status TrimSaver(Rewriter& rewriter, const SaverLoss& loss, const std::vector<bool>& kept,
                 const std::set<std::string, std::less<>>& shared);

}  // namespace smcli
