// ObjectSelection: which objects of a V2 export stay, and what else stays with them: what their functions capture, the
// functions of resources, the objects on the way from the root.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/object_graph.h"

namespace tensorflow {
class TrackableObjectGraph;
}  // namespace tensorflow

namespace smcli {

// Names of functions whose only use is training: an optimizer's steps.
using FunctionNames = std::set<std::string, std::less<>>;

class ObjectSelection {
 public:
  // All of these outlive it. `trackables`, with what PairTrackables says of them, may be null: nothing is stored.
  // `signatures`: the keys that stay.
  ObjectSelection(const ObjectGraph& objects, const tensorflow::TrackableObjectGraph* trackables,
                  const std::vector<int32_t>& saved_of, std::vector<std::string> signatures);

  // An object and what it needs.
  void Keep(int32_t node);
  // The signatures, and no other object of its own accord.
  void KeepSignatures();
  // Everything but optimizers, metrics, functions of `training` and variables that no function that stays captures.
  void KeepAllButTraining(const FunctionNames& training);
  // Keeps the ways from the root to what is kept. To be called last.
  void Connect();

  bool IsKept(int32_t node) const { return kept_[static_cast<size_t>(node)]; }
  // The concrete functions of the objects that are kept.
  const FunctionNames& functions() const { return functions_; }

 private:
  // Edges by which objects are reached: those of the checkpoint first, since values find their objects by them.
  void FindWays();
  void KeepNeeds(int32_t node);
  bool Stays(const ObjectEdge& signature) const;
  bool IsTraining(int32_t node, const FunctionNames& training) const;
  std::vector<bool> FindOptimizersAndMetrics() const;
  std::vector<bool> ReachWithoutTraining(const FunctionNames& training) const;

  const ObjectGraph& objects_;
  const tensorflow::TrackableObjectGraph* trackables_;
  const std::vector<int32_t>& saved_of_;
  std::vector<std::string> signatures_;
  int32_t signature_map_ = -1;  // the object that holds them
  std::vector<bool> kept_;
  FunctionNames functions_;
  std::vector<int32_t> parent_;  // on the way from the root; -1: none, or reached as a slot alone
};

}  // namespace smcli
