#include "exec/session.h"

#include <mutex>
#include <unordered_set>

#include "base/file.h"
#include "exec/checkpoint_values.h"
#include "base/denormals.h"
#include "exec/function_table.h"
#include "exec/main_graph.h"
#include "exec/object_values.h"
#include "exec/run_monitor.h"

namespace smcli {

struct Session::State {
  State(FileSystem& file_system, const MetaGraph& meta_graph, std::string dir, const SessionOptions& session_options,
        const FunctionLibrary& library, const GraphContext& context)
      : files(file_system),
        meta(meta_graph),
        export_dir(std::move(dir)),
        options(session_options),
        pool(options.threads > 0 ? options.threads : AvailableCores()),
        policy(options.allow_files_dir),
        checkpoint(files, pool, export_dir.empty() ? std::string() : export_dir + "/variables/variables"),
        functions(library, context),
        main_graph(meta, export_dir, checkpoint, functions) {}

  RunServices Services() {
    RunServices services;
    services.pool = &pool;
    services.resources = &resources;
    services.files = &policy;
    services.checkpoint = &checkpoint;
    services.monitor = monitor.active() ? &monitor : nullptr;
    services.cancelled = &cancelled;
    return services;
  }

  // Null when the model has no object graph.
  Result<ObjectValues*> Objects() {
    if (objects) return objects.get();
    if (!meta.has_object_graph()) return nullptr;
    SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* graph, meta.object_graph());
    objects = std::make_unique<ObjectValues>(meta, *graph, export_dir, checkpoint, functions, main_graph);
    return objects.get();
  }

  FileSystem& files;
  const MetaGraph& meta;
  std::string export_dir;
  SessionOptions options;
  ThreadPool pool;
  ResourceManager resources;
  FilePolicy policy;
  CheckpointValues checkpoint;
  FunctionTable functions;
  MainGraph main_graph;
  std::unique_ptr<ObjectValues> objects;
  ObservingMonitor monitor;
  std::atomic<bool> cancelled{false};
  std::mutex reason_mutex;
  std::string cancel_reason;
};

namespace {

Status CheckInput(const TensorSpec& spec, const Tensor& value) {
  if (spec.dtype != DataType::kInvalid && value.dtype() != spec.dtype) {
    return UsageError("input '{}' takes {}, got {}", spec.key, Name(spec.dtype), Name(value.dtype()));
  }
  if (!spec.shape.Accepts(value.shape())) {
    return UsageError("input '{}' has shape {}, got {}", spec.key, spec.shape.ToString(), value.shape().ToString());
  }
  return {};
}

}  // namespace

// What every entry point does around its run: defaults, checks, services.
class SessionEntry : public EntryPoint {
 public:
  explicit SessionEntry(Session::State& state) : state_(state) {}

  Result<std::vector<Tensor>> Run(std::vector<Tensor> inputs) override {
    inputs.resize(inputs_.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].has_value()) inputs[i] = defaults_.size() > i ? defaults_[i] : Tensor();
      if (inputs[i].has_value()) {
        SMCLI_RETURN_IF_ERROR(CheckInput(inputs_[i], inputs[i]));
      } else if (!MayBeAbsent()) {
        return NotGiven(inputs_[i]);
      }
    }
    const DenormalsAreZero denormals;
    RunServices services = state_.Services();
    std::vector<Tensor> outputs;
    Status status = RunPlan(services, std::move(inputs), outputs);
    if (!status.ok() && state_.cancelled) {
      std::lock_guard lock(state_.reason_mutex);
      return ModelError("cancelled: {}", state_.cancel_reason);
    }
    SMCLI_RETURN_IF_ERROR(std::move(status));
    return outputs;
  }

 protected:
  static Error NotGiven(const TensorSpec& input) {
    return UsageError("input '{}' was not given and has no default", input.key);
  }
  // Is RunPlan called though an input has no value?
  virtual bool MayBeAbsent() const { return false; }
  virtual Status RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) = 0;

  Session::State& state_;
};

namespace {

// Feeds and fetches of the main graph.
class MainGraphEntry final : public SessionEntry {
 public:
  using SessionEntry::SessionEntry;

