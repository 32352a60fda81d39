// The gradients of LSTMBlockCell, BlockLSTM, BlockLSTMV2 and GRUBlockCell (TensorFlow: kernels/rnn/lstm_ops.cc,
// gru_ops.cc).
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/matrix_product.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// Inputs `first` and on have the shapes in their order.
Status ExpectShapes(const KernelContext& ctx, int first, std::initializer_list<Shape> shapes) {
  int i = first;
  for (const Shape& shape : shapes) {
    if (ctx.input(i).shape() != shape) {
      return ModelError("input {} must be of shape {}, is {}", i, shape.ToString(), ctx.input(i).shape().ToString());
    }
    ++i;
  }
  return {};
}

// Output `i`, all zeros.
Result<float*> Zeros(KernelContext& ctx, int i, const Shape& shape) {
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(i, DataType::kFloat, shape));
  std::ranges::fill(out->mutable_flat<float>(), 0.0f);
  return out->mutable_data<float>();
}

struct LstmSizes {
  int64_t batch, inputs, cells;
};

// What one step's cells put out, and the states around them.
struct LstmStep {
  const float *cs_prev, *i, *cs, *f, *o, *ci, *co;
};
struct Peepholes {
  const float *i, *f, *o;  // null without
};
struct PeepholeSlopes {
  float *i, *f, *o;
};

// From the slopes of a step's cs and h to those of its gates (batch x 4 cells) and of cs before it.
void PassCells(const LstmSizes& sizes, bool forget_second, const LstmStep& step, const Peepholes& peepholes,
               const float* cs_slope, const float* h_slope, float* gates, float* before,
               const PeepholeSlopes& peephole_slopes) {
  const int64_t cells = sizes.cells;
  for (int64_t at = 0; at < sizes.batch * cells; ++at) {
    const int64_t cell = at % cells;
    float* gate = gates + at / cells * 4 * cells + cell;
    const float d_o = step.o[at] * (1 - step.o[at]) * h_slope[at] * step.co[at];
    float d_cs = (1 - step.co[at] * step.co[at]) * h_slope[at] * step.o[at] + cs_slope[at];
    if (peepholes.o != nullptr) d_cs += d_o * peepholes.o[cell];
    const float d_ci = (1 - step.ci[at] * step.ci[at]) * d_cs * step.i[at];
    const float d_f = step.f[at] * (1 - step.f[at]) * d_cs * step.cs_prev[at];
    const float d_i = step.i[at] * (1 - step.i[at]) * d_cs * step.ci[at];
    gate[0] = d_i;
    gate[cells] = forget_second ? d_f : d_ci;
    gate[2 * cells] = forget_second ? d_ci : d_f;
    gate[3 * cells] = d_o;
    before[at] = d_cs * step.f[at];
    if (peepholes.o == nullptr) continue;
    before[at] += d_i * peepholes.i[cell] + d_f * peepholes.f[cell];
    peephole_slopes.i[cell] += d_i * step.cs_prev[at];
    peephole_slopes.f[cell] += d_f * step.cs_prev[at];
    peephole_slopes.o[cell] += d_o * step.cs[at];
  }
}

// The three peephole vectors from input `first`, and outputs `out` and on for their slopes.
Peepholes PeepholesOf(const KernelContext& ctx, int first, bool used) {
  if (!used) return {};
  return {ctx.input(first).data<float>(), ctx.input(first + 1).data<float>(), ctx.input(first + 2).data<float>()};
}
Result<PeepholeSlopes> SlopesOf(KernelContext& ctx, int out, int64_t cells) {
  PeepholeSlopes slopes;
  SMCLI_ASSIGN_OR_RETURN(slopes.i, Zeros(ctx, out, {cells}));
  SMCLI_ASSIGN_OR_RETURN(slopes.f, Zeros(ctx, out + 1, {cells}));
  SMCLI_ASSIGN_OR_RETURN(slopes.o, Zeros(ctx, out + 2, {cells}));
  return slopes;
}

