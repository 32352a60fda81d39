// The two object graphs side by side: the one of the model, and the one that the checkpoint was written with.

#include <deque>
#include <map>
#include <unordered_map>

#include "model/object_graph.h"
#include "model/object_paths.h"
#include "model/trackable_pairs.h"
#include "model/wire_check.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

using tensorflow::TrackableObjectGraph;

Result<const TrackableObjectGraph*> ParseTrackables(std::string_view bytes, google::protobuf::Arena& arena) {
  auto* graph = google::protobuf::Arena::CreateMessage<TrackableObjectGraph>(&arena);
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes, bytes.data(), graph).Annotate(kTrackableGraphKey));
  const auto in_range = [&](int32_t id) { return id >= 0 && id < graph->nodes_size(); };
  for (int i = 0; i < graph->nodes_size(); ++i) {
    bool sound = true;
    for (const auto& child : graph->nodes(i).children()) sound = sound && in_range(child.node_id());
    for (const auto& slot : graph->nodes(i).slot_variables()) {
      sound = sound && in_range(slot.original_variable_node_id()) && in_range(slot.slot_variable_node_id());
    }
    if (!sound)
      return InvalidModelError("{}: node {} refers to nodes that are not there (ObjectIdOutOfRange)",
                               kTrackableGraphKey, i);
  }
  return graph;
}

std::string Joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}/{}", path, name);
}

// More would only repeat what the first ones say.
constexpr size_t kMaxUnmatched = 1000;

class Matcher {
 public:
  Matcher(const ObjectGraph& objects, const TrackableObjectGraph& trackables)
      : objects_(objects),
        trackables_(trackables),
        saved_of_(static_cast<size_t>(trackables.nodes_size()), -1),
        paths_(static_cast<size_t>(trackables.nodes_size()), '/') {}

  void PairAll() {
    if (trackables_.nodes_size() == 0 || objects_.nodes().empty()) return;
    Pair(0, 0);
    // Slots pair up when their variables have; a round may make more children known, and those more slots.
    do {
      while (!queue_.empty()) FollowChildren();
    } while (FollowSlots());
  }
  std::vector<int32_t> TakePairs() { return std::move(saved_of_); }

  CheckpointMatch Run() {
    PairAll();
    CheckpointMatch match;
    match.unmatched = std::move(unmatched_);
    std::vector<std::pair<int32_t, int32_t>> pairs;  // saved node, trackable node
    for (int32_t t = 0; t < trackables_.nodes_size(); ++t) {
      if (saved_of_[static_cast<size_t>(t)] >= 0) pairs.emplace_back(saved_of_[static_cast<size_t>(t)], t);
    }
    std::ranges::sort(pairs);
    for (const auto& [saved, t] : pairs) Collect(t, saved, match);
    return match;
  }

 private:
  void Pair(int32_t trackable, int32_t saved) {
    int32_t& known = saved_of_[static_cast<size_t>(trackable)];
    if (known >= 0) return;
    known = saved;
    queue_.push_back(trackable);
  }

  void FollowChildren() {
    const int32_t trackable = queue_.front();
    queue_.pop_front();
    const int32_t saved = saved_of_[static_cast<size_t>(trackable)];
    std::unordered_map<std::string_view, int32_t> children;
    for (const ObjectEdge& edge : objects_.node(saved).children) children.emplace(edge.name, edge.node);
    for (const auto& child : trackables_.nodes(trackable).children()) {
      const auto found = children.find(child.local_name());
      if (found != children.end()) {
        paths_.Reach(child.node_id(), trackable, child.local_name());
        Pair(child.node_id(), found->second);
      } else if (unmatched_.size() < kMaxUnmatched) {
        unmatched_.push_back(Joined(paths_.Path(trackable).value_or("..."), child.local_name()));
      }
    }
  }

