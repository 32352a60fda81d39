// PathOrigin: where the file name that an op is given comes from: constants, assets, the saver, whoever calls the
// model.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scan/body.h"

namespace smcli {

struct PathSource {
  enum class Kind {
    kConstant,  // text: the value
    kAsset,     // text: its file name
    kBadAsset,  // the same, but the name leaves assets/
    kSaver,     // the path that the loader gives the saver
    kInput,     // text: "x of serving_default", or the name of a placeholder
    kComputed,  // text: the op
  };
  Kind kind = Kind::kConstant;
  std::string text;
  bool operator==(const PathSource&) const = default;
};

struct PathOrigin {
  std::vector<PathSource> sources;  // each once, in the order found; cut after kMaxSources
  bool joined = false;              // the name is put together out of them, rather than one of them

  static constexpr size_t kMaxSources = 16;
  // One of the model's own assets, and nothing else.
  bool IsAsset() const;
  // The saver's prefix, or what the saver makes of it.
  bool IsSaver() const;
  // Certainly the empty string.
  bool IsEmpty() const;
  // `"/etc/passwd"`, `"a", "b"`, `x of serving_default`, `"/tmp/" joined with x of serving_default`.
  std::string Text() const;
};

// Follows tensors backwards, through calls too. Bounded: what is farther than some thousand nodes stays unknown.
class PathTracer {
 public:
  // All must outlive this.
  PathTracer(const MetaGraph& meta_graph, Bodies& bodies);

  // Of the input or attribute `argument` of a node.
  PathOrigin Trace(BodyId body, std::string_view node, std::string_view argument);

 private:
  using Place = std::pair<BodyId, Endpoint>;
  struct PlaceLess {
    bool operator()(const Place& a, const Place& b) const {
      return std::tie(a.first, a.second.node, a.second.output) < std::tie(b.first, b.second.node, b.second.output);
    }
  };

  void Push(BodyId body, Endpoint endpoint);
  void PushInputs(BodyId body, const Node& node, size_t begin, size_t end);
  void Add(PathSource::Kind kind, std::string text);
  void Visit(const Place& place);
  bool VisitNamed(const Node& node, int32_t output);  // what the meta-graph says about a tensor of the main graph
  void VisitNode(BodyId body, const Graph& graph, int32_t id, int32_t output);
  void VisitConstant(const Graph& graph, const Node& node);
  void VisitArgument(BodyId body, int32_t argument);
  bool VisitCapture(BodyId body, int32_t argument);
  void VisitCall(BodyId body, const Node& node, int32_t output);
  void VisitResult(BodyId callee, int32_t output);
  void VisitVariable(const Node& node);

  const MetaGraph& meta_graph_;
  Bodies& bodies_;
  std::vector<PathSource> assets_;
  const ObjectGraph* objects_ = nullptr;                         // null: none
  std::unordered_map<std::string, PathSource> named_;            // by tensor name of the main graph
  std::unordered_map<int32_t, std::vector<Endpoint>> assigned_;  // variable's node -> values given to it
  size_t all_steps_ = 0;
  PathOrigin origin_;
  std::vector<Place> waiting_;
  std::set<Place, PlaceLess> seen_;
};

}  // namespace smcli
