// --to dot: every node of the graph and of its functions, for Graphviz.
#include <cstdint>

#include "convert/converter.h"
#include "model/meta_graph.h"
#include "model/scope_graph.h"

namespace smcli {
namespace {

constexpr int64_t kEveryNode = INT64_MAX;

Status WriteDot(Conversion& conversion) {
  const MetaGraph& meta_graph = *conversion.source.graph;
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_graph.graph());
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* functions, meta_graph.functions());
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  SMCLI_RETURN_IF_ERROR(file->Append("digraph model {\n  compound=true;\n  node [shape=box, style=rounded];\n"));
  SMCLI_RETURN_IF_ERROR(file->Append(DotClusterOf(FoldByScope(*graph, kEveryNode), "graph", 0)));
  size_t number = 0;
  for (const std::string_view name : functions->names()) {
    SMCLI_ASSIGN_OR_RETURN(const Function* function, functions->Get(name));
    SMCLI_ASSIGN_OR_RETURN(const Graph body, BuildFunctionGraph(*function, {}, context));
    SMCLI_RETURN_IF_ERROR(file->Append(DotClusterOf(FoldByScope(body, kEveryNode), name, ++number)));
  }
  SMCLI_RETURN_IF_ERROR(file->Append("}\n"));
  return file->Commit();
}

}  // namespace

extern const Converter kDot = {
    .name = "dot",
    .summary = "the graph and its functions as a drawing for Graphviz",
    .extension = "dot",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kGraph,
    .reads_variables = false,
    .flags = {},
    .run = WriteDot,
};

}  // namespace smcli
