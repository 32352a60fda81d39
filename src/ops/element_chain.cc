#include "ops/element_chain.h"

#include <algorithm>
#include <array>
#include <memory>

namespace smcli {
namespace {

constexpr int64_t kBlock = 4096;    // elements: of one link's result and one operand's, both in the first cache
constexpr int64_t kShortRow = 128;  // shorter operands are written out for a whole block

struct LinkName {
  std::string_view op;
  BinaryFn binary;
  bool commutes;
};
constexpr LinkName kBinaryLinks[] = {
    {"Add", BinaryFn::kAdd, true},          {"AddV2", BinaryFn::kAdd, true},        {"BiasAdd", BinaryFn::kAdd, false},
    {"Maximum", BinaryFn::kMaximum, false}, {"Minimum", BinaryFn::kMinimum, false}, {"Mul", BinaryFn::kMul, true},
    {"Sub", BinaryFn::kSub, false},
};
constexpr std::pair<std::string_view, UnaryFn> kUnaryLinks[] = {
    {"Neg", UnaryFn::kNeg},         {"Relu", UnaryFn::kRelu}, {"Relu6", UnaryFn::kRelu6},
    {"Sigmoid", UnaryFn::kSigmoid}, {"Tanh", UnaryFn::kTanh},
};

// How an operand lies beside the tensor that goes through the chain.
enum class Fit { kScalar, kRow, kWhole, kNone };

Fit FitOf(const Tensor& operand, const Shape& x) {
  const int64_t count = operand.num_elements();
  if (operand.rank() > x.rank()) return Fit::kNone;
  if (count == 1) return Fit::kScalar;
  if (operand.shape() == x) return Fit::kWhole;
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
  int64_t row = 0;  // elements of a row where an operand is one
  bool repeats_rows = false;
  std::vector<float> repeated;

  // Short rows are written out for a whole block.
  void RepeatRows(size_t count, int64_t block, int64_t n) {
    if (row == 0 || row >= kShortRow || n <= row) return;
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

  // y[0, count) = f(x[0, count), the operand's elements from `first` on).
  void Apply(size_t i, BinaryLoop f, const float* x, float* y, int64_t first, int64_t count) const {
    const Operand& operand = all[i];
    if (operand.fit == Fit::kScalar) return f(x, operand.data, y, count, Scalar::kRight);
    if (operand.fit == Fit::kWhole) return f(x, operand.data + first, y, count, Scalar::kNone);
    if (repeats_rows) return f(x, operand.data, y, count, Scalar::kNone);
    for (int64_t at = 0; at < count; at += row) f(x + at, operand.data, y + at, row, Scalar::kNone);
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
  if (const auto unary = std::ranges::find(kUnaryLinks, op, &std::pair<std::string_view, UnaryFn>::first);
      unary != std::end(kUnaryLinks)) {
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
  if (ctx.services().monitor != nullptr) return ComputeOneByOne(ctx);
  const Shape& x = ctx.input(0).shape();
  Operands operands;
  size_t count = 0;
  for (const ChainLink& link : links_) {
    if (!link.is_binary()) continue;
    const Tensor& tensor = ctx.input(static_cast<int>(count) + 1);
    const Fit fit = FitOf(tensor, x);
    // BiasAdd asks for a vector and rank 2 at least.
    const bool odd_bias = link.is_bias && (fit != Fit::kRow || tensor.rank() != 1 || x.rank() < 2);
    if (fit == Fit::kNone || odd_bias) return ComputeOneByOne(ctx);
    if (fit == Fit::kRow) operands.row = x.dim(x.rank() - 1);
    operands.all[count++] = {fit, tensor.data<float>()};
  }
  return ComputeInBlocks(ctx, operands, count);
}

Status ElementChain::ComputeInBlocks(KernelContext& ctx, Operands& operands, size_t count) const {
  const int64_t unit = std::max<int64_t>(operands.row, 1), n = ctx.input(0).num_elements();
  const int64_t block = std::max(kBlock / unit, int64_t{1}) * unit;
  operands.RepeatRows(count, block, n);
  const auto* x = ctx.input(0).data<float>();
  const Shape shape = ctx.input(0).shape();
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, DataType::kFloat, shape));
  if (n == 0) return {};
  auto* y = out->mutable_data<float>();
  const int64_t grain = ThreadPool::GrainOf(nanoseconds_ * static_cast<double>(unit));
  ctx.pool().ParallelFor(n / unit, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * unit; at < end * unit; at += block) {
      const int64_t length = std::min(block, end * unit - at);
      const float* from = x + at;
      size_t operand = 0;
      for (const ChainLink& link : links_) {
        if (link.is_binary()) {
          operands.Apply(operand++, link.binary.loop, from, y + at, at, length);
        } else {
          link.unary.loop(from, y + at, length);
        }
        from = y + at;
      }
    }
  });
  return {};
}

Status ElementChain::ComputeOneByOne(KernelContext& ctx) const {
  Tensor slots[2] = {ctx.TakeInput(0), Tensor()};
  int operand = 1;
  for (const ChainLink& link : links_) {
    if (link.is_binary()) slots[1] = ctx.input(operand++);
    constexpr uint32_t kInputs[2] = {0 | KernelContext::kLastUse, 1};
    Tensor result;
    const std::span inputs(kInputs, link.is_binary() ? 2 : 1);
    Status status = link.step.Run(function_, slots, inputs, &result, ctx.services());
    if (!status.ok() && &link != &links_.back()) return link.step.Annotated(std::move(status).error());
    SMCLI_RETURN_IF_ERROR(std::move(status));
    slots[0] = std::move(result);
  }
  ctx.set_output(0, std::move(slots[0]));
  return {};
}

}  // namespace smcli
