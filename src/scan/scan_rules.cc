#include "scan/scan_rules.h"

namespace smcli {
namespace {

constexpr std::string_view kRemoveOp = "Export the model without the op, or run the model where that does no harm.";

constexpr ScanRule kRules[] = {
    {ScanRuleId::kCodeOutside, "CODE_OUTSIDE_MODEL", Severity::kCritical, "calls code that is not in the model",
     "Reports ops that call Python functions of the process that runs the model.",
     "What such an op does is decided by a registry of the running process, so nobody who reads the model can know; in "
     "TensorFlow Serving and in other processes the call fails.",
     "Write the function with TensorFlow ops and export the model again."},
    {ScanRuleId::kFileRead, "FILE_READ", Severity::kHigh, "reads files", "Reports ops that read files.",
     "A model that reads files can hand the host's secrets to whoever sees its outputs.", kRemoveOp},
    {ScanRuleId::kFileWrite, "FILE_WRITE", Severity::kHigh, "writes files", "Reports ops that write files.",
     "A model that writes files can replace programs, keys and settings of the host.", kRemoveOp},
    {ScanRuleId::kFileSystem, "FILE_SYSTEM_SETTING", Severity::kHigh, "changes how the process reaches files",
     "Reports ops that change the settings of file systems.",
     "The settings hold for the whole process, other models in it included, and may redirect what they read.",
     kRemoveOp},
    {ScanRuleId::kNetwork, "NETWORK", Severity::kHigh, "talks to other processes",
     "Reports ops that reach other processes or the network.",
     "Such an op can send what the model sees elsewhere, or let others run functions here.", kRemoveOp},
    {ScanRuleId::kForeignCheckpoint, "FOREIGN_CHECKPOINT", Severity::kHigh, "reads or writes a checkpoint",
     "Reports save and restore ops that a signature or the init op runs on a path that is not the saver's.",
     "A SavedModel's saver gets its path from the loader; any other path is a file of the host that the model chose.",
     "Leave saving and restoring to the saver, and keep other files as assets."},
    {ScanRuleId::kForeignTable, "FOREIGN_TABLE_FILE", Severity::kHigh, "fills a table from a file",
     "Reports tables that a signature or the init op fills from a file that is no asset of the model.",
     "The file is not part of the model: it is missing elsewhere, or it is a file of the host that the model chose.",
     "Export the vocabulary as an asset (tf.saved_model.Asset)."},
    {ScanRuleId::kUnknownOp, "UNKNOWN_OP", Severity::kMedium, "is an op that TensorFlow does not register",
     "Reports ops that stock TensorFlow does not have.",
     "What the op does is decided by a library that must be loaded beside the model.",
     "Check the library that brings the op; say --op-allowlist OP when it is fine."},
    {ScanRuleId::kHiddenCode, "HIDDEN_CODE", Severity::kMedium, "runs what this scan cannot see",
     "Reports ops that run a graph or a routine that is given by bytes or by name.",
     "What such an op does does not show in the graph.", kRemoveOp},
    {ScanRuleId::kDeniedOp, "DENIED_OP", Severity::kHigh, "is on the deny list", "Reports ops named by --op-denylist.",
     "Somebody decided that models must not have the op.", "Export the model without the op."},
    {ScanRuleId::kPrint, "PRINT", Severity::kLow, "prints", "Reports ops that print to the process's standard streams.",
     "Prints slow a server down, and may put the data of its users into logs.", "Remove the prints before the export."},
    {ScanRuleId::kSaver, "SAVER", Severity::kInfo, "saves or restores variables",
     "Notes the ops with which a model's variables are saved and restored.",
     "Every SavedModel with variables has them.", "Nothing."},
    {ScanRuleId::kAssetTable, "TABLE_FILE", Severity::kInfo, "fills a table from a file",
     "Notes tables that are filled from a file, as an asset of the model or where nothing runs it.",
     "This is how vocabularies are loaded.", "Nothing."},
    {ScanRuleId::kEndsProcess, "ENDS_PROCESS", Severity::kInfo, "ends the process",
     "Notes ops that end the process which runs them.", "A server that runs the op stops serving other models, too.",
     kRemoveOp},
};

}  // namespace

std::span<const ScanRule> AllScanRules() { return kRules; }

const ScanRule& ScanRuleOf(ScanRuleId id) { return kRules[static_cast<size_t>(id)]; }

}  // namespace smcli
