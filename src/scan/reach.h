// Reach: what of a model runs a node or a function: signatures, the init op, functions that Python can call, the saver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scan/body.h"

namespace smcli {

// Something that a loader, server or program starts.
struct ScanRoot {
  enum class Kind { kSignature, kInit, kFunction, kSaver };
  Kind kind = Kind::kSignature;
  std::string name;                 // signature key; name of the init op; path of the object: "model.predict"
  BodyId body = kMainBody;          // a function of the object graph; else the main graph
  std::vector<int32_t> nodes = {};  // of the main graph, where it starts
  std::vector<int32_t> fed = {};    // sorted: nodes whose values are given, so that nothing before them runs

  // Does a server run it by itself or for a request?
  bool served() const { return kind == Kind::kSignature || kind == Kind::kInit; }
};
std::string_view Name(ScanRoot::Kind kind);  // "signature", "init op", "function", "saver"

// One way from a root to a node or function.
struct Route {
  const ScanRoot* root = nullptr;
  std::vector<std::string_view> functions;  // called one by the other, the outermost first
};

class Reach {
 public:
  // `bodies` must outlive this. At most kMaxRoutes ways are kept for each node and function, signatures before the
  // rest. `InvalidModelError` for object graphs and init ops that cannot be read.
  static Result<Reach> Find(const MetaGraph& meta_graph, const Bodies& bodies);

  static constexpr size_t kMaxRoutes = 8;
  // Of a function's body; for the main graph (`body` 0), of that node.
  std::vector<Route> RoutesTo(BodyId body, std::string_view node) const;
  bool Served(BodyId body, std::string_view node) const;
  const std::vector<ScanRoot>& roots() const { return roots_; }

 private:
  struct Step {
    int32_t root = 0;  // index into roots_
    BodyId caller = kMainBody;
  };
  explicit Reach(const Bodies& bodies) : bodies_(&bodies) {}
  Status AddRoots(const MetaGraph& meta_graph);
  void AddSignatures(const MetaGraph& meta_graph);
  void AddSaver(const MetaGraph& meta_graph);
  void AddObjectFunctions(const ObjectGraph& objects);
  void WalkMainGraph(int32_t root, std::vector<BodyId>& entered);
  void WalkFunctions(int32_t root, std::vector<BodyId> waiting);
  bool Enter(BodyId body, int32_t root, BodyId caller);
  const std::vector<Step>* StepsTo(BodyId body, std::string_view node) const;

  const Bodies* bodies_;
  std::vector<ScanRoot> roots_;
  std::vector<std::vector<Step>> functions_;  // by body
  std::vector<std::vector<Step>> main_;       // by node of the main graph
};

}  // namespace smcli
