// AddN and AccumulateNV2: the sum of several tensors of one shape.
#include "ops/elementwise.h"

namespace smcli {
namespace {

class AddN final : public Kernel {
 public:
  static Result<AddN> Make(const NodeInfo& node) {
    AddN kernel;
    kernel.dtype_ = node.input_types[0];
    kernel.add_ = FindBinary(BinaryFn::kAdd, kernel.dtype_);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Shape shape = ctx.input(0).shape();
    for (int i = 1; i < ctx.num_inputs(); ++i) {
      if (ctx.input(i).shape() == shape) continue;
      return ModelError("Inputs to operation AddN must have the same size and shape.  Input 0: {} != input {}: {}",
                        shape.ToString(), i, ctx.input(i).shape().ToString());
    }
    if (ctx.num_inputs() == 1) {
      ctx.set_output(0, ctx.TakeInput(0));
      return {};
    }
    const auto* first = static_cast<const uint8_t*>(ctx.input(0).raw_data());
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype_, shape));
    if (shape.num_elements() == 0) return {};
    auto* to = static_cast<uint8_t*>(out->mutable_raw_data());
    const int64_t size = SizeOf(dtype_);
    // In pieces, so that the sum stays in the cache while the operands pass by.
    constexpr int64_t kPiece = 4096;
    ctx.pool().ParallelFor(
        shape.num_elements(), ThreadPool::GrainOf(add_.nanoseconds * ctx.num_inputs()), [&](int64_t begin, int64_t end) {
          for (int64_t at = begin; at < end; at += kPiece) {
            const int64_t count = std::min(kPiece, end - at);
            const uint8_t* sum = first + at * size;
            for (int i = 1; i < ctx.num_inputs(); ++i) {
              add_(sum, static_cast<const uint8_t*>(ctx.input(i).raw_data()) + at * size, to + at * size, count, Scalar::kNone);
              sum = to + at * size;
            }
          }
        });
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  BinaryFunction add_;
};

constexpr Op kOps[] = {
    {.name = "AccumulateNV2", .types = {{{"T", kNumbers}}}, .make = MakeKernel<AddN>},
    {.name = "AddN", .types = {{{"T", kNumbers}}}, .make = MakeKernel<AddN>},
};

}  // namespace

std::span<const Op> AddNOps() { return kOps; }

}  // namespace smcli
