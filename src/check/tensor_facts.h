// What a graph says about one of its tensors: what signatures and requests are compared with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/graph.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace smcli {

// Of a Const node's value.
PartialShape ConstShape(const AttrReader& attrs);
// Of a placeholder. Before graph version 24 one without a shape said so with rank 0.
PartialShape PlaceholderShape(const AttrReader& attrs);

struct TensorFacts {
  DataType dtype = DataType::kInvalid;  // kInvalid: not known
  PartialShape shape;                   // unknown rank: not known
};

class FactReader {
 public:
  // Both must outlive it.
  FactReader(const Graph& graph, const GraphContext& context) : graph_(graph), context_(context) {}

  // The shape is that of a placeholder or a constant, else what the exporter noted (_output_shapes); of a call, what it
  // noted in the function.
  TensorFacts Of(const Endpoint& endpoint);

 private:
  PartialShape ShapeOf(const Endpoint& endpoint);
  PartialShape ReturnedShape(const AttrReader& attrs, int32_t output);
  std::vector<PartialShape> ShapesOfRets(const FuncAttr& called) const;

  const Graph& graph_;
  const GraphContext& context_;
  std::map<std::string, std::vector<PartialShape>> returned_;  // by function
};

}  // namespace smcli
