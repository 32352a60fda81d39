// ObjectValues: what the nodes of a V2 export's object graph are at run time (loading.md section 3): variables with
// their values, asset paths, constants, and resources that their own functions create and initialise.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exec/checkpoint_values.h"
#include "exec/function_table.h"
#include "exec/main_graph.h"
#include "model/object_graph.h"

namespace smcli {

class ObjectValues {
 public:
  // All must outlive it.
  ObjectValues(const MetaGraph& meta_graph, const ObjectGraph& objects, std::string export_dir,
               CheckpointValues& checkpoint, FunctionTable& functions, MainGraph& main_graph)
      : meta_(meta_graph),
        objects_(objects),
        export_dir_(std::move(export_dir)),
        checkpoint_(checkpoint),
        functions_(functions),
        main_graph_(main_graph) {}

  // Resolves the concrete function and every function that its captures need, without running anything. What is missing
  // shows when the functions are prepared.
  Result<CallableFunction*> Resolve(const ConcreteFunction& function);
  // The values of the captures, in order. Runs what creates, restores and initialises them, once.
  Result<std::vector<Tensor>> Captures(const ConcreteFunction& function, RunServices& services);

 private:
  // The concrete function under an edge such as _create_resource; null: none.
  const ConcreteFunction* FunctionUnder(int32_t node, std::string_view edge) const;
  Result<Tensor> Make(int32_t node, RunServices& services, int depth);
  Result<Tensor> MakeVariable(int32_t node);
  Result<Tensor> MakeAsset(const SavedObject& object);
  Result<Tensor> MakeConstant(const SavedObject& object, RunServices& services);
  Result<Tensor> MakeResource(int32_t node, RunServices& services, int depth);
  Status RestoreResource(int32_t node, RunServices& services, int depth);
  Status Call(const ConcreteFunction& function, std::vector<Tensor> args, std::vector<Tensor>& rets,
              RunServices& services, int depth);
  Status MatchOnce();

  const MetaGraph& meta_;
  const ObjectGraph& objects_;
  std::string export_dir_;
  CheckpointValues& checkpoint_;
  FunctionTable& functions_;
  MainGraph& main_graph_;
  std::map<int32_t, Tensor> values_;
  bool matched_ = false;
  std::multimap<int32_t, CheckpointAttribute> stored_;  // by node
};

}  // namespace smcli
