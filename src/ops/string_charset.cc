#include "ops/string_charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>

#include <bit>

#include "base/utf8.h"

namespace smcli {
namespace {

// Notes that something was malformed, then lets ICU put its substitute, as TensorFlow (kernels/unicode_ops.cc).
void NoteMalformed(const void* context, UConverterToUnicodeArgs* args, const char* units, int32_t length,
                   UConverterCallbackReason reason, UErrorCode* error) {
  if (reason == UCNV_UNASSIGNED || reason == UCNV_ILLEGAL || reason == UCNV_IRREGULAR) {
    *const_cast<bool*>(static_cast<const bool*>(context)) = true;
  }
  UCNV_TO_U_CALLBACK_SUBSTITUTE(nullptr, args, units, length, reason, error);
}

void AppendBigEndian(uint32_t value, int bytes, std::string& text) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xffu);
}

}  // namespace

void CharsetDecoder::Close::operator()(UConverter* converter) const { ucnv_close(converter); }

Result<CharsetDecoder> CharsetDecoder::Open(const std::string& encoding) {
  UErrorCode error = U_ZERO_ERROR;
  CharsetDecoder decoder;
  // ICU takes an empty name for the default encoding of the machine.
  if (!encoding.empty() && encoding.find('\0') == std::string::npos) {
    decoder.converter_.reset(ucnv_open(encoding.c_str(), &error));
  }
  if (decoder.converter_ == nullptr || U_FAILURE(error)) {
    return ModelError("could not create a converter for the input encoding '{}'", encoding);
  }
  return decoder;
}

void CharsetDecoder::Decode(std::string_view text, std::vector<DecodedCharacter>& characters) {
  characters.clear();
  bool malformed = false;
  UErrorCode error = U_ZERO_ERROR;
  ucnv_reset(converter_.get());
  ucnv_setToUCallBack(converter_.get(), NoteMalformed, &malformed, nullptr, nullptr, &error);
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end && U_SUCCESS(error)) {
    const char* start = at;
    const UChar32 value = ucnv_getNextUChar(converter_.get(), &at, end, &error);
    if (U_FAILURE(error)) at = end;  // a sequence that begins and does not end; the value is ICU's U+FFFF
    characters.push_back({value, static_cast<int>(at - start), malformed});
    malformed = false;
  }
  UErrorCode ignored = U_ZERO_ERROR;
  ucnv_setToUCallBack(converter_.get(), UCNV_TO_U_CALLBACK_SUBSTITUTE, nullptr, nullptr, nullptr, &ignored);
}

Result<Utf> UtfOf(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const std::string name, node.attrs.String("output_encoding"));
  if (name == "UTF-8") return Utf::k8;
  if (name == "UTF-16-BE") return Utf::k16BigEndian;
  if (name == "UTF-32-BE") return Utf::k32BigEndian;
  return UnsupportedError("output_encoding '{}' is none of UTF-8, UTF-16-BE, UTF-32-BE", name);
}

void AppendCodePoint(int32_t code_point, Utf encoding, std::string& text) {
  const auto value = static_cast<uint32_t>(code_point);
  if (encoding == Utf::k8) {
    AppendUtf8(value, text);
  } else if (encoding == Utf::k32BigEndian) {
    AppendBigEndian(value, 4, text);
  } else if (value < 0x10000) {
    AppendBigEndian(value, 2, text);
  } else {
    AppendBigEndian(0xd800u + ((value - 0x10000u) >> 10), 2, text);
    AppendBigEndian(0xdc00u + (value & 0x3ffu), 2, text);
  }
}

Result<MalformedText> MalformedText::Of(const NodeInfo& node) {
  MalformedText policy;
  SMCLI_ASSIGN_OR_RETURN(const std::string errors, node.attrs.String("errors"));
  SMCLI_ASSIGN_OR_RETURN(const int64_t replacement, node.attrs.Int("replacement_char"));
  if (errors == "strict") {
    policy.action = Action::kFail;
  } else if (errors == "ignore") {
    policy.action = Action::kDrop;
  } else if (errors != "replace") {
    return UnsupportedError("errors '{}' is none of strict, replace, ignore", errors);
  }
  if (replacement < 0 || replacement > 0x10ffff) {
    return ModelError("replacement_char {} is outside of the Unicode range", replacement);
  }
  policy.replacement = static_cast<int32_t>(replacement);
  policy.replace_controls = node.attrs.Bool("replace_control_characters", false);
  return policy;
}

}  // namespace smcli
