// VariableFlow: follows the handles of variables through one graph and puts values in their place. What a handle flows
// through carries the value then; what reads it becomes an Identity, a GatherV2; functions that receive it are
// specialised.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tensor/shape.h"
#include "transform/call_ops.h"
#include "transform/dataflow_ops.h"
#include "transform/freeze.h"
#include "transform/rewriter.h"

namespace smcli {

// What a tensor that was a handle holds.
struct FrozenValue {
  DataType dtype = DataType::kInvalid;
  PartialShape shape;
  std::string variable;  // for messages
  bool missing = false;  // there is no value: the handle stays, and may not be read
};

// By position: of arguments, of returns.
using FrozenPositions = std::map<size_t, FrozenValue>;

// Makes and remembers the versions of functions that take values for handles.
class FrozenFunctions {
 public:
  FrozenFunctions(Rewriter& rewriter, const std::map<VariableId, Tensor>& values)
      : rewriter_(rewriter), values_(values) {}

  struct Version {
    FuncAttr function;
    FrozenPositions rets;
    bool ready = false;
  };
  // `depth`: of calls within calls. `UnsupportedError` for functions that call themselves.
  Result<const Version*> Get(const FuncAttr& function, const FrozenPositions& args, int depth);
  // Does the function, or one that it calls, hold variables of its own?
  Result<bool> HoldsVariables(std::string_view function);

  const std::map<VariableId, Tensor>& values() const { return values_; }
  // Everything that stands in the way, to be named at once.
  void Refuse(FreezeObstacle obstacle) { obstacles_.insert(std::move(obstacle)); }
  const std::set<FreezeObstacle>& obstacles() const { return obstacles_; }

 private:
  Status Make(const FuncAttr& function, const FrozenPositions& args, int depth, Version& version);

  Rewriter& rewriter_;
  const std::map<VariableId, Tensor>& values_;
  std::map<std::string, Version> versions_;
  std::map<std::string, bool, std::less<>> holds_;
  std::set<FreezeObstacle> obstacles_;
};

class VariableFlow {
 public:
  // `function`: the name, for messages; empty for the main graph.
  VariableFlow(GraphDraft& graph, std::string_view function, FrozenFunctions& functions, int depth)
      : graph_(graph), function_(function), functions_(functions), depth_(depth), dataflow_(HasDataflow(graph)) {}

  // The tensor is a variable's value now.
  void Set(const Endpoint& endpoint, FrozenValue value) {
    frozen_[{endpoint.node, endpoint.output}] = std::move(value);
  }
  Status Run();
  // Null: nothing was put there.
  const FrozenValue* Find(const Endpoint& endpoint) const;

 private:
  struct Reader;
  static const Reader kReaders[];

  Status Visit(int32_t id);
  Status FreezeVariable(int32_t id);
  Status VisitReference(int32_t id, const std::vector<bool>& is_ref);
  Status VisitCall(int32_t id, const CallOp& call, const FrozenPositions& inputs);
  Status SetCallTypes(int32_t id, const CallOp& call, const FrozenPositions& inputs, const FrozenPositions& outputs);
  Status AskMissing(int32_t id, const FrozenValue& value);
  void RefuseUse(int32_t id, const FrozenValue& value);
  void Refuse(int32_t id, std::string reason);

  Status Read(int32_t id, const FrozenValue& value);
  Status Gather(int32_t id, const FrozenValue& value);
  Status GatherNd(int32_t id, const FrozenValue& value);
  Status ShapeOf(int32_t id, const FrozenValue& value);
  Status IsInitialized(int32_t id, const FrozenValue& value);
  Status Forget(int32_t id, const FrozenValue& value);
  Status Pass(int32_t id, const FrozenValue& value);
  Status PassAll(int32_t id, const FrozenValue& value);

  GraphDraft& graph_;
  std::string_view function_;
  FrozenFunctions& functions_;
  int depth_;
  bool dataflow_;
  std::map<std::pair<int32_t, int32_t>, FrozenValue> frozen_;
  std::map<std::pair<int32_t, int32_t>, std::string> references_;  // outputs that were references; the variable
};

}  // namespace smcli