  Status Prepare(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs,
                 const std::vector<std::pair<std::string, Tensor>>& defaults, Session::State& state) {
    SMCLI_ASSIGN_OR_RETURN(const Graph* graph, state.meta.graph());
    std::vector<Endpoint> feeds, fetches;
    std::vector<int32_t> targets;
    for (TensorSpec& spec : inputs) {
      SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, FindTensor(*graph, spec));
      SMCLI_RETURN_IF_ERROR(AskPlaceholder(*graph, endpoint, spec));
      feeds.push_back(endpoint);
    }
    for (TensorSpec& spec : outputs) {
      const int32_t operation = graph->Find(spec.tensor_name);
      is_operation_.push_back(operation >= 0 && graph->node(operation).num_outputs == 0);
      if (is_operation_.back()) {
        targets.push_back(operation);
        continue;
      }
      SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, FindTensor(*graph, spec));
      fetches.push_back(endpoint);
    }
    feeds_ = std::move(feeds);
    fetches_ = std::move(fetches);
    targets_ = std::move(targets);
    for (const TensorSpec& spec : inputs) {
      const auto at = std::ranges::find(defaults, spec.key, &std::pair<std::string, Tensor>::first);
      defaults_.push_back(at == defaults.end() ? Tensor() : at->second);
    }
    inputs_ = std::move(inputs);
    outputs_ = std::move(outputs);
    SMCLI_RETURN_IF_ERROR(PlanFor(std::vector<bool>(inputs_.size(), true)));
    return {};
  }

 private:
  static Result<Endpoint> FindTensor(const Graph& graph, const TensorSpec& spec) {
    if (spec.tensor_name.empty()) return InvalidModelError("SignatureTensorMissing: '{}' names no tensor", spec.key);
    return graph.FindTensor(spec.tensor_name).Annotate(fmt::format("'{}'", spec.key));
  }

  // Where signature and placeholder disagree, TensorFlow goes by the placeholder.
  static Status AskPlaceholder(const Graph& graph, const Endpoint& endpoint, TensorSpec& spec) {
    const Node& node = graph.node(endpoint.node);
    if (node.schema == nullptr) return {};
    SMCLI_ASSIGN_OR_RETURN(const NodeTypes types, TypesOf(graph, endpoint.node));
    if (static_cast<size_t>(endpoint.output) < types.outputs.types.size()) {
      spec.dtype = types.outputs.types[static_cast<size_t>(endpoint.output)];
    }
    // An interior tensor has the shape that TensorFlow inferred when it wrote the signature.
    if (!node.op.starts_with("Placeholder")) return {};
    SMCLI_ASSIGN_OR_RETURN(spec.shape, graph.attrs(endpoint.node).Shape("shape"));
    // Before graph version 24 a placeholder without a shape said so with rank 0 (TensorFlow: ops/array_ops.cc).
    if (spec.shape.known_rank() && spec.shape.rank() == 0) spec.shape = PartialShape();
    return {};
  }

  // Inputs that are not given are not fed: what the graph has in their place is computed.
  bool MayBeAbsent() const override { return true; }

  // The plan that feeds these inputs; made when it is first asked for. `UsageError` when it needs one of the others.
  Result<const RunnablePlan*> PlanFor(const std::vector<bool>& given) {
    std::lock_guard lock(mutex_);
    auto& plan = plans_[given];
    if (plan) return plan.get();
    std::vector<Endpoint> feeds;
    for (size_t i = 0; i < feeds_.size(); ++i) {
      if (given[i]) feeds.push_back(feeds_[i]);
    }
    SMCLI_RETURN_IF_ERROR(CheckAbsent(given, feeds));
    RunServices services = state_.Services();
    services.monitor = nullptr;
    SMCLI_ASSIGN_OR_RETURN(plan, state_.main_graph.Prepare(feeds, fetches_, targets_, services, state_.options.fold_constants));
    return plan.get();
  }

  Status CheckAbsent(const std::vector<bool>& given, const std::vector<Endpoint>& feeds) const {
    if (feeds.size() == feeds_.size()) return {};
    SMCLI_ASSIGN_OR_RETURN(const Graph* graph, state_.meta.graph());
    PlanRequest request;
    request.graph = graph;
    request.feeds = feeds;
    request.fetches = fetches_;
    request.targets = targets_;
    bool has_dataflow = false;
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> needed, NeededNodes(request, &has_dataflow));
    for (size_t i = 0; i < feeds_.size(); ++i) {
      const int32_t node = feeds_[i].node;
      if (given[i] || graph->node(node).op != "Placeholder") continue;
      if (std::ranges::find(needed, node) != needed.end()) return NotGiven(inputs_[i]);
    }
    return {};
  }

  Status RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) override {
    std::vector<bool> given;
    for (const Tensor& input : inputs) given.push_back(input.has_value());
    std::erase_if(inputs, [](const Tensor& input) { return !input.has_value(); });
    SMCLI_ASSIGN_OR_RETURN(const RunnablePlan* plan, PlanFor(given));
    std::vector<Tensor> fetched;
    SMCLI_RETURN_IF_ERROR(plan->Run(services, inputs, fetched));
    // An output that names an operation is run and has no value; TensorFlow's Python shows None.
    auto next = fetched.begin();
    for (const bool is_operation : is_operation_) {
      outputs.push_back(is_operation ? Tensor::Scalar(std::string("None")) : std::move(*next++));
    }
    return {};
  }

  std::vector<Endpoint> feeds_, fetches_;
  std::vector<int32_t> targets_;
  std::vector<bool> is_operation_;  // per output
  std::mutex mutex_;
  std::map<std::vector<bool>, std::unique_ptr<RunnablePlan>> plans_;  // by which inputs are given
};

