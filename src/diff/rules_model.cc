// Rules about what every caller needs: that the model loads.
#include "diff/interface.h"
#include "diff/rules.h"

namespace smcli {
namespace {

void TagSetNoDelete(const RuleContext& context, RuleReporter& reporter) {
  for (const MetaGraphPair& pair : context.meta_graphs) {
    if (pair.before && !pair.after) {
      reporter.Add(fmt::format("{{{}}}", pair.tags), fmt::format("the tag set {{{}}} is gone", pair.tags));
    }
  }
}

void SignatureNoDelete(const RuleContext& context, RuleReporter& reporter) {
  for (const MetaGraphPair& meta_graph : context.meta_graphs) {
    for (const SignaturePair& pair : meta_graph.signatures) {
      if (!pair.after) {
        reporter.Add(PlaceOf(context.meta_graphs, meta_graph, pair.key),
                     fmt::format("the signature {} is gone", pair.key));
      }
    }
  }
}

std::string GraphPlace(const RuleContext& context, size_t i) {
  return PlaceOf(context.meta_graphs, context.meta_graphs[i], "graph");
}

void MinConsumerNotRaised(const RuleContext& context, RuleReporter& reporter) {
  for (size_t i = 0; i < context.graphs.size(); ++i) {
    const RuleContext::GraphFacts& facts = context.graphs[i];
    if (facts.min_consumer_after > facts.min_consumer_before) {
      reporter.Add(GraphPlace(context, i),
                   fmt::format("min_consumer {} -> {}", facts.min_consumer_before, facts.min_consumer_after));
    }
  }
}

void NoUnregisteredOp(const RuleContext& context, RuleReporter& reporter) {
  for (size_t i = 0; i < context.graphs.size(); ++i) {
    for (const std::string& op : context.graphs[i].unregistered_ops) {
      reporter.Add(GraphPlace(context, i),
                   fmt::format("the op {} is new, and stock TensorFlow does not register it", op));
    }
  }
}

void AssetFileNoDelete(const RuleContext& context, RuleReporter& reporter) {
  for (const AssetPair& asset : context.assets) {
    const bool had = asset.before.declared && asset.before.exists;
    if (had && asset.after.declared && !asset.after.exists) {
      reporter.Add(asset.path, fmt::format("{} is declared, and its file is not there", asset.path));
    }
  }
}

constexpr Rule kRules[] = {
    {"TAG_SET_NO_DELETE", kAllCategories, "Checks that no tag set is deleted.",
     "Loaders ask for a meta-graph by its exact set of tags; without it the model does not load.",
     "Export a meta-graph with the old tags too.", TagSetNoDelete},
    {"SIGNATURE_NO_DELETE", kAllCategories, "Checks that no signature is deleted.",
     "Callers name the signature; the server answers \"Serving signature key not found\".",
     "Keep the signature under its key; it may share its function with the new one.", SignatureNoDelete},
    {"GRAPH_MIN_CONSUMER_NOT_RAISED", kAllCategories, "Checks that the graph does not ask for a newer runtime.",
     "TensorFlow refuses a graph whose min_consumer is above its own version. A newer producer alone loads.",
     "Export with the TensorFlow release that serves the model, or upgrade the servers first.", MinConsumerNotRaised},
    {"OP_NO_ADD_UNREGISTERED", kAllCategories, "Checks that no op is added that stock TensorFlow does not register.",
     "A server without the op's library refuses the model: \"Op type not registered\".",
     "Replace the op, or roll out the library that registers it first.", NoUnregisteredOp},
    {"ASSET_FILE_NO_DELETE", kAllCategories, "Checks that no asset file is deleted that the new model still declares.",
     "The initialiser of the table that reads the file fails while the model loads.",
     "Copy the file into assets/, or export again.", AssetFileNoDelete},
};

}  // namespace

std::span<const Rule> ModelRules() { return kRules; }

}  // namespace smcli
