#include "diff/match.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace smcli {
namespace {

std::vector<SpecPair> MatchSpecs(const std::vector<TensorSpec>& before, const std::vector<TensorSpec>& after) {
  std::map<std::string_view, SpecPair> pairs;
  for (const TensorSpec& spec : before) pairs[spec.key].before = &spec;
  for (const TensorSpec& spec : after) pairs[spec.key].after = &spec;
  std::vector<SpecPair> sorted;
  for (auto& [key, pair] : pairs) {
    pair.key = key;
    sorted.push_back(pair);
  }
  return sorted;
}

std::vector<SignaturePair> MatchSignatures(const MetaGraph& before, const MetaGraph& after) {
  std::map<std::string_view, SignaturePair> pairs;
  for (const Signature& signature : before.signatures()) pairs[signature.key].before = &signature;
  for (const Signature& signature : after.signatures()) pairs[signature.key].after = &signature;
  std::vector<SignaturePair> sorted;
  for (auto& [key, pair] : pairs) {
    if ((pair.before ? pair.before : pair.after)->internal()) continue;
    pair.key = key;
    if (pair.kept()) {
      pair.inputs = MatchSpecs(pair.before->inputs, pair.after->inputs);
      pair.outputs = MatchSpecs(pair.before->outputs, pair.after->outputs);
    }
    sorted.push_back(std::move(pair));
  }
  return sorted;
}

}  // namespace

std::string CanonicalTags(const MetaGraph& meta_graph) {
  const std::set<std::string_view> tags(meta_graph.info().tags.begin(), meta_graph.info().tags.end());
  return fmt::format("{}", fmt::join(tags, ","));
}

MetaGraphPair MatchMetaGraph(std::string tags, const MetaGraph& before, const MetaGraph& after) {
  return {std::move(tags), &before, &after, MatchSignatures(before, after)};
}

std::vector<MetaGraphPair> MatchMetaGraphs(const SavedModel& before, const SavedModel& after) {
  // A model without tags and one with a single empty tag are different, though both print alike: the set decides.
  std::map<std::set<std::string_view>, MetaGraphPair> pairs;
  const auto tags_of = [](const MetaGraph& meta_graph) {
    return std::set<std::string_view>(meta_graph.info().tags.begin(), meta_graph.info().tags.end());
  };
  for (const auto& meta_graph : before.meta_graphs()) {
    const MetaGraph*& place = pairs[tags_of(*meta_graph)].before;
    if (!place) place = meta_graph.get();
  }
  for (const auto& meta_graph : after.meta_graphs()) {
    const MetaGraph*& place = pairs[tags_of(*meta_graph)].after;
    if (!place) place = meta_graph.get();
  }
  std::vector<MetaGraphPair> sorted;
  for (auto& [tags, pair] : pairs) {
    std::string text = fmt::format("{}", fmt::join(tags, ","));
    sorted.push_back(pair.kept() ? MatchMetaGraph(std::move(text), *pair.before, *pair.after)
                                 : MetaGraphPair{std::move(text), pair.before, pair.after, {}});
  }
  return sorted;
}

}  // namespace smcli
