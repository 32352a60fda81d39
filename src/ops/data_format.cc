// DataFormatDimMap and DataFormatVecPermute: numbers of dimensions, and values per dimension, from one data format
// (NHWC, NCHW, ...) to another.
#include <algorithm>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

struct FormatPair {
  std::string from, to;

  static Result<FormatPair> Of(const NodeInfo& node) {
    FormatPair formats;
    SMCLI_ASSIGN_OR_RETURN(formats.from, node.attrs.String("src_format"));
    SMCLI_ASSIGN_OR_RETURN(formats.to, node.attrs.String("dst_format"));
    const std::string& from = formats.from;
    const bool distinct = std::ranges::all_of(from, [&](char c) { return std::ranges::count(from, c) == 1; });
    if ((from.size() != 4 && from.size() != 5) || !distinct || !std::ranges::is_permutation(from, formats.to)) {
      return InvalidModelError("node {}: dst_format {} is no order of the 4 or 5 dimensions of src_format {}",
                               Quoted(node.name), Quoted(formats.to), Quoted(from));
    }
    return formats;
  }

  // Both without the batch and the channels.
  FormatPair Spatial() const {
    FormatPair spatial;
    for (const char c : from) {
      if (c != 'N' && c != 'C') spatial.from += c;
    }
    for (const char c : to) {
      if (c != 'N' && c != 'C') spatial.to += c;
    }
    return spatial;
  }
};

class DimMap final : public Kernel {
 public:
  static Result<DimMap> Make(const NodeInfo& node) {
    DimMap kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.formats_, FormatPair::Of(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& dims = ctx.input(0);
    const int rank = static_cast<int>(formats_.from.size());
    std::vector<int64_t> mapped;
    for (int64_t i = 0; i < dims.num_elements(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(const int dim, NormalAxis(IntAt(dims, i), rank));
      mapped.push_back(static_cast<int64_t>(formats_.to.find(formats_.from[static_cast<size_t>(dim)])));
    }
    SMCLI_ASSIGN_OR_RETURN(const Tensor vector, IntVector(dims.dtype(), mapped));
    ctx.set_output(0, vector.Reshaped(dims.shape()));
    return {};
  }

 private:
  FormatPair formats_;
};

// A vector of a value per dimension, or a matrix of two; for all dimensions or the spatial ones.
class VecPermute final : public Kernel {
 public:
  static Result<VecPermute> Make(const NodeInfo& node) {
    VecPermute kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.formats_, FormatPair::Of(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& values = ctx.input(0);
    const auto rank = static_cast<int64_t>(formats_.from.size());
    const bool matrix = values.rank() == 2;
    if ((values.rank() != 1 && !matrix) || (matrix && values.dim(1) != 2) ||
        (values.dim(0) != rank && values.dim(0) != rank - 2)) {
      return ModelError("input must be a vector of size {} or {}, or a matrix of that many pairs, but is {}", rank - 2,
                        rank, values.shape().ToString());
    }
    const FormatPair formats = values.dim(0) == rank ? formats_ : formats_.Spatial();
    if (static_cast<int64_t>(formats.from.size()) != values.dim(0)) {
      return ModelError("{} has no {} spatial dimensions", Quoted(formats_.from), values.dim(0));
    }
    const int64_t width = matrix ? 2 : 1;
    std::vector<int64_t> permuted;
    for (const char dimension : formats.to) {
      const auto from = static_cast<int64_t>(formats.from.find(dimension)) * width;
      for (int64_t i = from; i < from + width; ++i) permuted.push_back(IntAt(values, i));
    }
    SMCLI_ASSIGN_OR_RETURN(const Tensor vector, IntVector(values.dtype(), permuted));
    ctx.set_output(0, vector.Reshaped(values.shape()));
    return {};
  }

 private:
  FormatPair formats_;
};

constexpr Op kOps[] = {
    {.name = "DataFormatDimMap", .types = {{{"T", kIndexTypes}}}, .make = MakeKernel<DimMap>},
    {.name = "DataFormatVecPermute", .types = {{{"T", kIndexTypes}}}, .make = MakeKernel<VecPermute>},
};

}  // namespace

std::span<const Op> DataFormatOps() { return kOps; }

}  // namespace smcli
