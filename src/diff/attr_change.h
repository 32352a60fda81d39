// What differs between the attributes of two nodes, in words.
#pragma once

#include <string>
#include <vector>

#include "diff/node_change.h"

namespace smcli {

// Appends "attr padding: \"SAME\" -> \"VALID\"", "value: 3 of 100 elements differ, by at most 0.5".
void DescribeAttrs(const GraphSide& before, const Node& old_node, const GraphSide& after, const Node& new_node,
                   const FunctionPairs& functions, std::vector<std::string>& details);

}  // namespace smcli
