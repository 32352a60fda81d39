#include "ops/proto_fields.h"

#include <algorithm>
#include <cstdlib>

namespace smcli {
namespace {

// What "local://" knows: the messages of example.proto and feature.proto.
struct LocalField {
  std::string_view message, name;
  uint32_t number;
  ProtoType type;
  bool repeated;
};
constexpr LocalField kLocal[] = {
    {"tensorflow.BytesList", "value", 1, ProtoType::kBytes, true},
    {"tensorflow.Example", "features", 1, ProtoType::kMessage, false},
    {"tensorflow.Feature", "bytes_list", 1, ProtoType::kMessage, false},
    {"tensorflow.Feature", "float_list", 2, ProtoType::kMessage, false},
    {"tensorflow.Feature", "int64_list", 3, ProtoType::kMessage, false},
    {"tensorflow.FeatureList", "feature", 1, ProtoType::kMessage, true},
    {"tensorflow.FeatureLists", "feature_list", 1, ProtoType::kMessage, true},
    {"tensorflow.Features", "feature", 1, ProtoType::kMessage, true},
    {"tensorflow.FloatList", "value", 1, ProtoType::kFloat, true},
    {"tensorflow.Int64List", "value", 1, ProtoType::kInt64, true},
    {"tensorflow.SequenceExample", "context", 1, ProtoType::kMessage, false},
    {"tensorflow.SequenceExample", "feature_lists", 2, ProtoType::kMessage, false},
};

std::vector<ProtoField> LocalFields(std::string_view message) {
  std::vector<ProtoField> fields;
  for (const LocalField& f : kLocal) {
    const bool packed = f.repeated && (f.type == ProtoType::kFloat || f.type == ProtoType::kInt64);
    if (f.message == message) fields.push_back({std::string(f.name), f.number, f.type, f.repeated, packed, {}});
  }
  return fields;
}

// FieldDescriptorProto.
Result<ProtoField> ParseField(std::string_view bytes, bool proto3) {
  ProtoField field;
  WireReader reader(bytes);
  bool packed_set = false;
  for (WireField part; reader.Next(part);) {
    if (part.is(1, WireType::kBytes)) field.name = part.bytes;
    if (part.is(3, WireType::kVarint)) field.number = static_cast<uint32_t>(part.value);
    if (part.is(4, WireType::kVarint)) field.repeated = part.value == 3;
    if (part.is(5, WireType::kVarint) && part.value >= 1 && part.value <= 18) {
      field.type = static_cast<ProtoType>(part.value);
    }
    if (part.is(7, WireType::kBytes)) field.default_value = part.bytes;
    if (part.is(8, WireType::kBytes)) {
      WireReader options(part.bytes);
      for (WireField option; options.Next(option);) {
        if (!option.is(2, WireType::kVarint)) continue;
        packed_set = true;
        field.packed = option.value != 0;
      }
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  if (!packed_set) field.packed = proto3 && field.repeated && field.wire_type() != WireType::kBytes;
  return field;
}

// Looks for the DescriptorProto of the name among messages and the messages inside them; a list of what is still to be
// looked at takes the place of recursion.
Result<std::vector<ProtoField>> FieldsOf(std::string_view descriptor_set, std::string_view wanted) {
  struct Scope {
    std::string name;
    std::string_view bytes;
    bool proto3;
  };
  std::vector<Scope> messages;
  WireReader files(descriptor_set);
  for (WireField file; files.Next(file);) {
    if (!file.is(1, WireType::kBytes)) continue;
    std::string package;
    bool proto3 = false;
    std::vector<std::string_view> found;
    WireReader parts(file.bytes);
    for (WireField part; parts.Next(part);) {
      if (part.is(2, WireType::kBytes)) package = std::string(part.bytes) + ".";
      if (part.is(4, WireType::kBytes)) found.push_back(part.bytes);
      if (part.is(12, WireType::kBytes)) proto3 = part.bytes == "proto3";
    }
    for (std::string_view bytes : found) messages.push_back({package, bytes, proto3});
  }
  SMCLI_RETURN_IF_ERROR(files.status().Annotate("descriptor_source"));
  while (!messages.empty()) {
    const Scope scope = std::move(messages.back());
    messages.pop_back();
    std::string name = scope.name;
    std::vector<std::string_view> fields, inner;
    WireReader parts(scope.bytes);
    for (WireField part; parts.Next(part);) {
      if (part.is(1, WireType::kBytes)) name = scope.name + std::string(part.bytes);
      if (part.is(2, WireType::kBytes)) fields.push_back(part.bytes);
      if (part.is(3, WireType::kBytes)) inner.push_back(part.bytes);
    }
    if (name != wanted) {
      if (!wanted.starts_with(name + ".")) continue;
      for (std::string_view bytes : inner) messages.push_back({name + ".", bytes, scope.proto3});
      continue;
    }
    std::vector<ProtoField> answer;
    for (std::string_view bytes : fields) {
      SMCLI_ASSIGN_OR_RETURN(ProtoField field, ParseField(bytes, scope.proto3));
      answer.push_back(std::move(field));
    }
    return answer;
  }
  return InvalidModelError("No descriptor found for message type {}", wanted);
}

int64_t ZigZag(uint64_t value) { return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1)); }

void PutInt(Tensor& tensor, int64_t index, int64_t value) {
  switch (tensor.dtype()) {
    case DataType::kInt32: tensor.mutable_data<int32_t>()[index] = static_cast<int32_t>(value); break;
    case DataType::kUint32: tensor.mutable_data<uint32_t>()[index] = static_cast<uint32_t>(value); break;
    default: tensor.mutable_data<int64_t>()[index] = value;
  }
}
void PutReal(Tensor& tensor, int64_t index, double value) {
  if (tensor.dtype() == DataType::kFloat) {
    tensor.mutable_data<float>()[index] = static_cast<float>(value);
  } else {
    tensor.mutable_data<double>()[index] = value;
  }
}
double RealAt(const Tensor& tensor, int64_t index) {
  return tensor.dtype() == DataType::kFloat ? static_cast<double>(tensor.data<float>()[index])
                                            : tensor.data<double>()[index];
}

template <typename T>
void AppendRaw(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

int64_t IntOf(const Tensor& tensor, int64_t index) {
  switch (tensor.dtype()) {
    case DataType::kBool: return tensor.data<bool>()[index] ? 1 : 0;
    case DataType::kInt32: return tensor.data<int32_t>()[index];
    case DataType::kUint32: return tensor.data<uint32_t>()[index];
    default: return tensor.data<int64_t>()[index];
  }
}

}  // namespace

WireType ProtoField::wire_type() const {
  switch (type) {
    case ProtoType::kDouble:
    case ProtoType::kFixed64:
    case ProtoType::kSfixed64: return WireType::kFixed64;
    case ProtoType::kFloat:
    case ProtoType::kFixed32:
    case ProtoType::kSfixed32: return WireType::kFixed32;
    case ProtoType::kString:
    case ProtoType::kMessage:
    case ProtoType::kBytes: return WireType::kBytes;
    case ProtoType::kGroup: return WireType::kGroup;
    default: return WireType::kVarint;
  }
}

bool ProtoField::Fits(DataType dtype) const {
  switch (type) {
    case ProtoType::kDouble: return dtype == DataType::kDouble;
    case ProtoType::kFloat: return dtype == DataType::kFloat || dtype == DataType::kDouble;
    case ProtoType::kBool: return dtype == DataType::kBool;
    case ProtoType::kString:
    case ProtoType::kGroup:
    case ProtoType::kMessage:
    case ProtoType::kBytes: return dtype == DataType::kString;
    case ProtoType::kEnum: return dtype == DataType::kInt32;
    case ProtoType::kInt32:
    case ProtoType::kSint32:
    case ProtoType::kSfixed32: return dtype == DataType::kInt32 || dtype == DataType::kInt64;
    case ProtoType::kUint32:
    case ProtoType::kFixed32: return dtype == DataType::kUint32 || dtype == DataType::kUint64;
    case ProtoType::kUint64:
    case ProtoType::kFixed64: return dtype == DataType::kUint64;
    default: return dtype == DataType::kInt64;
  }
}

Result<std::vector<ProtoField>> ReadProtoFields(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const std::string message, node.attrs.String("message_type"));
  SMCLI_ASSIGN_OR_RETURN(const std::string source, node.attrs.String("descriptor_source"));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> names, node.attrs.Strings("field_names"));
  constexpr std::string_view kBytesSource = "bytes://";
  std::vector<ProtoField> all;
  if (source.starts_with(kBytesSource)) {
    SMCLI_ASSIGN_OR_RETURN(all, FieldsOf(std::string_view(source).substr(kBytesSource.size()), message));
  } else if (source.empty() || source == "local://") {
    all = LocalFields(message);
    if (all.empty()) return UnsupportedError("no descriptor of {} in local://", message);
  } else {
    return UnsupportedError("descriptor_source '{}': only bytes:// and local:// are read", source);
  }
  std::vector<ProtoField> fields;
  for (const std::string& name : names) {
    const auto at = std::ranges::find(all, name, &ProtoField::name);
    if (at == all.end()) return InvalidModelError("Unknown field: {} in message type {}", name, message);
    fields.push_back(*at);
  }
  return fields;
}

