// EditDistance: Levenshtein's distance between the sequences of two sparse tensors.
#include <limits>
#include <numeric>

#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/row_index.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// One sparse input: sequences along its last dimension.
struct Sequences {
  const Tensor& indices;
  const Tensor& values;
  Shape shape;

  int rank() const { return shape.rank(); }
  int64_t size() const { return indices.dim(0); }
  const int64_t* Index(int64_t i) const { return indices.data<int64_t>() + i * rank(); }
  // One past the last entry of the sequence that entry i begins.
  int64_t EndOf(int64_t i) const {
    const int64_t* group = Index(i);
    while (i < size() && std::equal(group, group + rank() - 1, Index(i))) ++i;
    return i;
  }
};

Result<Sequences> ReadSequences(KernelContext& ctx, int first, std::string_view what) {
  const Tensor& indices = ctx.input(first);
  const Tensor& values = ctx.input(first + 1);
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(first + 2), what));
  if (indices.rank() != 2 || values.rank() != 1 || indices.dim(0) != values.dim(0) || indices.dim(1) != dims.size()) {
    return ModelError("{}: indices {}, values {} and a shape of {} dimensions do not make a sparse tensor", what,
                      indices.shape().ToString(), values.shape().ToString(), dims.size());
  }
  if (dims.size() < 2)
    return ModelError("Input SparseTensors must have rank at least 2, but {} rank is: {}", what, dims.size());
  SMCLI_ASSIGN_OR_RETURN(Shape shape, CheckedShape(dims));
  return Sequences{indices, values, std::move(shape)};
}

template <typename T>
int64_t Distance(std::span<const T> a, std::span<const T> b) {
  std::vector<int64_t> row(b.size() + 1);  // distances of a[0, i) to each beginning of b
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    int64_t diagonal = row[0];
    row[0] = static_cast<int64_t>(i) + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const int64_t replaced = diagonal + (SameElement(a[i], b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

class EditDistance final : public Kernel {
 public:
  static Result<EditDistance> Make(const NodeInfo& node) {
    EditDistance kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.normalize_, node.attrs.Bool("normalize"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Sequences hypothesis, ReadSequences(ctx, 0, "hypothesis_shape"));
    SMCLI_ASSIGN_OR_RETURN(const Sequences truth, ReadSequences(ctx, 3, "truth_shape"));
    if (truth.rank() != hypothesis.rank()) {
      return ModelError("Expected truth and hypothesis to have matching ranks, but their shapes are: {} and {}",
                        truth.shape.ToString(), hypothesis.shape.ToString());
    }
    IntList dims;
    for (int d = 0; d + 1 < truth.rank(); ++d) dims.push_back(std::max(truth.shape.dim(d), hypothesis.shape.dim(d)));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, shape));
    std::ranges::fill(out->mutable_flat<float>(), 0.0f);
    Status status;
    const auto compare = [&](auto tag) { status = Compare<typename decltype(tag)::type>(hypothesis, truth, *out); };
    if (!DispatchComparable(truth.values.dtype(), compare)) DispatchComplexes(truth.values.dtype(), compare);
    return status;
  }

 private:
  // Walks the sequences of both side by side, in the order of their indices.
  template <typename T>
  Status Compare(const Sequences& hypothesis, const Sequences& truth, Tensor& out) const {
    const auto strides = RowMajorStrides(out.shape());
    const auto order = [&](int64_t h, int64_t t) {
      if (h == hypothesis.size()) return std::strong_ordering::greater;
      if (t == truth.size()) return std::strong_ordering::less;
      const int64_t* a = hypothesis.Index(h);
      const int64_t* b = truth.Index(t);
      return std::lexicographical_compare_three_way(a, a + out.rank(), b, b + out.rank());
    };
    for (int64_t h = 0, t = 0; h < hypothesis.size() || t < truth.size();) {
      const auto which = order(h, t);
      const int64_t* group = which <= 0 ? hypothesis.Index(h) : truth.Index(t);
      int64_t place = 0;
      for (int d = 0; d < out.rank(); ++d) {
        if (group[d] < 0 || group[d] >= out.dim(d)) {
          return ModelError("index {} of dimension {} is outside the result {}", group[d], d, out.shape().ToString());
        }
        place += group[d] * strides[static_cast<size_t>(d)];
      }
      const int64_t h_end = which <= 0 ? hypothesis.EndOf(h) : h;
      const int64_t t_end = which >= 0 ? truth.EndOf(t) : t;
      const auto a = hypothesis.values.flat<T>().subspan(static_cast<size_t>(h), static_cast<size_t>(h_end - h));
      const auto b = truth.values.flat<T>().subspan(static_cast<size_t>(t), static_cast<size_t>(t_end - t));
      out.mutable_data<float>()[place] = Score(Distance(a, b), b.size());
      h = h_end;
      t = t_end;
    }
    return {};
  }

  float Score(int64_t distance, size_t truth_size) const {
    if (!normalize_) return static_cast<float>(distance);
    if (truth_size == 0) return distance > 0 ? std::numeric_limits<float>::infinity() : 0.0f;
    return static_cast<float>(distance) / static_cast<float>(truth_size);
  }

  bool normalize_ = true;
};

constexpr Op kOps[] = {
    {.name = "EditDistance",
     .types = {{{"T", kComparable | kComplexes}}},
     .make = MakeKernel<EditDistance>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> EditDistanceOps() { return kOps; }

}  // namespace smcli
