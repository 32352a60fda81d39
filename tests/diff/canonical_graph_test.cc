#include "diff/canonical_graph.h"

#include "base/thread_pool.h"
#include "meta_graph.pb.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

Digest DigestOfGraph(const std::string& text) {
  const auto meta_graph =
      Value(MetaGraph::Open(SharedBytes(BytesOf<tensorflow::MetaGraphDef>(text)), "meta_graphs[0]"));
  ThreadPool threads(1);
  std::vector<Error> problems;
  return Value(CanonicalGraph::Make(*meta_graph, threads, problems))->digest();
}

// A graph that calls a function of that name with that body.
std::string Calling(const std::string& function, const std::string& body) {
  return "graph_def { node { name: 'call' op: 'PartitionedCall' attr { key: 'Tin' value { list { } } } attr { key: "
         "'Tout' value { list { type: DT_FLOAT } } } attr { key: 'f' value { func { name: '" +
         function + "' } } } } library { function { signature { name: '" + function +
         "' output_arg { name: 'identity_7' type: DT_FLOAT } } " + body + " } } }";
}

std::string One(const std::string& value) {
  return "node_def { name: 'one' op: 'Const' attr { key: 'dtype' value { type: DT_FLOAT } } attr { key: 'value' value "
         "{ "
         "tensor { dtype: DT_FLOAT tensor_shape { } float_val: " +
         value + " } } } } ret { key: 'identity_7' value: 'one:output:0' }";
}

TEST_CASE("generated names of functions do not count, what they do does") {
  CHECK(DigestOfGraph(Calling("__inference_f_21", One("1"))) == DigestOfGraph(Calling("__inference_f_99", One("1"))));
  CHECK(DigestOfGraph(Calling("__inference_f_21", One("1"))) != DigestOfGraph(Calling("__inference_f_21", One("2"))));
}

TEST_CASE("functions that call themselves have a digest too") {
  const auto recursive = [](const std::string& name) {
    return Calling(
        name, "node_def { name: 'again' op: '" + name + "' } ret { key: 'identity_7' value: 'again:identity_7:0' }");
  };
  CHECK(DigestOfGraph(recursive("f_1")) == DigestOfGraph(recursive("g_2")));
  CHECK(DigestOfGraph(recursive("f_1")) != DigestOfGraph(Calling("f_1", One("1"))));
}

TEST_CASE("the order of nodes and control inputs, defaults, and what begins with an underscore do not count") {
  const std::string a = "node { name: 'a' op: 'NoOp' }", b = "node { name: 'b' op: 'NoOp' }";
  const std::string left =
      "node { name: 'm' op: 'MatMul' input: 'x' input: 'x' input: '^a' input: '^b' attr { key: 'T' "
      "value { type: DT_FLOAT } } }";
  const std::string right =
      "node { name: 'm' op: 'MatMul' input: 'x' input: 'x' input: '^b' input: '^a' attr { key: "
      "'T' value { type: DT_FLOAT } } attr { key: 'transpose_a' value { b: false } } attr { key: "
      "'_noise' value { i: 7 } } }";
  const std::string x = "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } }";
  CHECK(DigestOfGraph("graph_def { " + x + a + b + left + " }") ==
        DigestOfGraph("graph_def { " + right + b + a + x + " }"));
  const std::string transposed =
      "node { name: 'm' op: 'MatMul' input: 'x' input: 'x' input: '^a' input: '^b' attr { "
      "key: 'T' value { type: DT_FLOAT } } attr { key: 'transpose_a' value { b: true } } }";
  CHECK(DigestOfGraph("graph_def { " + x + a + b + left + " }") !=
        DigestOfGraph("graph_def { " + x + a + b + transposed + " }"));
}

TEST_CASE("the saver and what only it needs do not count") {
  const std::string w =
      "node { name: 'w' op: 'VariableV2' attr { key: 'dtype' value { type: DT_FLOAT } } attr { key: "
      "'shape' value { shape { } } } }";
  const auto saver = [](const std::string& folder) {
    return "node { name: 'file' op: 'Const' attr { key: 'dtype' value { type: DT_STRING } } attr { key: 'value' value "
           "{ "
           "tensor { dtype: DT_STRING tensor_shape { } string_val: '" +
           folder +
           "' } } } } node { name: 'save' op: 'Identity' input: 'file' attr { key: 'T' value { type: DT_STRING } } }";
  };
  const std::string def =
      " saver_def { filename_tensor_name: 'file:0' save_tensor_name: 'save:0' restore_op_name: 'r' }";
  CHECK(DigestOfGraph("graph_def { " + w + saver("a") + " }" + def) ==
        DigestOfGraph("graph_def { " + w + saver("b") + " }" + def));
  CHECK(DigestOfGraph("graph_def { " + w + saver("a") + " }") != DigestOfGraph("graph_def { " + w + saver("b") + " }"));
}

}  // namespace
}  // namespace smcli
