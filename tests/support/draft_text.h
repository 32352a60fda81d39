// Drafts for tests of transforms: from the text of a GraphDef, and back to a message.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "exec/session.h"
#include "graph.pb.h"
#include "model/meta_graph.h"
#include "support/graph_text.h"
#include "support/node_text.h"
#include "transform/rewriter.h"

namespace smcli {

// A float Const of rank 0 or 1.
inline std::string FloatsText(const std::string& name, const std::vector<float>& values, bool scalar = false,
                              const std::string& field = "node") {
  std::string tensor = "tensor { dtype: DT_FLOAT tensor_shape {";
  if (!scalar) tensor += " dim { size: " + std::to_string(values.size()) + " }";
  tensor += " }";
  for (float value : values) tensor += " float_val: " + std::to_string(value);
  return NodeText(name, "Const", {}, {{"dtype", "type: DT_FLOAT"}, {"value", tensor + " }"}}, field);
}

class TextDraft {
 public:
  explicit TextDraft(std::string_view text) : TextDraft(SharedBytes(BytesOf<tensorflow::GraphDef>(text))) {}
  explicit TextDraft(SharedBytes graph_def)
      : meta_(Value(MetaGraph::OpenGraphDef(std::move(graph_def), "test"))), rewriter_(Value(Rewriter::Open(*meta_))) {}

  Rewriter& operator*() { return *rewriter_; }
  Rewriter* operator->() { return rewriter_.get(); }
  const MetaGraph& meta_graph() const { return *meta_; }

  // What the draft is now.
  tensorflow::GraphDef Written() const {
    tensorflow::GraphDef graph;
    REQUIRE(graph.ParseFromString(Value(rewriter_->ToBytes())));
    return graph;
  }
  // One line per node, sorted as they are written: "y = MatMul(x, w:1, ^c)".
  std::string Lines() const {
    std::string lines;
    const tensorflow::GraphDef graph = Written();
    for (const tensorflow::NodeDef& node : graph.node()) lines += LineOf(node) + "\n";
    return lines;
  }
  // The same of a function's body, the returns last: "ret y = m:product:0".
  std::string FunctionLines(std::string_view name) const {
    const tensorflow::GraphDef graph = Written();
    for (const tensorflow::FunctionDef& function : graph.library().function()) {
      if (function.signature().name() != name) continue;
      std::string lines;
      for (const tensorflow::NodeDef& node : function.node_def()) lines += LineOf(node) + "\n";
      for (const auto& output : function.signature().output_arg()) {
        lines += "ret " + output.name() + " = " + function.ret().at(output.name()) + "\n";
      }
      return lines;
    }
    return "no such function";
  }

  // What the executor answers: the draft as it is now, fed and fetched by tensor names.
  Result<std::vector<Tensor>> Run(const std::map<std::string, Tensor>& feeds,
                                  const std::vector<std::string>& fetches) const {
    const auto files = MakeRealFileSystem();
    const auto written = Value(MetaGraph::OpenGraphDef(SharedBytes(Value(rewriter_->ToBytes())), "written"));
    const auto session = Value(Session::Open(*files, *written, "", {.threads = 1, .allow_files_dir = ""}));
    std::vector<std::string> names;
    std::vector<Tensor> values;
    for (const auto& [name, value] : feeds) {
      names.push_back(name);
      values.push_back(value);
    }
    auto entry = session->PrepareTensors(names, fetches);
    if (!entry.ok()) return std::move(entry).error();
    return (*entry)->Run(std::move(values));
  }

 private:
  static std::string LineOf(const tensorflow::NodeDef& node) {
    std::string line = node.name() + " = " + node.op() + "(";
    for (int i = 0; i < node.input_size(); ++i) line += (i > 0 ? ", " : "") + node.input(i);
    return line + ")";
  }

  std::unique_ptr<MetaGraph> meta_;
  std::unique_ptr<Rewriter> rewriter_;
};

}  // namespace smcli
