// A small directed graph as SVG: in layers from top to bottom, edges as curves.
#pragma once

#include <string>

#include "diff/subgraph.h"

namespace smcli {

// An <svg> element, whose classes the page's style sheet colours; empty for a graph without nodes.
std::string SvgOf(const Subgraph& graph);

}  // namespace smcli
