// The interface of a model: what callers see. Tag sets, signatures, methods, inputs and outputs with dtype, shape and
// encoding, defaults. Tensor names are not part of it.
#pragma once

#include <span>
#include <vector>

#include "diff/change.h"
#include "diff/match.h"

namespace smcli {

std::vector<Change> DiffInterface(std::span<const MetaGraphPair> meta_graphs);

// "serving_default.inputs.x"; where several tag sets are compared "{serve} serving_default.inputs.x".
std::string PlaceOf(std::span<const MetaGraphPair> meta_graphs, const MetaGraphPair& meta_graph, std::string_view rest);

// Do two specs look different to a caller? Dtype, shape, encoding, components; not their tensor names.
bool SameInterface(const TensorSpec& a, const TensorSpec& b);

}  // namespace smcli
