// Rules about signatures and meta-graphs.
#include "check/rules.h"

namespace smcli {
namespace {

constexpr CheckRule kRules[] = {
    {"META_GRAPH_TAGS_UNIQUE", Severity::kWarning, kEveryProfile, "Checks that no two meta-graphs have the same tags.",
     "Loaders take the first; the others cannot be reached.", "Export with different tag sets."},
    {"NAME_PRINTABLE", Severity::kWarning, kEveryProfile,
     "Checks that the names of tags, functions and assets hold no control characters.",
     "Escape sequences and bidirectional controls deceive who looks at the model.",
     "Export with other names; be wary of the model's origin."},
    {"SIGNATURE_PRESENT", Severity::kWarning, kServers, "Checks that there is a signature.",
     "TensorFlow Serving has nothing to call.", "Export with signatures=..., or call the functions from Python."},
    {"SIGNATURE_KEY_NAMED", Severity::kWarning, kEveryProfile,
     "Checks that the keys of signatures, inputs and outputs are not empty and hold no control characters.",
     "An empty signature name in a request means serving_default, so nobody can call it; control characters deceive "
     "who "
     "looks at the model.",
     "Export with a name."},
    {"SIGNATURE_TENSOR_EXISTS", Severity::kError, kEveryProfile,
     "Checks that the tensors of signatures are in the graph.",
     "The model loads, and requests fail: \"refers to a Tensor which does not exist\".", "Export the model again."},
    {"SIGNATURE_DTYPE_MATCHES", Severity::kError, kEveryProfile,
     "Checks that signatures say the dtypes that the graph has.",
     "Clients and servers convert to what the signature says, and the graph refuses it.", "Export the model again."},
    {"SIGNATURE_SHAPE_MATCHES", Severity::kError, kEveryProfile,
     "Checks that the shapes in signatures can be those of the graph.",
     "A request that fits the signature is refused by the graph.", "Export the model again."},
    {"SIGNATURE_DEFAULT_MATCHES", Severity::kError, kEveryProfile,
     "Checks that default values belong to an input and fit it.",
     "TensorFlow Serving feeds them where a request leaves the input out, and the request fails.",
     "Export again with a default of the input's dtype and shape."},
    {"SIGNATURE_INPUT_USED", Severity::kInfo, kEveryProfile, "Checks that every input has a part in the outputs.",
     "Callers must send the input, and no answer depends on it.", "Drop the input, or leave it."},
    {"SIGNATURE_OUTPUT_PRESENT", Severity::kWarning, kServers, "Checks that every signature has an output.",
     "TensorFlow Serving refuses requests that fetch nothing.", "Return a value from the signature's function."},
    {"SIGNATURE_METHOD_NAME", Severity::kWarning, kServers, "Checks the method name of signatures.",
     "TensorFlow Serving refuses requests of any other method: \"Expected prediction signature method_name to be one "
     "of ...\".",
     "Use tensorflow/serving/predict, /classify or /regress."},
    {"SIGNATURE_CLASSIFY_FORM", Severity::kError, kServers, "Checks the form of classify signatures.",
     "TensorFlow Serving wants one input, 'inputs', and as outputs classes (string), scores (float) or both; it "
     "refuses "
     "Classify requests otherwise.",
     "Build the signature with tf.compat.v1.saved_model.classification_signature_def."},
    {"SIGNATURE_REGRESS_FORM", Severity::kError, kServers, "Checks the form of regress signatures.",
     "TensorFlow Serving wants one input, 'inputs', and one float output, 'outputs'; it refuses Regress requests "
     "otherwise.",
     "Build the signature with tf.compat.v1.saved_model.regression_signature_def."},
    {"SIGNATURE_TAKES_EXAMPLES", Severity::kInfo, kServers, "Checks that classify and regress signatures take strings.",
     "Classify and Regress requests bring serialized tf.Examples; a graph that takes something else refuses them, and "
     "only Predict works.",
     "Parse tf.Examples in the graph, or leave it at Predict."},
};

}  // namespace

std::span<const CheckRule> CheckSignatureRules() { return kRules; }

}  // namespace smcli