// (x, cs_prev, h_prev, w, wci, wcf, wco, b, i, cs, f, o, ci, co, cs_grad, h_grad) to
// (cs_prev_grad, dicfo, wci_grad, wcf_grad, wco_grad)
class CellGradient final : public Kernel {
 public:
  static Result<CellGradient> Make(const NodeInfo& node) {
    CellGradient kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.peephole_, node.attrs.Bool("use_peephole"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(ctx.input(0), "x"));
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(ctx.input(1), "cs_prev"));
    const LstmSizes sizes{ctx.input(0).dim(0), ctx.input(0).dim(1), ctx.input(1).dim(1)};
    SMCLI_ASSIGN_OR_RETURN(const Shape state, CheckedShape(std::array{sizes.batch, sizes.cells}));
    SMCLI_ASSIGN_OR_RETURN(const Shape gates, CheckedShape(std::array{sizes.batch, 4 * sizes.cells}));
    const Shape cells{sizes.cells};
    SMCLI_RETURN_IF_ERROR(ExpectShapes(ctx, 1, {state, state}));
    SMCLI_RETURN_IF_ERROR(ExpectShapes(ctx, 4, {cells, cells, cells}));
    SMCLI_RETURN_IF_ERROR(ExpectShapes(ctx, 8, {state, state, state, state, state, state, state, state}));
    SMCLI_ASSIGN_OR_RETURN(float* before, Zeros(ctx, 0, state));
    SMCLI_ASSIGN_OR_RETURN(float* slopes, Zeros(ctx, 1, gates));
    SMCLI_ASSIGN_OR_RETURN(const PeepholeSlopes peephole_slopes, SlopesOf(ctx, 2, sizes.cells));
    const auto at = [&](int i) { return ctx.input(i).data<float>(); };
    PassCells(sizes, false, {at(1), at(8), at(9), at(10), at(11), at(12), at(13)}, PeepholesOf(ctx, 4, peephole_),
              at(14), at(15), slopes, before, peephole_slopes);
    return {};
  }

 private:
  bool peephole_ = false;
};

