// RestoreMap: what the restore op of a meta-graph reads from the checkpoint, and which variables it fills. It is read
// off the graph: RestoreV2 with constant names, through Identity, into Assign or AssignVariableOp, in the main graph
// (V1) or in a function that it calls (V2).
#pragma once

#include <string>
#include <vector>

#include "check/subject.h"

namespace smcli {

struct RestoredTensor {
  std::string key;
  std::string slice;                    // shape_and_slice; empty: the whole tensor
  DataType dtype = DataType::kInvalid;  // asked for
  std::string variable;                 // name of the node of the main graph that is filled; empty: not known
  PartialShape shape;                   // of the variable
  std::string place;                    // of the RestoreV2
};

struct RestoreMap {
  std::vector<RestoredTensor> tensors;
  bool complete = false;  // false: there is no restore op, or it holds what could not be followed
};
RestoreMap ReadRestoreMap(const GraphSubject& subject);

}  // namespace smcli
