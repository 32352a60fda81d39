// The recorded requests that TensorFlow Serving sends to a model when it loads it: they must name signatures and inputs
// that are there.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "convert/saved_model/exported_model.h"
#include "convert/saved_model/signature_edits.h"

namespace smcli {

// The file with signatures and inputs under their new names and without requests for signatures that are gone; nullopt
// when it may stay as it is. `dropped`: how many requests went. `kept`: old keys of the signatures that stay.
struct WarmupEdit {
  std::string bytes;
  int dropped = 0;
};
Result<std::optional<WarmupEdit>> EditWarmup(MappedFile file, const SignatureEdits& edits,
                                             const std::vector<std::string>& kept);

}  // namespace smcli
