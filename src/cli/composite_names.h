// Names of the tensors behind a composite value: a sparse tensor k is k/indices, k/values, k/dense_shape.
#pragma once

#include <string>
#include <vector>

#include "model/structured_value.h"

namespace smcli {

// For a kTypeSpec, as many as it flattens to, in that order: of ragged tensors "values" and "row_splits" (or
// "row_splits_0", "row_splits_1", ... when nested), of what smcli does not know "0", "1", ...
std::vector<std::string> ComponentNames(const StructuredValue& type_spec);

// The tensors of a structure in the order in which functions take and give them, by path; a structure that is one
// tensor has the name `lone`.
struct NamedTensor {
  std::string name;
  const StructuredValue* value = nullptr;  // kTensorSpec or kTypeSpec
};
std::vector<NamedTensor> NamedTensors(const StructuredValue& structure, const std::string& lone);

// "/" between the two unless one is empty.
std::string JoinName(const std::string& parent, const std::string& child);

}  // namespace smcli
