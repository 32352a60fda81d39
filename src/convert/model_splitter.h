// ModelSplitter: takes out of a serialized SavedModel what makes it large, so that what is left, and each part, is
// small enough for protobuf. The parts and their places become the chunks of saved_model.cpb.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smcli {

struct WireField;

// A step on the way from the SavedModel to a part.
struct SplitStep {
  enum class Kind { kField, kIndex, kKey };
  Kind kind = Kind::kField;
  uint64_t number = 0;  // a field's number, or a position in a repeated field
  std::string key;      // of a map
};

struct SplitPart {
  std::vector<SplitStep> path;
  bool is_message = false;  // else the content of a bytes field
  std::string_view view;    // of bytes: where they lie in the model
  std::string message;
};

class ModelSplitter {
 public:
  // Contents of tensors of this many bytes are taken out; with `elements`, nodes and functions too.
  ModelSplitter(uint64_t least, bool elements) : least_(least), elements_(elements) {}

  // What is left of the model; empty elements stand where parts were. The parts look into `model`.
  // `InvalidModelError` for bytes that are no messages.
  Result<std::string> Split(std::string_view model);
  const std::vector<SplitPart>& parts() const { return parts_; }

 private:
  // `kind`: which message it is. No deeper than the messages on the way to a tensor's content.
  Status Rewrite(std::string_view message, size_t kind, std::string& out);
  Status RewriteElement(const WireField& field, size_t message, bool take_out, std::string& out);
  Status RewriteEntry(const WireField& field, size_t message, std::string& out);
  // The position of the next element of a repeated field of the message that path_ leads to.
  uint64_t TakeNumber(uint32_t field);

  uint64_t least_;
  bool elements_;
  std::vector<SplitStep> path_;
  std::vector<SplitPart> parts_;
  std::map<std::string, uint64_t> counts_;  // elements seen of a repeated field, by the text of its path
};

}  // namespace smcli
