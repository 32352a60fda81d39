#include "inspect/describe_objects.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "inspect/tensor_text.h"

namespace smcli {
namespace {

constexpr int kDeepestIndent = 40;  // an outline is not indented further, however deep the objects nest

std::string DetailOf(const SavedObject& object) {
  using Kind = SavedObject::Kind;
  switch (object.kind) {
    case Kind::kVariable: {
      const SavedVariable& variable = object.variable;
      return fmt::format("{}{}{}", TypeText(DtypeText(variable.dtype, variable.dtype_number), variable.shape),
                         variable.trainable ? "" : ", not trainable",
                         variable.name.empty() ? "" : ", " + variable.name);
    }
    case Kind::kFunction: return Counted(static_cast<int64_t>(object.concrete_functions.size()), "trace");
    case Kind::kBareFunction: return object.concrete_functions.empty() ? "" : object.concrete_functions[0];
    case Kind::kAsset: return fmt::format("asset {}", object.asset_index);
    case Kind::kUserObject:
    case Kind::kConstant:
    case Kind::kResource:
    case Kind::kCapturedTensor: return object.text;
    case Kind::kUnset: break;
  }
  return object.registered_name;
}

class Outliner {
 public:
  explicit Outliner(const ObjectGraph& objects) : objects_(objects), seen_(objects.nodes().size(), false) {
    table_.columns = {{"name", "object"}, {"id", "id"}, {"kind", "kind"}, {"detail", "detail"}};
  }

  // Depth first, in the order of the edges.
  void Walk(int32_t start, std::string_view name) {
    std::vector<Visit> stack = {{start, std::string(name), 0}};
    while (!stack.empty()) {
      const Visit visit = std::move(stack.back());
      stack.pop_back();
      const bool again = seen_[static_cast<size_t>(visit.node)];
      const SavedObject& object = objects_.node(visit.node);
      AddRow(visit, object, again);
      if (again) continue;
      seen_[static_cast<size_t>(visit.node)] = true;
      for (auto edge = object.children.rbegin(); edge != object.children.rend(); ++edge) {
        stack.push_back({edge->node, edge->name, visit.level + 1});
      }
    }
  }

  Table Finish() {
    for (const SavedObject& object : objects_.nodes()) {
      for (const SlotReference& slot : object.slots) {
        if (!seen_[static_cast<size_t>(slot.slot)])
          Walk(slot.slot, fmt::format("slot {} of {}", slot.slot_name, slot.original));
      }
    }
    for (size_t id = 0; id < seen_.size(); ++id) {
      if (!seen_[id]) Walk(static_cast<int32_t>(id), "(no edge)");
    }
    return std::move(table_);
  }

 private:
  struct Visit {
    int32_t node;
    std::string name;
    int level;
  };

  void AddRow(const Visit& visit, const SavedObject& object, bool again) {
    const std::string detail = again ? "see above" : DetailOf(object);
    table_.Add({Value::Text(visit.name), Value::Int(visit.node), Value::Text(Name(object.kind)), Value::Text(detail)},
               std::min(visit.level, kDeepestIndent));
  }

  const ObjectGraph& objects_;
  std::vector<bool> seen_;
  Table table_;
};

}  // namespace

Table ObjectTable(const ObjectGraph& objects) {
  Outliner outliner(objects);
  if (!objects.nodes().empty()) outliner.Walk(0, "(root)");
  return outliner.Finish();
}

}  // namespace smcli
