#include "model/node_reader.h"

#include "base/utf8.h"
#include "base/wire.h"
#include "graph.pb.h"
#include "model/wire_check.h"

namespace smcli {
namespace {

// One key, at most one value, in which at most one member is set.
bool IsPlainAttr(std::string_view entry) {
  int keys = 0, values = 0, members = 0;
  WireReader reader(entry);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == 1) ++keys;
    if (field.number != 2) continue;
    if (++values > 1 || field.type != WireType::kBytes) return false;
    WireReader value(field.bytes);
    WireField member;
    while (value.Next(member)) ++members;
    if (!value.ok()) return false;
  }
  return reader.ok() && keys <= 1 && members <= 1;
}

Status CheckText(std::string_view text, std::string_view what, const char* origin) {
  if (IsValidUtf8(text)) return {};
  return InvalidModelError("byte {}: {} is not UTF-8 (ProtoBadUtf8)", text.data() - origin, what);
}

}  // namespace

Result<NodeParts> ReadNodeParts(std::string_view node_def, const char* origin, std::vector<std::string_view>& inputs) {
  NodeParts parts;
  int names = 0, ops = 0, devices = 0;
  WireReader reader(node_def, origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.type != WireType::kBytes) continue;
    switch (field.number) {
      case 1:
        parts.name = field.bytes;
        ++names;
        break;
      case 2:
        parts.op = field.bytes;
        ++ops;
        break;
      case 3: inputs.push_back(field.bytes); break;
      case 4:
        parts.device = field.bytes;
        ++devices;
        break;
      case 5:
        if (!IsPlainAttr(field.bytes)) parts.form = NodeForm::kUnusual;
        break;
      default: break;
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  if (names > 1 || ops > 1 || devices > 1) parts.form = NodeForm::kUnusual;
  SMCLI_RETURN_IF_ERROR(CheckText(parts.name, "the name of a node", origin));
  SMCLI_RETURN_IF_ERROR(CheckText(parts.op, "the op of a node", origin));
  return parts;
}

std::optional<std::string> PlainNodeDef(std::string_view node_def) {
  tensorflow::NodeDef node;
  if (!ParseMessage(node_def, node_def.data(), &node).ok()) return std::nullopt;
  return CanonicalBytes(node);
}

}  // namespace smcli
