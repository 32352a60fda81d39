// What a pass over one graph holds against one of its nodes.
#pragma once

#include <string>
#include <string_view>

namespace smcli {

struct NodeFault {
  std::string_view node;  // lives as long as the graph
  std::string message;
};

}  // namespace smcli
