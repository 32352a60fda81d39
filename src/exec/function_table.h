// FunctionTable: the functions of a model that something calls, each planned once. Building is a worklist, not a
// recursion: a function that is asked for is noted, and PrepareAll plans what has been noted.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exec/plan.h"
#include "model/functions.h"
#include "model/graph.h"
#include "ops/node_info.h"

namespace smcli {

class FunctionTable final : public FunctionResolver {
 public:
  // Both must outlive the table.
  FunctionTable(const FunctionLibrary& library, const GraphContext& context);
  ~FunctionTable() override;

  Result<CallableFunction*> Resolve(const FuncAttr& function) override;
  std::optional<Result<CallableFunction*>> ResolveDirect(std::string_view op, const AttrReader& attrs) override;

  // Plans every function that was resolved since the last call, and those that they call. `fold_with`: services to fold
  // constants with, or null.
  Status PrepareAll(MissingSupport& missing, RunServices* fold_with);

  // The graphs of all functions resolved so far: what can be reached from the entry points.
  std::vector<const Graph*> graphs() const;
  const FunctionLibrary& library() const { return library_; }

 private:
  class Callable;

  // The function of this name; but of several implementations of one thing, which the attribute api_implements names,
  // the one for the CPU, as TensorFlow's implementation selector has it.
  Result<const Function*> Choose(const std::string& name);

  const FunctionLibrary& library_;
  GraphContext context_;
  std::map<std::string, std::unique_ptr<Callable>, std::less<>> callables_;  // by name and attributes
  std::vector<Callable*> pending_;
  std::optional<std::map<std::string_view, std::vector<const Function*>>> for_cpu_;  // by api_implements
};

}  // namespace smcli
