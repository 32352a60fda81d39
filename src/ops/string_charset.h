// Text in the encodings that ICU knows, as code points; and what the Unicode ops do with malformed text.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/node_info.h"

struct UConverter;

namespace smcli {

struct DecodedCharacter {
  int32_t value;  // U+FFFD where malformed
  int length;     // bytes it took
  bool malformed;
};

// A decoder of one encoding. It has state: one thread at a time.
class CharsetDecoder {
 public:
  // By any name that ICU knows. `ModelError` when it knows none such.
  static Result<CharsetDecoder> Open(const std::string& encoding);

  // Replaces the content of `characters`.
  void Decode(std::string_view text, std::vector<DecodedCharacter>& characters);

 private:
  struct Close {
    void operator()(UConverter* converter) const;
  };
  std::unique_ptr<UConverter, Close> converter_;
};

enum class Utf { k8, k16BigEndian, k32BigEndian };

// Of the attribute output_encoding.
Result<Utf> UtfOf(const NodeInfo& node);
// Appends a code point up to U+10FFFF that is not a surrogate.
void AppendCodePoint(int32_t code_point, Utf encoding, std::string& text);

// The attributes errors, replacement_char and, where the op has it, replace_control_characters.
struct MalformedText {
  static Result<MalformedText> Of(const NodeInfo& node);

  enum class Action { kFail, kReplace, kDrop };
  Action action = Action::kReplace;
  int32_t replacement = 0xfffd;
  bool replace_controls = false;  // code points up to U+001F count as malformed, but never as a failure by themselves

  bool AppliesTo(const DecodedCharacter& character) const {
    return character.malformed || (replace_controls && character.value <= 0x1f);
  }
};

}  // namespace smcli
