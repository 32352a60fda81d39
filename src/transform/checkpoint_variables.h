// CheckpointVariables: the values of a model's variables as its own loading gives them: from the checkpoint, by the
// object graph, the saver's restore graph or the variable's name; from the initialisers where the checkpoint has none.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "model/meta_graph.h"
#include "transform/freeze.h"

namespace smcli {

struct SessionState;

class CheckpointVariables final : public VariableSource {
 public:
  // `export_dir`: the SavedModel's folder; empty for a frozen graph. `files` and the meta-graph must outlive it.
  static Result<std::unique_ptr<CheckpointVariables>> Open(FileSystem& files, const MetaGraph& meta_graph,
                                                           std::string export_dir, int threads);
  ~CheckpointVariables() override;

  Result<std::map<VariableId, Tensor>> Read(const std::set<VariableId>& names) override;

 private:
  CheckpointVariables();
  void Collect(const std::set<VariableId>& names, std::map<VariableId, Tensor>& values);

  std::unique_ptr<SessionState> state_;
};

}  // namespace smcli
