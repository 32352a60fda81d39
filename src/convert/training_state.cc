#include "convert/training_state.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <vector>

#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

using tensorflow::TrackableObjectGraph;

Status Parse(std::string_view bytes, TrackableObjectGraph* graph) {
  if (bytes.size() <= static_cast<size_t>(INT32_MAX) &&
      graph->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return {};
  }
  return InvalidModelError("{}: the object graph of the checkpoint cannot be read (ObjectGraphUnparsable)",
                           kObjectGraphKey);
}

// An edge that only training takes. "keras_api" holds the metrics among much else.
bool LeadsToTraining(std::string_view parent_edge, std::string_view edge) {
  return edge == "optimizer" || edge == "_optimizer" || edge.ends_with("_optimizer") ||
         (parent_edge == "keras_api" && edge == "metrics");
}

// The nodes that are reached from the root without such edges.
std::vector<bool> NeededObjects(const TrackableObjectGraph& graph) {
  std::vector<bool> reached(static_cast<size_t>(graph.nodes_size()), false);
  std::vector<bool> slot(reached.size(), false);
  for (const auto& node : graph.nodes()) {
    for (const auto& variable : node.slot_variables()) {
      const auto id = static_cast<uint32_t>(variable.slot_variable_node_id());
      if (id < slot.size()) slot[id] = true;
    }
  }
  struct Visit {
    uint32_t node;
    std::string_view edge;
  };
  std::vector<Visit> pending;
  if (!reached.empty()) {
    reached[0] = true;
    pending.push_back({0, ""});
  }
  while (!pending.empty()) {
    const Visit visit = pending.back();
    pending.pop_back();
    for (const auto& child : graph.nodes(static_cast<int>(visit.node)).children()) {
      const auto id = static_cast<uint32_t>(child.node_id());
      if (id >= reached.size() || reached[id] || slot[id] || LeadsToTraining(visit.edge, child.local_name())) continue;
      reached[id] = true;
      pending.push_back({id, child.local_name()});
    }
  }
  return reached;
}

Result<TrainingState> OfObjects(std::string_view object_graph) {
  TrackableObjectGraph graph;
  SMCLI_RETURN_IF_ERROR(Parse(object_graph, &graph));
  const std::vector<bool> needed = NeededObjects(graph);
  TrainingState state;
  for (int i = 0; i < graph.nodes_size(); ++i) {
    if (needed[static_cast<size_t>(i)]) continue;
    for (const auto& attribute : graph.nodes(i).attributes()) state.keys.insert(attribute.checkpoint_key());
  }
  // What somebody else needs under the same key stays.
  for (int i = 0; i < graph.nodes_size(); ++i) {
    if (!needed[static_cast<size_t>(i)]) continue;
    for (const auto& attribute : graph.nodes(i).attributes()) state.keys.erase(attribute.checkpoint_key());
  }
  return state;
}

// "Adam_1" -> "Adam".
std::string_view WithoutNumber(std::string_view name) {
  const size_t end = name.find_last_not_of("0123456789");
  return end != name.npos && end + 1 < name.size() && name[end] == '_' ? name.substr(0, end) : name;
}

// The names that the optimizers of tf.compat.v1.train give to slots.
bool IsSlotName(std::string_view name) {
  constexpr std::array<std::string_view, 10> kSlots = {
      "Adam",     "Adagrad", "AdagradDA", "Adadelta", "Ftrl",
      "Momentum", "RMSProp", "AdamW",     "LAMB",     "gradient_accumulator"};
  return std::ranges::find(kSlots, WithoutNumber(name)) != kSlots.end();
}

TrainingState OfNames(const BundleReader& variables) {
  TrainingState state;
  for (const BundleEntry& entry : variables.entries()) {
    const size_t slash = entry.key.rfind('/');
    const std::string_view last = slash == entry.key.npos ? entry.key : entry.key.substr(slash + 1);
    const std::string_view base = WithoutNumber(last);
    if ((base == "beta1_power" || base == "beta2_power") && entry.shape.num_elements() == 1) {
      state.keys.emplace(entry.key);
    } else if (slash != entry.key.npos && IsSlotName(last)) {
      const BundleEntry* variable = variables.Find(entry.key.substr(0, slash));
      if (variable != nullptr && variable->shape == entry.shape) state.keys.emplace(entry.key);
    }
  }
  return state;
}

}  // namespace

Result<TrainingState> FindTrainingState(const BundleReader& variables) {
  SMCLI_ASSIGN_OR_RETURN(const MappedFile object_graph, variables.ObjectGraph());
  if (object_graph.size() == 0) return OfNames(variables);
  SMCLI_ASSIGN_OR_RETURN(TrainingState state, OfObjects(object_graph.bytes()));
  return state;
}

Result<std::string> WithoutKeys(std::string_view trackable_object_graph,
                                const std::set<std::string, std::less<>>& keys) {
  TrackableObjectGraph graph;
  SMCLI_RETURN_IF_ERROR(Parse(trackable_object_graph, &graph));
  for (auto& node : *graph.mutable_nodes()) {
    node.clear_slot_variables();
    auto* attributes = node.mutable_attributes();
    for (int i = attributes->size(); i-- > 0;) {
      if (keys.contains(attributes->Get(i).checkpoint_key())) attributes->DeleteSubrange(i, 1);
    }
  }
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  graph.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace smcli
