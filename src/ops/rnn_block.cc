// LSTMBlockCell, BlockLSTM, BlockLSTMV2 and GRUBlockCell: recurrent cells as one op (TensorFlow: kernels/rnn).
#include <cmath>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/matrix_product.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

float Sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

// One input of a cell and the shape that it must have.
struct Expected {
  int input;
  std::string_view name;
  Shape shape;
};
Status ExpectShapes(const KernelContext& ctx, std::initializer_list<Expected> expected) {
  for (const Expected& e : expected) {
    const Shape& shape = ctx.input(e.input).shape();
    if (shape.rank() != e.shape.rank()) {
      return ModelError("{} must be rank {} but is rank {}", e.name, e.shape.rank(), shape.rank());
    }
    for (int i = 0; i < shape.rank(); ++i) {
      if (shape.dim(i) == e.shape.dim(i)) continue;
      return ModelError("{}.dim_size({}) must be {}: {} vs. {}", e.name, i, e.shape.dim(i), shape.dim(i),
                        e.shape.dim(i));
    }
  }
  return {};
}

// y[batch][n] = [x, h] w + b.
class CellProduct {
 public:
  CellProduct(ThreadPool& pool, int64_t batch, int64_t inputs, int64_t cells)
      : pool_(pool),
        batch_(batch),
        inputs_(inputs),
        cells_(cells),
        xh_(static_cast<size_t>(batch * (inputs + cells))) {}

  Status Run(const float* x, const float* h, const float* w, const float* b, int64_t n, float* y) {
    const int64_t width = inputs_ + cells_;
    for (int64_t i = 0; i < batch_; ++i) {
      std::copy_n(x + i * inputs_, inputs_, xh_.data() + i * width);
      std::copy_n(h + i * cells_, cells_, xh_.data() + i * width + inputs_);
    }
    SMCLI_RETURN_IF_ERROR(
        MultiplyMatrices<float>(pool_, {xh_.data(), width, 1}, {w, n, 1}, nullptr, batch_, width, n, y));
    for (int64_t i = 0; i < batch_ * n; ++i) y[i] += b[i % n];
    return {};
  }

 private:
  ThreadPool& pool_;
  int64_t batch_, inputs_, cells_;
  std::vector<float> xh_;
};

// The outputs of an LSTM, in their order.
enum LstmOutput { kI, kCs, kF, kO, kCi, kCo, kH, kLstmOutputs };

// One input of many LSTM cells: the places of all outputs for one step in time.
using LstmPlaces = std::array<float*, kLstmOutputs>;

class LstmBlock final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<LstmBlock>();
    kernel->steps_ = node.op != "LSTMBlockCell";
    kernel->forget_second_ = node.op == "BlockLSTMV2";
    kernel->forget_bias_ = node.attrs.Float("forget_bias", 0);
    SMCLI_ASSIGN_OR_RETURN(kernel->clip_, node.attrs.Float("cell_clip"));
    SMCLI_ASSIGN_OR_RETURN(kernel->peephole_, node.attrs.Bool("use_peephole"));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    const int at = steps_ ? 1 : 0;  // of x; seq_len_max comes before
    const Tensor& x = ctx.input(at);
    SMCLI_RETURN_IF_ERROR(ExpectRank(x, steps_ ? 3 : 2, "x"));
    const int64_t time = steps_ ? x.dim(0) : 1, batch = x.dim(at), inputs = x.dim(at + 1);
    const Tensor& cs_prev = ctx.input(at + 1);
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(cs_prev, "cs_prev"));
    const int64_t cells = cs_prev.dim(1);
    SMCLI_RETURN_IF_ERROR(ExpectShapes(ctx, {{at + 1, "cs_prev", {batch, cells}},
                                             {at + 2, "h_prev", {batch, cells}},
                                             {at + 3, "w", {inputs + cells, 4 * cells}},
                                             {at + 4, "wci", {cells}},
                                             {at + 5, "wcf", {cells}},
                                             {at + 6, "wco", {cells}},
                                             {at + 7, "b", {4 * cells}}}));
    int64_t last = 1;
    if (steps_) {
      SMCLI_ASSIGN_OR_RETURN(last, ScalarInt(ctx.input(0), "seq_len_max"));
      if (last < 0 || last > time) return ModelError("seq_len_max must be in [0, {}], got {}", time, last);
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape step_shape, CheckedShape(std::array{batch, cells}));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, steps_ ? CheckedShape(std::array{time, batch, cells}) : step_shape);
    LstmPlaces places;
    for (int i = 0; i < kLstmOutputs; ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(i, DataType::kFloat, shape));
      places[static_cast<size_t>(i)] = out->mutable_data<float>();
      std::ranges::fill(out->mutable_flat<float>(), 0.0f);
    }
    return RunSteps(ctx, at, last, batch, inputs, cells, places);
  }

 private:
  Status RunSteps(KernelContext& ctx, int at, int64_t steps, int64_t batch, int64_t inputs, int64_t cells,
                  LstmPlaces places) const {
    CellProduct product(ctx.pool(), batch, inputs, cells);
    std::vector<float> gates(static_cast<size_t>(batch * 4 * cells));
    const float* cs = ctx.input(at + 1).data<float>();
    const float* h = ctx.input(at + 2).data<float>();
    for (int64_t step = 0; step < steps; ++step) {
      SMCLI_RETURN_IF_ERROR(product.Run(ctx.input(at).data<float>() + step * batch * inputs, h,
                                        ctx.input(at + 3).data<float>(), ctx.input(at + 7).data<float>(), 4 * cells,
                                        gates.data()));
      const float* peepholes[] = {ctx.input(at + 4).data<float>(), ctx.input(at + 5).data<float>(),
                                  ctx.input(at + 6).data<float>()};
      for (int64_t i = 0; i < batch * cells; ++i) {
        Cell(gates.data() + i / cells * 4 * cells + i % cells, cells, cs[i], peepholes, i % cells, i, places);
      }
      cs = places[kCs];
      h = places[kH];
      for (float*& place : places) place += batch * cells;
    }
    return {};
  }

  // Gates lie `cells` apart: input, cell, forget, output; in the second version forget comes before cell.
  void Cell(const float* gate, int64_t cells, float cs_prev, const float* const* peepholes, int64_t cell, int64_t at,
            const LstmPlaces& to) const {
    const float seen = peephole_ ? cs_prev : 0.0f;
    const float i = Sigmoid(gate[0] + (peephole_ ? seen * peepholes[0][cell] : 0.0f));
    const float ci = std::tanh(gate[forget_second_ ? 2 * cells : cells]);
    const float f = Sigmoid(gate[forget_second_ ? cells : 2 * cells] + forget_bias_ +
                            (peephole_ ? seen * peepholes[1][cell] : 0.0f));
    float cs = ci * i + f * cs_prev;
    if (clip_ > 0) cs = std::max(std::min(cs, clip_), -clip_);
    const float o = Sigmoid(gate[3 * cells] + (peephole_ ? cs * peepholes[2][cell] : 0.0f));
    const float co = std::tanh(cs);
    const float values[] = {i, cs, f, o, ci, co, o * co};
    for (size_t k = 0; k < kLstmOutputs; ++k) to[k][at] = values[k];
  }

  bool steps_ = false, forget_second_ = false, peephole_ = false;
  float forget_bias_ = 0, clip_ = 0;
};

