// The attributes of a TrackableObjectGraph, read without building one: checkpoints have many thousand.

#include "base/wire.h"
#include "model/object_graph.h"

namespace smcli {
namespace {

// Field numbers of trackable_object_graph.proto.
constexpr uint32_t kNodes = 1, kAttributes = 2, kName = 1, kFullName = 2, kCheckpointKey = 3;

Status ReadAttribute(std::string_view bytes, StoredAttribute* attribute) {
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(kName, WireType::kBytes)) attribute->name = field.bytes;
    if (field.is(kFullName, WireType::kBytes)) attribute->full_name = field.bytes;
    if (field.is(kCheckpointKey, WireType::kBytes)) attribute->checkpoint_key = field.bytes;
  }
  return reader.status();
}

Status VisitNode(std::string_view bytes, const std::function<void(const StoredAttribute&)>& visit) {
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kAttributes, WireType::kBytes)) continue;
    StoredAttribute attribute;
    SMCLI_RETURN_IF_ERROR(ReadAttribute(field.bytes, &attribute));
    visit(attribute);
  }
  return reader.status();
}

}  // namespace

Status VisitStoredAttributes(std::string_view trackable_object_graph,
                             const std::function<void(const StoredAttribute&)>& visit) {
  WireReader reader(trackable_object_graph);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(kNodes, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(VisitNode(field.bytes, visit));
  }
  return reader.status();
}

}  // namespace smcli
