// Dtypes along the edges of a graph. Kernels trust the dtypes that their node declares, so a graph whose edges disagree
// is refused when it is planned, and values whose dtype only shows when they are there are looked at then.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "exec/node_kernels.h"
#include "model/graph.h"
#include "ops/kernel.h"

namespace smcli {

// Of tensors that are fed, arguments of functions among them; kInvalid where the graph does not say.
Result<std::vector<DataType>> FeedTypes(const Graph& graph, std::span<const Endpoint> feeds);

// `InvalidModelError` EdgeTypeMismatch when input `input` of the node, which declares `wanted`, reads a tensor of dtype
// `given`. An unknown dtype fits everything.
Status CheckEdge(const Node& reader, size_t input, const ArgTypes& wanted, DataType given);
// The same for a value that a function returns.
Status CheckReturn(const Graph& function, size_t ret, DataType given);

// `ModelError` when a value is not of the dtype that its place has.
Status CheckFeeds(const Graph& graph, std::span<const Tensor> feeds, std::span<const DataType> types);

// A kernel whose outputs have whatever dtype a variable, a list, a table or a called function holds is wrapped in one
// that compares them with what the node declares; every other kernel is returned as it is.
std::unique_ptr<Kernel> WithCheckedOutputs(std::unique_ptr<Kernel> kernel, const Node& node, const NodeTypes& types);

}  // namespace smcli