  // True when something new was paired.
  bool FollowSlots() {
    for (int32_t t = 0; t < trackables_.nodes_size(); ++t) {
      const int32_t saved = saved_of_[static_cast<size_t>(t)];
      if (saved < 0 || trackables_.nodes(t).slot_variables().empty()) continue;
      std::map<std::pair<int32_t, std::string_view>, int32_t> slots;
      for (const SlotReference& slot : objects_.node(saved).slots)
        slots.emplace(std::pair(slot.original, std::string_view(slot.slot_name)), slot.slot);
      for (const auto& slot : trackables_.nodes(t).slot_variables()) {
        const int32_t original = saved_of_[static_cast<size_t>(slot.original_variable_node_id())];
        if (original < 0) continue;
        const auto found = slots.find({original, slot.slot_name()});
        if (found == slots.end()) continue;
        paths_.Reach(slot.slot_variable_node_id(), slot.original_variable_node_id(), slot.slot_name());
        Pair(slot.slot_variable_node_id(), found->second);
      }
    }
    return !queue_.empty();
  }

  void Collect(int32_t trackable, int32_t saved, CheckpointMatch& match) const {
    const auto& node = trackables_.nodes(trackable);
    for (const auto& attribute : node.attributes()) {
      match.attributes.push_back({saved, attribute.name(), attribute.full_name(), attribute.checkpoint_key()});
    }
    if (node.has_registered_saver()) match.registered_savers.emplace_back(saved, node.registered_saver().name());
  }

  const ObjectGraph& objects_;
  const TrackableObjectGraph& trackables_;
  std::vector<int32_t> saved_of_;  // by trackable node; -1: not paired
  ObjectPaths paths_;
  std::deque<int32_t> queue_;
  std::vector<std::string> unmatched_;
};

}  // namespace

Result<CheckpointMatch> MatchCheckpoint(const ObjectGraph& objects, std::string_view trackable_object_graph) {
  google::protobuf::Arena arena;
  SMCLI_ASSIGN_OR_RETURN(const auto* trackables, ParseTrackables(trackable_object_graph, arena));
  return Matcher(objects, *trackables).Run();
}

Result<std::vector<int32_t>> PairTrackables(const ObjectGraph& objects, std::string_view trackable_object_graph) {
  google::protobuf::Arena arena;
  SMCLI_ASSIGN_OR_RETURN(const auto* trackables, ParseTrackables(trackable_object_graph, arena));
  Matcher matcher(objects, *trackables);
  matcher.PairAll();
  return matcher.TakePairs();
}

Result<std::vector<TrackableEntry>> ListTrackables(std::string_view trackable_object_graph) {
  google::protobuf::Arena arena;
  SMCLI_ASSIGN_OR_RETURN(const auto* parsed, ParseTrackables(trackable_object_graph, arena));
  const TrackableObjectGraph& graph = *parsed;
  std::vector<TrackableEntry> entries;
  if (graph.nodes_size() == 0) return entries;
  ObjectPaths paths(static_cast<size_t>(graph.nodes_size()), '/');
  std::vector<int32_t> queue = {0};
  for (size_t i = 0; i < queue.size(); ++i) {
    for (const auto& child : graph.nodes(queue[i]).children()) {
      if (paths.Reach(child.node_id(), queue[i], child.local_name())) queue.push_back(child.node_id());
    }
    for (const auto& slot : graph.nodes(queue[i]).slot_variables()) {
      if (paths.Reach(slot.slot_variable_node_id(), queue[i], slot.slot_name()))
        queue.push_back(slot.slot_variable_node_id());
    }
  }
  for (int i = 0; i < graph.nodes_size(); ++i) {
    if (graph.nodes(i).attributes().empty()) continue;
    const std::string path = paths.Path(i).value_or("");
    for (const auto& attribute : graph.nodes(i).attributes()) {
      entries.push_back({path, attribute.name(), attribute.full_name(), attribute.checkpoint_key()});
    }
  }
  return entries;
}

}  // namespace smcli
