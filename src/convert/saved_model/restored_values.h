// What a graph's restore op assigns to what: checkpoint keys, and the nodes of variables and tables in the main graph
// that receive their values, followed through the functions it calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

struct RestoredValue {
  std::string key;
  std::string slice;  // "10 20 0,5:-"; empty: the whole tensor
  int32_t node = -1;  // of the main graph: the variable, or what makes its handle
};

// In the order of the graph. What cannot be followed is left out: keys that are computed, values that change on their
// way.
Result<std::vector<RestoredValue>> FindRestoredValues(Rewriter& rewriter, int32_t restore_op);

// Of a model without a saver: loaders make one from the variables of its collections, which they find by name.
Result<std::vector<RestoredValue>> FindDeclaredVariables(const Rewriter& rewriter);

// The nodes that `roots` need, through data and control edges.
std::vector<bool> NeededNodes(const GraphDraft& graph, const std::vector<int32_t>& roots);

// The strings of input `input` where a Const holds them; nullopt: something else makes them.
std::optional<std::vector<std::string>> ConstStrings(const GraphDraft& graph, int32_t id, size_t input);

}  // namespace smcli
