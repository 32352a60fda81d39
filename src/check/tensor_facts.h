// What a graph says about one of its tensors: what signatures and requests are compared with.
#pragma once

#include "model/graph.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace smcli {

struct TensorFacts {
  DataType dtype = DataType::kInvalid;  // kInvalid: not known
  PartialShape shape;                   // unknown rank: not known
};

// The shape is that of a placeholder, a constant or a variable, else what the exporter noted (_output_shapes); of a
// call, what it noted in the function.
TensorFacts FactsOf(const Graph& graph, const Endpoint& endpoint, const GraphContext& context);

}  // namespace smcli
