// Which parts of two models belong together: tag sets by set equality, signatures and their inputs and outputs by key.
// The internal signatures (__saved_model_*) are not among them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/meta_graph.h"
#include "model/saved_model.h"
#include "model/signature.h"

namespace smcli {

// An input or output; one side is null where the other alone has it.
struct SpecPair {
  std::string_view key;
  const TensorSpec* before = nullptr;
  const TensorSpec* after = nullptr;

  bool kept() const { return before != nullptr && after != nullptr; }
};

struct SignaturePair {
  std::string_view key;
  const Signature* before = nullptr;
  const Signature* after = nullptr;
  std::vector<SpecPair> inputs;  // sorted by key; empty unless both have the signature
  std::vector<SpecPair> outputs;

  bool kept() const { return before != nullptr && after != nullptr; }
};

struct MetaGraphPair {
  std::string tags;  // "gpu,serve": sorted; "" without tags
  const MetaGraph* before = nullptr;
  const MetaGraph* after = nullptr;
  std::vector<SignaturePair> signatures;  // sorted by key; empty unless both have the tag set

  bool kept() const { return before != nullptr && after != nullptr; }
};

// Sorted by tags. Of several meta-graphs with one tag set the first counts, as it does for a loader.
std::vector<MetaGraphPair> MatchMetaGraphs(const SavedModel& before, const SavedModel& after);
// One meta-graph of each, whatever their tags.
MetaGraphPair MatchMetaGraph(std::string tags, const MetaGraph& before, const MetaGraph& after);

// The tags as a set: sorted, each once, joined by commas.
std::string CanonicalTags(const MetaGraph& meta_graph);

}  // namespace smcli
