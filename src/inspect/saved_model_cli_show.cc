#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "inspect/python_repr.h"
#include "inspect/saved_model_cli_text.h"

namespace smcli {
namespace {

constexpr std::string_view kBlank = "          ";
std::string_view Indent(int columns) { return kBlank.substr(0, static_cast<size_t>(columns)); }

// In the order of their tags as the file has them, which saved_model_cli shows sorted in one place and as they are in
// another.
std::vector<const MetaGraph*> SortedMetaGraphs(const SavedModel& model) {
  std::vector<const MetaGraph*> meta_graphs;
  for (const auto& meta_graph : model.meta_graphs()) meta_graphs.push_back(meta_graph.get());
  std::ranges::stable_sort(meta_graphs, {}, [](const MetaGraph* m) { return m->info().tags; });
  return meta_graphs;
}

std::string TagSets(const SavedModel& model) {
  std::string out = "The given SavedModel contains the following tag-sets:\n";
  for (const MetaGraph* meta_graph : SortedMetaGraphs(model)) {
    std::vector<std::string> tags = meta_graph->info().tags;
    std::ranges::sort(tags);
    out += PythonRepr(fmt::format("{}", fmt::join(tags, ", "))) + "\n";
  }
  return out;
}

std::string SignatureKeys(const MetaGraph& meta_graph) {
  std::string out = "The given SavedModel MetaGraphDef contains SignatureDefs with the following keys:\n";
  for (const Signature& signature : meta_graph.signatures()) {
    out += fmt::format("SignatureDef key: \"{}\"\n", Escaped(signature.key));
  }
  return out;
}

std::string ShapeText(const TensorSpec& spec) {
  if (!spec.has_shape) return "()";
  if (!spec.shape.known_rank()) return "unknown_rank";
  return fmt::format("({})", fmt::join(spec.shape.dims(), ", "));
}

std::string DtypeText(const TensorSpec& spec) {
  const std::string name(EnumName(spec.dtype));
  return IsRefNumber(spec.dtype_number) ? name + "_REF" : name;
}

std::string Tensors(std::string_view side, std::span<const TensorSpec> specs, int indent) {
  std::string out;
  for (const TensorSpec& spec : specs) {
    out += fmt::format("{}{}['{}'] tensor_info:\n", Indent(indent + 2), side, Escaped(spec.key));
    const std::string_view margin = Indent(indent + 6);
    out += fmt::format("{}dtype: {}\n{}shape: {}\n{}name: {}\n", margin, DtypeText(spec), margin, ShapeText(spec),
                       margin, Escaped(spec.tensor_name));
  }
  return out;
}

std::string SignatureText(const Signature& signature, int indent) {
  std::string out =
      fmt::format("{}The given SavedModel SignatureDef contains the following input(s):\n", Indent(indent));
  out += Tensors("inputs", signature.inputs, indent);
  out += fmt::format("{}The given SavedModel SignatureDef contains the following output(s):\n", Indent(indent));
  out += Tensors("outputs", signature.outputs, indent);
  return out + fmt::format("{}Method name is: {}\n", Indent(indent), Escaped(signature.method_name));
}

Result<std::string> OpsText(const MetaGraph& meta_graph) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string_view> ops, OpsUsedBy(meta_graph));
  return fmt::format("The MetaGraph with tag set {} contains the following ops: {}\n", TagListText(meta_graph),
                     OpSetText(ops));
}

Result<std::string> EverythingText(const SavedModel& model) {
  std::string out;
  for (const MetaGraph* meta_graph : SortedMetaGraphs(model)) {
    const std::string tags = Escaped(fmt::format("{}", fmt::join(meta_graph->info().tags, ", ")));
    out += fmt::format("\nMetaGraphDef with tag-set: '{}' contains the following SignatureDefs:\n", tags);
    for (const Signature& signature : meta_graph->signatures()) {
      out += fmt::format("\nsignature_def['{}']:\n", Escaped(signature.key)) + SignatureText(signature, 2);
    }
    SMCLI_ASSIGN_OR_RETURN(const std::string ops, OpsText(*meta_graph));
    out += ops;
  }
  SMCLI_ASSIGN_OR_RETURN(const std::string functions, ConcreteFunctionsText(model));
  return out + functions;
}

Error UnknownSignature(const MetaGraph& meta_graph, std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Signature& signature : meta_graph.signatures()) keys.push_back(signature.key);
  return UsageError("could not find signature {}{}", Quoted(key), Suggestion(key, keys));
}

}  // namespace

Result<const MetaGraph*> FindMetaGraphByTagSet(const SavedModel& model, std::string_view tag_set) {
  std::vector<std::string> tags;
  for (size_t at = 0; at <= tag_set.size();) {
    const size_t comma = std::min(tag_set.find(',', at), tag_set.size());
    if (comma > at) tags.emplace_back(tag_set.substr(at, comma - at));
    at = comma + 1;
  }
  return model.PickMetaGraph(tags);
}

std::string TagListText(const MetaGraph& meta_graph) {
  std::string out;
  for (const std::string& tag : meta_graph.info().tags) {
    if (!out.empty()) out += ", ";
    out += PythonRepr(std::string_view(tag));
  }
  return "[" + out + "]";
}

std::string OpSetText(std::span<const std::string_view> ops) {
  if (ops.empty()) return "set()";
  std::string out;
  for (const std::string_view op : ops) {
    if (!out.empty()) out += ", ";
    out += PythonRepr(op);
  }
  return "{" + out + "}";
}

Result<std::string> ShowAsSavedModelCli(const SavedModel& model, const SavedModelCliShow& show) {
  if (show.all) return EverythingText(model);
  if (!show.tag_set) {
    const std::string_view pairing = show.list_ops ? "--list_ops must be paired with a tag-set or with --all.\n" : "";
    return std::string(pairing) + TagSets(model);
  }
  if ((show.list_ops || show.signature) && show.tag_set->find_first_not_of(", ") == std::string::npos) {
    return UsageError("--tag_set must name a tag where a signature or the ops are asked for");
  }
  SMCLI_ASSIGN_OR_RETURN(const MetaGraph* meta_graph, FindMetaGraphByTagSet(model, *show.tag_set));
  std::string out;
  if (show.list_ops) {
    SMCLI_ASSIGN_OR_RETURN(out, OpsText(*meta_graph));
  }
  if (!show.signature) return out + SignatureKeys(*meta_graph);
  const Signature* signature = meta_graph->FindSignature(*show.signature);
  if (!signature) return UnknownSignature(*meta_graph, *show.signature);
  return out + SignatureText(*signature, 0);
}

}  // namespace smcli
