// A Session over a graph in protobuf's text form, and the pieces to write such graphs with.
//   TextSession session(Placeholder("x") + NodeText("y", "Neg", {"x"}, kFloatT));
//   session.Run({{"x:0", tensor}}, {"y:0"})
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "exec/session.h"
#include "model/meta_graph.h"
#include "support/catch.h"
#include "support/graph_text.h"
#include "support/node_text.h"
#include "support/tensors.h"

namespace smcli {

// A node inside a function.
inline std::string BodyNode(const std::string& name, const std::string& op, const std::vector<std::string>& inputs = {},
                            const AttrTexts& attrs = {}) {
  return NodeText(name, op, inputs, attrs, "node_def");
}

inline std::string Placeholder(const std::string& name, const std::string& type = "DT_FLOAT") {
  return NodeText(name, "Placeholder", {}, {{"dtype", "type: " + type}, {"shape", "shape { unknown_rank: true }"}});
}

// A scalar; `field`: "float_val: 2".
inline AttrTexts ScalarAttrs(const std::string& type, const std::string& value) {
  return {{"dtype", "type: " + type},
          {"value", fmt::format("tensor {{ dtype: {} tensor_shape {{ }} {} }}", type, value)}};
}
inline std::string ScalarConst(const std::string& name, const std::string& type, const std::string& value,
                               const std::vector<std::string>& controls = {}) {
  return NodeText(name, "Const", controls, ScalarAttrs(type, value));
}

// A function of one float argument "a" and one result "r" of `type`.
inline std::string FunctionText(const std::string& name, const std::string& body, const std::string& ret,
                                const std::string& type = "DT_FLOAT") {
  return fmt::format(
      "function {{ signature {{ name: \"{}\" input_arg {{ name: \"a\" type: DT_FLOAT }} output_arg {{ name: "
      "\"r\" "
      "type: {} }} }} {} ret {{ key: \"r\" value: \"{}\" }} }}\n",
      name, type, body, ret);
}

// A graph's functions.
inline std::string Library(const std::string& functions) { return "library { " + functions + " }\n"; }

class TextSession {
 public:
  explicit TextSession(std::string_view text, int threads = 2, bool fold_constants = true)
      : files_(MakeRealFileSystem()),
        meta_(Value(MetaGraph::OpenGraphDef(SharedBytes(BytesOf<tensorflow::GraphDef>(text)), "test"))),
        session_(Value(Session::Open(*files_, *meta_, "", Options(threads, fold_constants)))) {}

  Session& session() { return *session_; }

  Result<std::unique_ptr<EntryPoint>> Prepare(const std::vector<std::string>& feeds,
                                              const std::vector<std::string>& fetches) {
    return session_->PrepareTensors(feeds, fetches);
  }

  using Feeds = std::vector<std::pair<std::string, Tensor>>;
  Result<std::vector<Tensor>> Run(const Feeds& feeds, const std::vector<std::string>& fetches) {
    std::vector<std::string> names;
    std::vector<Tensor> values;
    for (const auto& [name, value] : feeds) {
      names.push_back(name);
      values.push_back(value);
    }
    SMCLI_ASSIGN_OR_RETURN(const auto entry, session_->PrepareTensors(names, fetches));
    return entry->Run(std::move(values));
  }
  // The one fetch, which must succeed.
  Tensor RunOne(const Feeds& feeds, const std::string& fetch) { return Value(Run(feeds, {fetch}))[0]; }
  float RunScalar(const Feeds& feeds, const std::string& fetch) { return RunOne(feeds, fetch).scalar<float>(); }

 private:
  static SessionOptions Options(int threads, bool fold_constants) {
    SessionOptions options;
    options.threads = threads;
    options.fold_constants = fold_constants;
    return options;
  }

  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<MetaGraph> meta_;
  std::unique_ptr<Session> session_;
};

inline Tensor Float(float value) { return Tensor::Scalar(value); }

}  // namespace smcli
