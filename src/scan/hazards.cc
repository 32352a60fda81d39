#include "scan/hazards.h"

#include <algorithm>

namespace smcli {
namespace {

constexpr ScanRuleId kCode = ScanRuleId::kCodeOutside;
constexpr ScanRuleId kRead = ScanRuleId::kFileRead;
constexpr ScanRuleId kWrite = ScanRuleId::kFileWrite;
constexpr ScanRuleId kNet = ScanRuleId::kNetwork;
constexpr ScanRuleId kForeignCheckpoint = ScanRuleId::kForeignCheckpoint;
constexpr ScanRuleId kHidden = ScanRuleId::kHiddenCode;
constexpr ScanRuleId kPrints = ScanRuleId::kPrint;
constexpr ScanRuleId kSaver = ScanRuleId::kSaver;
constexpr ScanRuleId kAssetTable = ScanRuleId::kAssetTable;

constexpr HazardWhen kAlways = HazardWhen::kAlways;
constexpr HazardWhen kForeignPath = HazardWhen::kForeignPath;
constexpr HazardWhen kPathNotEmpty = HazardWhen::kPathNotEmpty;
constexpr HazardWhen kPathIsFile = HazardWhen::kPathIsFile;

constexpr Hazard kHazards[] = {
#define SMCLI_HAZARD(op, rule, when, path) {#op, rule, when, path, std::nullopt},
#define SMCLI_HAZARD_ELSE(op, rule, when, path, otherwise) {#op, rule, when, path, otherwise},
#include "scan/hazards.def"
#undef SMCLI_HAZARD
#undef SMCLI_HAZARD_ELSE
};
static_assert(std::ranges::is_sorted(kHazards, {}, &Hazard::name));

}  // namespace

std::span<const Hazard> AllHazards() { return kHazards; }

const Hazard* FindHazard(std::string_view op) {
  const Hazard* found = std::ranges::lower_bound(kHazards, op, {}, &Hazard::name);
  return found != std::end(kHazards) && found->name == op ? found : nullptr;
}

}  // namespace smcli
