// Applying SignatureEdits: to the SignatureDefs and placeholders that V1 loaders and TensorFlow Serving read, and to
// the objects and functions that tf.saved_model.load reads.
#pragma once

#include "base/result.h"
#include "convert/saved_model/exported_model.h"
#include "convert/saved_model/signature_edits.h"

namespace smcli {

// `UsageError` for defaults that do not fit their input; `UnsupportedError` for inputs that cannot have one and for
// signatures whose function cannot be rewritten.
Status RewriteSignatures(const SignatureEdits& edits, ExportedModel& model);

// Within: the SignatureDefs and the main graph.
Status RewriteSignatureDef(const std::string& key, const SignatureEdits::OfOne& edits, ExportedModel& model);
// Within: the signature's object and function. Results of its call node may get other places; SignatureDefs follow.
Status RewriteSignatureFunction(const std::string& key, const SignatureEdits::OfOne& edits, ExportedModel& model);
// Within: keys, in SignatureDefs and object graphs. Copies are made before keys change.
void RewriteSignatureKeys(const SignatureEdits& edits, ExportedModel& model);

}  // namespace smcli
