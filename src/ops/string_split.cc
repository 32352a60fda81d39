// StringSplit and StringSplitV2: a vector of strings cut into a sparse matrix of tokens.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ops/expect.h"
#include "ops/op.h"

namespace smcli {
namespace {

using Tokens = std::vector<std::string_view>;

// What C's isspace says in the "C" locale.
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// At any one of `delimiters`; every byte by itself when there is none.
Tokens SplitAtAnyOf(std::string_view text, std::string_view delimiters, bool skip_empty) {
  Tokens tokens;
  if (text.empty()) return tokens;  // not even an empty token, as TensorFlow
  if (delimiters.empty()) {
    for (size_t i = 0; i < text.size(); ++i) tokens.push_back(text.substr(i, 1));
    return tokens;
  }
  std::array<bool, 256> cuts{};
  for (char c : delimiters) cuts[static_cast<unsigned char>(c)] = true;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && !cuts[static_cast<unsigned char>(text[i])]) continue;
    if (i > start || !skip_empty) tokens.push_back(text.substr(start, i - start));
    start = i + 1;
  }
  return tokens;
}

// Python's str.split(None, max_split), but for the empty last token that TensorFlow appends when the limit is reached
// and nothing is left (kernels/string_split_op.cc, SplitV2).
Tokens SplitAtSpaces(std::string_view text, int64_t max_split) {
  if (max_split == 0) return {text};
  Tokens tokens;
  int64_t splits = 0;
  size_t at = 0;
  const auto skip_spaces = [&] {
    while (at < text.size() && IsSpace(text[at])) ++at;
  };
  skip_spaces();
  while (at < text.size()) {
    const size_t start = at;
    while (at < text.size() && !IsSpace(text[at])) ++at;
    tokens.push_back(text.substr(start, at - start));
    ++splits;
    skip_spaces();
    if (max_split > 0 && splits == max_split) {
      tokens.push_back(text.substr(at));
      return tokens;
    }
  }
  return tokens;
}

Tokens SplitAtSeparator(std::string_view text, std::string_view separator, int64_t max_split) {
  Tokens tokens;
  size_t start = 0;
  for (int64_t splits = 0; max_split < 0 || splits < max_split; ++splits) {
    const size_t cut = text.find(separator, start);
    if (cut == std::string_view::npos) break;
    tokens.push_back(text.substr(start, cut - start));
    start = cut + separator.size();
  }
  tokens.push_back(text.substr(start));
  return tokens;
}

Status OutputTokens(KernelContext& ctx, const std::vector<Tokens>& rows) {
  int64_t count = 0;
  int64_t width = 0;
  for (const Tokens& row : rows) {
    count += static_cast<int64_t>(row.size());
    width = std::max(width, static_cast<int64_t>(row.size()));
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, Shape{count, 2}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(1, DataType::kString, Shape{count}));
  int64_t* index = indices->mutable_data<int64_t>();
  std::string* value = values->mutable_data<std::string>();
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < rows[r].size(); ++c) {
      *index++ = static_cast<int64_t>(r);
      *index++ = static_cast<int64_t>(c);
      *value++ = rows[r][c];
    }
  }
  const int64_t dense[] = {static_cast<int64_t>(rows.size()), width};
  ctx.set_output(2, Tensor::Vector<int64_t>(dense));
  return {};
}

class StringSplit final : public Kernel {
 public:
  static Result<StringSplit> Make(const NodeInfo& node) {
    StringSplit kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.skip_empty_, node.attrs.Bool("skip_empty"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectVector(input, "input"));
    SMCLI_ASSIGN_OR_RETURN(const std::string delimiter, ScalarOf<std::string>(ctx.input(1), "delimiter"));
    std::vector<Tokens> rows;
    for (const std::string& text : input.flat<std::string>()) {
      rows.push_back(SplitAtAnyOf(text, delimiter, skip_empty_));
    }
    return OutputTokens(ctx, rows);
  }

 private:
  bool skip_empty_ = true;
};

class StringSplitV2 final : public Kernel {
 public:
  static Result<StringSplitV2> Make(const NodeInfo& node) {
    StringSplitV2 kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.max_split_, node.attrs.Int("maxsplit"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectVector(input, "input"));
    SMCLI_ASSIGN_OR_RETURN(const std::string separator, ScalarOf<std::string>(ctx.input(1), "sep"));
    std::vector<Tokens> rows;
    for (const std::string& text : input.flat<std::string>()) {
      rows.push_back(separator.empty() ? SplitAtSpaces(text, max_split_)
                                       : SplitAtSeparator(text, separator, max_split_));
    }
    return OutputTokens(ctx, rows);
  }

 private:
  int64_t max_split_ = -1;
};

constexpr Op kOps[] = {
    {.name = "StringSplit", .types = {}, .make = MakeKernel<StringSplit>},
    {.name = "StringSplitV2", .types = {}, .make = MakeKernel<StringSplitV2>},
};

}  // namespace

std::span<const Op> StringSplitOps() { return kOps; }

}  // namespace smcli
