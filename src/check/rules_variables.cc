// Rules about the checkpoint against the graph.
#include "check/rules.h"

namespace smcli {
namespace {

constexpr CheckRule kRules[] = {
    {"VARIABLE_HAS_VALUE", Severity::kError, kEveryProfile,
     "Checks that the checkpoint has a value for every variable.",
     "Loading fails, or the first request does: \"Key not found in checkpoint\", \"Error while reading resource "
     "variable "
     "from Container: localhost. This could mean that the variable was uninitialized\".",
     "Export again with all variables built and tracked; copy the checkpoint of the same export."},
    {"VARIABLE_DTYPE_MATCHES", Severity::kError, kEveryProfile,
     "Checks that variables and their values have the same dtype.",
     "Restoring fails: \"tensor was saved as int32, asked to restore as float\".",
     "Copy the checkpoint of the same export."},
    {"VARIABLE_SHAPE_MATCHES", Severity::kError, kEveryProfile, "Checks that the value of a variable has its shape.",
     "Restoring fails, or the first op that reads the variable does.", "Copy the checkpoint of the same export."},
    {"RESTORE_KEY_EXISTS", Severity::kError, kEveryProfile,
     "Checks that the checkpoint has every tensor that the restore op asks for.",
     "TensorFlow Serving runs the restore op while it loads: \"Key not found in checkpoint\".",
     "Copy the checkpoint of the same export."},
    {"CHECKPOINT_ENTRY_USED", Severity::kWarning, kEveryProfile,
     "Checks that every tensor of the checkpoint belongs to a variable or object.",
     "Nothing restores the tensor: the checkpoint is of another model, or was edited.",
     "Copy the checkpoint of the same export."},
    {"CHECKPOINT_OBJECT_KNOWN", Severity::kInfo, kEveryProfile,
     "Checks that the objects of the checkpoint are in the model.",
     "The checkpoint has more than the model takes, as optimizer slots are; it only takes space.",
     "Nothing needs to be done."},
    {"VARIABLE_RESTORED_BY_OP", Severity::kWarning, kServers,
     "Checks that the restore op fills every variable that signatures read.",
     "TensorFlow Serving restores by running that op alone, and the first request finds the variable uninitialised; "
     "tf.saved_model.load, which goes by the object graph, does not.",
     "Track the layer that owns the variable where the signature's function finds it, and export again."},
    {"VARIABLE_USED", Severity::kInfo, kEveryProfile, "Checks that a signature or function reads every variable.",
     "The variable is loaded and takes memory, and no answer depends on it.",
     "Export without it; optimizer slots need not go to a server."},
};

}  // namespace

std::span<const CheckRule> CheckVariableRules() { return kRules; }

}  // namespace smcli
