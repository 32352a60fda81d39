// Tensor to TensorProto.

#include <cstring>
#include <string>

#include "tensor.pb.h"
#include "tensor/tensor_proto.h"
#include "tensor/tensor_proto_fields.h"

namespace smcli {
namespace {

// The value of element 0 in the field of its dtype; true when that, repeated, is the whole tensor.
bool AllEqual(const Tensor& tensor) {
  const std::string_view bytes = tensor.bytes();
  const auto element = static_cast<size_t>(SizeOf(tensor.dtype()));
  return std::memcmp(bytes.data(), bytes.data() + element, bytes.size() - element) == 0;
}

template <typename T>
T Load(const Tensor& tensor, size_t i = 0) {
  T value;
  std::memcpy(&value, tensor.bytes().data() + i * sizeof(T), sizeof(T));
  return value;
}

void AddFirstValue(const Tensor& tensor, tensorflow::TensorProto* proto) {
  switch (ValueField(tensor.dtype())) {
    case kFloatVal: proto->add_float_val(Load<float>(tensor)); break;
    case kDoubleVal: proto->add_double_val(Load<double>(tensor)); break;
    case kScomplexVal:
      proto->add_scomplex_val(Load<float>(tensor, 0));
      proto->add_scomplex_val(Load<float>(tensor, 1));
      break;
    case kDcomplexVal:
      proto->add_dcomplex_val(Load<double>(tensor, 0));
      proto->add_dcomplex_val(Load<double>(tensor, 1));
      break;
    case kInt64Val: proto->add_int64_val(Load<int64_t>(tensor)); break;
    case kBoolVal: proto->add_bool_val(Load<uint8_t>(tensor) != 0); break;
    case kHalfVal: proto->add_half_val(Load<uint16_t>(tensor)); break;
    case kUint32Val: proto->add_uint32_val(Load<uint32_t>(tensor)); break;
    case kUint64Val: proto->add_uint64_val(Load<uint64_t>(tensor)); break;
    case kFloat8Val: proto->set_float8_val(std::string(tensor.bytes().substr(0, 1))); break;
    default:
      switch (tensor.dtype()) {
        case DataType::kInt32:
        case DataType::kQint32: proto->add_int_val(Load<int32_t>(tensor)); break;
        case DataType::kInt16:
        case DataType::kQint16: proto->add_int_val(Load<int16_t>(tensor)); break;
        case DataType::kUint16:
        case DataType::kQuint16: proto->add_int_val(Load<uint16_t>(tensor)); break;
        case DataType::kUint8:
        case DataType::kQuint8:
        case DataType::kUint4:
        case DataType::kUint2: proto->add_int_val(Load<uint8_t>(tensor)); break;
        default: proto->add_int_val(Load<int8_t>(tensor)); break;
      }
  }
}

Status AddVariants(const Tensor& tensor, tensorflow::TensorProto* proto) {
  for (const Variant& variant : tensor.flat<Variant>()) {
    tensorflow::VariantTensorDataProto* data = proto->add_variant_val();
    if (!variant) continue;
    const auto* stored = dynamic_cast<const StoredVariant*>(variant.get());
    if (stored == nullptr)
      return UnsupportedError("a variant of type {} cannot be stored in a graph", variant->type_name());
    data->set_type_name(stored->name);
    data->set_metadata(stored->metadata);
    for (const Tensor& part : stored->tensors) SMCLI_RETURN_IF_ERROR(TensorToProto(part, data->add_tensors()));
  }
  return {};
}

}  // namespace

Status TensorToProto(const Tensor& tensor, tensorflow::TensorProto* proto) {
  proto->Clear();
  proto->set_dtype(static_cast<tensorflow::DataType>(static_cast<int>(tensor.dtype())));
  ShapeToProto(PartialShape(tensor.shape()), proto->mutable_tensor_shape());
  if (tensor.num_elements() == 0) return {};
  switch (tensor.dtype()) {
    case DataType::kInvalid:
    case DataType::kResource: return UnsupportedError("a {} value cannot be stored in a graph", Name(tensor.dtype()));
    case DataType::kVariant: return AddVariants(tensor, proto);
    case DataType::kString:
      for (const std::string& value : tensor.flat<std::string>()) proto->add_string_val(value);
      return {};
    default: break;
  }
  if (AllEqual(tensor)) {
    AddFirstValue(tensor, proto);
  } else {
    proto->set_tensor_content(std::string(tensor.bytes()));
  }
  return {};
}

void ShapeToProto(const PartialShape& shape, tensorflow::TensorShapeProto* proto) {
  proto->Clear();
  if (!shape.known_rank()) {
    proto->set_unknown_rank(true);
    return;
  }
  for (int64_t size : shape.dims()) proto->add_dim()->set_size(size);
}

}  // namespace smcli
