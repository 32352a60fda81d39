// UnicodeDecode, UnicodeDecodeWithOffsets, UnicodeEncode, UnicodeTranscode, UnicodeScript.
#include <unicode/uscript.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/string_charset.h"

namespace smcli {
namespace {

bool IsScalarValue(int32_t code_point) {
  return code_point >= 0 && code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
}

class UnicodeDecode final : public Kernel {
 public:
  static Result<UnicodeDecode> Make(const NodeInfo& node) {
    UnicodeDecode kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.encoding_, node.attrs.String("input_encoding"));
    SMCLI_ASSIGN_OR_RETURN(kernel.malformed_, MalformedText::Of(node));
    kernel.splits_type_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(CharsetDecoder decoder, CharsetDecoder::Open(encoding_));
    std::vector<int64_t> splits = {0};
    std::vector<int32_t> values;
    std::vector<int64_t> offsets;
    std::vector<DecodedCharacter> characters;
    for (const std::string& text : ctx.input(0).flat<std::string>()) {
      decoder.Decode(text, characters);
      int64_t offset = 0;
      for (const DecodedCharacter& character : characters) {
        if (character.malformed && malformed_.action == MalformedText::Action::kFail) {
          return ModelError("invalid formatting on input string");
        }
        const bool applies = malformed_.AppliesTo(character);
        if (!applies || malformed_.action != MalformedText::Action::kDrop) {
          values.push_back(applies ? malformed_.replacement : character.value);
          offsets.push_back(offset);
        }
        offset += character.length;
      }
      splits.push_back(static_cast<int64_t>(values.size()));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor row_splits, IntVector(splits_type_, splits));
    ctx.set_output(0, std::move(row_splits));
    ctx.set_output(1, Tensor::Vector<int32_t>(values));
    if (ctx.num_outputs() > 2) ctx.set_output(2, Tensor::Vector<int64_t>(offsets));
    return {};
  }

 private:
  std::string encoding_;
  MalformedText malformed_;
  DataType splits_type_ = DataType::kInt64;
};

class UnicodeEncode final : public Kernel {
 public:
  static Result<UnicodeEncode> Make(const NodeInfo& node) {
    UnicodeEncode kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.malformed_, MalformedText::Of(node));
    SMCLI_ASSIGN_OR_RETURN(kernel.encoding_, UtfOf(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& values = ctx.input(0);
    const Tensor& splits = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectVector(values, "input_values"));
    SMCLI_RETURN_IF_ERROR(ExpectVector(splits, "input_splits"));
    SMCLI_RETURN_IF_ERROR(CheckSplits(splits, values.num_elements()));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, Shape{splits.num_elements() - 1}));
    const int32_t* code_points = values.data<int32_t>();
    std::string* texts = output->mutable_data<std::string>();
    for (int64_t row = 0; row + 1 < splits.num_elements(); ++row) {
      for (int64_t i = IntAt(splits, row); i < IntAt(splits, row + 1); ++i) {
        int32_t code_point = code_points[i];
        if (!IsScalarValue(code_point)) {
          if (malformed_.action == MalformedText::Action::kFail) {
            return ModelError("code point {} is out of range for Unicode, or is a surrogate", code_point);
          }
          code_point = malformed_.replacement;
          if (malformed_.action == MalformedText::Action::kDrop || !IsScalarValue(code_point)) continue;
        }
        AppendCodePoint(code_point, encoding_, texts[row]);
      }
    }
    return {};
  }

 private:
  static Status CheckSplits(const Tensor& splits, int64_t size) {
    const int64_t count = splits.num_elements();
    if (count == 0) return ModelError("input_splits must not be empty");
    if (IntAt(splits, 0) != 0) return ModelError("the first value in input_splits must be zero");
    for (int64_t i = 1; i < count; ++i) {
      if (IntAt(splits, i) < IntAt(splits, i - 1)) {
        return ModelError("values in input_splits must be equal or in ascending order");
      }
    }
    if (IntAt(splits, count - 1) != size) {
      return ModelError("the last value in input_splits must be the length of input_values, {}", size);
    }
    return {};
  }

  MalformedText malformed_;
  Utf encoding_ = Utf::k8;
};

class UnicodeTranscode final : public Kernel {
 public:
  static Result<UnicodeTranscode> Make(const NodeInfo& node) {
    UnicodeTranscode kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.input_encoding_, node.attrs.String("input_encoding"));
    SMCLI_ASSIGN_OR_RETURN(kernel.malformed_, MalformedText::Of(node));
    SMCLI_ASSIGN_OR_RETURN(kernel.output_encoding_, UtfOf(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(CharsetDecoder decoder, CharsetDecoder::Open(input_encoding_));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
    std::string* result = output->mutable_data<std::string>();
    std::vector<DecodedCharacter> characters;
    for (const std::string& text : input.flat<std::string>()) {
      decoder.Decode(text, characters);
      SMCLI_RETURN_IF_ERROR(Transcode(characters, *result++));
    }
    return {};
  }

 private:
  Status Transcode(const std::vector<DecodedCharacter>& characters, std::string& result) const {
    for (const DecodedCharacter& character : characters) {
      int32_t value = character.value;
      if (malformed_.AppliesTo(character)) {
        if (malformed_.action == MalformedText::Action::kFail) return ModelError("invalid formatting on input string");
        if (malformed_.action == MalformedText::Action::kDrop) continue;
        value = malformed_.replacement;
      }
      AppendCodePoint(IsScalarValue(value) ? value : 0xfffd, output_encoding_, result);
    }
    return {};
  }

  std::string input_encoding_;
  MalformedText malformed_;
  Utf output_encoding_ = Utf::k8;
};

Status UnicodeScript(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kInt32, input.shape()));
  std::ranges::transform(input.flat<int32_t>(), output->mutable_data<int32_t>(), [](int32_t code_point) {
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(code_point, &error);
    return U_SUCCESS(error) ? static_cast<int32_t>(script) : -1;
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "UnicodeDecode", .types = {}, .make = MakeKernel<UnicodeDecode>},
    {.name = "UnicodeDecodeWithOffsets", .types = {}, .make = MakeKernel<UnicodeDecode>},
    {.name = "UnicodeEncode", .types = {}, .make = MakeKernel<UnicodeEncode>},
    {.name = "UnicodeScript", .types = {}, .make = MakeFunctionKernel<UnicodeScript>},
    {.name = "UnicodeTranscode", .types = {}, .make = MakeKernel<UnicodeTranscode>},
};

}  // namespace

std::span<const Op> StringUnicodeOps() { return kOps; }

}  // namespace smcli
