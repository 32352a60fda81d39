// The rules of `check`: what makes a model fail later. A rule is a row of the tables in rules_*.cc; the passes find
// what breaks it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "report/findings.h"

namespace smcli {

// Who is to take the model. Each includes what every loader needs.
enum CheckProfile : uint8_t {
  kLoadProfile = 1,     // any TensorFlow loader
  kServingProfile = 2,  // TensorFlow Serving
  kRestProfile = 4,     // its JSON API
  kSmcliProfile = 8,    // smcli's own executor
};
using CheckProfiles = uint8_t;
inline constexpr CheckProfiles kEveryProfile = kLoadProfile | kServingProfile | kRestProfile | kSmcliProfile;
inline constexpr CheckProfiles kServers = kServingProfile | kRestProfile;

std::optional<CheckProfiles> CheckProfileFromName(std::string_view name);  // "serving"
std::vector<std::string_view> CheckProfileNames(CheckProfiles profiles);   // in the order above

struct CheckRule {
  std::string_view name;
  Severity severity = Severity::kError;
  CheckProfiles profiles = kEveryProfile;
  std::string_view purpose;  // "Checks that every data file is there."
  std::string_view reason;   // what goes wrong otherwise, in the loader's words
  std::string_view fix;
};

// In the order of the documentation.
std::span<const CheckRule* const> AllCheckRules();
const CheckRule* FindCheckRule(std::string_view name);

// The rule that a reader's error breaks, by the code at the end of its message: "(DuplicateNodeName)". Empty where no
// rule has the code.
std::string_view RuleOfProblem(const Error& problem);
// The message without its code.
std::string WithoutCode(std::string_view message);

}  // namespace smcli
