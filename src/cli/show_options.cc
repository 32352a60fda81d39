#include "cli/show_options.h"

namespace smcli {

void ShowOptions::Declare(Flags& flags) {
  models.Declare(flags);
  graph_arguments.Declare(flags);
  flags.Switch("all", &all, "everything there is to say, for every tag set");

  flags.Group("Parts");
  flags.Switch("ops,list-ops", &ops, "the ops, how often each occurs, and which of them smcli runs");
  flags.Switch("by-function", &by_function, "with --ops: graph and functions apart");
  flags.Switch("variables", &variables, "the variables of the checkpoint");
  flags.Add("value", "NAME[SLICE]", &value, "the values of a variable or constant: 'dense/kernel[0, :3]'");
  flags.Switch("functions", &functions, "the functions, and how Python would call them");
  flags.Switch("object-graph", &object_graph, "the objects that TensorFlow would make");
  flags.Switch("assets", &assets, "files that belong to the model");
  flags.Switch("fingerprint", &fingerprint, "the stored fingerprint, compared with the model");
  flags.Switch("versions", &versions, "who wrote the model, and who may read it");
  flags.Add("node", "NAME", &node, "one node: inputs, readers, attributes");
  flags.Switch("graph", &graph, "the graph folded by name scope; --format dot and mermaid draw it");
  flags.Add("function", "NAME", &function, "with --graph, --node: look into this function");
  flags.Switch("size", &size, "where the bytes are");

  flags.Group("Variables");
  flags.Add("sort", "ORDER", &sort, "name, size or dtype (default: name)").choices = {"name", "size", "dtype"};
  flags.Add("match", "GLOB", &match, "only those whose name matches, as in 'dense*/kernel'");
  flags.Add("depth", "N", &depth, "sum up by the first N parts of the names; also for --graph and --size").least = 0;
  flags.Switch("stats", &stats, "minimum, maximum, mean, deviation, NaNs, infinities, zeros");
  flags.Switch("histogram", &histogram, "how the values are distributed");
  flags.Switch("sha256", &sha256, "a digest of each value");
}

void ShowOptions::Complete() {
  if (function && !node) graph = true;
  if (all) return;
  if (by_function) ops = true;
  if (reads_values() || !match.empty() || sort != "name") variables = true;
}

bool ShowOptions::any_part() const {
  return ops || variables || functions || object_graph || assets || fingerprint || versions || graph || size || node ||
         value || graph_arguments.signature;
}

}  // namespace smcli
