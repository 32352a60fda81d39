// The table of ops against TensorFlow's own definitions.
#include <set>
#include <string>

#include "model/op_defs.h"
#include "ops/registry.h"
#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("no op has two rows") {
  std::set<std::string_view> seen;
  for (const Op* op : AllOps()) {
    INFO(op->name);
    CHECK(seen.insert(op->name).second);
  }
}

TEST_CASE("a row constrains attributes that the op has") {
  const OpDefs definitions;
  for (const Op* op : AllOps()) {
    const OpSchema* schema = definitions.Find(op->name);
    if (schema == nullptr) continue;  // of TensorFlow Text
    for (const TypeConstraint& constraint : op->types) {
      INFO(op->name << " " << constraint.attr);
      if (!constraint.attr.empty()) CHECK(schema->FindAttr(constraint.attr) != nullptr);
    }
  }
}

}  // namespace
}  // namespace smcli
