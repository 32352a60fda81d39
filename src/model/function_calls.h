// Which functions a graph or function calls, by whatever attribute: calls, branches, loop bodies, functions of
// datasets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/functions.h"
#include "model/graph.h"

namespace smcli {

struct FunctionCall {
  std::string_view node;  // the node's name
  std::string_view op;
  std::string_view attr;  // "f", "then_branch", "branches"; empty: the op is the function
  std::string function;   // the one named; the library may lack it
};

// Does the op call the function of its attribute "f" once, with all its inputs, and hand on all that it returns?
bool IsPartitionedCall(std::string_view op);

// In the order of the nodes. What cannot be read is left out.
std::vector<FunctionCall> FunctionCalls(const Graph& graph, const FunctionLibrary& library);
std::vector<FunctionCall> FunctionCalls(const Function& function, const FunctionLibrary& library);

// Functions that call themselves, directly or by way of others: each answer is a circle of names, the first hundred.
std::vector<std::vector<std::string_view>> RecursiveFunctions(const FunctionLibrary& library);

}  // namespace smcli
