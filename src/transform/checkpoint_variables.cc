#include "transform/checkpoint_variables.h"

#include "exec/session_state.h"
#include "ops/resources.h"

namespace smcli {

CheckpointVariables::CheckpointVariables() = default;
CheckpointVariables::~CheckpointVariables() = default;

Result<std::unique_ptr<CheckpointVariables>> CheckpointVariables::Open(FileSystem& files, const MetaGraph& meta_graph,
                                                                       std::string export_dir, int threads) {
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  SessionOptions options;
  options.threads = threads;
  std::unique_ptr<CheckpointVariables> variables(new CheckpointVariables);
  variables->state_ =
      std::make_unique<SessionState>(files, meta_graph, std::move(export_dir), options, *library, context);
  if (variables->state_->export_dir.empty()) return variables;
  SMCLI_ASSIGN_OR_RETURN(const auto assets, AssetFiles(meta_graph, variables->state_->export_dir));
  for (const AssetFile& asset : assets) variables->state_->policy.AddAsset(asset.path);
  return variables;
}

void CheckpointVariables::Collect(const std::set<VariableId>& names, std::map<VariableId, Tensor>& values) {
  for (const VariableId& name : names) {
    const auto variable = std::dynamic_pointer_cast<Variable>(state_->resources.Find(name.container, name.name));
    if (!variable || !variable->initialized()) continue;
    if (auto value = variable->Read(); value.ok()) values[name] = *std::move(value);
  }
}

Result<std::map<VariableId, Tensor>> CheckpointVariables::Read(const std::set<VariableId>& names) {
  RunServices services = state_->Services();
  SMCLI_RETURN_IF_ERROR(state_->main_graph.Restore(names, services).Annotate("restoring variables"));
  std::map<VariableId, Tensor> values;
  Collect(names, values);
  // Local variables and the like. Where an initialiser fails, the variables that it would set have no value.
  if (values.size() < names.size() && state_->main_graph.Initialise(services).ok()) Collect(names, values);
  return values;
}

}  // namespace smcli
