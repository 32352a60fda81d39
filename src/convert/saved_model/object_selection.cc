#include "convert/saved_model/object_selection.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

using Kind = SavedObject::Kind;

bool IsFunction(const SavedObject& object) {
  return object.kind == Kind::kFunction || object.kind == Kind::kBareFunction;
}

// Values that matter only to the functions that capture them.
bool IsValue(const SavedObject& object) {
  return object.kind == Kind::kVariable || object.kind == Kind::kAsset || object.kind == Kind::kConstant;
}

}  // namespace

ObjectSelection::ObjectSelection(const ObjectGraph& objects, const tensorflow::TrackableObjectGraph* trackables,
                                 const std::vector<int32_t>& saved_of, std::vector<std::string> signatures)
    : objects_(objects),
      trackables_(trackables),
      saved_of_(saved_of),
      signatures_(std::move(signatures)),
      kept_(objects.nodes().size(), false),
      parent_(objects.nodes().size(), -1) {
  if (kept_.empty()) return;
  kept_[0] = true;
  if (const auto map = objects_.FindChild(0, "signatures")) signature_map_ = *map;
  FindWays();
}

bool ObjectSelection::Stays(const ObjectEdge& signature) const {
  return std::ranges::find(signatures_, signature.name) != signatures_.end();
}

void ObjectSelection::FindWays() {
  std::deque<int32_t> queue = {0};
  std::vector<bool> reached(kept_.size(), false);
  reached[0] = true;
  std::vector<std::vector<int32_t>> stored(kept_.size());  // edges of the checkpoint, as saved nodes
  const size_t count = trackables_ == nullptr ? 0 : saved_of_.size();
  for (size_t t = 0; t < count; ++t) {
    if (saved_of_[t] < 0) continue;
    for (const auto& child : trackables_->nodes(static_cast<int>(t)).children()) {
      const int32_t target = saved_of_[static_cast<size_t>(child.node_id())];
      if (target >= 0) stored[static_cast<size_t>(saved_of_[t])].push_back(target);
    }
  }
  std::vector<int32_t> order;
  const auto reach = [&](int32_t node, int32_t parent) {
    if (reached[static_cast<size_t>(node)]) return;
    reached[static_cast<size_t>(node)] = true;
    parent_[static_cast<size_t>(node)] = parent;
    queue.push_back(node);
  };
  const auto walk = [&](auto visit) {
    while (!queue.empty()) {
      const int32_t node = queue.front();
      queue.pop_front();
      order.push_back(node);
      visit(node);
    }
  };
  walk([&](int32_t node) {
    for (const int32_t child : stored[static_cast<size_t>(node)]) reach(child, node);
  });
  queue.assign(order.begin(), order.end());
  walk([&](int32_t node) {
    for (const ObjectEdge& edge : objects_.node(node).children) reach(edge.node, node);
  });
}

void ObjectSelection::Keep(int32_t node) {
  std::vector<int32_t> work = {node};
  std::set<int32_t> seen = {node};
  const auto need = [&](int32_t id) {
    if (seen.insert(id).second) work.push_back(id);
  };
  while (!work.empty()) {
    const int32_t id = work.back();
    work.pop_back();
    kept_[static_cast<size_t>(id)] = true;
    const SavedObject& object = objects_.node(id);
    for (const ObjectEdge& edge : object.dependencies) need(edge.node);
    for (const SavedObject::Saveable& saveable : object.saveables) {
      need(saveable.save_function);
      need(saveable.restore_function);
    }
    if (object.kind == Kind::kResource) {
      for (const ObjectEdge& edge : object.children) need(edge.node);
    }
    for (const std::string& name : object.concrete_functions) {
      functions_.insert(name);
      const ConcreteFunction* function = objects_.FindConcreteFunction(name);
      if (function == nullptr) continue;
      for (const int32_t capture : function->bound_inputs) need(capture);
    }
    if (object.kind == Kind::kCapturedTensor) functions_.insert(object.metadata);
  }
}

void ObjectSelection::KeepSignatures() {
  if (signature_map_ < 0) return;
  kept_[static_cast<size_t>(signature_map_)] = true;
  for (const ObjectEdge& edge : objects_.node(signature_map_).children) {
    if (Stays(edge)) Keep(edge.node);
  }
}