// (seq_len_max, x, cs_prev, h_prev, w, wci, wcf, wco, b, i, cs, f, o, ci, co, h, cs_grad, h_grad) to the gradients of
// x, cs_prev, h_prev, w, wci, wcf, wco and b.
class BlockGradient final : public Kernel {
 public:
  static Result<BlockGradient> Make(const NodeInfo& node) {
    BlockGradient kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.peephole_, node.attrs.Bool("use_peephole"));
    kernel.forget_second_ = node.op == "BlockLSTMGradV2";
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectRank(x, 3, "x"));
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(ctx.input(2), "cs_prev"));
    const LstmSizes sizes{x.dim(1), x.dim(2), ctx.input(2).dim(1)};
    const int64_t cells = sizes.cells;
    SMCLI_ASSIGN_OR_RETURN(const int64_t steps, ScalarInt(ctx.input(0), "seq_len_max"));
    if (steps < 0 || steps > x.dim(0)) return ModelError("seq_len_max must be in [0, {}], got {}", x.dim(0), steps);
    SMCLI_ASSIGN_OR_RETURN(const Shape state, CheckedShape(std::array{sizes.batch, cells}));
    SMCLI_ASSIGN_OR_RETURN(const Shape states, CheckedShape(std::array{x.dim(0), sizes.batch, cells}));
    SMCLI_ASSIGN_OR_RETURN(const Shape w, CheckedShape(std::array{sizes.inputs + cells, 4 * cells}));
    const Shape cell{cells}, bias{4 * cells};
    SMCLI_RETURN_IF_ERROR(ExpectShapes(ctx, 2, {state, state, w, cell, cell, cell, bias}));
    SMCLI_RETURN_IF_ERROR(
        ExpectShapes(ctx, 9, {states, states, states, states, states, states, states, states, states}));
    Slopes slopes;
    SMCLI_ASSIGN_OR_RETURN(slopes.x, Zeros(ctx, 0, x.shape()));
    SMCLI_ASSIGN_OR_RETURN(slopes.cs, Zeros(ctx, 1, state));
    SMCLI_ASSIGN_OR_RETURN(slopes.h, Zeros(ctx, 2, state));
    SMCLI_ASSIGN_OR_RETURN(slopes.w, Zeros(ctx, 3, w));
    SMCLI_ASSIGN_OR_RETURN(slopes.peepholes, SlopesOf(ctx, 4, cells));
    SMCLI_ASSIGN_OR_RETURN(slopes.b, Zeros(ctx, 7, bias));
    for (int64_t step = steps - 1; step >= 0; --step) SMCLI_RETURN_IF_ERROR(PassStep(ctx, sizes, step, slopes));
    return {};
  }

 private:
  // Where the gradients add up; cs and h are those of the state before the step that was last passed.
  struct Slopes {
    float *x, *cs, *h, *w, *b;
    PeepholeSlopes peepholes;
  };

  Status PassStep(KernelContext& ctx, const LstmSizes& sizes, int64_t step, const Slopes& slopes) const {
    const int64_t n = sizes.batch * sizes.cells, width = sizes.inputs + sizes.cells, gates = 4 * sizes.cells;
    const auto at = [&](int i) { return ctx.input(i).data<float>() + step * n; };
    const auto before = [&](int initial, int i) { return step == 0 ? ctx.input(initial).data<float>() : at(i) - n; };
    std::vector<float> cs_slope(slopes.cs, slopes.cs + n), h_slope(slopes.h, slopes.h + n);
    for (int64_t i = 0; i < n; ++i) {
      cs_slope[static_cast<size_t>(i)] += at(16)[i];
      h_slope[static_cast<size_t>(i)] += at(17)[i];
    }
    std::vector<float> gate_slopes(static_cast<size_t>(sizes.batch * gates));
    PassCells(sizes, forget_second_, {before(2, 10), at(9), at(10), at(11), at(12), at(13), at(14)},
              PeepholesOf(ctx, 5, peephole_), cs_slope.data(), h_slope.data(), gate_slopes.data(), slopes.cs,
              slopes.peepholes);
    // [x, h] of the forward pass, and its slope.
    std::vector<float> xh(static_cast<size_t>(sizes.batch * width)), xh_slope(xh.size());
    std::vector<float> w_slope(static_cast<size_t>(width * gates));
    const float *x = ctx.input(1).data<float>() + step * sizes.batch * sizes.inputs, *h = before(3, 15);
    for (int64_t b = 0; b < sizes.batch; ++b) {
      std::copy_n(x + b * sizes.inputs, sizes.inputs, xh.data() + b * width);
      std::copy_n(h + b * sizes.cells, sizes.cells, xh.data() + b * width + sizes.inputs);
    }
    const MatrixRef<float> slope{gate_slopes.data(), gates, 1};
    SMCLI_RETURN_IF_ERROR(MultiplyMatrices<float>(ctx.pool(), slope, {ctx.input(4).data<float>(), 1, gates}, nullptr,
                                                  sizes.batch, gates, width, xh_slope.data()));
    SMCLI_RETURN_IF_ERROR(MultiplyMatrices<float>(ctx.pool(), {xh.data(), 1, width}, slope, nullptr, width, sizes.batch,
                                                  gates, w_slope.data()));
    for (size_t i = 0; i < w_slope.size(); ++i) slopes.w[i] += w_slope[i];
    for (int64_t i = 0; i < sizes.batch * gates; ++i) slopes.b[i % gates] += gate_slopes[static_cast<size_t>(i)];
    for (int64_t b = 0; b < sizes.batch; ++b) {
      const float* from = xh_slope.data() + b * width;
      std::copy_n(from, sizes.inputs, slopes.x + (step * sizes.batch + b) * sizes.inputs);
      std::copy_n(from + sizes.inputs, sizes.cells, slopes.h + b * sizes.cells);
    }
    return {};
  }

  bool peephole_ = false, forget_second_ = false;
};

