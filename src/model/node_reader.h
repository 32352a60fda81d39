// Reading a NodeDef's bytes: what a graph needs of it, and a rewrite of NodeDefs that came in an unusual form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smcli {

// Protobuf lets a writer repeat a field that occurs once: the last string counts, messages are merged. Nobody writes
// such NodeDefs, and the readers of this program need not know how: they are written anew, plainly.
enum class NodeForm : uint8_t { kUsual, kUnusual };

struct NodeParts {
  std::string_view name;
  std::string_view op;
  std::string_view device;
  NodeForm form = NodeForm::kUsual;
};

// Appends the node's inputs as they are written to `inputs`. Positions in messages count from `origin`.
Result<NodeParts> ReadNodeParts(std::string_view node_def, const char* origin, std::vector<std::string_view>& inputs);

// The same NodeDef in the one plain form; nullopt when protobuf cannot read it.
std::optional<std::string> PlainNodeDef(std::string_view node_def);

}  // namespace smcli
