#include "convert/weight_list.h"

#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "base/utf8.h"
#include "convert/training_state.h"

namespace smcli {
namespace {

constexpr std::string_view kValueSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";

std::string NameOf(std::string_view key, bool by_path) {
  if (by_path && key.ends_with(kValueSuffix)) key.remove_suffix(kValueSuffix.size());
  return std::string(key);
}

// Single numbers stay as they are: steps and rates gain nothing, and lose what they mean.
DataType WrittenDtype(const BundleEntry& entry, const std::string& weights) {
  if (weights.empty() || entry.dtype != DataType::kFloat || entry.shape.num_elements() < 2) return entry.dtype;
  return weights == "bfloat16" ? DataType::kBfloat16 : DataType::kHalf;
}

Result<bool> SameBits(const Conversion& conversion, const BundleEntry& a, const BundleEntry& b) {
  SMCLI_ASSIGN_OR_RETURN(const Tensor first, conversion.source.variables->Read(a, {.pool = &conversion.pool}));
  SMCLI_ASSIGN_OR_RETURN(const Tensor second, conversion.source.variables->Read(b, {.pool = &conversion.pool}));
  return first.num_elements() == 0 || first.bytes() == second.bytes();
}

}  // namespace

Result<std::vector<Weight>> ListWeights(const Conversion& conversion) {
  std::vector<Weight> weights;
  const BundleReader* variables = conversion.source.variables;
  if (variables == nullptr) return weights;
  const ConvertOptions& options = conversion.options;
  TrainingState training;
  if (options.strip_training) {
    SMCLI_ASSIGN_OR_RETURN(training, FindTrainingState(*variables));
  }
  std::set<std::string> names;
  weights.reserve(variables->entries().size());
  for (const BundleEntry& entry : variables->entries()) {
    if (entry.key == kObjectGraphKey || training.keys.contains(entry.key)) continue;
    std::string name = NameOf(entry.key, options.names != "key");
    if (!options.match.empty() && !GlobMatches(options.match, name) && !GlobMatches(options.match, entry.key)) continue;
    if (!names.insert(name).second) {
      return InvalidModelError("{}: two tensors would be called {}; --names key keeps them apart",
                               conversion.source.path, Quoted(name));
    }
    weights.push_back({std::move(name), &entry, WrittenDtype(entry, options.weights)});
  }
  return weights;
}

Result<std::vector<size_t>> FindEqualWeights(const Conversion& conversion, const std::vector<Weight>& weights) {
  // What must be equal anyway, and costs nothing to compare.
  using Gist = std::tuple<DataType, std::string, uint32_t, int64_t>;
  std::map<Gist, std::vector<size_t>> groups;
  std::vector<size_t> first(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    first[i] = i;
    const BundleEntry& entry = *weights[i].entry;
    if (!kPlain.Contains(entry.dtype) || entry.pieces.size() != 1) continue;
    const BundlePiece& piece = entry.pieces[0];
    std::vector<size_t>& group = groups[{entry.dtype, entry.shape.ToString(), piece.masked_crc, piece.size}];
    bool found = false;
    for (size_t k = 0; k < group.size() && !found; ++k) {
      SMCLI_ASSIGN_OR_RETURN(found, SameBits(conversion, *weights[group[k]].entry, entry));
      if (found) first[i] = group[k];
    }
    if (!found) group.push_back(i);
  }
  return first;
}

}  // namespace smcli
