// Hazard: what is known about one op that touches more than tensors. A row of hazards.def.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "scan/scan_rules.h"

namespace smcli {

// When the rule holds; otherwise the op is not reported, or by the rule `otherwise`.
enum class HazardWhen {
  kAlways,
  kForeignPath,   // a signature or init op runs it on a path that is no asset and not the saver's
  kPathNotEmpty,  // unless the path is the constant ""
  kPathIsFile,    // the attribute `path` begins with "file://"
};

struct Hazard {
  std::string_view name;  // the op
  ScanRuleId rule;
  HazardWhen when;
  std::string_view path;  // input argument or attribute that holds a file name, an address or a name; may be empty
  std::optional<ScanRuleId> otherwise;  // nullopt: not reported
};

// Sorted by name.
std::span<const Hazard> AllHazards();
// Null: the op does nothing of the kind, as far as TensorFlow's own ops go.
const Hazard* FindHazard(std::string_view op);

}  // namespace smcli
