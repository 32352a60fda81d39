#include "model/wire_schema.h"

#include <google/protobuf/descriptor.h>

#include <set>

#include "prediction_log.pb.h"
#include "saved_model.pb.h"
#include "support/catch.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Every message that can lie in one of `type`, itself included.
std::set<const Descriptor*> Reachable(const Descriptor* type) {
  std::set<const Descriptor*> seen = {type};
  std::vector<const Descriptor*> queue = {type};
  while (!queue.empty()) {
    const Descriptor* next = queue.back();
    queue.pop_back();
    for (int i = 0; i < next->field_count(); ++i) {
      const Descriptor* inner = next->field(i)->message_type();
      if (inner != nullptr && seen.insert(inner).second) queue.push_back(inner);
    }
  }
  return seen;
}

void CheckField(const FieldDescriptor& field, const WireFieldType* known) {
  INFO(field.full_name());
  REQUIRE(known != nullptr);
  CHECK(known->number == static_cast<uint32_t>(field.number()));
  CHECK(known->name == field.name());
  CHECK(known->kind == static_cast<WireFieldKind>(field.type()));
  CHECK(known->repeated == field.is_repeated());
  const WireSchema& schema = WireSchema::Of();
  CHECK(known->message == (field.message_type() ? schema.Find(field.message_type()->full_name()) : nullptr));
}

TEST_CASE("the schema says of every message what protobuf's descriptors say") {
  for (const Descriptor* root : {tensorflow::SavedModel::descriptor(), tensorflow::TrackableObjectGraph::descriptor(),
                                 tensorflow::serving::PredictionLog::descriptor()}) {
    for (const Descriptor* type : Reachable(root)) {
      const WireMessage* message = WireSchema::Of().Find(type->full_name());
      INFO(type->full_name());
      REQUIRE(message != nullptr);
      CHECK(message->name == type->name());
      CHECK(message->fields.size() == static_cast<size_t>(type->field_count()));
      CHECK(message->Find(0) == nullptr);
      CHECK(message->Find(1u << 28) == nullptr);
      for (int i = 0; i < type->field_count(); ++i) {
        CheckField(*type->field(i), message->Find(static_cast<uint32_t>(type->field(i)->number())));
      }
    }
  }
  CHECK(WireSchema::Of().Find("tensorflow.Nothing") == nullptr);
}

}  // namespace
}  // namespace smcli
