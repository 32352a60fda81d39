// XlaDot and XlaDotV2: products of tensors over dimensions given by number.
#include "ops/cast.h"
#include "ops/contraction.h"
#include "ops/op.h"
#include "ops/xla_dimensions.h"

namespace smcli {
namespace {

// Pairs of dimensions that share a label.
Status Pair(const IntList& left, const IntList& right, std::string_view what, Labels& a, Labels& b, int& label) {
  if (left.size() != right.size()) return ModelError("{} and {} {} dimensions", left.size(), right.size(), what);
  for (int i = 0; i < left.size(); ++i) {
    for (const auto& [labels, dimension] : {std::pair(&a, left[i]), std::pair(&b, right[i])}) {
      if (dimension < 0 || dimension >= static_cast<int64_t>(labels->size())) {
        return ModelError("{} dimension {} of a tensor of rank {}", what, dimension, labels->size());
      }
      int& place = (*labels)[static_cast<size_t>(dimension)];
      if (place >= 0) return ModelError("dimension {} is named twice", dimension);
      place = label;
    }
    ++label;
  }
  return {};
}

Status SetExtents(const Tensor& tensor, const Labels& labels, std::vector<int64_t>& extents) {
  for (size_t i = 0; i < labels.size(); ++i) {
    int64_t& extent = extents[static_cast<size_t>(labels[i])];
    const int64_t own = tensor.dim(static_cast<int>(i));
    if (extent >= 0 && extent != own) return ModelError("dimensions of {} and {} elements do not match", extent, own);
    extent = own;
  }
  return {};
}

class XlaDot final : public Kernel {
 public:
  static Result<XlaDot> Make(const NodeInfo& node) {
    XlaDot kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string numbers, node.attrs.String("dimension_numbers"));
    SMCLI_ASSIGN_OR_RETURN(kernel.dimensions_, DotDimensions::Parse(numbers));
    kernel.result_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const EinsumEquation::Bound bound, Bind(ctx.input(0), ctx.input(1)));
    const DataType work = WorkType();
    std::vector<Tensor> operands(2);
    for (int i = 0; i < 2; ++i) {
      SMCLI_ASSIGN_OR_RETURN(operands[static_cast<size_t>(i)], CastTensor(ctx.pool(), ctx.input(i), work));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor product, Contract(ctx.pool(), operands, bound));
    SMCLI_ASSIGN_OR_RETURN(product, CastTensor(ctx.pool(), product, result_));
    ctx.set_output(0, std::move(product));
    return {};
  }

 private:
  // What products of the result's type are summed in.
  DataType WorkType() const {
    if (kContractable.Contains(result_)) return result_;
    return kInts.Contains(result_) ? DataType::kInt64 : DataType::kFloat;
  }

  // Labels: batch and contracted dimensions in pairs, then those of one side. The output has them in the order batch,
  // left, right.
  Result<EinsumEquation::Bound> Bind(const Tensor& left, const Tensor& right) const {
    EinsumEquation::Bound bound;
    Labels a(static_cast<size_t>(left.rank()), -1), b(static_cast<size_t>(right.rank()), -1);
    int label = 0;
    SMCLI_RETURN_IF_ERROR(Pair(dimensions_.left_batch, dimensions_.right_batch, "batch", a, b, label));
    for (int i = 0; i < label; ++i) bound.output.push_back(i);
    SMCLI_RETURN_IF_ERROR(Pair(dimensions_.left_contracted, dimensions_.right_contracted, "contracting", a, b, label));
    for (Labels* labels : {&a, &b}) {
      for (int& own : *labels) {
        if (own >= 0) continue;
        own = label++;
        bound.output.push_back(own);
      }
    }
    bound.extents.assign(static_cast<size_t>(label), -1);
    SMCLI_RETURN_IF_ERROR(SetExtents(left, a, bound.extents));
    SMCLI_RETURN_IF_ERROR(SetExtents(right, b, bound.extents));
    bound.inputs = {std::move(a), std::move(b)};
    return bound;
  }

  DotDimensions dimensions_;
  DataType result_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "XlaDot", .types = {{{"T", kNumbers}}}, .make = MakeKernel<XlaDot>, .tolerance = Tolerance::kRounding},
    {.name = "XlaDotV2",
     .types = {{{"LhsT", kNumbers}, {"RhsT", kNumbers}, {"preferred_element_type", kNumbers}}},
     .make = MakeKernel<XlaDot>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> XlaDotOps() { return kOps; }

}  // namespace smcli