// Outputs r, u, c, h.
Status ComputeGru(KernelContext& ctx) {
  const Tensor& x = ctx.input(0);
  const Tensor& h_prev = ctx.input(1);
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(x, "x"));
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(h_prev, "h_prev"));
  const int64_t batch = x.dim(0), inputs = x.dim(1), cells = h_prev.dim(1), n = batch * cells;
  SMCLI_RETURN_IF_ERROR(ExpectShapes(ctx, {{1, "h_prev", {batch, cells}},
                                           {2, "w_ru", {inputs + cells, 2 * cells}},
                                           {3, "w_c", {inputs + cells, cells}},
                                           {4, "b_ru", {2 * cells}},
                                           {5, "b_c", {cells}}}));
  std::array<float*, 4> out;
  for (int i = 0; i < 4; ++i) {
    SMCLI_ASSIGN_OR_RETURN(Tensor * tensor, ctx.Allocate(i, DataType::kFloat, h_prev.shape()));
    out[static_cast<size_t>(i)] = tensor->mutable_data<float>();
  }
  const auto [r, u, c, h] = out;
  const float* before = h_prev.data<float>();
  CellProduct product(ctx.pool(), batch, inputs, cells);
  std::vector<float> gates(static_cast<size_t>(2 * n)), kept(static_cast<size_t>(n));
  SMCLI_RETURN_IF_ERROR(product.Run(x.data<float>(), before, ctx.input(2).data<float>(), ctx.input(4).data<float>(),
                                    2 * cells, gates.data()));
  for (int64_t i = 0; i < n; ++i) {
    const float* gate = gates.data() + i / cells * 2 * cells + i % cells;
    r[i] = Sigmoid(gate[0]);
    u[i] = Sigmoid(gate[cells]);
    kept[static_cast<size_t>(i)] = before[i] * r[i];
  }
  SMCLI_RETURN_IF_ERROR(
      product.Run(x.data<float>(), kept.data(), ctx.input(3).data<float>(), ctx.input(5).data<float>(), cells, c));
  for (int64_t i = 0; i < n; ++i) {
    c[i] = std::tanh(c[i]);
    h[i] = u[i] * (before[i] - c[i]) + c[i];
  }
  return {};
}

constexpr DataTypeSet kLstmTypes = DataType::kHalf | DataType::kFloat;
constexpr KernelFactory kLstm = ThroughFloat<LstmBlock::Make>;

constexpr Op kOps[] = {
    {.name = "BlockLSTM", .types = {{{"T", kLstmTypes}}}, .make = kLstm, .tolerance = Tolerance::kRounding},
    {.name = "BlockLSTMV2", .types = {{{"T", kLstmTypes}}}, .make = kLstm, .tolerance = Tolerance::kRounding},
    {.name = "GRUBlockCell",
     .types = {{{"T", DataType::kFloat}}},
     .make = MakeFunctionKernel<ComputeGru>,
     .tolerance = Tolerance::kRounding},
    {.name = "LSTMBlockCell", .types = {{{"T", kLstmTypes}}}, .make = kLstm, .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> RnnBlockOps() { return kOps; }

}  // namespace smcli
