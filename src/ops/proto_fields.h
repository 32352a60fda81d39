// The fields of a protobuf message as a descriptor lays them down: what DecodeProtoV2 and EncodeProto work by.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/wire.h"
#include "ops/node_info.h"
#include "tensor/tensor.h"

namespace smcli {

// descriptor.proto's numbers.
enum class ProtoType : int {
  kDouble = 1,
  kFloat,
  kInt64,
  kUint64,
  kInt32,
  kFixed64,
  kFixed32,
  kBool,
  kString,
  kGroup,
  kMessage,
  kBytes,
  kUint32,
  kEnum,
  kSfixed32,
  kSfixed64,
  kSint32,
  kSint64,
};

struct ProtoField {
  std::string name;
  uint32_t number = 0;
  ProtoType type = ProtoType::kInt32;
  bool repeated = false;
  bool packed = false;  // how it is written; both forms are read
  std::string default_value;

  WireType wire_type() const;
  // Can elements of the dtype hold the values?
  bool Fits(DataType dtype) const;
};

// The fields that a node's `field_names` name, of the message that `message_type` and `descriptor_source` name: a
// serialised FileDescriptorSet (bytes://...) or TensorFlow's own examples and features (local://).
Result<std::vector<ProtoField>> ReadProtoFields(const NodeInfo& node);

// Element `index` of a tensor as the field has it on the wire, and back. The dtype Fits the field.
void StoreProtoValue(const ProtoField& field, const WireField& value, Tensor& tensor, int64_t index);
void StoreProtoDefault(const ProtoField& field, Tensor& tensor, int64_t index);
// Without a tag.
void AppendProtoValue(const ProtoField& field, const Tensor& tensor, int64_t index, std::string& out);

}  // namespace smcli
