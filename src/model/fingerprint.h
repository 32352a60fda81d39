// Fingerprint: fingerprint.pb beside a model, and the hashes in it computed anew (fingerprint.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/saved_model.h"

namespace smcli {

inline constexpr std::string_view kFingerprintFile = "fingerprint.pb";

struct Fingerprint {
  uint64_t saved_model_checksum = 0;
  uint64_t graph_def_program_hash = 0;
  uint64_t signature_def_hash = 0;
  uint64_t saved_object_graph_hash = 0;
  uint64_t checkpoint_hash = 0;
  std::optional<int> producer;  // of its version; absent in files of TensorFlow 2.11
  std::string uuid;             // decimal text, or empty
};

// From the bytes of fingerprint.pb. `InvalidModelError` FingerprintUnparsable.
Result<Fingerprint> ReadFingerprint(std::string_view bytes);
// The bytes of fingerprint.pb.
std::string FingerprintBytes(const Fingerprint& fingerprint);
// "program/signature/object/checkpoint": the four hashes in decimal.
std::string Singleprint(const Fingerprint& fingerprint);

// The hashes of the model's first meta-graph, in the form that TensorFlow 2.14 and newer write. `index` is the content
// of variables/variables.index; nullopt: there is none. The producer is 1, and there is no uuid.
Result<Fingerprint> ComputeFingerprint(const SavedModel& model, std::optional<std::string_view> index);

struct FingerprintCheck {
  enum class State {
    kMatch,
    kMismatch,
    kNotComparable,  // see note
  };
  std::string_view field;  // "saved_model_checksum", ...
  uint64_t stored = 0;
  uint64_t computed = 0;  // in the form that matches, else in the newest
  State state = State::kMatch;
  std::string note;  // the form that matches when it is not the newest, or why nothing can be said
};

// One per hash, in the order of the file.
Result<std::vector<FingerprintCheck>> CheckFingerprint(const Fingerprint& stored, const SavedModel& model,
                                                       std::optional<std::string_view> index);

// Combines two hashes (fingerprint.md 6).
uint64_t CombineHashes(uint64_t a, uint64_t b);

}  // namespace smcli
