// Rules about the files of a model.
#include "check/rules.h"

namespace smcli {
namespace {

constexpr CheckRule kRules[] = {
    {"MODEL_FILE_READABLE", Severity::kError, kEveryProfile,
     "Checks that the model's file is there and is a SavedModel.",
     "Loaders answer \"Cannot parse file\" or \"could not be found in SavedModel\" and nothing else.",
     "Copy the model again, in binary mode and to its end; of a Git LFS pointer, run 'git lfs pull'."},
    {"MODEL_FILE_WELL_FORMED", Severity::kError, kEveryProfile,
     "Checks every message of the model's file, down to the last field.",
     "TensorFlow parses the whole file at once: one damaged byte, a name that is not UTF-8 or messages nested more "
     "than "
     "100 deep, and nothing of the model loads.",
     "Copy the file again, or export the model again."},
    {"MODEL_META_GRAPH_PRESENT", Severity::kError, kEveryProfile, "Checks that the model holds a meta-graph.",
     "There is nothing to load: \"MetaGraphDef associated with tags 'serve' could not be found\".",
     "Export the model again."},
    {"MODEL_FILE_ONE_FORM", Severity::kWarning, kEveryProfile, "Checks that the folder holds one model file.",
     "Which of them is read depends on the loader's version.", "Remove the stale one."},
    {"MODEL_FINGERPRINT_MATCHES", Severity::kInfo, kEveryProfile,
     "Checks that fingerprint.pb belongs to this model (with --deep).",
     "The model was edited after its export, or files of two exports lie together.",
     "Nothing, when the edit was meant; else copy the export again."},
    {"FILE_NOT_LFS_POINTER", Severity::kError, kEveryProfile, "Checks that no file of the model is a Git LFS pointer.",
     "The content is elsewhere; loaders read the pointer's text as if it were tensors, an index or a vocabulary.",
     "Run 'git lfs pull' before copying the model."},
    {"FILE_INSIDE_FOLDER", Severity::kWarning, kEveryProfile,
     "Checks that no file of the model is a symbolic link out of its folder.",
     "The link works here and dangles, or leads elsewhere, once the folder is copied or mounted.",
     "Copy the model with its links followed ('cp -rL')."},
    {"ASSET_FILE_PRESENT", Severity::kError, kEveryProfile, "Checks that every asset of the model has its file.",
     "The initialiser that reads the file fails, and with it loading: \"No such file or directory\".",
     "Copy assets/ with the model, or export again."},
    {"ASSET_UNREAD_PRESENT", Severity::kWarning, kEveryProfile,
     "Checks that every asset of the model has its file, also those that no op reads.",
     "The model loads, since only the path is used; whoever reads the file later does not find it.",
     "Copy assets/ with the model, or export again."},
    {"ASSET_INSIDE_FOLDER", Severity::kError, kEveryProfile, "Checks that no asset leaves the folder assets/.",
     "TensorFlow joins the names and opens what comes out, wherever it is: a model may read any file of the server so.",
     "Do not load the model before you know who made it; export it again with the file inside."},
    {"ASSET_TENSOR_EXISTS", Severity::kError, kEveryProfile, "Checks that the tensors that take asset paths are there.",
     "Loaders feed the path to the tensor and stop: \"Tensor not found in graph\".", "Export the model again."},
    {"ASSET_DECLARED", Severity::kInfo, kEveryProfile, "Checks that every file under assets/ is an asset of the model.",
     "Nothing reads the file; it only takes space.", "Remove it, or leave it."},
};

}  // namespace

std::span<const CheckRule> CheckFileRules() { return kRules; }

}  // namespace smcli
