#include "transform/body_pass.h"

#include "transform/prune.h"

namespace smcli {

Status ForEachGraph(Rewriter& rewriter,
                    const std::function<Status(PassGraph& graph, GraphDraft::Redirection& to)>& run) {
  GraphDraft& main = rewriter.graph();
  PassGraph graph{main, std::vector<bool>(static_cast<size_t>(main.size())), {}};
  for (int32_t id = 0; id < main.size(); ++id) graph.kept[static_cast<size_t>(id)] = rewriter.IsProtected(main, id);
  graph.returned = graph.kept;
  GraphDraft::Redirection to;
  SMCLI_RETURN_IF_ERROR(run(graph, to));
  main.Redirect(to);
  for (const std::string& name : std::vector<std::string>(rewriter.functions())) {
    auto function = rewriter.Function(name);
    if (!function.ok()) {
      if (function.error().kind() == ErrorKind::kUnsupported) continue;  // has attributes: as it was
      return std::move(function).error();
    }
    FunctionDraft& draft = **function;
    PassGraph body{draft.body, std::vector<bool>(static_cast<size_t>(draft.body.size())), {}};
    body.returned = body.kept;
    for (const auto& arg : draft.args) body.kept[static_cast<size_t>(arg.node)] = true;
    for (const auto& [output, node] : draft.control_rets) body.kept[static_cast<size_t>(node)] = true;
    for (const auto& ret : draft.rets) body.returned[static_cast<size_t>(ret.source.node)] = true;
    to.clear();
    SMCLI_RETURN_IF_ERROR(run(body, to).Annotate(fmt::format("function '{}'", name)));
    draft.Redirect(to);
    PruneBody(draft);
  }
  return {};
}

}  // namespace smcli
