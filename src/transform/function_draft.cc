#include "transform/function_draft.h"

#include <algorithm>

#include "base/wire.h"
#include "transform/byte_rope.h"
#include "transform/node_writer.h"

namespace smcli {
namespace {

// Field numbers of FunctionDef, and of OpDef within it (graph_and_functions.md 1).
constexpr uint32_t kSignature = 1, kNode = 3, kRet = 4, kAttr = 5, kControlRet = 6, kArgAttr = 7, kAlias = 8;
constexpr uint32_t kName = 1, kInputArg = 2, kOutputArg = 3, kControlOutput = 20;

// The entries of map<uint32, X>: visit(key, field of the value).
template <typename Visit>
void ForEachPosition(std::string_view message, uint32_t number, Visit visit) {
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(number, WireType::kBytes)) continue;
    uint64_t position = 0;
    WireField value;
    WireReader entry(field.bytes);
    WireField part;
    while (entry.Next(part)) {
      if (part.number == 1) position = part.value;
      if (part.number == 2) value = part;
    }
    visit(position, value);
  }
}

// The ArgDefs of one kind, in order.
std::vector<std::string_view> ArgDefs(std::string_view function_def, uint32_t number) {
  std::vector<std::string_view> defs;
  WireReader reader(function_def);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kSignature, WireType::kBytes)) continue;
    WireReader signature(field.bytes);
    WireField part;
    while (signature.Next(part)) {
      if (part.is(number, WireType::kBytes)) defs.push_back(part.bytes);
    }
  }
  return defs;
}

std::string ArgDefBytes(const SharedBytes& def, std::string_view name, DataType dtype) {
  if (!def.view.empty()) return std::string(def.view);
  std::string bytes;
  AppendBytesField(1, name, bytes);
  AppendVarintField(3, static_cast<uint64_t>(static_cast<int>(dtype)), bytes);
  return bytes;
}

void AppendPair(uint32_t number, std::string_view key, std::string_view value, std::string& out) {
  std::string entry;
  AppendBytesField(1, key, entry);
  AppendBytesField(2, value, entry);
  AppendBytesField(number, entry, out);
}

// Only arguments and results of one tensor can be written as they were.
bool IsPlain(const OpSchema& signature) {
  const auto plain = [](const ArgSchema& arg) { return arg.single() && arg.type_attr.empty(); };
  return signature.attrs.empty() && std::ranges::all_of(signature.inputs, plain) &&
         std::ranges::all_of(signature.outputs, plain);
}

void AddArgs(const Graph& graph, bool plain, FunctionDraft& draft) {
  GraphDraft::Redirection to;
  for (const GraphArg& arg : graph.args()) {
    int32_t node = arg.endpoint.node;
    if (!plain) {
      node = draft.body.Add(fmt::format("{}_{}", arg.name, arg.endpoint.output), "_Arg");
      draft.body.node(node).num_outputs = 1;
      to[{arg.endpoint.node, arg.endpoint.output}] = {node, 0};
    }
    draft.args.push_back({.node = node, .dtype = arg.dtype, .def = {}, .attrs = {}, .alias = {}});
  }
  int output = 0;
  for (const GraphRet& ret : graph.rets()) {
    std::string name(ret.name);
    if (!plain) name = fmt::format("{}_{}", name, output++);
    draft.rets.push_back({.name = std::move(name), .source = ret.endpoint, .dtype = ret.dtype, .def = {}});
  }
  if (plain) return;
  draft.Redirect(to);
  for (const GraphArg& arg : graph.args()) draft.body.Remove(arg.endpoint.node);
}

void KeepArgDefs(FunctionDraft& draft) {
  const auto inputs = ArgDefs(draft.source.view, kInputArg), outputs = ArgDefs(draft.source.view, kOutputArg);
  for (size_t i = 0; i < draft.args.size() && i < inputs.size(); ++i) draft.args[i].def = draft.source.Part(inputs[i]);
  for (size_t i = 0; i < draft.rets.size() && i < outputs.size(); ++i)
    draft.rets[i].def = draft.source.Part(outputs[i]);
  ForEachPosition(draft.source.view, kArgAttr, [&](uint64_t position, const WireField& value) {
    if (position < draft.args.size()) draft.args[position].attrs = value.bytes;
  });
  ForEachPosition(draft.source.view, kAlias, [&](uint64_t position, const WireField& value) {
    if (position < draft.args.size()) draft.args[position].alias = static_cast<uint32_t>(value.value);
  });
}

