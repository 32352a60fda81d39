#include "ops/element_chain.h"

#include <algorithm>
#include <array>
#include <memory>

namespace smcli {
namespace {

constexpr int64_t kBlock = 4096;      // elements: of one link's result and one operand's, both in the first cache
constexpr int64_t kShortRow = 128;    // shorter operands are written out for a whole block
constexpr int64_t kShortestRow = 16;  // of which each has a number of its own

struct LinkName {
  std::string_view op;
  BinaryFn binary;
  bool commutes;
};
constexpr LinkName kBinaryLinks[] = {
    {"Add", BinaryFn::kAdd, true},          {"AddV2", BinaryFn::kAdd, true},
    {"BiasAdd", BinaryFn::kAdd, false},     {"Maximum", BinaryFn::kMaximum, false},
    {"Minimum", BinaryFn::kMinimum, false}, {"Mul", BinaryFn::kMul, true},
    {"RealDiv", BinaryFn::kRealDiv, false}, {"SquaredDifference", BinaryFn::kSquaredDifference, true},
    {"Sub", BinaryFn::kSub, false},
};
// All of unary.def but Log, whose answer for denormal numbers depends on where they stand (ops/unary.cc).
constexpr std::pair<std::string_view, UnaryFn> kUnaryLinks[] = {
#define UNARY(op, ...) {#op, UnaryFn::k##op},
#define PREDICATE(op, ...)
#include "loops/unary.def"
#undef UNARY
#undef PREDICATE
};

// How an operand lies beside the tensor that goes through the chain: one number for all, for each column, for each row,
// for each element.
enum class Fit { kScalar, kRow, kColumn, kWhole, kNone };

bool IsColumn(const Shape& operand, const Shape& x) {
  const int last = x.rank() - 1;
  return operand.rank() == x.rank() && last > 0 && operand.dim(last) == 1 && x.dim(last) >= kShortestRow &&
         std::ranges::equal(operand.dims().first(static_cast<size_t>(last)), x.dims().first(static_cast<size_t>(last)));
}

Fit FitOf(const Tensor& operand, const Shape& x) {
  const int64_t count = operand.num_elements();
  if (operand.rank() > x.rank()) return Fit::kNone;
  if (count == 1) return Fit::kScalar;
  if (operand.shape() == x) return Fit::kWhole;
  if (IsColumn(operand.shape(), x)) return Fit::kColumn;
  const bool row = operand.rank() > 0 && operand.dim(operand.rank() - 1) == count && x.dim(x.rank() - 1) == count;
  return row ? Fit::kRow : Fit::kNone;
}

}  // namespace

// What the links read besides the chain, laid out for one run.
struct ElementChain::Operands {
  struct Operand {
    Fit fit;
    const float* data;  // of kRow, when rows are repeated: as many rows as a block holds
  };
  std::array<Operand, kMostLinks> all;
  size_t count = 0;
  int64_t row = 0;  // elements of a row where an operand is one, or has a number for each
  bool repeats_rows = false;
  std::vector<float> repeated;

  // Short rows are written out for a whole block.
  void RepeatRows(int64_t block, int64_t n) {
    const bool any =
        std::ranges::any_of(std::span(all).first(count), [](const Operand& o) { return o.fit == Fit::kRow; });
    if (!any || row >= kShortRow || n <= row) return;
    const int64_t length = std::min(block, n);
    repeats_rows = true;
    repeated.resize(count * static_cast<size_t>(length));
    float* to = repeated.data();
    for (size_t i = 0; i < count; ++i) {
      if (all[i].fit != Fit::kRow) continue;
      for (int64_t at = 0; at < length; at += row) std::copy_n(all[i].data, row, to + at);
      all[i].data = to;
      to += length;
    }
  }