// (x, h_prev, w_ru, w_c, b_ru, b_c, r, u, c, d_h) to (d_x, d_h_prev, d_c_bar, d_r_bar_u_bar)
Status ComputeGruGradient(KernelContext& ctx) {
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(ctx.input(0), "x"));
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(ctx.input(1), "h_prev"));
  const int64_t batch = ctx.input(0).dim(0), inputs = ctx.input(0).dim(1), cells = ctx.input(1).dim(1);
  const int64_t width = inputs + cells;
  SMCLI_ASSIGN_OR_RETURN(const Shape state, CheckedShape(std::array{batch, cells}));
  SMCLI_ASSIGN_OR_RETURN(const Shape two_gates, CheckedShape(std::array{batch, 2 * cells}));
  SMCLI_RETURN_IF_ERROR(ExpectShapes(
      ctx, 1, {state, {width, 2 * cells}, {width, cells}, {2 * cells}, {cells}, state, state, state, state}));
  SMCLI_ASSIGN_OR_RETURN(float* d_x, Zeros(ctx, 0, ctx.input(0).shape()));
  SMCLI_ASSIGN_OR_RETURN(float* d_h_prev, Zeros(ctx, 1, state));
  SMCLI_ASSIGN_OR_RETURN(float* d_c, Zeros(ctx, 2, state));
  SMCLI_ASSIGN_OR_RETURN(float* d_ru, Zeros(ctx, 3, two_gates));
  const float* h = ctx.input(1).data<float>();
  const float *r = ctx.input(6).data<float>(), *u = ctx.input(7).data<float>(), *c = ctx.input(8).data<float>(),
              *d_h = ctx.input(9).data<float>();
  std::vector<float> through_c(static_cast<size_t>(batch * width)), through_ru(through_c.size());
  for (int64_t i = 0; i < batch * cells; ++i) d_c[i] = d_h[i] * (1 - u[i]) * (1 - c[i] * c[i]);
  SMCLI_RETURN_IF_ERROR(MultiplyMatrices<float>(ctx.pool(), {d_c, cells, 1}, {ctx.input(3).data<float>(), 1, cells},
                                                nullptr, batch, cells, width, through_c.data()));
  const auto h_part = [&](const std::vector<float>& xh, int64_t i) {
    return xh[static_cast<size_t>(i / cells * width + inputs + i % cells)];
  };
  for (int64_t i = 0; i < batch * cells; ++i) {
    float* gate = d_ru + i / cells * 2 * cells + i % cells;
    gate[0] = h_part(through_c, i) * h[i] * r[i] * (1 - r[i]);
    gate[cells] = d_h[i] * (h[i] - c[i]) * u[i] * (1 - u[i]);
  }
  SMCLI_RETURN_IF_ERROR(MultiplyMatrices<float>(ctx.pool(), {d_ru, 2 * cells, 1},
                                                {ctx.input(2).data<float>(), 1, 2 * cells}, nullptr, batch, 2 * cells,
                                                width, through_ru.data()));
  for (int64_t i = 0; i < batch * cells; ++i) {
    d_h_prev[i] = h_part(through_ru, i) + h_part(through_c, i) * r[i] + d_h[i] * u[i];
  }
  for (int64_t i = 0; i < batch * inputs; ++i) {
    const auto at = static_cast<size_t>(i / inputs * width + i % inputs);
    d_x[i] = through_ru[at] + through_c[at];
  }
  return {};
}

constexpr DataTypeSet kLstmTypes = DataType::kHalf | DataType::kFloat;
constexpr Tolerance kRounding = Tolerance::kRounding;
constexpr KernelFactory kBlock = ThroughFloat<MakeKernel<BlockGradient>>;

constexpr Op kOps[] = {
    {.name = "BlockLSTMGrad", .types = {{{"T", kLstmTypes}}}, .make = kBlock, .tolerance = kRounding},
    {.name = "BlockLSTMGradV2", .types = {{{"T", kLstmTypes}}}, .make = kBlock, .tolerance = kRounding},
    {.name = "GRUBlockCellGrad",
     .types = {{{"T", DataType::kFloat}}},
     .make = MakeFunctionKernel<ComputeGruGradient>,
     .tolerance = kRounding},
    {.name = "LSTMBlockCellGrad",
     .types = {{{"T", kLstmTypes}}},
     .make = ThroughFloat<MakeKernel<CellGradient>>,
     .tolerance = kRounding},
};

}  // namespace

std::span<const Op> RnnBlockGradientOps() { return kOps; }

}  // namespace smcli
