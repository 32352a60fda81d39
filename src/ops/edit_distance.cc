// EditDistance: how far apart the sequences of two sparse tensors are (Levenshtein), one for each place of the
// dimensions before the last.
#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Sequences by their place in the output; each is the row numbers of its values.
using Sequences = std::map<int64_t, std::vector<int64_t>>;

Result<Sequences> Grouped(const Tensor& indices, const Tensor& values, const Shape& places, std::string_view what) {
  const int64_t rank = places.rank() + 1;
  if (indices.rank() != 2 || indices.dim(1) != rank || !(values.shape() == Shape{indices.dim(0)})) {
    return ModelError("{} indices {} and values {} do not go together", what, indices.shape().ToString(),
                      values.shape().ToString());
  }
  Sequences sequences;
  for (int64_t i = 0; i < indices.dim(0); ++i) {
    int64_t place = 0;
    for (int d = 0; d + 1 < rank; ++d) {
      const int64_t index = IntAt(indices, i * rank + d);
      if (index < 0 || index >= places.dim(d)) return ModelError("{} index {} is outside of its shape", what, index);
      place = place * places.dim(d) + index;
    }
    sequences[place].push_back(i);
  }
  return sequences;
}

template <typename Same>
int64_t Levenshtein(size_t a_size, size_t b_size, Same same) {
  std::vector<int64_t> row(b_size + 1);
  for (size_t j = 0; j <= b_size; ++j) row[j] = static_cast<int64_t>(j);
  for (size_t i = 0; i < a_size; ++i) {
    int64_t diagonal = row[0];
    row[0] = static_cast<int64_t>(i) + 1;
    for (size_t j = 0; j < b_size; ++j) {
      const int64_t replaced = diagonal + (same(i, j) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row[b_size];
}

class EditDistance final : public Kernel {
 public:
  static Result<EditDistance> Make(const NodeInfo& node) {
    EditDistance kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.normalize_, node.attrs.Bool("normalize"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const IntList hypothesis_shape, VectorInts(ctx.input(2), "hypothesis_shape"));
    SMCLI_ASSIGN_OR_RETURN(const IntList truth_shape, VectorInts(ctx.input(5), "truth_shape"));
    if (hypothesis_shape.size() != truth_shape.size() || truth_shape.empty()) {
      return ModelError("hypothesis and truth must have the same rank of at least 1, got {} and {}",
                        hypothesis_shape.size(), truth_shape.size());
    }
    IntList dims;
    for (int d = 0; d + 1 < truth_shape.size(); ++d) dims.push_back(std::max(hypothesis_shape[d], truth_shape[d]));
    SMCLI_ASSIGN_OR_RETURN(const Shape places, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Sequences hypotheses, Grouped(ctx.input(0), ctx.input(1), places, "hypothesis"));
    SMCLI_ASSIGN_OR_RETURN(Sequences truths, Grouped(ctx.input(3), ctx.input(4), places, "truth"));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kFloat, places));
    std::ranges::fill(output->mutable_flat<float>(), 0.0f);
    float* distances = output->mutable_data<float>();
    for (const auto& [place, hypothesis] : hypotheses) {
      distances[place] = Distance(ctx, hypothesis, truths[place]);
    }
    for (const auto& [place, truth] : truths) {
      if (!truth.empty() && !hypotheses.contains(place))
        distances[place] = normalize_ ? 1.0f : static_cast<float>(truth.size());
    }
    return {};
  }

 private:
  float Distance(KernelContext& ctx, const std::vector<int64_t>& hypothesis, const std::vector<int64_t>& truth) const {
    if (truth.empty()) {
      return normalize_ ? std::numeric_limits<float>::infinity() : static_cast<float>(hypothesis.size());
    }
    int64_t edits = 0;
    DispatchBySize(ctx.input(1).dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* a = ctx.input(1).data<T>();
      const T* b = ctx.input(4).data<T>();
      edits = Levenshtein(hypothesis.size(), truth.size(),
                          [&](size_t i, size_t j) { return a[hypothesis[i]] == b[truth[j]]; });
    });
    return normalize_ ? static_cast<float>(edits) / static_cast<float>(truth.size()) : static_cast<float>(edits);
  }

  bool normalize_ = true;
};

constexpr Op kOps[] = {
    {.name = "EditDistance", .types = {}, .make = MakeKernel<EditDistance>},
};

}  // namespace

std::span<const Op> EditDistanceOps() { return kOps; }

}  // namespace smcli
