#include "diff/node_match.h"

#include <algorithm>
#include <unordered_map>

#include "base/fingerprint.h"

namespace smcli {
namespace {

constexpr int32_t kNone = -1;

// Hashes here only propose pairs, so 64 bits that mix well are enough.
uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t x = (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccdu;
  x ^= x >> 32;
  x *= 0xc4ceb9fe1a85ec53u;
  return x ^ x >> 29;
}

// Who reads each node, as one array.
class Readers {
 public:
  struct Reader {
    int32_t node;
    int32_t input;  // position among its inputs; -1: a control input
    int32_t output;
  };

  explicit Readers(const Graph& graph) : starts_(graph.nodes().size() + 1, 0) {
    ForEachEdge(graph, [&](int32_t producer, const Reader&) { ++starts_[static_cast<size_t>(producer) + 1]; });
    for (size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    readers_.resize(starts_.back());
    std::vector<size_t> next(starts_.begin(), starts_.end() - 1);
    ForEachEdge(graph, [&](int32_t producer, const Reader& reader) {
      readers_[next[static_cast<size_t>(producer)]++] = reader;
    });
  }

  std::span<const Reader> Of(int32_t node) const {
    const auto i = static_cast<size_t>(node);
    return std::span(readers_).subspan(starts_[i], starts_[i + 1] - starts_[i]);
  }

 private:
  template <typename Visit>
  static void ForEachEdge(const Graph& graph, Visit visit) {
    for (int32_t id = 0; id < graph.num_nodes(); ++id) {
      const Node& node = graph.node(id);
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const Endpoint& input = node.inputs[i];
        if (input.node >= 0) visit(input.node, Reader{id, static_cast<int32_t>(i), input.output});
      }
      for (const int32_t control : node.control_inputs) visit(control, Reader{id, -1, 0});
    }
  }

  std::vector<size_t> starts_;
  std::vector<Reader> readers_;
};

// Hashes of the nodes of one side that have no partner yet. Partners stand for themselves, under the number of their
// node in the old graph, so that a hash says where in the common part of the graphs the node hangs.
class StructureHashes {
 public:
  // `pair_of`: by node id, the number of the pair or kNone.
  StructureHashes(const GraphSide& side, const std::vector<int32_t>& pair_of)
      : side_(side), graph_(*side.graph), pair_of_(pair_of), up_(pair_of.size(), 0), down_(pair_of.size(), 0) {
    const auto sorted = TopologicalOrder(graph_);
    std::vector<int32_t> order;
    if (sorted.ok()) {
      order = *sorted;
    } else {  // a graph with cycles that nobody can run: in file order, which is good enough to propose pairs
      for (int32_t id = 0; id < graph_.num_nodes(); ++id) order.push_back(id);
    }
    std::erase_if(order, [&](int32_t id) { return !open(id); });
    for (const int32_t id : order) up_[static_cast<size_t>(id)] = HashUp(id);
    const Readers readers(graph_);
    std::unordered_map<int32_t, uint64_t> results;
    for (size_t i = 0; i < graph_.rets().size(); ++i) {
      const Endpoint& endpoint = graph_.rets()[i].endpoint;
      if (endpoint.node >= 0) results[endpoint.node] = Mix(results[endpoint.node], Mix(i, endpoint.output));
    }
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      const auto result = results.find(*id);
      const uint64_t returned = result == results.end() ? 0 : result->second;
      if (returned != 0 || !readers.Of(*id).empty()) down_[static_cast<size_t>(*id)] = HashDown(*id, readers, returned);
    }
  }

  bool open(int32_t id) const { return pair_of_[static_cast<size_t>(id)] == kNone && side_.compared(id); }
  uint64_t up(int32_t id) const { return up_[static_cast<size_t>(id)]; }
  // 0: nobody reads it, so nothing is known.
  uint64_t down(int32_t id) const { return down_[static_cast<size_t>(id)]; }
  uint64_t both(int32_t id) const { return Mix(up(id), down(id)); }

 private:
  uint64_t Identity(int32_t id, const std::vector<uint64_t>& hashes) const {
    const int32_t pair = pair_of_[static_cast<size_t>(id)];
    return pair != kNone ? Mix(1, static_cast<uint64_t>(pair)) : Mix(2, hashes[static_cast<size_t>(id)]);
  }

  uint64_t HashUp(int32_t id) const {
    const Node& node = graph_.node(id);
    uint64_t hash = side_.kinds[static_cast<size_t>(id)];
    for (const Endpoint& input : node.inputs) {
      if (input.node >= 0) hash = Mix(hash, Mix(Identity(input.node, up_), static_cast<uint64_t>(input.output)));
    }
    uint64_t controls = 0;
    for (const int32_t control : node.control_inputs) controls += Identity(control, up_);
    return Mix(hash, controls);
  }

