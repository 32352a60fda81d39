#include "exec/session.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "exec/function_entry.h"
#include "exec/main_graph_entry.h"
#include "exec/session_state.h"

namespace smcli {
namespace {

// The function behind a signature of a V2 export, when the object graph holds one whose arguments are the signature's
// inputs.
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

// Of a tensor or operation whose name the user typed: that it is there.
Status CheckTyped(const Graph& graph, const std::string& name) {
  if (graph.Find(name) >= 0) return {};
  const Result<Endpoint> endpoint = graph.FindTensor(name);
  if (endpoint.ok()) return {};
  const auto parsed = ParseTensorName(name);
  if (!parsed || graph.Find(parsed->node) >= 0) return UsageError("{}", endpoint.error().message());
  std::vector<std::string_view> nodes;
  for (const Node& node : graph.nodes()) nodes.push_back(node.name);
  const std::string_view nearest = NearestName(parsed->node, nodes);
  return UsageError("the graph has no node {}{}", Quoted(parsed->node),
                    nearest.empty() ? "" : fmt::format("; did you mean {}?", Quoted(nearest)));
}

// Feeds a signature's function by the signature's names; null where the two do not fit.
Result<std::unique_ptr<EntryPoint>> SignatureEntry(SessionState& state, const Signature& signature) {
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, state.meta.object_graph());
  std::vector<std::string> keywords;
  const ConcreteFunction* function = SignatureFunction(*objects, signature, &keywords);
  if (function == nullptr) return nullptr;
  auto entry = std::make_unique<FunctionEntry>(state);
  SMCLI_RETURN_IF_ERROR(entry->Prepare(*function));
  if (entry->inputs().size() != keywords.size() || entry->outputs().size() != signature.outputs.size()) return nullptr;
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

// The tensors of a signature lie in the main graph, also where the function behind it is called instead.
Status CheckTensorsExist(const MetaGraph& meta, const Signature& signature) {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta.graph());
  for (const auto* specs : {&signature.inputs, &signature.outputs}) {
    for (const TensorSpec& spec : FlattenSpecs(*specs)) {
      if (graph->Find(spec.tensor_name) < 0) SMCLI_RETURN_IF_ERROR(FindSpecTensor(*graph, spec));
    }
  }
  return {};
}

TensorSpec DenseSpec(const std::string& tensor_name) {
  TensorSpec spec;
  spec.key = spec.tensor_name = tensor_name;
  spec.encoding = TensorSpec::Encoding::kDense;
  return spec;
}

}  // namespace

Session::Session(std::unique_ptr<SessionState> state) : state_(std::move(state)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Open(FileSystem& files, const MetaGraph& meta_graph, std::string export_dir,
                                               const SessionOptions& options) {
  SMCLI_RETURN_IF_ERROR(meta_graph.CheckVersions());
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  auto state = std::make_unique<SessionState>(files, meta_graph, std::move(export_dir), options, *library, context);
  if (!state->export_dir.empty()) {
    SMCLI_ASSIGN_OR_RETURN(const auto assets, AssetFiles(meta_graph, state->export_dir));
    for (const AssetFile& asset : assets) state->policy.AddAsset(asset.path);
  }
  return std::unique_ptr<Session>(new Session(std::move(state)));
}

Result<std::unique_ptr<EntryPoint>> Session::PrepareSignature(const Signature& signature) {
  SMCLI_RETURN_IF_ERROR(
      CheckTensorsExist(state_->meta, signature).Annotate(fmt::format("signature '{}'", signature.key)));
  if (state_->meta.has_object_graph()) {
    SMCLI_ASSIGN_OR_RETURN(std::unique_ptr<EntryPoint> entry, SignatureEntry(*state_, signature));
    if (entry) return entry;
  }
  auto entry = std::make_unique<MainGraphEntry>(*state_);
  SMCLI_RETURN_IF_ERROR(
      entry->Prepare(FlattenSpecs(signature.inputs), FlattenSpecs(signature.outputs), signature.defaults));
  return std::unique_ptr<EntryPoint>(std::move(entry));
}

Result<std::unique_ptr<EntryPoint>> Session::PrepareFunction(std::string_view concrete_function) {
  if (!state_->meta.has_object_graph()) {
    return UsageError("this model has no object graph, so no functions to call by path");
  }
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, state_->meta.object_graph());
  const ConcreteFunction* function = objects->FindConcreteFunction(concrete_function);
  if (function == nullptr) return InvalidModelError("ConcreteFunctionMissing: '{}'", concrete_function);
  auto entry = std::make_unique<FunctionEntry>(*state_);
  SMCLI_RETURN_IF_ERROR(entry->Prepare(*function));
  return std::unique_ptr<EntryPoint>(std::move(entry));
}

Result<std::unique_ptr<EntryPoint>> Session::PrepareTensors(std::span<const std::string> feeds,
                                                            std::span<const std::string> fetches) {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, state_->meta.graph());
  for (const auto names : {feeds, fetches}) {
    for (const std::string& name : names) SMCLI_RETURN_IF_ERROR(CheckTyped(*graph, name));
  }
  std::vector<TensorSpec> inputs, outputs;
  for (const std::string& name : feeds) inputs.push_back(DenseSpec(name));
  for (const std::string& name : fetches) outputs.push_back(DenseSpec(name));
  auto entry = std::make_unique<MainGraphEntry>(*state_);
  SMCLI_RETURN_IF_ERROR(entry->Prepare(std::move(inputs), std::move(outputs), {}));
  return std::unique_ptr<EntryPoint>(std::move(entry));
}

void Session::SetObserver(StepObserver observer) { state_->monitor.SetObserver(std::move(observer)); }
void Session::SetProfile(Profile* profile) { state_->monitor.SetProfile(profile); }

void Session::ExpectParallelRuns() { state_->parallel_runs = true; }

void Session::Cancel(std::string_view reason) {
  std::lock_guard lock(state_->reason_mutex);
  state_->cancel_reason = reason;
  state_->cancelled = true;
}

}  // namespace smcli