// Optimizers have slots, Keras's mark or Keras's name; metrics are Keras's.
std::vector<bool> ObjectSelection::FindOptimizersAndMetrics() const {
  std::vector<bool> training(kept_.size(), false);
  for (size_t id = 0; id < kept_.size(); ++id) {
    const SavedObject& object = objects_.nodes()[id];
    const bool named = object.text == "optimizer" || object.text == "_tf_keras_metric";
    if (!object.slots.empty() || (named && object.kind == Kind::kUserObject)) training[id] = true;
    for (const ObjectEdge& edge : object.children) {
      const SavedObject& child = objects_.node(edge.node);
      if (child.kind != Kind::kUserObject) continue;
      if (edge.name == "optimizer" || edge.name == "_optimizer") training[static_cast<size_t>(edge.node)] = true;
      if (edge.name != "keras_api") continue;
      if (const auto metrics = objects_.FindChild(edge.node, "metrics")) training[static_cast<size_t>(*metrics)] = true;
    }
  }
  if (!training.empty()) training[0] = false;
  return training;
}

bool ObjectSelection::IsTraining(int32_t node, const FunctionNames& training) const {
  const SavedObject& object = objects_.node(node);
  return IsFunction(object) && std::ranges::any_of(object.concrete_functions,
                                                   [&](const std::string& name) { return training.contains(name); });
}

std::vector<bool> ObjectSelection::ReachWithoutTraining(const FunctionNames& training) const {
  const std::vector<bool> barred = FindOptimizersAndMetrics();
  std::vector<bool> reached(kept_.size(), false);
  std::vector<int32_t> work;
  if (!reached.empty()) work.push_back(0);
  while (!work.empty()) {
    const int32_t id = work.back();
    work.pop_back();
    if (reached[static_cast<size_t>(id)]) continue;
    reached[static_cast<size_t>(id)] = true;
    for (const ObjectEdge& edge : objects_.node(id).children) {
      const bool barred_here = barred[static_cast<size_t>(edge.node)] || IsTraining(edge.node, training);
      if (id == signature_map_ ? Stays(edge) : !barred_here) work.push_back(edge.node);
    }
  }
  return reached;
}

void ObjectSelection::KeepAllButTraining(const FunctionNames& training) {
  const std::vector<bool> reached = ReachWithoutTraining(training);
  bool any_function = false;
  for (size_t id = 0; id < reached.size(); ++id) any_function |= reached[id] && IsFunction(objects_.nodes()[id]);
  for (size_t id = 0; id < reached.size(); ++id) {
    const SavedObject& object = objects_.nodes()[id];
    if (!reached[id] || object.kind == Kind::kResource) continue;
    if (IsFunction(object)) {
      Keep(static_cast<int32_t>(id));
    } else if (!IsValue(object) || !any_function) {
      kept_[id] = true;
    }
  }
  // Tables that a function reads are kept by now; of the others nothing is seen from outside but for their objects.
  for (size_t id = 0; id < reached.size(); ++id) {
    if (reached[id] && objects_.nodes()[id].kind == Kind::kResource && !any_function) Keep(static_cast<int32_t>(id));
  }
}

void ObjectSelection::Connect() {
  std::multimap<int32_t, std::pair<int32_t, int32_t>> slots;  // slot: its optimizer, its variable
  for (size_t owner = 0; owner < kept_.size(); ++owner) {
    for (const SlotReference& slot : objects_.nodes()[owner].slots) {
      slots.emplace(slot.slot, std::pair(static_cast<int32_t>(owner), slot.original));
    }
  }
  std::vector<bool> connected(kept_.size(), false);
  std::vector<int32_t> work;
  const auto add_kept = [&] {
    for (size_t id = 1; id < kept_.size(); ++id) {
      if (kept_[id] && !connected[id]) work.push_back(static_cast<int32_t>(id));
    }
  };
  const auto keep = [&](int32_t other) {
    if (kept_[static_cast<size_t>(other)]) return;
    kept_[static_cast<size_t>(other)] = true;
    work.push_back(other);
    if (!IsFunction(objects_.node(other))) return;
    Keep(other);  // with what it captures
    add_kept();
  };
  add_kept();
  while (!work.empty()) {
    const int32_t id = work.back();
    work.pop_back();
    if (connected[static_cast<size_t>(id)]) continue;
    connected[static_cast<size_t>(id)] = true;
    if (const int32_t parent = parent_[static_cast<size_t>(id)]; parent >= 0) {
      keep(parent);
      continue;
    }
    const auto [first, last] = slots.equal_range(id);  // a slot is found by its optimizer and its variable
    for (auto slot = first; slot != last; ++slot) {
      keep(slot->second.first);
      keep(slot->second.second);
    }
  }
}

}  // namespace smcli