  uint64_t HashDown(int32_t id, const Readers& readers, uint64_t returned) const {
    uint64_t sum = returned;  // the order of readers does not count
    for (const Readers::Reader& reader : readers.Of(id)) {
      const uint64_t place = Mix(static_cast<uint64_t>(reader.input), static_cast<uint64_t>(reader.output));
      sum += Mix(Identity(reader.node, down_), place);
    }
    return Mix(sum, Fingerprint64(graph_.node(id).op)) | 1;
  }

  const GraphSide& side_;
  const Graph& graph_;
  const std::vector<int32_t>& pair_of_;
  std::vector<uint64_t> up_, down_;
};

}  // namespace

class NodeMatcher {
 public:
  NodeMatcher(const GraphSide& before, const GraphSide& after) : before_(before), after_(after) {
    matching_.to_after_.assign(before.graph->nodes().size(), kNone);
    matching_.to_before_.assign(after.graph->nodes().size(), kNone);
  }

  NodeMatching Run() {
    MatchArguments();
    MatchNames(/*same_op=*/true);
    if (HasOpen()) MatchStructure();
    MatchNames(/*same_op=*/false);
    return std::move(matching_);
  }

 private:
  void Pair(int32_t before, int32_t after) {
    matching_.to_after_[static_cast<size_t>(before)] = after;
    matching_.to_before_[static_cast<size_t>(after)] = before;
  }

  void MatchArguments() {
    const int32_t count = std::min(before_.graph->num_nodes(), after_.graph->num_nodes());
    for (int32_t i = 0; i < count && IsArgument(before_.graph->node(i)) && IsArgument(after_.graph->node(i)); ++i) {
      Pair(i, i);
    }
  }

  void MatchNames(bool same_op) {
    for (int32_t id = 0; id < before_.graph->num_nodes(); ++id) {
      if (matching_.AfterOf(id) != kNone || !before_.compared(id)) continue;
      const Node& node = before_.graph->node(id);
      const int32_t other = after_.graph->Find(node.name);
      if (other < 0 || matching_.BeforeOf(other) != kNone || !after_.compared(other)) continue;
      if (!same_op || after_.graph->node(other).op == node.op) Pair(id, other);
    }
  }

  bool HasOpen() const {
    const auto open = [](const GraphSide& side, const std::vector<int32_t>& partners) {
      for (int32_t id = 0; id < side.graph->num_nodes(); ++id) {
        if (partners[static_cast<size_t>(id)] == kNone && side.compared(id)) return true;
      }
      return false;
    };
    return open(before_, matching_.to_after_) && open(after_, matching_.to_before_);
  }

  // Equal in all, then equal in what leads to them, then in what follows from them.
  void MatchStructure() {
    std::vector<int32_t> pair_of_before(matching_.to_after_.size(), kNone);
    for (size_t i = 0; i < pair_of_before.size(); ++i) {
      if (matching_.to_after_[i] != kNone) pair_of_before[i] = static_cast<int32_t>(i);
    }
    const std::vector<int32_t> pair_of_after = matching_.to_before_;
    const StructureHashes before(before_, pair_of_before), after(after_, pair_of_after);
    MatchBy(before, after, &StructureHashes::both);
    MatchBy(before, after, &StructureHashes::up);
    MatchBy(before, after, &StructureHashes::down);
  }

  using Hash = uint64_t (StructureHashes::*)(int32_t) const;

  // Nodes without a partner of whom something is known, in the order of their hashes, then of the graph.
  static std::vector<std::pair<uint64_t, int32_t>> Open(const StructureHashes& hashes,
                                                        const std::vector<int32_t>& partners, Hash hash) {
    std::vector<std::pair<uint64_t, int32_t>> open;
    for (int32_t id = 0; id < static_cast<int32_t>(partners.size()); ++id) {
      if (!hashes.open(id) || partners[static_cast<size_t>(id)] != kNone) continue;
      if (const uint64_t value = (hashes.*hash)(id)) open.emplace_back(value, id);
    }
    std::ranges::sort(open);
    return open;
  }

  void MatchBy(const StructureHashes& before, const StructureHashes& after, Hash hash) {
    const auto candidates = Open(after, matching_.to_before_, hash);
    auto candidate = candidates.begin();
    for (const auto& [value, id] : Open(before, matching_.to_after_, hash)) {
      while (candidate != candidates.end() && candidate->first < value) ++candidate;
      if (candidate == candidates.end()) return;
      if (candidate->first != value) continue;
      if (before_.graph->node(id).op != after_.graph->node(candidate->second).op) continue;
      Pair(id, candidate->second);
      ++candidate;
    }
  }

  const GraphSide& before_;
  const GraphSide& after_;
  NodeMatching matching_;
};

NodeMatching MatchNodes(const GraphSide& before, const GraphSide& after) { return NodeMatcher(before, after).Run(); }

}  // namespace smcli
