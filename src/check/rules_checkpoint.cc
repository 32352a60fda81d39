// Rules about the files and entries of the checkpoint in variables/.
#include "check/rules.h"

namespace smcli {
namespace {

constexpr CheckRule kRules[] = {
    {"CHECKPOINT_PRESENT", Severity::kError, kEveryProfile, "Checks that a model with variables has its checkpoint.",
     "TensorFlow Serving loads the model without it, and the first request fails: the variables have no values.",
     "Copy the folder variables/ with the model, before saved_model.pb."},
    {"CHECKPOINT_INDEX_PRESENT", Severity::kError, kEveryProfile, "Checks that data files have their index.",
     "Without variables.index TensorFlow Serving takes the model for one without variables, and the first request "
     "fails.",
     "Copy variables.index too."},
    {"CHECKPOINT_INDEX_READABLE", Severity::kError, kEveryProfile,
     "Checks the blocks, checksums and entries of the checkpoint's index.",
     "Loading fails: \"Data loss: block checksum mismatch\", \"file is too short to be an sstable\".",
     "Copy the file again; restore it from the training run's checkpoint."},
    {"CHECKPOINT_SHARD_PRESENT", Severity::kError, kEveryProfile,
     "Checks that every data file that the index names is there.",
     "TensorFlow Serving may load the model and fail later: \"No such file or directory\".",
     "Copy the whole folder variables/; all its data files are of one save."},
    {"CHECKPOINT_ENTRY_IN_SHARD", Severity::kError, kEveryProfile,
     "Checks that every tensor lies inside its data file.",
     "The file was cut off, or belongs to another save: \"Read less bytes than requested\".",
     "Copy the data file again, to its end."},
    {"CHECKPOINT_ENTRY_SIZE", Severity::kError, kEveryProfile,
     "Checks that every tensor has the bytes its dtype and shape need.",
     "Loading fails: \"tensor bundle entry size mismatch\".", "Write the checkpoint again."},
    {"CHECKPOINT_ENTRY_DTYPE", Severity::kError, kEveryProfile, "Checks that every tensor has a dtype that is known.",
     "Loading fails: \"dtype not supported\".", "Write the checkpoint again."},
    {"CHECKPOINT_SLICES_COMPLETE", Severity::kError, kEveryProfile,
     "Checks that the slices of a partitioned variable are all there and cover it once.",
     "Loading fails: \"Tensor slice not found\".", "Copy the checkpoint again, or merge the savers' parts again."},
    {"CHECKPOINT_NO_STRAY_SHARD", Severity::kWarning, kEveryProfile,
     "Checks that no data file of another save lies beside.",
     "Files of two saves were mixed. What the index names may be the wrong half of it.",
     "Remove the file, or copy the checkpoint anew into an empty folder."},
    {"CHECKPOINT_SHARD_LENGTH", Severity::kInfo, kEveryProfile,
     "Checks that a data file ends where its last tensor does.",
     "The index does not know all that is in the file: tensors were taken out of it, or it is of another save.",
     "Nothing needs to be done when the checksums are right."},
    {"CHECKPOINT_NO_OVERLAP", Severity::kWarning, kEveryProfile,
     "Checks that no two tensors lie in the same bytes of a data file.",
     "No saver writes this: the index was made or edited by something else, and one of the tensors may hold the wrong "
     "values.",
     "Write the checkpoint again."},
    {"CHECKPOINT_BYTE_ORDER", Severity::kWarning, kEveryProfile,
     "Checks that the checkpoint is in the byte order of today's machines.",
     "A header that says big-endian makes loaders swap the bytes of every number; no checksum tells when it is wrong.",
     "Write the checkpoint again on the machine it is for."},
    {"CHECKPOINT_BYTE_ORDER_FITS", Severity::kError, kEveryProfile,
     "Checks that numbers make sense in the byte order that the header names.",
     "Every number is read with its bytes swapped, and no checksum notices: the model answers nonsense.",
     "Write the checkpoint again, or correct the header of the index."},
    {"CHECKPOINT_CHECKSUM", Severity::kError, kEveryProfile, "Checks the checksum of every tensor (with --deep).",
     "Bytes changed after the save: \"Data loss: Checksum does not match\".",
     "Copy the data file again; when the source is damaged too, restore it from a backup."},
    {"CHECKPOINT_VALUES_FINITE", Severity::kWarning, kEveryProfile,
     "Checks that weights hold neither NaN nor infinity (with --deep).",
     "Whatever passes through such a weight is NaN or infinite too; training diverged, or a conversion overflowed.",
     "Take an earlier checkpoint."},
};

}  // namespace

std::span<const CheckRule> CheckCheckpointRules() { return kRules; }

}  // namespace smcli
