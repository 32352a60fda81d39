#include "transform/rewriter.h"

#include <algorithm>

#include "base/wire.h"
#include "model/function_calls.h"
#include "transform/byte_rope.h"
#include "transform/node_writer.h"

namespace smcli {
namespace {

// Field numbers of GraphDef and FunctionDefLibrary (graph_and_functions.md 1).
constexpr uint32_t kNode = 1, kLibrary = 2, kDebugInfo = 5;
constexpr uint32_t kFunction = 1, kGradient = 2, kRegisteredGradient = 3;

// A GradientDef is two names of functions; a RegisteredGradient is one, and the type of an op.
std::vector<std::string_view> Strings(std::string_view message) {
  std::vector<std::string_view> strings;
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) {
    if (field.type == WireType::kBytes) strings.push_back(field.bytes);
  }
  return strings;
}

template <typename Visit>
void ForEachLibraryField(const MetaGraph& meta, Visit visit) {
  WireReader graph(meta.graph_def_bytes().view);
  WireField field;
  while (graph.Next(field)) {
    if (!field.is(kLibrary, WireType::kBytes)) continue;
    WireReader library(field.bytes);
    WireField part;
    while (library.Next(part)) visit(part);
  }
}

}  // namespace

Result<std::unique_ptr<Rewriter>> Rewriter::Open(const MetaGraph& meta_graph) {
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_graph.graph());
  std::unique_ptr<Rewriter> rewriter(new Rewriter(meta_graph, context));
  rewriter->graph_ = GraphDraft::Of(*graph, meta_graph.graph_def_bytes().owner, context);
  for (std::string_view name : context.functions->names()) {
    rewriter->order_.emplace_back(name);
    rewriter->functions_.emplace(name, nullptr);
  }
  return rewriter;
}

Result<FunctionDraft*> Rewriter::Function(std::string_view name) {
  const auto found = functions_.find(name);
  if (found == functions_.end()) return InvalidModelError("the library has no function '{}' (FunctionNotFound)", name);
  if (found->second) return found->second.get();
  SMCLI_ASSIGN_OR_RETURN(const smcli::Function* function, context_.functions->Get(name));
  if (!function->signature().attrs.empty()) {
    return UnsupportedError("function '{}' has attributes of its own", name);
  }
  SMCLI_ASSIGN_OR_RETURN(FunctionDraft draft, FunctionDraft::Of(*function, {}, context_));
  graphs_.push_back(draft.graph);
  found->second = std::make_unique<FunctionDraft>(std::move(draft));
  return found->second.get();
}

const FunctionDraft* Rewriter::FindDraft(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : found->second.get();
}

Result<FunctionDraft> Rewriter::Instantiate(const FuncAttr& function) {
  const auto found = functions_.find(function.name);
  if (found == functions_.end()) {
    return InvalidModelError("the library has no function '{}' (FunctionNotFound)", function.name);
  }
  if (found->second) return *found->second;
  SMCLI_ASSIGN_OR_RETURN(const smcli::Function* definition, context_.functions->Get(function.name));
  SMCLI_ASSIGN_OR_RETURN(FunctionDraft draft, FunctionDraft::Of(*definition, function.attrs, context_));
  graphs_.push_back(draft.graph);
  return draft;
}

FunctionDraft* Rewriter::AddFunction(FunctionDraft draft) {
  std::string name = draft.name;
  for (int i = 1; functions_.contains(name) || context_.functions->Contains(name); ++i) {
    name = fmt::format("{}_{}", draft.name, i);
  }
  draft.name = name;
  order_.push_back(name);
  auto& slot = functions_[name];
  slot = std::make_unique<FunctionDraft>(std::move(draft));
  return slot.get();
}

void Rewriter::RemoveFunction(std::string_view name) {
  const auto found = functions_.find(name);
  if (found == functions_.end()) return;
  functions_.erase(found);
  std::erase(order_, name);
}

Result<std::vector<std::string>> Rewriter::FunctionsOf(std::string_view function) {
  std::vector<std::string> names;
  const auto found = functions_.find(function);
  if (found == functions_.end()) return names;
  if (found->second) {
    for (int32_t id = 0; id < found->second->body.size(); ++id) {
      if (found->second->body.node(id).removed) continue;
      for (std::string& name : found->second->body.FunctionsOf(id)) names.push_back(std::move(name));
    }
    return names;
  }
  SMCLI_ASSIGN_OR_RETURN(const smcli::Function* definition, context_.functions->Get(function));
  for (FunctionCall& call : FunctionCalls(*definition, *context_.functions)) names.push_back(std::move(call.function));
  return names;
}

void Rewriter::Protect(std::string_view tensor_or_node) {
  if (const auto name = ParseTensorName(tensor_or_node)) protected_.emplace(name->node);
}

bool Rewriter::IsProtected(const GraphDraft& graph, int32_t id) const {
  return &graph == &graph_ && protected_.contains(graph.node(id).name);
}

std::vector<std::string> Rewriter::RegisteredGradients() const {
  std::vector<std::string> names;
  if (!keep_gradients_) return names;
  ForEachLibraryField(meta_, [&](const WireField& field) {
    if (!field.is(kRegisteredGradient, WireType::kBytes)) return;
    const std::vector<std::string_view> strings = Strings(field.bytes);
    if (!strings.empty()) names.emplace_back(strings[0]);
  });
  return names;
}

Status Rewriter::Write(ByteRope& out) const {
  for (int32_t id = 0; id < graph_.size(); ++id) {
    if (!graph_.node(id).removed) SMCLI_RETURN_IF_ERROR(WriteNode(graph_, id, nullptr, kNode, out));
  }
  SMCLI_RETURN_IF_ERROR(WriteLibrary(out));
  const SharedBytes& source = meta_.graph_def_bytes();
  WireReader reader(source.view, source.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == kNode || field.number == kLibrary || (field.number == kDebugInfo && !keep_debug_info_))
      continue;
    out.AppendView(field.whole);
  }
  return reader.status();
}

Status Rewriter::WriteLibrary(ByteRope& out) const {
  ByteRope library;
  for (const std::string& name : order_) {
    const FunctionDraft* draft = functions_.find(name)->second.get();
    if (draft != nullptr) {
      ByteRope function;
      SMCLI_RETURN_IF_ERROR(draft->Write(function).Annotate(fmt::format("function '{}'", name)));
      library.AppendHead(kFunction, function.size());
      library.AppendAll(function);
      continue;
    }
    SMCLI_ASSIGN_OR_RETURN(const smcli::Function* definition, context_.functions->Get(name));
    library.AppendHead(kFunction, definition->bytes().view.size());
    library.AppendView(definition->bytes().view);
  }
  if (keep_gradients_) ForEachLibraryField(meta_, [&](const WireField& field) { WriteGradient(field, library); });
  if (library.size() == 0) return {};
  out.AppendHead(kLibrary, library.size());
  out.AppendAll(library);
  return {};
}

// If its functions are still there.
void Rewriter::WriteGradient(const WireField& field, ByteRope& out) const {
  if (!field.is(kGradient, WireType::kBytes) && !field.is(kRegisteredGradient, WireType::kBytes)) return;
  std::vector<std::string_view> names = Strings(field.bytes);
  if (field.number == kRegisteredGradient) names.resize(std::min<size_t>(names.size(), 1));
  if (std::ranges::all_of(names, [&](std::string_view name) { return HasFunction(name); })) out.AppendView(field.whole);
}

Result<std::string> Rewriter::ToBytes() const {
  ByteRope rope;
  SMCLI_RETURN_IF_ERROR(Write(rope));
  return rope.ToString();
}

}  // namespace smcli