// A concrete function with its captures.
class FunctionEntry final : public SessionEntry {
 public:
  using SessionEntry::SessionEntry;

  // Arguments and results keep the names of the FunctionDef.
  Status Prepare(const ConcreteFunction& function, Session::State& state) {
    SMCLI_ASSIGN_OR_RETURN(ObjectValues * objects, state.Objects());
    SMCLI_ASSIGN_OR_RETURN(function_, objects->Resolve(function));
    RunServices services = state.Services();
    services.monitor = nullptr;
    MissingSupport missing;
    SMCLI_RETURN_IF_ERROR(state.functions.PrepareAll(missing, state.options.fold_constants ? &services : nullptr));
    if (!missing.empty()) return missing.ToError();
    SMCLI_ASSIGN_OR_RETURN(captures_, objects->Captures(function, services));
    return Describe(function, state);
  }

  void Rename(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs, std::vector<Tensor> defaults) {
    inputs_ = std::move(inputs);
    outputs_ = std::move(outputs);
    defaults_ = std::move(defaults);
  }

 private:
  Status Describe(const ConcreteFunction& function, Session::State& state) {
    SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, state.meta.functions());
    SMCLI_ASSIGN_OR_RETURN(const Function* definition, library->Get(function.name));
    const OpSchema& schema = definition->signature();
    if (static_cast<size_t>(function_->num_args()) != schema.inputs.size() || captures_.size() > schema.inputs.size()) {
      return InvalidModelError("CaptureMismatch: function '{}' takes {} arguments and captures {}", function.name,
                               function_->num_args(), captures_.size());
    }
    for (size_t i = 0; i + captures_.size() < schema.inputs.size(); ++i) {
      TensorSpec spec;
      spec.key = schema.inputs[i].name;
      spec.encoding = TensorSpec::Encoding::kDense;
      spec.dtype = schema.inputs[i].type;
      if (i < definition->args().size() && definition->args()[i].shape) spec.shape = *definition->args()[i].shape;
      inputs_.push_back(std::move(spec));
    }
    for (const ArgSchema& arg : schema.outputs) {
      TensorSpec spec;
      spec.key = arg.name;
      spec.encoding = TensorSpec::Encoding::kDense;
      spec.dtype = arg.type;
      outputs_.push_back(std::move(spec));
    }
    return {};
  }

  Status RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) override {
    inputs.insert(inputs.end(), captures_.begin(), captures_.end());
    return function_->Call(services, inputs, outputs);
  }

  CallableFunction* function_ = nullptr;
  std::vector<Tensor> captures_;
};

// The function behind a signature of a V2 export, when the object graph holds one whose arguments are the signature's inputs.
const ConcreteFunction* SignatureFunction(const ObjectGraph& objects, const Signature& signature,
                                          std::vector<std::string>* keywords) {
  const auto map = objects.FindChild(0, "signatures");
  const auto node = map ? objects.FindChild(*map, signature.key) : std::nullopt;
  if (!node) return nullptr;
  const SavedObject& object = objects.node(*node);
  if (object.kind != SavedObject::Kind::kBareFunction || object.concrete_functions.size() != 1) return nullptr;
  if (object.argument_keywords.size() != signature.inputs.size()) return nullptr;
  for (const std::string& keyword : object.argument_keywords) {
    const TensorSpec* input = signature.FindInput(keyword);
    if (input == nullptr || input->encoding != TensorSpec::Encoding::kDense) return nullptr;
  }
  *keywords = object.argument_keywords;
  return objects.FindConcreteFunction(object.concrete_functions[0]);
}

}  // namespace

