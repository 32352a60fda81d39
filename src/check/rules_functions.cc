// Rules about the function library and the object graph.
#include "check/rules.h"

namespace smcli {
namespace {

constexpr CheckRule kRules[] = {
    {"FUNCTION_EXISTS", Severity::kError, kEveryProfile, "Checks that every function that is called is there.",
     "The model loads, and the first request that comes there fails: \"Function not found\".",
     "Export the model again."},
    {"FUNCTION_NAME_UNIQUE", Severity::kError, kEveryProfile, "Checks that no two functions have one name.",
     "TensorFlow refuses the library when the bodies differ: \"Cannot add function because a different function with "
     "the "
     "same name already exists\".",
     "Export the model again."},
    {"FUNCTION_ARGS_MATCH", Severity::kError, kEveryProfile,
     "Checks that calls give what a function takes, and take what it returns.",
     "The call fails when it runs: \"Expected input to be a tensor of type ...\".", "Export the model again."},
    {"FUNCTION_RETURNS_COMPLETE", Severity::kError, kEveryProfile,
     "Checks that a function says where each of its outputs comes from.",
     "TensorFlow refuses the function: \"Return values missing\".", "Export the model again."},
    {"FUNCTION_NO_RECURSION", Severity::kError, kEveryProfile, "Checks that no function calls itself.",
     "TensorFlow inlines calls and dies of it, with signal 11, while the model loads.",
     "Turn the recursion into a loop and export again."},
    {"FUNCTION_USED", Severity::kInfo, kEveryProfile, "Checks that every function is called from somewhere.",
     "Nothing reaches the function; it only takes space.", "Nothing needs to be done."},
    {"OBJECT_GRAPH_READABLE", Severity::kError, kEveryProfile, "Checks that the graph of Python objects can be read.",
     "tf.saved_model.load cannot rebuild the objects.", "Export the model again."},
    {"OBJECT_FUNCTION_EXISTS", Severity::kError, kEveryProfile,
     "Checks that the functions of the object graph are in the library.",
     "tf.saved_model.load fails: KeyError with the function's name.", "Export the model again."},
    {"OBJECT_CAPTURES_MATCH", Severity::kError, kEveryProfile,
     "Checks that a function has an argument for everything it captures.",
     "tf.saved_model.load binds captures to the last arguments and fails, or binds the wrong ones.",
     "Export the model again."},
    {"OBJECT_ASSET_EXISTS", Severity::kError, kEveryProfile,
     "Checks that asset objects name an asset of the meta-graph.",
     "tf.saved_model.load fails: list index out of range.", "Export the model again."},
    {"INIT_OP_EXISTS", Severity::kError, kEveryProfile, "Checks that the initialiser of the model is there.",
     "Loading fails, or tables stay empty: \"FetchOutputs node not found\".", "Export the model again."},
    {"RESTORE_OP_EXISTS", Severity::kError, kEveryProfile,
     "Checks that the saver's restore op and its filename tensor are there.",
     "TensorFlow Serving feeds and runs them while it loads, and stops.", "Export the model again."},
};

}  // namespace

std::span<const CheckRule> CheckFunctionRules() { return kRules; }

}  // namespace smcli
