#include "transform/node_writer.h"

#include "base/wire.h"
#include "model/attr_value.h"
#include "tensor.pb.h"
#include "tensor/tensor_proto.h"
#include "transform/byte_rope.h"

namespace smcli {
namespace {

// Field numbers of NodeDef, TensorProto (graph_and_functions.md 1, tensor_proto.md 1).
constexpr uint32_t kName = 1, kOp = 2, kInput = 3, kDevice = 4, kAttr = 5;
constexpr uint32_t kDtype = 1, kShape = 2, kContent = 4;
constexpr size_t kSmallValue =
    1024;  // written compactly (one value for a constant tensor) rather than as it lies in memory

// The bytes of a TensorProto but for the content, which follows.
std::string TensorHead(const Tensor& tensor) {
  std::string head;
  AppendVarintField(kDtype, static_cast<uint64_t>(static_cast<int>(tensor.dtype())), head);
  AppendBytesField(kShape, ShapeBytes(PartialShape(tensor.shape())), head);
  AppendTag(kContent, WireType::kBytes, head);
  AppendVarint(tensor.num_bytes(), head);
  return head;
}

// Tag and length that go around `length` bytes.
std::string Around(uint32_t number, uint64_t length) {
  std::string out;
  AppendTag(number, WireType::kBytes, out);
  AppendVarint(length, out);
  return out;
}

// The attribute `value` as an entry of NodeDef.attr, all but the content of a large tensor: `content`.
Result<std::string> ValueEntry(const Tensor& tensor, std::string_view* content) {
  const bool plain = tensor.dtype() != DataType::kString && tensor.dtype() != DataType::kVariant &&
                     tensor.dtype() != DataType::kResource;
  std::string head;
  if (plain && tensor.num_bytes() > kSmallValue) {
    head = TensorHead(tensor);
    *content = tensor.bytes();
  } else {
    tensorflow::TensorProto proto;
    SMCLI_RETURN_IF_ERROR(TensorToProto(tensor, &proto));
    head = proto.SerializeAsString();
  }
  head = Around(static_cast<uint32_t>(AttrField::kTensor), head.size() + content->size()) + head;
  std::string pair;
  AppendBytesField(1, "value", pair);
  pair += Around(2, head.size() + content->size()) + head;
  return Around(kAttr, pair.size() + content->size()) + pair;
}

bool IsValueAttr(const WireField& field) {
  WireReader entry(field.bytes);
  WireField part;
  return field.is(kAttr, WireType::kBytes) && entry.Next(part) && part.is(1, WireType::kBytes) && part.bytes == "value";
}

Result<std::string> EdgesOf(const GraphDraft& draft, const DraftNode& node, const OutputNames* names) {
  std::string edges;
  for (const Endpoint& input : node.inputs) {
    if (input.node < 0) return InvalidModelError("node '{}' has an input that is not there", node.name);
    const std::string& producer = draft.node(input.node).name;
    if (names != nullptr) {
      SMCLI_ASSIGN_OR_RETURN(const std::string name, names->Of(input));
      AppendBytesField(kInput, name, edges);
    } else {
      AppendBytesField(kInput, input.output == 0 ? producer : draft.TensorNameOf(input), edges);
    }
  }
  for (int32_t producer : node.control_inputs) AppendBytesField(kInput, "^" + draft.node(producer).name, edges);
  return edges;
}

}  // namespace

Result<std::string> OutputNames::Of(const Endpoint& endpoint) const {
  const DraftNode& node = body_.node(endpoint.node);
  if (node.op == "_Arg" && node.schema == nullptr) {
    return node.num_outputs == 1 ? node.name : fmt::format("{}:{}", node.name, endpoint.output);
  }
  if (node.schema == nullptr) {
    return UnsupportedError(
        "the outputs of op '{}' (node '{}') have no names, since neither the model nor smcli defines the op", node.op,
        node.name);
  }
  int32_t first = 0;
  for (const ArgSchema& arg : node.schema->outputs) {
    SMCLI_ASSIGN_OR_RETURN(const int32_t count, NumTensors(body_.attrs(endpoint.node), arg));
    if (endpoint.output < first + count) return fmt::format("{}:{}:{}", node.name, arg.name, endpoint.output - first);
    first += count;
  }
  return InvalidModelError("node '{}' ({}) has no output {} (OutputIndexOutOfRange)", node.name, node.op,
                           endpoint.output);
}

Status WriteNode(const GraphDraft& draft, int32_t id, const OutputNames* names, uint32_t number, ByteRope& out) {
  const DraftNode& node = draft.node(id);
  std::string head;
  AppendBytesField(kName, node.name, head);
  AppendBytesField(kOp, node.op, head);
  SMCLI_ASSIGN_OR_RETURN(const std::string edges, EdgesOf(draft, node, names));
  head += edges;
  if (!node.device.empty()) AppendBytesField(kDevice, node.device, head);
  ByteRope body;
  body.Append(head);
  WireReader reader(node.attrs.view);
  WireField field;
  while (reader.Next(field)) {
    if (field.number >= kAttr && !(node.value.has_value() && IsValueAttr(field))) body.AppendView(field.whole);
  }
  if (node.value.has_value()) {
    std::string_view content;
    SMCLI_ASSIGN_OR_RETURN(const std::string entry,
                           ValueEntry(node.value, &content).Annotate(fmt::format("node '{}'", node.name)));
    body.Append(entry);
    body.AppendView(content);
  }
  out.AppendHead(number, body.size());
  out.AppendAll(body);
  return {};
}

}  // namespace smcli