  // y[0, length) = f(x[0, length), the operand's elements from `first` on).
  void Apply(size_t i, BinaryLoop f, const float* x, float* y, int64_t first, int64_t length) const {
    const Operand& operand = all[i];
    if (operand.fit == Fit::kScalar) return f(x, operand.data, y, length, Scalar::kRight);
    if (operand.fit == Fit::kWhole) return f(x, operand.data + first, y, length, Scalar::kNone);
    if (operand.fit == Fit::kColumn) {
      const float* number = operand.data + first / row;
      for (int64_t at = 0; at < length; at += row) f(x + at, number++, y + at, row, Scalar::kRight);
      return;
    }
    if (repeats_rows) return f(x, operand.data, y, length, Scalar::kNone);
    for (int64_t at = 0; at < length; at += row) f(x + at, operand.data, y + at, row, Scalar::kNone);
  }
};

ElementChain::ElementChain(std::vector<ChainLink> links, std::string function)
    : links_(std::move(links)), function_(std::move(function)) {
  for (const ChainLink& link : links_) {
    nanoseconds_ += link.is_binary() ? link.binary.nanoseconds : link.unary.nanoseconds;
  }
}

std::optional<ChainLink> FindChainLink(std::string_view op, const AttrReader& attrs) {
  ChainLink link;
  const auto unary = std::ranges::find(kUnaryLinks, op, &std::pair<std::string_view, UnaryFn>::first);
  if (unary != std::end(kUnaryLinks) && unary->second != UnaryFn::kLog) {
    link.unary = FindUnary(unary->second, DataType::kFloat);
    return link;
  }
  const auto binary = std::ranges::find(kBinaryLinks, op, &LinkName::op);
  if (binary == std::end(kBinaryLinks)) return std::nullopt;
  if (op == "BiasAdd" && attrs.String("data_format", "NHWC") != "NHWC") return std::nullopt;
  link.binary = FindBinary(binary->binary, DataType::kFloat);
  link.commutes = binary->commutes;
  link.is_bias = op == "BiasAdd";
  return link;
}

Status ElementChain::Compute(KernelContext& ctx) const {
  const bool alone = ctx.services().monitor != nullptr;
  Tensor x = ctx.TakeInput(0);
  int operand = 1;
  for (size_t first = 0; first < links_.size();) {
    Operands operands;
    const size_t last = alone ? first : FindFitting(ctx, first, operand, x.shape(), operands);
    if (last > first) {
      SMCLI_ASSIGN_OR_RETURN(
          x, ComputeInBlocks(ctx, std::span(links_).subspan(first, last - first), operands, std::move(x)));
      operand += static_cast<int>(operands.count);
    }
    first = last;
    if (first == links_.size()) break;
    // A link that makes the tensor grow, or fails.
    const Tensor* other = links_[first].is_binary() ? &ctx.input(operand++) : nullptr;
    SMCLI_ASSIGN_OR_RETURN(x, ComputeAlone(ctx, links_[first++], std::move(x), other));
  }
  ctx.set_output(0, std::move(x));
  return {};
}

size_t ElementChain::FindFitting(KernelContext& ctx, size_t first, int operand, const Shape& x,
                                 Operands& operands) const {
  for (size_t i = first; i < links_.size(); ++i) {
    if (!links_[i].is_binary()) continue;
    const Tensor& tensor = ctx.input(operand++);
    const Fit fit = FitOf(tensor, x);
    // BiasAdd asks for a vector and rank 2 at least.
    const bool odd_bias = links_[i].is_bias && (fit != Fit::kRow || tensor.rank() != 1 || x.rank() < 2);
    if (fit == Fit::kNone || odd_bias) return i;
    if (fit == Fit::kRow || fit == Fit::kColumn) operands.row = x.dim(x.rank() - 1);
    operands.all[operands.count++] = {fit, tensor.data<float>()};
  }
  return links_.size();
}

Result<Tensor> ElementChain::ComputeInBlocks(KernelContext& ctx, std::span<const ChainLink> links, Operands& operands,
                                             Tensor x) const {
  const int64_t unit = std::max<int64_t>(operands.row, 1), n = x.num_elements();
  const int64_t block = std::max(kBlock / unit, int64_t{1}) * unit;
  operands.RepeatRows(block, n);
  const auto* from_all = x.data<float>();
  const Shape shape = x.shape();
  constexpr uint32_t kX = 0 | KernelContext::kLastUse;
  Tensor y;
  KernelContext inner(&x, std::span(&kX, 1), std::span(&y, 1), ctx.services());
  Result<Tensor*> out = inner.AllocateOrForward(0, 0, DataType::kFloat, shape);
  if (!out.ok()) return AtNode(std::move(out).error(), function_, links.back().step.node, links.back().step.op);
  if (n == 0) return y;
  auto* to = (*out)->mutable_data<float>();
  const int64_t grain = ThreadPool::GrainOf(nanoseconds_ * static_cast<double>(unit));
  ctx.pool().ParallelFor(n / unit, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * unit; at < end * unit; at += block) {
      const int64_t length = std::min(block, end * unit - at);
      const float* from = from_all + at;
      size_t operand = 0;
      for (const ChainLink& link : links) {
        if (link.is_binary()) {
          operands.Apply(operand++, link.binary.loop, from, to + at, at, length);
        } else {
          link.unary.loop(from, to + at, length);
        }
        from = to + at;
      }
    }
  });
  return y;
}

Result<Tensor> ElementChain::ComputeAlone(KernelContext& ctx, const ChainLink& link, Tensor x,
                                          const Tensor* operand) const {
  Tensor slots[2] = {std::move(x), operand != nullptr ? *operand : Tensor()};
  constexpr uint32_t kInputs[2] = {0 | KernelContext::kLastUse, 1};
  const std::span inputs(kInputs, operand != nullptr ? 2 : 1);
  Tensor y;
  SMCLI_RETURN_IF_ERROR(link.step.Run(function_, slots, inputs, &y, ctx.services()));
  return y;
}

}  // namespace smcli
