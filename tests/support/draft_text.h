// Drafts for tests of transforms: from the text of a GraphDef, and back to a message.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "graph.pb.h"
#include "model/meta_graph.h"
#include "support/graph_text.h"
#include "transform/rewriter.h"

namespace smcli {

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
