// Rules about graphs: the main one and the bodies of functions alike.
#include "check/rules.h"

namespace smcli {
namespace {

constexpr CheckRule kRules[] = {
    {"GRAPH_VERSION_SUPPORTED", Severity::kError, kEveryProfile,
     "Checks that the graph does not ask for a newer TensorFlow than there is.",
     "TensorFlow refuses a graph whose min_consumer is above its own version, or that names it among the bad ones.",
     "Export with the TensorFlow release that loads the model."},
    {"GRAPH_READABLE", Severity::kError, kEveryProfile, "Checks that nodes and functions can be read.",
     "Their bytes are no NodeDef or FunctionDef; loading fails.", "Copy the file again, or export the model again."},
    {"GRAPH_NODE_NAME_UNIQUE", Severity::kError, kEveryProfile, "Checks that no two nodes of a graph have one name.",
     "TensorFlow refuses the graph: \"Node 'x' is not unique\".", "Rename one of the nodes, and those who read it."},
    {"GRAPH_NODE_NAME_VALID", Severity::kError, kEveryProfile, "Checks the characters of node names.",
     "TensorFlow refuses the graph: \"Node name contains invalid characters\". Escape sequences and bidirectional "
     "controls in names also deceive who looks at the model.",
     "Rename the node; be wary of the model's origin."},
    {"GRAPH_OP_KNOWN", Severity::kError, kEveryProfile, "Checks that every op is one that somebody defines.",
     "Loading fails: \"Op type not registered\".",
     "Replace the op, or load the library that registers it wherever the model goes."},
    {"GRAPH_OP_STOCK", Severity::kWarning, kEveryProfile, "Checks that every op is one that stock TensorFlow has.",
     "The model brings the definition of a custom op, but not its code: a loader without the op's library answers \"Op "
     "type not registered\".",
     "Load the library that registers the op wherever the model goes (of TensorFlow Serving: build it in)."},
    {"GRAPH_INPUT_EXISTS", Severity::kError, kEveryProfile, "Checks that what a node reads is there.",
     "TensorFlow refuses the graph, or fails when the node runs: \"input is not found\".", "Export the model again."},
    {"GRAPH_INPUT_ORDER", Severity::kError, kEveryProfile, "Checks that control inputs stand after the others.",
     "TensorFlow refuses the node: \"Control inputs must come after data inputs\".", "Export the model again."},
    {"GRAPH_INPUT_COUNT", Severity::kError, kEveryProfile, "Checks that every node has the inputs its op takes.",
     "TensorFlow refuses the node: \"NodeDef expected inputs ... do not match\".", "Export the model again."},
    {"GRAPH_INPUT_TYPE", Severity::kError, kEveryProfile, "Checks that dtypes agree along every edge.",
     "TensorFlow refuses the node: \"input was passed float from x incompatible with expected int64\".",
     "Export the model again; where it was edited, cast the value."},
    {"GRAPH_INPUT_SHAPE", Severity::kError, kEveryProfile, "Checks that shapes that are known fit their ops.",
     "TensorFlow refuses the node: \"Dimensions must be equal\".", "Export the model again."},
    {"GRAPH_ATTR_VALID", Severity::kError, kEveryProfile,
     "Checks that attributes are there, of their kind, and within what the op allows.",
     "TensorFlow refuses the node: \"NodeDef missing attr\", \"Value for attr is not in the list of allowed values\".",
     "Export the model again."},
    {"GRAPH_CONST_VALUE", Severity::kError, kEveryProfile, "Checks that constants hold what they declare.",
     "A value shorter or longer than its shape, of another dtype or of an absurd size is refused, or takes all memory.",
     "Export the model again; be wary of the model's origin."},
    {"GRAPH_NO_CYCLE", Severity::kError, kEveryProfile, "Checks that no node waits for itself.",
     "Without loop ops (NextIteration into Merge) such a graph cannot run: \"nodes in a cycle\".",
     "Export the model again."},
    {"GRAPH_FRAME_CONSISTENT", Severity::kError, kEveryProfile,
     "Checks that the inputs of a node come from one frame of a loop.",
     "TensorFlow refuses the graph: \"has inputs from different frames\".", "Export the model again."},
};

}  // namespace

std::span<const CheckRule> CheckGraphRules() { return kRules; }

}  // namespace smcli
