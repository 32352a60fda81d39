#include "exec/function_table.h"

#include <algorithm>

namespace smcli {
namespace {

constexpr std::string_view kCpu =
    "\x12\x03"
    "CPU";  // an AttrValue: s: "CPU"

bool IsForCpu(const Function& function) { return function.FindAttr("api_preferred_device") == kCpu; }

bool SameTypes(std::span<const ArgSchema> a, std::span<const ArgSchema> b) {
  return std::ranges::equal(a, b, {}, &ArgSchema::type, &ArgSchema::type);
}

// TensorFlow itself dies of a stack overflow somewhere beyond; spec graph_and_functions.md 5.4.
constexpr int kMaxDepth = 200;

}  // namespace

class FunctionTable::Callable final : public CallableFunction {
 public:
  Callable(Graph graph) : graph_(std::move(graph)) {}

  std::string_view name() const override { return graph_.name(); }
  int num_args() const override { return static_cast<int>(graph_.args().size()); }
  int num_rets() const override { return static_cast<int>(graph_.rets().size()); }
  const Graph& graph() const { return graph_; }

  Status Prepare(FunctionResolver& functions, MissingSupport& missing, RunServices* fold_with) {
    PlanRequest request;
    request.graph = &graph_;
    for (const GraphArg& arg : graph_.args()) request.feeds.push_back(arg.endpoint);
    for (const GraphRet& ret : graph_.rets()) request.fetches.push_back(ret.endpoint);
    request.targets.assign(graph_.control_rets().begin(), graph_.control_rets().end());
    AddStateful(request.targets);
    request.functions = &functions;
    request.missing = &missing;
    request.services = fold_with;
    auto plan = MakePlan(request);
    if (!plan.ok()) return std::move(plan).error().Annotate(fmt::format("function '{}'", graph_.name()));
    plan_ = *std::move(plan);
    return {};
  }

  Status Call(RunServices& services, std::span<Tensor> args, std::vector<Tensor>& rets) override {
    if (services.depth >= kMaxDepth) {
      return ModelError("FunctionRecursion: more than {} nested calls, the last of '{}'", kMaxDepth, graph_.name());
    }
    // A loop whose condition and body have no steps of their own ends only here.
    if (services.cancelled != nullptr && services.cancelled->load(std::memory_order_relaxed))
      return ModelError("cancelled");
    ++services.depth;
    Status status = plan_->Run(services, args, rets);
    --services.depth;
    return status;
  }

 private:
  // TensorFlow keeps stateful nodes of a body when it prunes (core/common_runtime/function_utils.cc): asserts and
  // assignments run though nobody names them. Reads and handles have no effect of their own.
  void AddStateful(std::vector<int32_t>& targets) const {
    for (int32_t id = 0; id < graph_.num_nodes(); ++id) {
      const Node& node = graph_.node(id);
      if (node.schema == nullptr || !node.schema->stateful) continue;
      if (node.op == "ReadVariableOp" || node.op == "VarHandleOp" || node.op.starts_with("Placeholder")) continue;
      targets.push_back(id);
    }
  }

  Graph graph_;
  std::unique_ptr<RunnablePlan> plan_;
};

FunctionTable::FunctionTable(const FunctionLibrary& library, const GraphContext& context)
    : library_(library), context_(context) {}
FunctionTable::~FunctionTable() = default;

Result<const Function*> FunctionTable::Choose(const std::string& name) {
  SMCLI_ASSIGN_OR_RETURN(const Function* named, library_.Get(name));
  const auto api = named->FindAttr("api_implements");
  if (!api || IsForCpu(*named)) return named;
  if (!for_cpu_) {
    for_cpu_.emplace();
    for (const std::string_view other : library_.names()) {
      const auto function = library_.Get(other);
      // What is wrong with a function that nobody calls is not asked here.
      if (!function.ok() || !IsForCpu(**function)) continue;
      if (const auto implements = (*function)->FindAttr("api_implements"))
        (*for_cpu_)[*implements].push_back(*function);
    }
  }
  const auto candidates = for_cpu_->find(*api);
  if (candidates == for_cpu_->end()) return named;
  for (const Function* function : candidates->second) {
    if (SameTypes(function->signature().inputs, named->signature().inputs) &&
        SameTypes(function->signature().outputs, named->signature().outputs)) {
      return function;
    }
  }
  return named;
}

Result<CallableFunction*> FunctionTable::Resolve(const FuncAttr& function) {
  std::string key = function.name;
  for (const auto& [attr, value] : function.attrs) key += fmt::format("\n{}={}", attr, value);
  if (const auto at = callables_.find(key); at != callables_.end()) return at->second.get();
  SMCLI_ASSIGN_OR_RETURN(const Function* found, Choose(function.name));
  auto graph = BuildFunctionGraph(*found, function.attrs, context_);
  if (!graph.ok()) {
    const std::string place = fmt::format("function '{}'", function.name);
    if (graph.error().message().starts_with(place)) return std::move(graph).error();
    return std::move(graph).error().Annotate(place);
  }
  auto callable = std::make_unique<Callable>(*std::move(graph));
  pending_.push_back(callable.get());
  return callables_.emplace(std::move(key), std::move(callable)).first->second.get();
}

std::optional<Result<CallableFunction*>> FunctionTable::ResolveDirect(std::string_view op, const AttrReader& attrs) {
  if (!library_.Contains(op)) return std::nullopt;
  FuncAttr function;
  function.name = op;
  const auto found = library_.Get(op);
  if (!found.ok()) return Result<CallableFunction*>(found.error());
  for (const AttrSchema& attr : (*found)->signature().attrs) {
    if (const auto raw = attrs.Raw(attr.name)) function.attrs.emplace_back(attr.name, *raw);
  }
  return Resolve(function);
}

Status FunctionTable::PrepareAll(MissingSupport& missing, RunServices* fold_with) {
  while (!pending_.empty()) {
    Callable* next = pending_.back();
    pending_.pop_back();
    SMCLI_RETURN_IF_ERROR(next->Prepare(*this, missing, fold_with));
  }
  return {};
}

std::vector<const Graph*> FunctionTable::graphs() const {
  std::vector<const Graph*> graphs;
  for (const auto& [key, callable] : callables_) graphs.push_back(&callable->graph());
  return graphs;
}

}  // namespace smcli
