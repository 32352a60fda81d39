// ConvertOptions: what the flags of `convert` say. A converter names the flags it honours in its row; any other that is
// given is refused before anything is read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smcli {

struct Converter;

struct ConvertOptions {
  // Which graph, and which of its signatures.
  std::optional<std::vector<std::string>> tags;  // --tag-set
  std::vector<std::string> signatures;           // --signature, repeatable; empty: the target's default

  // Weights.
  std::string names;            // --names: "path" (the default), "key"
  std::string weights;          // --weights: "", "float16", "bfloat16"
  std::string match;            // --match: a glob over names; empty: all
  std::string weights_from;     // --weights-from: an npz, a checkpoint or a model; empty: the source's own
  std::string compress;         // --compress: "", "snappy"
  int64_t shards = 1;           // --shards
  bool dedup = false;           // --dedup: equal tensors once
  bool strip_training = false;  // --strip-training

  // Graphs.
  bool prune = false;                              // --prune
  std::optional<std::vector<std::string>> passes;  // --passes; nullopt: the target's default
  std::vector<std::string> skip_passes;            // --skip-passes
  bool lower_control_flow = false;                 // --lower-control-flow

  // Edits; each as typed.
  std::vector<std::string> rename_signature;  // "old=new"
  std::vector<std::string> drop_signature;    // "key"
  std::vector<std::string> add_signature;     // "key=..."
  std::vector<std::string> rename_input;      // "signature:old=new"
  std::vector<std::string> rename_output;     // "signature:old=new"
  std::vector<std::string> set_default;       // "signature:input=value"
  std::vector<std::string> input_shape;       // "signature:input=1,224,224,3"
  std::optional<std::string> set_tags;        // "serve,gpu"

  // TFLite and its like.
  std::string quantize;        // --quantize
  std::string representative;  // --representative
};

// A flag that not every target honours.
struct TargetFlag {
  std::string_view name;  // without dashes
  bool (*given)(const ConvertOptions& options);
};
std::span<const TargetFlag> TargetFlags();

// `UsageError` for flags that are given and that this target does nothing with; it names the targets that do.
Status CheckFlags(const Converter& converter, const ConvertOptions& options);

}  // namespace smcli
