// --to frozen: signatures as one GraphDef in which variables are constants.
#include "base/file.h"
#include "convert/converter.h"
#include "convert/frozen_tables.h"
#include "model/saved_model.h"
#include "transform/byte_rope.h"
#include "transform/checkpoint_variables.h"
#include "transform/passes.h"

namespace smcli {
namespace {

constexpr std::string_view kDefaultPasses[] = {"prune", "freeze", "inline", "remove-identities", "fold-constants"};
constexpr uint64_t kLargestMessage = (uint64_t{1} << 31) - 1;  // protobuf's limit

// The tensors that signatures name.
struct Interface {
  std::vector<std::string> inputs, outputs;
};

Status AddNames(std::span<const TensorSpec> specs, std::string_view signature, std::vector<std::string>& names) {
  for (const TensorSpec& spec : FlattenSpecs(specs)) {
    if (spec.tensor_name.empty()) {
      return InvalidModelError("signature '{}': '{}' names no tensor (SignatureTensorMissing)", signature, spec.key);
    }
    names.push_back(spec.tensor_name);
  }
  return {};
}

Result<Interface> InterfaceOf(const MetaGraph& meta, const ConvertOptions& options) {
  std::vector<const Signature*> signatures;
  if (options.signatures.empty()) {
    SMCLI_ASSIGN_OR_RETURN(const Signature* signature, meta.PickSignature(std::nullopt));
    signatures.push_back(signature);
  }
  for (const std::string& key : options.signatures) {
    SMCLI_ASSIGN_OR_RETURN(const Signature* signature, meta.PickSignature(key));
    signatures.push_back(signature);
  }
  Interface interface;
  for (const Signature* signature : signatures) {
    SMCLI_RETURN_IF_ERROR(AddNames(signature->inputs, signature->key, interface.inputs));
    SMCLI_RETURN_IF_ERROR(AddNames(signature->outputs, signature->key, interface.outputs));
  }
  return interface;
}

// Of a graph without signatures: the nodes that nobody reads, and its placeholders.
Interface InterfaceOf(const GraphDraft& graph) {
  Interface interface;
  const auto uses = graph.Uses();
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (graph.node(id).op == "Placeholder") interface.inputs.push_back(graph.node(id).name);
    if (uses[static_cast<size_t>(id)].empty()) interface.outputs.push_back(graph.node(id).name);
  }
  return interface;
}

Status CheckNothingLeft(Rewriter& rewriter) {
  std::set<std::string> reasons;
  const auto check = [&](std::string_view op, std::string_view node) {
    if (!IsVariableOp(op) && op != "RestoreV2" && op != "Restore" && op != "RestoreSlice") return;
    reasons.insert(fmt::format("node '{}' ({})", node, op));
  };
  for (int32_t id = 0; id < rewriter.graph().size(); ++id) {
    const DraftNode& node = rewriter.graph().node(id);
    if (!node.removed) check(node.op, node.name);
  }
  if (reasons.empty()) return {};
  return UnsupportedError("the graph cannot be frozen: it still needs {}", fmt::join(reasons, ", "));
}

void ForgetDevices(GraphDraft& graph) {
  for (int32_t id = 0; id < graph.size(); ++id) graph.node(id).device.clear();
}

void WarnOfTables(const TableInit& init, Notices& notices) {
  if (init.node.empty()) return;
  std::string feeds;
  for (const std::string& feed : init.asset_feeds) feeds += fmt::format("{}'{}'", feeds.empty() ? "" : ", ", feed);
  notices.Warn(fmt::format("the graph has lookup tables: run node '{}' before its first use{}", init.node,
                           feeds.empty() ? "" : fmt::format(", feeding the paths of the model's assets to {}", feeds)));
}

Status WriteFrozen(Conversion& conversion) {
  const MetaGraph& meta = *conversion.source.graph;
  const SavedModel& model = *conversion.source.model;
  const ConvertOptions& options = conversion.options;
  const std::vector<std::string_view> names =
      options.passes ? std::vector<std::string_view>(options.passes->begin(), options.passes->end())
                     : std::vector<std::string_view>(std::begin(kDefaultPasses), std::end(kDefaultPasses));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<const Pass*> passes, PickPasses(names, options.skip_passes));
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<Rewriter> rewriter, Rewriter::Open(meta));
  Interface interface = InterfaceOf(rewriter->graph());
  if (!model.frozen()) {
    SMCLI_ASSIGN_OR_RETURN(interface, InterfaceOf(meta, options));
  }
  for (const std::string& name : interface.inputs) rewriter->Protect(name);
  for (const std::string& name : interface.outputs) rewriter->Protect(name);
  SMCLI_ASSIGN_OR_RETURN(const TableInit tables, KeepTableInit(*rewriter, interface.outputs));
  if (!tables.node.empty()) interface.outputs.push_back(tables.node);
  rewriter->DropGradients();
  rewriter->DropDebugInfo();

  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<CheckpointVariables> variables,
                         CheckpointVariables::Open(conversion.files, meta, model.frozen() ? "" : model.directory(),
                                                   conversion.pool.threads()));
  PassContext context;
  context.roots = {.fetches = interface.outputs, .feeds = interface.inputs, .cut_feeds = true, .functions = {}};
  context.variables = variables.get();
  context.pool = &conversion.pool;
  SMCLI_RETURN_IF_ERROR(Prune(*rewriter, context.roots));
  SMCLI_RETURN_IF_ERROR(RunPasses(passes, *rewriter, context));
  SMCLI_RETURN_IF_ERROR(CheckNothingLeft(*rewriter));
  ForgetDevices(rewriter->graph());

  ByteRope bytes;
  SMCLI_RETURN_IF_ERROR(rewriter->Write(bytes));
  if (bytes.size() > kLargestMessage) {
    return UnsupportedError("the frozen graph would be {} bytes, and a GraphDef can be {} at most", bytes.size(),
                            kLargestMessage);
  }
  WarnOfTables(tables, conversion.notices);
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  SMCLI_RETURN_IF_ERROR(bytes.WriteTo(*file));
  return file->Commit();
}

constexpr std::string_view kFlags[] = {"passes", "signature", "skip-passes"};

}  // namespace

extern const Converter kFrozen = {
    .name = "frozen",
    .summary = "a GraphDef in which variables are constants and calls are inlined",
    .extension = "pb",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kGraph,
    .flags = kFlags,
    .run = WriteFrozen,
};

}  // namespace smcli
