// SignatureEdits: what the flags say about signatures, read and checked against the model's.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "convert/convert_options.h"
#include "model/meta_graph.h"

namespace smcli {

using Renames = std::map<std::string, std::string, std::less<>>;  // old key: new key

struct SignatureEdits {
  // By the signature's old key.
  struct OfOne {
    Renames inputs, outputs;
    std::map<std::string, std::string, std::less<>> defaults;  // by the input's old key: a literal
    std::map<std::string, PartialShape, std::less<>> shapes;   // likewise
  };
  std::map<std::string, OfOne, std::less<>> signatures;
  std::vector<std::pair<std::string, std::string>> copies;  // new key, old key of what it is a copy of
  Renames keys;

  bool empty() const { return signatures.empty() && copies.empty() && keys.empty(); }

  // `UsageError` for signatures, inputs and outputs that are not there or would have one name with another.
  static Result<SignatureEdits> Read(const ConvertOptions& options, const MetaGraph& meta_graph);
};

// "1,224,224,3", "?,3" and "-1,3", in brackets or not; "" is a scalar's. `UsageError` for what is no shape.
Result<PartialShape> ParseDims(std::string_view text);

// `UsageError` unless the model has a signature of this key for users.
Status CheckSignatureKey(const MetaGraph& meta_graph, std::string_view key);

}  // namespace smcli
