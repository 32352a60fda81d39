// EncodeBase64 and DecodeBase64: the URL-safe alphabet, padding optional.
#include <algorithm>
#include <string>
#include <string_view>

#include "ops/op.h"

namespace smcli {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string Encode(std::string_view bytes, bool pad) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
    for (size_t i = 0; i < 4; ++i) {
      if (i <= group.size()) {
        text += kAlphabet[bits >> (18 - 6 * i) & 63u];
      } else if (pad) {
        text += '=';
      }
    }
  }
  return text;
}

Result<std::string> Decode(std::string_view text) {
  if (!text.empty() && text.size() % 4 == 0) {
    if (text.ends_with("==")) {
      text.remove_suffix(2);
    } else if (text.ends_with('=')) {
      text.remove_suffix(1);
    }
  }
  if (text.size() % 4 == 1) return ModelError("a base64 string's length cannot be 1 modulo 4");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  for (size_t at = 0; at < text.size(); at += 4) {
    const std::string_view group = text.substr(at, 4);
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; ++i) {
      const size_t digit = i < group.size() ? kAlphabet.find(group[i]) : 0;
      if (digit == std::string_view::npos) return ModelError("invalid character found in base64");
      bits = bits << 6 | static_cast<uint32_t>(digit);
    }
    for (size_t i = 0; i + 1 < group.size(); ++i) bytes += static_cast<char>(bits >> (16 - 8 * i) & 0xffu);
  }
  return bytes;
}

class EncodeBase64 final : public Kernel {
 public:
  static Result<EncodeBase64> Make(const NodeInfo& node) {
    EncodeBase64 kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.pad_, node.attrs.Bool("pad"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
    std::ranges::transform(input.flat<std::string>(), output->mutable_data<std::string>(),
                           [&](const std::string& bytes) { return Encode(bytes, pad_); });
    return {};
  }

 private:
  bool pad_ = false;
};

Status DecodeBase64(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
  std::string* result = output->mutable_data<std::string>();
  for (const std::string& text : input.flat<std::string>()) {
    SMCLI_ASSIGN_OR_RETURN(*result++, Decode(text));
  }
  return {};
}

constexpr Op kOps[] = {
    {.name = "DecodeBase64", .types = {}, .make = MakeFunctionKernel<DecodeBase64>},
    {.name = "EncodeBase64", .types = {}, .make = MakeKernel<EncodeBase64>},
};

}  // namespace

std::span<const Op> StringBase64Ops() { return kOps; }

}  // namespace smcli
