// --to frozen: signatures as one GraphDef in which variables are constants.
#include <algorithm>
#include <map>

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

// Variables that no pass was asked to freeze, and what reads the checkpoint when the graph runs.
Status CheckNothingLeft(Rewriter& rewriter) {
  std::map<std::string, std::vector<std::string>> left;  // op -> nodes
  for (int32_t id = 0; id < rewriter.graph().size(); ++id) {
    const DraftNode& node = rewriter.graph().node(id);
    if (node.removed) continue;
    const bool restores = node.op == "RestoreV2" || node.op == "Restore" || node.op == "RestoreSlice";
    if (restores || IsVariableOp(node.op)) left[node.op].push_back(node.name);
  }
  if (left.empty()) return {};
  std::string text;
  for (const auto& [op, nodes] : left) {
    text += fmt::format("{}{} (node '{}'", text.empty() ? "" : ", ", op, nodes[0]);
    text += nodes.size() > 1 ? fmt::format(" and {} more)", nodes.size() - 1) : ")";
  }
  return UnsupportedError("the graph is not frozen: it still has {}", text);
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

// A graph that is to be frozen: drafted, cut down to what the signatures need.
struct FrozenDraft {
  std::unique_ptr<Rewriter> rewriter;
  std::unique_ptr<CheckpointVariables> variables;
  TableInit tables;
  PruneRoots roots;
};

Result<FrozenDraft> MakeDraft(const ConvertSource& source, const ConvertOptions& options, FileSystem& files,
                              int threads) {
  FrozenDraft draft;
  const MetaGraph& meta = *source.graph;
  const bool frozen = source.model->frozen();
  const std::string export_dir = frozen ? std::string() : source.model->directory();
  SMCLI_ASSIGN_OR_RETURN(draft.rewriter, Rewriter::Open(meta));
  Rewriter& rewriter = *draft.rewriter;
  Interface interface = InterfaceOf(rewriter.graph());
  if (!frozen) {
    SMCLI_ASSIGN_OR_RETURN(interface, InterfaceOf(meta, options));
  }
  for (const std::string& name : interface.inputs) rewriter.Protect(name);
  for (const std::string& name : interface.outputs) rewriter.Protect(name);
  SMCLI_ASSIGN_OR_RETURN(draft.tables, KeepTableInit(rewriter, interface.outputs, files, export_dir));
  if (!draft.tables.node.empty()) interface.outputs.push_back(draft.tables.node);
  rewriter.DropGradients();
  rewriter.DropDebugInfo();
  SMCLI_ASSIGN_OR_RETURN(draft.variables, CheckpointVariables::Open(files, meta, export_dir, threads));
  draft.roots = {.fetches = interface.outputs, .feeds = interface.inputs, .cut_feeds = true, .functions = {}};
  SMCLI_RETURN_IF_ERROR(Prune(rewriter, draft.roots));
  return draft;
}

Result<std::vector<const Pass*>> ChoosePasses(const ConvertOptions& options) {
  std::vector<std::string_view> names(std::begin(kDefaultPasses), std::end(kDefaultPasses));
  if (options.passes) names.assign(options.passes->begin(), options.passes->end());
  if (options.lower_control_flow) names.insert(names.end(), {"lower-control-flow", "remove-identities"});
  return PickPasses(names, options.skip_passes);
}

Status WriteFrozen(Conversion& conversion) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<const Pass*> passes, ChoosePasses(conversion.options));
  SMCLI_ASSIGN_OR_RETURN(FrozenDraft draft,
                         MakeDraft(conversion.source, conversion.options, conversion.files, conversion.pool.threads()));
  Rewriter& rewriter = *draft.rewriter;
  PassContext context{draft.roots, draft.variables.get(), &conversion.pool};
  SMCLI_RETURN_IF_ERROR(RunPasses(passes, rewriter, context));
  SMCLI_RETURN_IF_ERROR(CheckNothingLeft(rewriter));
  ForgetDevices(rewriter.graph());

  ByteRope bytes;
  SMCLI_RETURN_IF_ERROR(rewriter.Write(bytes));
  if (bytes.size() > kLargestMessage) {
    return UnsupportedError("the frozen graph would be {} bytes, and a GraphDef can be {} at most", bytes.size(),
                            kLargestMessage);
  }
  WarnOfTables(draft.tables, conversion.notices);
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  SMCLI_RETURN_IF_ERROR(bytes.WriteTo(*file));
  return file->Commit();
}

Result<std::vector<Blocker>> PlanFrozen(const ConvertSource& source, const ConvertOptions& options) {
  const std::unique_ptr<FileSystem> files = MakeRealFileSystem();
  SMCLI_ASSIGN_OR_RETURN(FrozenDraft draft, MakeDraft(source, options, *files, 1));
  std::set<FreezeObstacle> obstacles;
  SMCLI_RETURN_IF_ERROR(FreezeVariables(*draft.rewriter, *draft.variables, &obstacles));
  std::vector<Blocker> blockers;
  for (const FreezeObstacle& obstacle : obstacles) {
    const std::string place =
        obstacle.function.empty() ? obstacle.node : fmt::format("{}/{}", obstacle.function, obstacle.node);
    const auto same = std::ranges::find_if(blockers, [&](const Blocker& blocker) {
      return blocker.op == obstacle.op && blocker.reason == obstacle.reason;
    });
    if (same == blockers.end()) {
      blockers.push_back({obstacle.op, obstacle.reason, {place}});
    } else {
      same->places.push_back(place);
    }
  }
  return blockers;
}

constexpr std::string_view kFlags[] = {"lower-control-flow", "passes", "signature", "skip-passes"};

}  // namespace

extern const Converter kFrozen = {
    .name = "frozen",
    .summary = "a GraphDef in which variables are constants and calls are inlined",
    .extension = "pb",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kGraph,
    .flags = kFlags,
    .run = WriteFrozen,
    .plan = PlanFrozen,
};

}  // namespace smcli
