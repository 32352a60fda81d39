#include "model/structured_value.h"

#include <algorithm>

#include "struct.pb.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

using Kind = StructuredValue::Kind;

// Each level is two or three messages, of which protobuf allows a hundred.
constexpr int kMaxDepth = 100;

void SetDtype(int number, StructuredValue& value) {
  value.dtype_number = number;
  value.dtype = DataTypeFromNumber(number).value_or(DataType::kInvalid);
}

// TensorSpecProto and BoundedTensorSpecProto agree in these three.
template <typename Spec>
void SetTensorSpec(const Spec& spec, StructuredValue& value) {
  value.kind = Kind::kTensorSpec;
  value.name = spec.name();
  value.shape = ShapeFromProto(spec.shape());
  SetDtype(spec.dtype(), value);
}

Status AddTensor(const tensorflow::TensorProto& proto, Kind kind, StructuredValue& value) {
  value.kind = kind;
  SMCLI_ASSIGN_OR_RETURN(value.tensor, TensorFromProto(proto));
  return {};
}

class Reader {
 public:
  Result<StructuredValue> Read(const tensorflow::StructuredValue& proto) {
    if (++depth_ > kMaxDepth) return InvalidModelError("a structure is nested too deeply (ProtoTooDeep)");
    StructuredValue value;
    SMCLI_RETURN_IF_ERROR(Fill(proto, value));
    --depth_;
    return value;
  }

 private:
  Status Fill(const tensorflow::StructuredValue& proto, StructuredValue& value) {
    using Proto = tensorflow::StructuredValue;
    switch (proto.kind_case()) {
      case Proto::kNoneValue: value.kind = Kind::kNone; return {};
      case Proto::kFloat64Value:
        value.kind = Kind::kFloat;
        value.float_value = proto.float64_value();
        return {};
      case Proto::kInt64Value:
        value.kind = Kind::kInt;
        value.int_value = proto.int64_value();
        return {};
      case Proto::kStringValue:
        value.kind = Kind::kString;
        value.name = proto.string_value();
        return {};
      case Proto::kBoolValue:
        value.kind = Kind::kBool;
        value.bool_value = proto.bool_value();
        return {};
      case Proto::kTensorShapeValue:
        value.kind = Kind::kShape;
        value.shape = ShapeFromProto(proto.tensor_shape_value());
        return {};
      case Proto::kTensorDtypeValue:
        value.kind = Kind::kDtype;
        SetDtype(proto.tensor_dtype_value(), value);
        return {};
      case Proto::kTensorSpecValue: SetTensorSpec(proto.tensor_spec_value(), value); return {};
      case Proto::kBoundedTensorSpecValue: return FillBounded(proto.bounded_tensor_spec_value(), value);
      case Proto::kTypeSpecValue: return FillTypeSpec(proto.type_spec_value(), value);
      case Proto::kListValue: return AddItems(proto.list_value().values(), Kind::kList, value);
      case Proto::kTupleValue: return AddItems(proto.tuple_value().values(), Kind::kTuple, value);
      case Proto::kDictValue: return FillDict(proto.dict_value(), value);
      case Proto::kNamedTupleValue: return FillNamedTuple(proto.named_tuple_value(), value);
      case Proto::kTensorValue: return AddTensor(proto.tensor_value(), Kind::kTensor, value);
      case Proto::kNumpyValue: return AddTensor(proto.numpy_value(), Kind::kNumpy, value);
      case Proto::KIND_NOT_SET: return {};
    }
    return {};
  }

  template <typename Items>
  Status AddItems(const Items& items, Kind kind, StructuredValue& value) {
    value.kind = kind;
    for (const auto& item : items) SMCLI_RETURN_IF_ERROR(AddItem(item, value));
    return {};
  }

  Status AddItem(const tensorflow::StructuredValue& item, StructuredValue& value) {
    SMCLI_ASSIGN_OR_RETURN(StructuredValue read, Read(item));
    value.items.push_back(std::move(read));
    return {};
  }

  Status FillBounded(const tensorflow::BoundedTensorSpecProto& spec, StructuredValue& value) {
    SetTensorSpec(spec, value);
    value.bounded = true;
    value.items.resize(2);
    SMCLI_RETURN_IF_ERROR(AddTensor(spec.minimum(), Kind::kTensor, value.items[0]));
    return AddTensor(spec.maximum(), Kind::kTensor, value.items[1]);
  }

  Status FillTypeSpec(const tensorflow::TypeSpecProto& spec, StructuredValue& value) {
    value.kind = Kind::kTypeSpec;
    value.name = spec.type_spec_class_name();
    value.type_spec_class = spec.type_spec_class();
    value.components = spec.num_flat_components();
    return AddItem(spec.type_state(), value);
  }

  Status FillDict(const tensorflow::DictValue& dict, StructuredValue& value) {
    value.kind = Kind::kDict;
    for (const auto& [key, item] : dict.fields()) value.keys.push_back(key);
    std::ranges::sort(value.keys);
    for (const std::string& key : value.keys) SMCLI_RETURN_IF_ERROR(AddItem(dict.fields().at(key), value));
    return {};
  }

  Status FillNamedTuple(const tensorflow::NamedTupleValue& tuple, StructuredValue& value) {
    value.kind = Kind::kNamedTuple;
    value.name = tuple.name();
    for (const auto& pair : tuple.values()) {
      value.keys.push_back(pair.key());
      SMCLI_RETURN_IF_ERROR(AddItem(pair.value(), value));
    }
    return {};
  }

  int depth_ = 0;
};

bool IsContainer(Kind kind) {
  return kind == Kind::kList || kind == Kind::kTuple || kind == Kind::kDict || kind == Kind::kNamedTuple;
}

// Depth is bounded: values come from Reader.
void Flatten(const StructuredValue& value, const std::string& path, std::vector<StructureLeaf>& leaves) {
  if (!IsContainer(value.kind)) {
    leaves.push_back({path, &value, static_cast<int>(CountTensors(value))});
    return;
  }
  for (size_t i = 0; i < value.items.size(); ++i) {
    const std::string step = i < value.keys.size() ? value.keys[i] : fmt::format("{}", i);
    Flatten(value.items[i], path.empty() ? step : fmt::format("{}/{}", path, step), leaves);
  }
}

}  // namespace

const StructuredValue* StructuredValue::Find(std::string_view key) const {
  const auto found = std::ranges::find(keys, key);
  return found == keys.end() ? nullptr : &items[static_cast<size_t>(found - keys.begin())];
}

Result<StructuredValue> ReadStructuredValue(const tensorflow::StructuredValue& value) { return Reader().Read(value); }

std::vector<StructureLeaf> FlattenStructure(const StructuredValue& root) {
  std::vector<StructureLeaf> leaves;
  Flatten(root, "", leaves);
  return leaves;
}

int64_t CountTensors(const StructuredValue& value) {
  if (value.kind == Kind::kTensorSpec) return 1;
  if (value.kind == Kind::kTypeSpec && value.components > 0) return value.components;
  if (value.kind != Kind::kTypeSpec && !IsContainer(value.kind)) return 0;
  int64_t total = 0;
  for (const StructuredValue& item : value.items) total += CountTensors(item);
  return total;
}

}  // namespace smcli
