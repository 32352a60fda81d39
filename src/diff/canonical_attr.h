// The canonical form of attributes: what two nodes must have in common to do the same, however it was written down.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "diff/digest.h"

namespace smcli {

// What the functions of a library do, by name. A name that is not in it stands for itself.
using FunctionDigests = std::unordered_map<std::string_view, Digest>;

// Attributes that never count: private ones ("_..."), config_proto, debug_name, and the shared_name of a table, which
// is generated (a UUID, a number of the process, an object's address).
bool AttrCounts(std::string_view op, std::string_view attr);

// Appends the canonical form of an AttrValue message: a function reference is the function's digest, a tensor its
// values, a packed list what an unpacked one is. Bytes that are no AttrValue stand for themselves.
void AppendCanonicalAttr(std::string_view attr_value, const FunctionDigests& functions, std::string& out);

// Appends the canonical form of a TensorProto: dtype, shape and elements. Elements equal to the last one are left out
// at the end, as TensorFlow may do, so a large constant of zeros costs nothing. The name that a Saver makes up for its
// temporary directory is no content.
void AppendCanonicalTensor(std::string_view tensor_proto, std::string& out);

// Appends a reference to a function.
void AppendFunction(std::string_view name, const FunctionDigests& functions, std::string& out);

}  // namespace smcli
