// StringNGrams: runs of neighbouring tokens of every row of a ragged tensor, joined.
#include <algorithm>
#include <string>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

class StringNGrams final : public Kernel {
 public:
  static Result<StringNGrams> Make(const NodeInfo& node) {
    StringNGrams kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.separator_, node.attrs.String("separator"));
    SMCLI_ASSIGN_OR_RETURN(kernel.widths_, node.attrs.Ints("ngram_widths"));
    SMCLI_ASSIGN_OR_RETURN(kernel.left_pad_, node.attrs.String("left_pad"));
    SMCLI_ASSIGN_OR_RETURN(kernel.right_pad_, node.attrs.String("right_pad"));
    SMCLI_ASSIGN_OR_RETURN(kernel.pad_width_, node.attrs.Int("pad_width"));
    SMCLI_ASSIGN_OR_RETURN(kernel.preserve_short_, node.attrs.Bool("preserve_short_sequences"));
    for (int64_t width : kernel.widths_) {
      if (width <= 0) return ModelError("ngram_widths must hold positive values, got {}", width);
      if (width > kWidest) return ModelError("an n-gram of {} tokens is too long", width);
    }
    if (kernel.pad_width_ > kWidest) return ModelError("pad_width {} is too large", kernel.pad_width_);
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& data = ctx.input(0);
    const Tensor& splits = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectVector(data, "data"));
    SMCLI_RETURN_IF_ERROR(ExpectVector(splits, "data_splits"));
    std::vector<std::string> ngrams;
    std::vector<int64_t> ends(static_cast<size_t>(splits.num_elements()), 0);
    if (data.num_elements() > 0 && splits.num_elements() > 0) {
      SMCLI_RETURN_IF_ERROR(CheckSplits(splits, data.num_elements()));
      for (int64_t row = 1; row < splits.num_elements(); ++row) {
        const int64_t start = IntAt(splits, row - 1);
        const auto length = static_cast<size_t>(IntAt(splits, row) - start);
        SMCLI_RETURN_IF_ERROR(AppendRow({data.data<std::string>() + start, length}, ngrams));
        ends[static_cast<size_t>(row)] = static_cast<int64_t>(ngrams.size());
      }
    } else {
      ngrams.resize(static_cast<size_t>(data.num_elements()));  // as string_ngrams_op.cc: empty strings, one for each
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor row_splits, IntVector(splits.dtype(), ends));
    const Shape shape{static_cast<int64_t>(ngrams.size())};
    ctx.set_output(0, Tensor::Strings(shape, std::move(ngrams)));
    ctx.set_output(1, std::move(row_splits));
    return {};
  }

 private:
  using Row = std::span<const std::string>;
  static constexpr int64_t kWidest = 1 << 16;  // tokens; TensorFlow has no limit but memory

  static Status CheckSplits(const Tensor& splits, int64_t size) {
    const int64_t count = splits.num_elements();
    int64_t before = 0;
    if (IntAt(splits, 0) != 0) return ModelError("the first split value must be 0, got {}", IntAt(splits, 0));
    for (int64_t i = 1; i < count; ++i) {
      const int64_t split = IntAt(splits, i);
      if (split < before || split > size)
        return ModelError("invalid split value {}, must be in [{}, {}]", split, before, size);
      before = split;
    }
    if (before != size) return ModelError("the last split value must be the data size {}, got {}", size, before);
    return {};
  }

  int64_t PadWidth(int64_t width) const { return std::min(pad_width_ < 0 ? width - 1 : pad_width_, width - 1); }

  Status AppendRow(Row row, std::vector<std::string>& ngrams) const {
    const auto length = static_cast<int64_t>(row.size());
    const size_t before = ngrams.size();
    for (int64_t width : widths_) Append(row, width, length + 2 * PadWidth(width) - width + 1, ngrams);
    if (!preserve_short_ || ngrams.size() != before || length == 0) return {};
    if (pad_width_ < 0) return ModelError("pad_width must not be negative with preserve_short_sequences");
    Append(row, length + 2 * pad_width_, 1, ngrams);
    return {};
  }

  void Append(Row row, int64_t width, int64_t count, std::vector<std::string>& ngrams) const {
    const int64_t pad = PadWidth(width);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t left = std::max<int64_t>(0, pad - i);
      const int64_t right = std::max<int64_t>(0, pad - (count - 1 - i));
      const int64_t first = left > 0 ? 0 : i - pad;
      const int64_t tokens = width - left - right;
      std::string ngram;
      int64_t parts = 0;
      const auto add = [&](const std::string& token) {
        if (parts++ > 0) ngram += separator_;
        ngram += token;
      };
      for (int64_t n = 0; n < left; ++n) add(left_pad_);
      for (int64_t n = 0; n < tokens; ++n) add(row[static_cast<size_t>(first + n)]);
      for (int64_t n = 0; n < right; ++n) add(right_pad_);
      ngrams.push_back(std::move(ngram));
    }
  }

  std::string separator_;
  std::string left_pad_;
  std::string right_pad_;
  std::vector<int64_t> widths_;
  int64_t pad_width_ = 0;
  bool preserve_short_ = false;
};

constexpr Op kOps[] = {
    {.name = "StringNGrams", .types = {}, .make = MakeKernel<StringNGrams>},
};

}  // namespace

std::span<const Op> StringNgramsOps() { return kOps; }

}  // namespace smcli
