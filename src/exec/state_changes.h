// Does a run leave something behind that a later run sees: an assigned variable, a table's new entry, the state of a
// random generator? Runs that do must come one after another, in order.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "exec/function_table.h"
#include "model/graph.h"

namespace smcli {

// Of these nodes, and of every function they call.
bool ChangesState(const Graph& graph, std::span<const int32_t> nodes, const FunctionTable& functions);
// Of a function that the table has resolved; true for others, of which nothing is known.
bool ChangesState(std::string_view function, const FunctionTable& functions);

}  // namespace smcli
