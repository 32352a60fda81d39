// ScanRule: a kind of thing that `scan` reports, and why. A rule is a row of scan_rules.cc.
#pragma once

#include <span>
#include <string_view>

#include "report/findings.h"

namespace smcli {

enum class ScanRuleId {
  kCodeOutside,
  kFileRead,
  kFileWrite,
  kFileSystem,
  kNetwork,
  kForeignCheckpoint,
  kForeignTable,
  kUnknownOp,
  kHiddenCode,
  kDeniedOp,
  kPrint,
  kSaver,
  kAssetTable,
  kEndsProcess,
};

struct ScanRule {
  ScanRuleId id;
  std::string_view name;  // "FILE_READ"
  Severity severity;
  std::string_view verb;     // what the op does, before what it is done to: "reads files"
  std::string_view purpose;  // "Reports ops that read files."
  std::string_view reason;
  std::string_view fix;
};

// In the order of ScanRuleId.
std::span<const ScanRule> AllScanRules();
const ScanRule& ScanRuleOf(ScanRuleId id);

}  // namespace smcli
