// StringLower, StringUpper, and TF Text's CaseFoldUTF8 and NormalizeUTF8.
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <limits>
#include <string>

#include "ops/op.h"

namespace smcli {
namespace {

using Utf16 = std::u16string;
static_assert(sizeof(UChar) == sizeof(char16_t));

// Malformed parts become U+FFFD.
Result<Utf16> FromUtf8(std::string_view text) {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return ModelError("a string of {} bytes is too long for this op", text.size());
  }
  Utf16 wide(text.size(), u'\0');
  int32_t length = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strFromUTF8WithSub(wide.data(), static_cast<int32_t>(wide.size()), &length, text.data(),
                       static_cast<int32_t>(text.size()), 0xfffd, nullptr, &error);
  if (U_FAILURE(error)) return InternalError("UTF-8 to UTF-16: {}", u_errorName(error));
  wide.resize(static_cast<size_t>(length));
  return wide;
}

Result<std::string> ToUtf8(const Utf16& wide) {
  if (wide.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()) / 3) {
    return ModelError("a string of {} UTF-16 units is too long for this op", wide.size());
  }
  std::string text(wide.size() * 3, '\0');
  int32_t length = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strToUTF8WithSub(text.data(), static_cast<int32_t>(text.size()), &length, wide.data(),
                     static_cast<int32_t>(wide.size()), 0xfffd, nullptr, &error);
  if (U_FAILURE(error)) return InternalError("UTF-16 to UTF-8: {}", u_errorName(error));
  text.resize(static_cast<size_t>(length));
  return text;
}

// `map(destination, capacity, error)` is one of ICU's functions that answer the length they need.
template <typename Map>
Result<Utf16> Mapped(size_t size_hint, Map&& map) {
  Utf16 result(size_hint + 16, u'\0');
  UErrorCode error = U_ZERO_ERROR;
  int32_t length = map(result.data(), static_cast<int32_t>(result.size()), &error);
  if (error == U_BUFFER_OVERFLOW_ERROR) {
    error = U_ZERO_ERROR;
    result.resize(static_cast<size_t>(length) + 1);
    length = map(result.data(), static_cast<int32_t>(result.size()), &error);
  }
  if (U_FAILURE(error)) return ModelError("this text cannot be mapped: {}", u_errorName(error));
  result.resize(static_cast<size_t>(length));
  return result;
}

char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

using CaseFunction = decltype(&u_strToLower);

template <char (*Ascii)(char), CaseFunction Full>
class CaseMapping final : public Kernel {
 public:
  static Result<CaseMapping> Make(const NodeInfo& node) {
    CaseMapping kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string encoding, node.attrs.String("encoding"));
    if (!encoding.empty() && encoding != "utf-8") {
      return ModelError("only utf-8 or '' (no encoding) is supported, got '{}'", encoding);
    }
    kernel.utf8_ = !encoding.empty();
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
    std::string* result = output->mutable_data<std::string>();
    for (const std::string& text : input.flat<std::string>()) {
      if (utf8_) {
        SMCLI_ASSIGN_OR_RETURN(*result, MapUtf8(text));
      } else {
        *result = text;
        std::ranges::transform(*result, result->begin(), Ascii);
      }
      ++result;
    }
    return {};
  }

 private:
  // TensorFlow hands the text over as a C string: it ends at the first NUL (kernels/string_lower_op.cc).
  static Result<std::string> MapUtf8(const std::string& text) {
    SMCLI_ASSIGN_OR_RETURN(const Utf16 wide, FromUtf8(std::string_view(text).substr(0, text.find('\0'))));
    SMCLI_ASSIGN_OR_RETURN(const Utf16 mapped, Mapped(wide.size(), [&](UChar* to, int32_t capacity, UErrorCode* error) {
                             return Full(to, capacity, wide.data(), static_cast<int32_t>(wide.size()), "", error);
                           }));
    return ToUtf8(mapped);
  }

  bool utf8_ = false;
};

class Normalization final : public Kernel {
 public:
  static Result<Normalization> Make(const NodeInfo& node) {
    Normalization kernel;
    const std::string form = node.op == "CaseFoldUTF8" ? "casefold" : node.attrs.String("normalization_form", "NFKC");
    UErrorCode error = U_ZERO_ERROR;
    if (form == "casefold") {
      kernel.normalizer_ = unorm2_getNFKCCasefoldInstance(&error);
    } else if (form == "NFC") {
      kernel.normalizer_ = unorm2_getNFCInstance(&error);
    } else if (form == "NFD") {
      kernel.normalizer_ = unorm2_getNFDInstance(&error);
    } else if (form == "NFKC") {
      kernel.normalizer_ = unorm2_getNFKCInstance(&error);
    } else if (form == "NFKD") {
      kernel.normalizer_ = unorm2_getNFKDInstance(&error);
    } else {
      return ModelError("normalization_form '{}' is none of NFC, NFD, NFKC, NFKD", form);
    }
    if (U_FAILURE(error)) return InternalError("Unicode normalization data: {}", u_errorName(error));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
    std::string* result = output->mutable_data<std::string>();
    for (const std::string& text : input.flat<std::string>()) {
      SMCLI_ASSIGN_OR_RETURN(const Utf16 wide, FromUtf8(text));
      const auto normalize = [&](UChar* to, int32_t capacity, UErrorCode* error) {
        return unorm2_normalize(normalizer_, wide.data(), static_cast<int32_t>(wide.size()), to, capacity, error);
      };
      SMCLI_ASSIGN_OR_RETURN(const Utf16 mapped, Mapped(wide.size(), normalize));
      SMCLI_ASSIGN_OR_RETURN(*result++, ToUtf8(mapped));
    }
    return {};
  }

 private:
  const UNormalizer2* normalizer_ = nullptr;  // ICU's, for ever
};

constexpr Op kOps[] = {
    {.name = "CaseFoldUTF8", .types = {}, .make = MakeKernel<Normalization>},
    {.name = "NormalizeUTF8", .types = {}, .make = MakeKernel<Normalization>},
    {.name = "StringLower", .types = {}, .make = MakeKernel<CaseMapping<AsciiLower, u_strToLower>>},
    {.name = "StringUpper", .types = {}, .make = MakeKernel<CaseMapping<AsciiUpper, u_strToUpper>>},
};

}  // namespace

std::span<const Op> StringCaseOps() { return kOps; }

}  // namespace smcli
