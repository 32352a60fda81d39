#include "convert/weight_list.h"

#include <set>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

constexpr std::string_view kValueSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";

std::string NameOf(std::string_view key, bool by_path) {
  if (by_path && key.ends_with(kValueSuffix)) key.remove_suffix(kValueSuffix.size());
  return std::string(key);
}

}  // namespace

Result<std::vector<Weight>> ListWeights(const Conversion& conversion) {
  std::vector<Weight> weights;
  if (conversion.source.variables == nullptr) return weights;
  const ConvertOptions& options = conversion.options;
  std::set<std::string_view> names;
  weights.reserve(conversion.source.variables->entries().size());
  for (const BundleEntry& entry : conversion.source.variables->entries()) {
    if (entry.key == kObjectGraphKey) continue;
    std::string name = NameOf(entry.key, options.names != "key");
    if (!options.match.empty() && !GlobMatches(options.match, name) && !GlobMatches(options.match, entry.key)) continue;
    weights.push_back({std::move(name), &entry});
    if (names.insert(weights.back().name).second) continue;
    return InvalidModelError("{}: two tensors would be called {}; --names key keeps them apart", conversion.source.path,
                             Quoted(weights.back().name));
  }
  return weights;
}

}  // namespace smcli