void StoreProtoValue(const ProtoField& field, const WireField& value, Tensor& tensor, int64_t index) {
  switch (field.type) {
    case ProtoType::kDouble: PutReal(tensor, index, value.as_double()); break;
    case ProtoType::kFloat: PutReal(tensor, index, static_cast<double>(value.as_float())); break;
    case ProtoType::kBool: tensor.mutable_data<bool>()[index] = value.value != 0; break;
    case ProtoType::kString:
    case ProtoType::kGroup:
    case ProtoType::kMessage:
    case ProtoType::kBytes: tensor.mutable_data<std::string>()[index] = value.bytes; break;
    case ProtoType::kInt32:
    case ProtoType::kEnum:
    case ProtoType::kSfixed32: PutInt(tensor, index, value.as_int32()); break;
    case ProtoType::kSint32: PutInt(tensor, index, static_cast<int32_t>(ZigZag(value.value & 0xffffffffu))); break;
    case ProtoType::kUint32:
    case ProtoType::kFixed32: PutInt(tensor, index, static_cast<uint32_t>(value.value)); break;
    case ProtoType::kSint64: PutInt(tensor, index, ZigZag(value.value)); break;
    default: PutInt(tensor, index, value.as_int64());
  }
}

void StoreProtoDefault(const ProtoField& field, Tensor& tensor, int64_t index) {
  const std::string& text = field.default_value;
  switch (tensor.dtype()) {
    case DataType::kString: tensor.mutable_data<std::string>()[index] = text; break;
    case DataType::kBool: tensor.mutable_data<bool>()[index] = text == "true"; break;
    case DataType::kFloat:
    case DataType::kDouble: PutReal(tensor, index, text.empty() ? 0.0 : std::strtod(text.c_str(), nullptr)); break;
    default: PutInt(tensor, index, text.empty() ? 0 : std::strtoll(text.c_str(), nullptr, 10));
  }
}

