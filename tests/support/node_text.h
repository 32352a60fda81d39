// NodeDefs in protobuf's text form, for tests that write graphs.
//   NodeText("y", "Neg", {"x"}, {{"T", "type: DT_FLOAT"}})
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace smcli {

using AttrTexts = std::vector<std::pair<std::string, std::string>>;  // "T", "type: DT_FLOAT"

inline const AttrTexts kFloatT = {{"T", "type: DT_FLOAT"}};

// `field`: "node" or, in functions, "node_def".
inline std::string NodeText(const std::string& name, const std::string& op, const std::vector<std::string>& inputs = {},
                            const AttrTexts& attrs = {}, const std::string& field = "node") {
  std::string text = field + " { name: '" + name + "' op: '" + op + "'";
  for (const std::string& input : inputs) text += " input: '" + input + "'";
  for (const auto& [key, value] : attrs) text += " attr { key: '" + key + "' value { " + value + " } }";
  return text + " }\n";
}

}  // namespace smcli
