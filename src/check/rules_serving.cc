// Rules of single targets: TensorFlow Serving, its JSON API, smcli's executor.
#include "check/rules.h"

namespace smcli {
namespace {

constexpr CheckRule kRules[] = {
    {"SERVING_TAG_SERVE", Severity::kWarning, kServers, "Checks that a meta-graph has exactly the tag serve.",
     "TensorFlow Serving loads that one: \"MetaGraphDef associated with tags 'serve' could not be found\".",
     "Export with the tag serve, or start the server with --saved_model_tags."},
    {"WARMUP_READABLE", Severity::kError, kServers, "Checks the records of the warm-up file.",
     "TensorFlow Serving reads the file while it loads the model, and does not load it: \"corrupted record\".",
     "Write the file again with a TFRecord writer, one PredictionLog per record."},
    {"WARMUP_COUNT", Severity::kError, kServers, "Checks that there are at most 1000 warm-up records.",
     "TensorFlow Serving does not load the model: \"Number of warmup records exceeds the maximum\".",
     "Keep a few records of each signature."},
    {"WARMUP_SIGNATURE_EXISTS", Severity::kError, kServers,
     "Checks that warm-up requests name a signature of the model.",
     "The request fails, and with it loading: \"Serving signature key not found\".",
     "Record the requests again with the new signatures."},
    {"WARMUP_INPUTS_MATCH", Severity::kError, kServers, "Checks that warm-up requests fit their signature.",
     "The request fails, and with it loading: an input is missing, unknown, or of another dtype or shape.",
     "Record the requests again with the new signatures."},
    {"REST_INPUT_PRESENT", Severity::kError, kRestProfile, "Checks that signatures have an input.",
     "The JSON API cannot call a signature without inputs: there is nothing to put into \"instances\" or \"inputs\".",
     "Give the signature a dummy input."},
    {"REST_INPUT_BATCHED", Severity::kWarning, kRestProfile, "Checks that the first dimension of inputs is a batch.",
     "The row format (\"instances\") puts one more dimension in front; scalars and inputs of fixed size only work in "
     "the "
     "column format (\"inputs\").",
     "Export with a first dimension of None, or let clients use \"inputs\"."},
    {"REST_INPUT_DTYPE", Severity::kError, kRestProfile, "Checks that inputs have a dtype that JSON can carry.",
     "The JSON API answers \"JSON Value not of expected type\" whatever is sent.",
     "Cast inside the model, and take float32, an integer, bool or string."},
    {"REST_OUTPUT_DTYPE", Severity::kError, kRestProfile, "Checks that outputs have a dtype that JSON can carry.",
     "The JSON API answers \"Tensor not of a supported type\".",
     "Cast inside the model, and return float32, an integer, bool or string."},
    {"REST_OUTPUT_SHAPE_KNOWN", Severity::kWarning, kRestProfile, "Checks that outputs have a known rank.",
     "The row format answers \"has no shape information\" where the tensor of an output is a scalar or of no known "
     "form.",
     "Set the shape of the output, with None for the batch."},
    {"REST_OUTPUT_BATCHED", Severity::kWarning, kRestProfile,
     "Checks that all outputs have the batch as their first dimension.",
     "The row format answers \"has inconsistent batch size\" when the first dimensions of outputs differ.",
     "Return every output with the batch in front, or let clients use \"inputs\"."},
    {"SMCLI_SUPPORTED", Severity::kError, kSmcliProfile,
     "Checks that smcli's executor has everything that signatures need.", "'smcli run' answers with exit status 4.",
     "See 'smcli ops' for what there is."},
};

}  // namespace

std::span<const CheckRule> CheckServingRules() { return kRules; }

}  // namespace smcli
