// The SavedModel message of a source, for targets that write it in another form.
#pragma once

#include <string>

#include "base/result.h"
#include "convert/converter.h"

namespace tensorflow {
class SavedModel;
}  // namespace tensorflow

namespace smcli {

// `InvalidModelError` where protobuf cannot read it; `UnsupportedError` for one that is larger than protobuf can
// handle.
Status ParseMessage(const ConvertSource& source, tensorflow::SavedModel* message);

// The same message serialized with its maps sorted.
Result<std::string> CanonicalBytes(const ConvertSource& source);

}  // namespace smcli
