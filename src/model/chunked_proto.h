// saved_model.cpb: a model cut into chunks, since protobuf stops at two gigabytes. See chunked.md.
#pragma once

#include "base/result.h"
#include "model/shared_bytes.h"

namespace smcli {

// The bytes of the SavedModel message that the chunks make together. It may be larger than protobuf can handle; the
// readers of model/ take it. `InvalidModelError` RiegeliBadSignature, ChunkMetadataMissing, ...; `UnsupportedError`
// RiegeliUnsupportedCompression, JoinVersionUnsupported.
Result<SharedBytes> JoinChunks(const SharedBytes& file);

}  // namespace smcli
