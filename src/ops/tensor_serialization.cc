// SerializeTensor and ParseTensor: a tensor as the bytes of a TensorProto.
#include <string>

#include "base/wire.h"
#include "ops/expect.h"
#include "ops/op.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// Field numbers of TensorProto and TensorShapeProto.
constexpr uint32_t kDtype = 1;
constexpr uint32_t kTensorShape = 2;
constexpr uint32_t kTensorContent = 4;
constexpr uint32_t kStringVal = 8;
constexpr uint32_t kShapeDim = 2;
constexpr uint32_t kDimSize = 1;

std::string ShapeMessage(const Shape& shape) {
  std::string message;
  for (int64_t size : shape.dims()) {
    std::string dim;
    if (size != 0) AppendVarintField(kDimSize, static_cast<uint64_t>(size), dim);
    AppendBytesField(kShapeDim, dim, message);
  }
  return message;
}

// Elements go into tensor_content whatever they are; TensorFlow compacts nothing here (kernels/parse_tensor_op.cc).
Status SerializeTensor(KernelContext& ctx) {
  const Tensor& tensor = ctx.input(0);
  std::string message;
  AppendVarintField(kDtype, static_cast<uint64_t>(tensor.dtype()), message);
  AppendBytesField(kTensorShape, ShapeMessage(tensor.shape()), message);
  if (tensor.dtype() == DataType::kString) {
    for (const std::string& text : tensor.flat<std::string>()) AppendBytesField(kStringVal, text, message);
  } else if (tensor.num_bytes() > 0) {
    AppendBytesField(kTensorContent, tensor.bytes(), message);
  }
  ctx.set_output(0, Tensor::Scalar(std::move(message)));
  return {};
}

class ParseTensor final : public Kernel {
 public:
  static Result<ParseTensor> Make(const NodeInfo& node) {
    ParseTensor kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(ExpectScalar(ctx.input(0), "serialized"));
    auto tensor = TensorFromBytes(ctx.input(0).scalar<std::string>());
    if (!tensor.ok()) return ModelError("could not parse `serialized` as a TensorProto: {}", tensor.error().message());
    if (tensor->dtype() != dtype_) {
      return ModelError("type mismatch between the parsed tensor ({}) and dtype ({})", Name(tensor->dtype()),
                        Name(dtype_));
    }
    ctx.set_output(0, *std::move(tensor));
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "ParseTensor", .types = {}, .make = MakeKernel<ParseTensor>},
    {.name = "SerializeTensor",
     .types = {{{"T", kPlain | DataType::kString}}},
     .make = MakeFunctionKernel<SerializeTensor>},
};

}  // namespace

std::span<const Op> TensorSerializationOps() { return kOps; }

}  // namespace smcli
