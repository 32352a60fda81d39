// The words of TensorFlow's saved_model_cli, byte for byte, so that scripts which read them keep working. Sets of ops
// are sorted (Python's have no order) and control characters in names are escaped.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/saved_model.h"

namespace smcli {

struct SavedModelCliShow {
  bool all = false;
  bool list_ops = false;
  std::optional<std::string> tag_set;  // as typed
  std::optional<std::string> signature;
};

// `saved_model_cli show`. The same refusals: an unknown tag set or signature, an empty tag set where a signature or the
// ops are asked for.
Result<std::string> ShowAsSavedModelCli(const SavedModel& model, const SavedModelCliShow& show);

// The meta-graph with exactly the tags that `tag_set` lists, empty ones dropped: "serve,gpu", "". `NotFoundError`.
Result<const MetaGraph*> FindMetaGraphByTagSet(const SavedModel& model, std::string_view tag_set);

// "Concrete Functions:" and what follows, for a model with an object graph; empty for others.
Result<std::string> ConcreteFunctionsText(const SavedModel& model);

// "['serve', 'tpu']": the tags of a meta-graph as Python prints a list.
std::string TagListText(const MetaGraph& meta_graph);
// "{'Add', 'Const'}", "set()".
std::string OpSetText(std::span<const std::string_view> ops);
// The ops of the graph and of every function that it can reach, sorted.
Result<std::vector<std::string_view>> OpsUsedBy(const MetaGraph& meta_graph);

}  // namespace smcli
