#include "inspect/describe_ops.h"

#include "inspect/needed_ops.h"
#include "model/saved_model.h"
#include "saved_model.pb.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

// A signature whose output is `output`; behind it, or beside it, a saver, a training step and a function.
std::string ModelText(std::string_view output) {
  return fmt::format(R"(meta_graphs {{
    meta_info_def {{ tags: "serve" }}
    signature_def {{ key: "serving_default" value {{ outputs {{ key: "y" value {{ name: "{}" }} }} }} }}
    graph_def {{
      node {{ name: "x" op: "Placeholder" attr {{ key: "dtype" value {{ type: DT_FLOAT }} }} }}
      node {{ name: "y" op: "FooOp" input: "x" }}
      node {{ name: "call" op: "PartitionedCall" input: "x" attr {{ key: "f" value {{ func {{ name: "fn" }} }} }}
             attr {{ key: "Tin" value {{ list {{ type: DT_FLOAT }} }} }} attr {{ key: "Tout" value {{ list {{ type: DT_FLOAT }} }} }} }}
      node {{ name: "save" op: "MergeV2Checkpoints" input: "x" input: "x" }}
      node {{ name: "after" op: "Identity" input: "x" input: "^save" attr {{ key: "T" value {{ type: DT_FLOAT }} }} }}
      node {{ name: "train" op: "BarOp" input: "x" }}
      library {{ function {{
        signature {{ name: "fn" input_arg {{ name: "a" type: DT_FLOAT }} output_arg {{ name: "b" type: DT_FLOAT }} }}
        node_def {{ name: "n" op: "InnerOp" input: "a" }} ret {{ key: "b" value: "n:out:0" }}
      }} }}
    }}
  }})",
                     output);
}

class Model {
 public:
  explicit Model(std::string_view output)
      : model_(Value(
            SavedModel::FromBytes(SharedBytes(BytesOf<tensorflow::SavedModel>(ModelText(output))), "saved_model.pb"))),
        graph_(*model_.meta_graphs()[0]),
        outline_(Value(graph_.Outline())) {}

  NameSet Needed() const { return OpsOfSignatures(graph_, outline_); }
  // "FooOp" of ops that a signature needs, "(BarOp)" of others.
  std::vector<std::string> Unsupported() const {
    std::vector<std::string> ops;
    for (const Row& row : UnsupportedOps(graph_, outline_).rows) {
      const std::string& op = *row.cells[0].text();
      ops.push_back(*row.cells[2].boolean() ? op : "(" + op + ")");
    }
    return ops;
  }

 private:
  SavedModel model_;
  const MetaGraph& graph_;
  GraphOutline outline_;
};

TEST_CASE("what lies behind a signature's outputs is needed, the rest is not") {
  CHECK(Model("y:0").Needed() == NameSet{"FooOp", "Placeholder"});
  CHECK(Model("y:0").Unsupported() == std::vector<std::string>{"(BarOp)", "FooOp", "(InnerOp)"});
}

TEST_CASE("functions that are called belong to what is needed") {
  CHECK(Model("call:0").Unsupported() == std::vector<std::string>{"(BarOp)", "(FooOp)", "InnerOp"});
}

TEST_CASE("the saver's ops are missing only where a signature needs them") {
  CHECK(Model("after:0").Unsupported() ==
        std::vector<std::string>{"(BarOp)", "(FooOp)", "(InnerOp)", "MergeV2Checkpoints"});
}

TEST_CASE("an output that is not there needs nothing") { CHECK(Model("nowhere:0").Needed().empty()); }

TEST_CASE("ops are listed most frequent first, calls of functions as what runs") {
  const auto files = MakeRealFileSystem();
  const SavedModel model = Value(SavedModel::Open(*files, "testdata/models/cnn"));
  const GraphOutline outline = Value(model.meta_graphs()[0]->Outline());
  const Table table = OpTable(outline);
  int64_t last = INT64_MAX, nodes = 0;
  for (const Row& row : table.rows) {
    CHECK(*row.cells[1].integer() <= last);
    CHECK(*row.cells[1].integer() == *row.cells[2].integer() + *row.cells[3].integer());
    nodes += last = *row.cells[1].integer();
  }
  int64_t counted = outline.num_nodes;
  for (const FunctionOutline& function : outline.functions) counted += function.num_nodes;
  CHECK(nodes == counted);
}

}  // namespace
}  // namespace smcli
