// Einsum over one or two operands.
#include "ops/contraction.h"
#include "ops/einsum_equation.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

class Einsum final : public Kernel {
 public:
  static Result<Einsum> Make(const NodeInfo& node) {
    if (node.num_inputs() < 1 || node.num_inputs() > 2) return UnsupportedError("{} operands", node.num_inputs());
    SMCLI_ASSIGN_OR_RETURN(const std::string text, node.attrs.String("equation"));
    SMCLI_ASSIGN_OR_RETURN(EinsumEquation equation, EinsumEquation::Parse(text, node.num_inputs()));
    return Einsum(std::move(equation));
  }

  Status Compute(KernelContext& ctx) const override {
    std::vector<Tensor> operands;
    std::vector<Shape> shapes;
    for (int i = 0; i < ctx.num_inputs(); ++i) {
      operands.push_back(ctx.input(i));
      shapes.push_back(ctx.input(i).shape());
    }
    SMCLI_ASSIGN_OR_RETURN(const EinsumEquation::Bound bound, equation_.Bind(shapes));
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Contract(ctx.pool(), operands, bound));
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  explicit Einsum(EinsumEquation equation) : equation_(std::move(equation)) {}

  EinsumEquation equation_;
};

constexpr DataTypeSet kEinsumTypes = kContractable | DataType::kHalf | DataType::kBfloat16;

constexpr Op kOps[] = {
    {.name = "Einsum",
     .types = {{{"T", kEinsumTypes}}},
     .make = ThroughFloat<MakeKernel<Einsum>>,
     .tolerance = Tolerance::kRounding},
    {.name = "XlaEinsum",
     .types = {{{"T", kEinsumTypes}}},
     .make = ThroughFloat<MakeKernel<Einsum>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> EinsumOps() { return kOps; }

}  // namespace smcli
