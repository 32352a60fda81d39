// AddN and AccumulateNV2: the sum of several tensors of one shape.
#include "ops/elementwise.h"
#include "ops/tensor_list.h"

namespace smcli {
namespace {

// Two lists of tensors, item by item; what is not set in one is the other's (TensorFlow: kernels/tensor_list.h,
// TensorListBinaryAdd).
Result<std::shared_ptr<TensorList>> AddLists(const TensorList& a, const TensorList& b) {
  if (a.element_dtype != b.element_dtype) return ModelError("Trying to add two lists of tensors of different dtypes.");
  if (!a.element_shape.CompatibleWith(b.element_shape)) {
    return ModelError("Trying to add two lists of tensors with incompatible element shapes.");
  }
  if (a.items.size() != b.items.size()) return ModelError("Trying to add two lists of tensors with different lengths.");
  auto sum = std::make_shared<TensorList>(a);
  SMCLI_ASSIGN_OR_RETURN(sum->element_shape, MergeShapes(a.element_shape, b.element_shape));
  const BinaryFunction add = FindBinary(BinaryFn::kAdd, a.element_dtype);
  for (size_t i = 0; i < a.items.size(); ++i) {
    const Tensor &x = a.items[i], &y = b.items[i];
    if (!x.has_value()) sum->items[i] = y;
    if (!x.has_value() || !y.has_value()) continue;
    if (!(x.shape() == y.shape())) return ModelError("items {} of the lists have different shapes", i);
    if (!add) return UnsupportedError("lists of {} cannot be added", Name(a.element_dtype));
    SMCLI_ASSIGN_OR_RETURN(Tensor total, Tensor::Make(a.element_dtype, x.shape()));
    if (x.num_elements() > 0) {
      add(x.raw_data(), y.raw_data(), total.mutable_raw_data(), x.num_elements(), Scalar::kNone);
    }
    sum->items[i] = std::move(total);
  }
  return sum;
}

Status AddVariants(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const TensorList* first, ListInput(ctx, 0));
  auto sum = std::make_shared<TensorList>(*first);
  for (int i = 1; i < ctx.num_inputs(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(const TensorList* next, ListInput(ctx, i));
    SMCLI_ASSIGN_OR_RETURN(sum, AddLists(*sum, *next));
  }
  ctx.set_output(0, ListTensor(std::move(sum)));
  return {};
}

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
    ctx.pool().ParallelFor(shape.num_elements(), ThreadPool::GrainOf(add_.nanoseconds * ctx.num_inputs()),
                           [&](int64_t begin, int64_t end) {
                             for (int64_t at = begin; at < end; at += kPiece) {
                               const int64_t count = std::min(kPiece, end - at);
                               const uint8_t* sum = first + at * size;
                               for (int i = 1; i < ctx.num_inputs(); ++i) {
                                 add_(sum, static_cast<const uint8_t*>(ctx.input(i).raw_data()) + at * size,
                                      to + at * size, count, Scalar::kNone);
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

Result<std::unique_ptr<Kernel>> MakeAddN(const NodeInfo& node) {
  return node.input_types[0] == DataType::kVariant ? MakeFunctionKernel<AddVariants>(node) : MakeKernel<AddN>(node);
}

constexpr Op kOps[] = {
    {.name = "AccumulateNV2", .types = {{{"T", kNumbers}}}, .make = MakeKernel<AddN>},
    {.name = "AddN", .types = {{{"T", kNumbers | DataType::kVariant}}}, .make = MakeAddN},
};

}  // namespace

std::span<const Op> AddNOps() { return kOps; }

}  // namespace smcli
