#include "convert/saved_model/object_graph_edit.h"

#include <utility>
#include <vector>

#include "meta_graph.pb.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

using Numbers = std::vector<int32_t>;  // by old number: the new one, or -1

int32_t NewNumber(const Numbers& numbers, int32_t old) {
  return old < 0 || static_cast<size_t>(old) >= numbers.size() ? -1 : numbers[static_cast<size_t>(old)];
}

// Edges, slots: those of which an end is gone go.
template <typename Edges>
void RenumberEdges(const Numbers& numbers, Edges* edges) {
  Edges left;
  for (auto& edge : *edges) {
    const int32_t target = NewNumber(numbers, edge.node_id());
    if (target < 0) continue;
    edge.set_node_id(target);
    *left.Add() = std::move(edge);
  }
  *edges = std::move(left);
}

template <typename Slots>
void RenumberSlots(const Numbers& numbers, Slots* slots) {
  Slots left;
  for (auto& slot : *slots) {
    const int32_t original = NewNumber(numbers, slot.original_variable_node_id());
    const int32_t variable = NewNumber(numbers, slot.slot_variable_node_id());
    if (original < 0 || variable < 0) continue;
    slot.set_original_variable_node_id(original);
    slot.set_slot_variable_node_id(variable);
    *left.Add() = std::move(slot);
  }
  *slots = std::move(left);
}

Numbers NumberKept(size_t count, const auto& is_kept) {
  Numbers numbers(count, -1);
  int32_t next = 0;
  for (size_t id = 0; id < count; ++id) {
    if (is_kept(id)) numbers[id] = next++;
  }
  return numbers;
}

void RenumberSaveables(const Numbers& numbers, tensorflow::SavedObject& object) {
  auto& saveables = *object.mutable_saveable_objects();
  for (auto entry = saveables.begin(); entry != saveables.end();) {
    const int32_t save = NewNumber(numbers, entry->second.save_function());
    const int32_t restore = NewNumber(numbers, entry->second.restore_function());
    if (save < 0 || restore < 0) {
      entry = saveables.erase(entry);
      continue;
    }
    entry->second.set_save_function(save);
    entry->second.set_restore_function(restore);
    ++entry;
  }
}

void RenumberObjects(const Numbers& numbers, tensorflow::SavedObjectGraph& graph) {
  tensorflow::SavedObjectGraph kept;
  for (int i = 0; i < graph.nodes_size(); ++i) {
    if (numbers[static_cast<size_t>(i)] < 0) continue;
    tensorflow::SavedObject& object = *graph.mutable_nodes(i);
    RenumberEdges(numbers, object.mutable_children());
    RenumberEdges(numbers, object.mutable_dependencies());
    RenumberSlots(numbers, object.mutable_slot_variables());
    RenumberSaveables(numbers, object);
    *kept.add_nodes() = std::move(object);
  }
  graph.mutable_nodes()->Swap(kept.mutable_nodes());
}

void KeepFunctions(const FunctionNames& names, const Numbers& numbers, tensorflow::SavedObjectGraph& graph) {
  auto& functions = *graph.mutable_concrete_functions();
  for (auto entry = functions.begin(); entry != functions.end();) {
    if (!names.contains(entry->first)) {
      entry = functions.erase(entry);
      continue;
    }
    for (int32_t& node : *entry->second.mutable_bound_inputs()) node = std::max(NewNumber(numbers, node), 0);
    ++entry;
  }
}

// The tensors that an attribute's key stands for: a table's has two.
void ForEachTensorKey(const std::string& key, const ExportedModel& model, const auto& visit) {
  for (const std::string_view part : {"", "-keys", "-values"}) {
    const std::string tensor = key + std::string(part);
    if (model.tensors().contains(tensor)) visit(tensor);
  }
}

std::set<std::string, std::less<>> TensorKeys(const tensorflow::TrackableObjectGraph& graph, const auto& counts,
                                              const ExportedModel& model) {
  std::set<std::string, std::less<>> keys;
  for (int t = 0; t < graph.nodes_size(); ++t) {
    if (!counts(static_cast<size_t>(t))) continue;
    for (const auto& attribute : graph.nodes(t).attributes()) {
      ForEachTensorKey(attribute.checkpoint_key(), model, [&](const std::string& key) { keys.insert(key); });
    }
  }
  return keys;
}

void RenumberTrackables(const Numbers& numbers, tensorflow::TrackableObjectGraph& graph) {
  tensorflow::TrackableObjectGraph kept;
  for (int t = 0; t < graph.nodes_size(); ++t) {
    if (numbers[static_cast<size_t>(t)] < 0) continue;
    auto& node = *graph.mutable_nodes(t);
    RenumberEdges(numbers, node.mutable_children());
    RenumberSlots(numbers, node.mutable_slot_variables());
    *kept.add_nodes() = std::move(node);
  }
  graph.mutable_nodes()->Swap(kept.mutable_nodes());
}

}  // namespace

RemovedObjects RemoveObjects(const ObjectSelection& selection, ExportedModel& model) {
  tensorflow::SavedObjectGraph& objects = *model.meta_graph().mutable_object_graph_def();
  Numbers numbers = NumberKept(static_cast<size_t>(objects.nodes_size()),
                               [&](size_t id) { return selection.IsKept(static_cast<int32_t>(id)); });
  RenumberObjects(numbers, objects);
  KeepFunctions(selection.functions(), numbers, objects);
  model.set_node_numbers(std::move(numbers));
  RemovedObjects removed;
  if (!model.has_trackables()) return removed;
  tensorflow::TrackableObjectGraph& trackables = *model.trackables();
  const auto is_kept = [&](size_t t) {
    const int32_t saved = t < model.saved_of().size() ? model.saved_of()[t] : -1;
    return t == 0 || (saved >= 0 && selection.IsKept(saved));
  };
  const auto is_gone = [&](size_t t) { return !is_kept(t); };
  removed.keys = TensorKeys(trackables, is_gone, model);
  for (const std::string& key : TensorKeys(trackables, is_kept, model)) removed.keys.erase(key);
  RenumberTrackables(NumberKept(static_cast<size_t>(trackables.nodes_size()), is_kept), trackables);
  return removed;
}

}  // namespace smcli