void AppendProtoValue(const ProtoField& field, const Tensor& tensor, int64_t index, std::string& out) {
  switch (field.type) {
    case ProtoType::kDouble: AppendRaw(RealAt(tensor, index), out); break;
    case ProtoType::kFloat: AppendRaw(static_cast<float>(RealAt(tensor, index)), out); break;
    case ProtoType::kString:
    case ProtoType::kGroup:
    case ProtoType::kMessage:
    case ProtoType::kBytes: {
      const std::string& bytes = tensor.data<std::string>()[index];
      if (field.type != ProtoType::kGroup) AppendVarint(bytes.size(), out);
      out += bytes;
      break;
    }
    case ProtoType::kFixed32:
    case ProtoType::kSfixed32: AppendRaw(static_cast<uint32_t>(IntOf(tensor, index)), out); break;
    case ProtoType::kFixed64:
    case ProtoType::kSfixed64: AppendRaw(static_cast<uint64_t>(IntOf(tensor, index)), out); break;
    case ProtoType::kSint32:
    case ProtoType::kSint64: {
      const int64_t value = IntOf(tensor, index);
      AppendVarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63), out);
      break;
    }
    default: AppendVarint(static_cast<uint64_t>(IntOf(tensor, index)), out);
  }
}

}  // namespace smcli