std::string SignatureBytes(const FunctionDraft& draft) {
  std::string signature;
  AppendBytesField(kName, draft.name, signature);
  for (const auto& arg : draft.args) {
    AppendBytesField(kInputArg, ArgDefBytes(arg.def, draft.body.node(arg.node).name, arg.dtype), signature);
  }
  for (const auto& ret : draft.rets) AppendBytesField(kOutputArg, ArgDefBytes(ret.def, ret.name, ret.dtype), signature);
  WireReader reader(draft.source.view);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kSignature, WireType::kBytes)) continue;
    WireReader source(field.bytes);
    WireField part;
    while (source.Next(part)) {
      // Attributes are bound: what calls the draft gives none.
      if (part.number > 4 && part.number != kControlOutput) signature += part.whole;
    }
  }
  for (const auto& [name, node] : draft.control_rets) AppendBytesField(kControlOutput, name, signature);
  return signature;
}

std::string ArgMaps(const FunctionDraft& draft) {
  std::string out;
  for (size_t i = 0; i < draft.args.size(); ++i) {
    if (draft.args[i].attrs.empty()) continue;
    std::string entry;
    if (i > 0) AppendVarintField(1, i, entry);
    AppendBytesField(2, draft.args[i].attrs, entry);
    AppendBytesField(kArgAttr, entry, out);
  }
  for (size_t i = 0; i < draft.args.size(); ++i) {
    if (!draft.args[i].alias) continue;
    std::string entry;
    if (i > 0) AppendVarintField(1, i, entry);
    if (*draft.args[i].alias > 0) AppendVarintField(2, *draft.args[i].alias, entry);
    AppendBytesField(kAlias, entry, out);
  }
  return out;
}

}  // namespace

Result<FunctionDraft> FunctionDraft::Of(const Function& function, const AttrBindings& bindings,
                                        const GraphContext& context) {
  SMCLI_ASSIGN_OR_RETURN(Graph graph, BuildFunctionGraph(function, bindings, context));
  auto shared = std::make_shared<const Graph>(std::move(graph));
  const std::shared_ptr<const void>& owner = function.bytes().owner;
  FunctionDraft draft{.name = std::string(function.name()),
                      .body = GraphDraft::Of(*shared, owner, context),
                      .args = {},
                      .rets = {},
                      .control_rets = {},
                      .source = function.bytes(),
                      .graph = shared};
  const bool plain = IsPlain(function.signature());
  AddArgs(*shared, plain, draft);
  if (plain) KeepArgDefs(draft);
  for (size_t i = 0; i < function.control_rets().size(); ++i) {
    draft.control_rets.emplace_back(function.control_rets()[i].first, shared->control_rets()[i]);
  }
  return draft;
}

void FunctionDraft::Redirect(const GraphDraft::Redirection& to) {
  body.Redirect(to);
  GraphDraft::Redirection shortened = to;
  for (Ret& ret : rets) ret.source = GraphDraft::Follow(shortened, ret.source);
}

void FunctionDraft::RetypeArg(size_t arg, DataType dtype) {
  args[arg].dtype = dtype;
  args[arg].def = {};
  args[arg].attrs.clear();
  args[arg].alias.reset();
}

Status FunctionDraft::Write(ByteRope& out) const {
  const OutputNames names(body);
  ByteRope head;
  head.Append(SignatureBytes(*this));
  out.AppendHead(kSignature, head.size());
  out.Append(head.ToString());
  for (int32_t id = 0; id < body.size(); ++id) {
    if (!body.node(id).removed && body.node(id).op != "_Arg")
      SMCLI_RETURN_IF_ERROR(WriteNode(body, id, &names, kNode, out));
  }
  std::string tail;
  for (const Ret& ret : rets) {
    SMCLI_ASSIGN_OR_RETURN(const std::string tensor, names.Of(ret.source));
    AppendPair(kRet, ret.name, tensor, tail);
  }
  WireReader reader(source.view);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == kAttr) tail += field.whole;
  }
  for (const auto& [name_of_output, node] : control_rets) {
    AppendPair(kControlRet, name_of_output, body.node(node).name, tail);
  }
  out.Append(tail + ArgMaps(*this));
  return {};
}

}  // namespace smcli