Session::Session() = default;
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Open(FileSystem& files, const MetaGraph& meta_graph, std::string export_dir,
                                               const SessionOptions& options) {
  SMCLI_RETURN_IF_ERROR(meta_graph.CheckVersions());
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  std::unique_ptr<Session> session(new Session());
  session->state_ = std::make_unique<State>(files, meta_graph, std::move(export_dir), options, *library, context);
  if (!session->state_->export_dir.empty()) {
    SMCLI_ASSIGN_OR_RETURN(const auto assets, AssetFiles(meta_graph, session->state_->export_dir));
    for (const AssetFile& asset : assets) session->state_->policy.AddAsset(asset.path);
  }
  return session;
}

Result<std::unique_ptr<EntryPoint>> Session::PrepareSignature(const Signature& signature) {
  if (state_->meta.has_object_graph()) {
    SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, state_->meta.object_graph());
    std::vector<std::string> keywords;
    if (const ConcreteFunction* function = SignatureFunction(*objects, signature, &keywords)) {
      auto entry = std::make_unique<FunctionEntry>(*state_);
      SMCLI_RETURN_IF_ERROR(entry->Prepare(*function, *state_));
      if (entry->inputs().size() == keywords.size() && entry->outputs().size() == signature.outputs.size()) {
        std::vector<TensorSpec> inputs;
        std::vector<Tensor> defaults;
        for (size_t i = 0; i < keywords.size(); ++i) {
          inputs.push_back(*signature.FindInput(keywords[i]));
          inputs.back().dtype = entry->inputs()[i].dtype;
          const Tensor* value = signature.FindDefault(keywords[i]);
          defaults.push_back(value != nullptr ? *value : Tensor());
        }
        entry->Rename(std::move(inputs), signature.outputs, std::move(defaults));
        return std::unique_ptr<EntryPoint>(std::move(entry));
      }
    }
  }
  auto entry = std::make_unique<MainGraphEntry>(*state_);
  SMCLI_RETURN_IF_ERROR(
      entry->Prepare(FlattenSpecs(signature.inputs), FlattenSpecs(signature.outputs), signature.defaults, *state_));
  return std::unique_ptr<EntryPoint>(std::move(entry));
}

Result<std::unique_ptr<EntryPoint>> Session::PrepareFunction(std::string_view concrete_function) {
  if (!state_->meta.has_object_graph()) return UsageError("this model has no object graph, so no functions to call by path");
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, state_->meta.object_graph());
  const ConcreteFunction* function = objects->FindConcreteFunction(concrete_function);
  if (function == nullptr) return InvalidModelError("ConcreteFunctionMissing: '{}'", concrete_function);
  auto entry = std::make_unique<FunctionEntry>(*state_);
  SMCLI_RETURN_IF_ERROR(entry->Prepare(*function, *state_));
  return std::unique_ptr<EntryPoint>(std::move(entry));
}

Result<std::unique_ptr<EntryPoint>> Session::PrepareTensors(std::span<const std::string> feeds,
                                                            std::span<const std::string> fetches) {
  const auto specs = [](std::span<const std::string> names) {
    std::vector<TensorSpec> dense;
    for (const std::string& name : names) {
      TensorSpec spec;
      spec.key = spec.tensor_name = name;
      spec.encoding = TensorSpec::Encoding::kDense;
      dense.push_back(std::move(spec));
    }
    return dense;
  };
  auto entry = std::make_unique<MainGraphEntry>(*state_);
  SMCLI_RETURN_IF_ERROR(entry->Prepare(specs(feeds), specs(fetches), {}, *state_));
  return std::unique_ptr<EntryPoint>(std::move(entry));
}

void Session::SetObserver(StepObserver observer) { state_->monitor.SetObserver(std::move(observer)); }
void Session::SetProfile(Profile* profile) { state_->monitor.SetProfile(profile); }

void Session::Cancel(std::string_view reason) {
  std::lock_guard lock(state_->reason_mutex);
  state_->cancel_reason = reason;
  state_->cancelled = true;
}

}  // namespace smcli
