#include "convert/model_splitter.h"

#include "base/thread_pool.h"
#include "convert/converter.h"
#include "model/saved_model.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"
#include "support/catch.h"
#include "support/fake_file_system.h"

namespace smcli {
namespace {

void AddConst(tensorflow::NodeDef* node, const std::string& name, size_t bytes) {
  node->set_name(name);
  node->set_op("Const");
  auto& value = (*node->mutable_attr())["value"];
  value.mutable_tensor()->set_dtype(tensorflow::DT_UINT8);
  value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(static_cast<int64_t>(bytes));
  value.mutable_tensor()->set_tensor_content(std::string(bytes, name[0]));
}

tensorflow::SavedModel SampleModel() {
  tensorflow::SavedModel model;
  model.set_saved_model_schema_version(1);
  auto* meta = model.add_meta_graphs();
  meta->mutable_meta_info_def()->add_tags("serve");
  auto* graph = meta->mutable_graph_def();
  AddConst(graph->add_node(), "a", 10);
  AddConst(graph->add_node(), "b", 200'000);
  for (const char* name : {"f", "g"}) {
    auto* function = graph->mutable_library()->add_function();
    function->mutable_signature()->set_name(name);
    AddConst(function->add_node_def(), "c", 20);
    AddConst(function->add_node_def(), "d", 100'000);
    for (int i = 0; i < 300; ++i) AddConst(function->add_node_def(), "e", 20);
  }
  return model;
}

TEST_CASE("large values become parts with the way to them, and what is left is small") {
  const std::string bytes = SampleModel().SerializeAsString();
  ModelSplitter splitter(50'000, false);
  const std::string rest = Value(splitter.Split(bytes));
  REQUIRE(splitter.parts().size() == 3);
  CHECK(splitter.parts()[0].view == std::string(200'000, 'b'));
  const std::vector<SplitStep>& path = splitter.parts()[2].path;
  REQUIRE(path.size() == 12);
  CHECK(path[5].number == 1);  // library.function[1].node_def[1].attr["value"].tensor.tensor_content
  CHECK(path[7].number == 1);
  CHECK(path[8].number == 5);
  CHECK(path[9].key == "value");
  tensorflow::SavedModel left;
  REQUIRE(left.ParseFromString(rest));
  CHECK(left.meta_graphs(0).graph_def().library().function(0).node_def_size() == 302);
}

TEST_CASE("functions and nodes become parts where values do not suffice") {
  const std::string bytes = SampleModel().SerializeAsString();
  ModelSplitter splitter(50'000, true);
  const std::string rest = Value(splitter.Split(bytes));
  CHECK(rest.size() < 5000);
  CHECK(splitter.parts().size() == 5);
}

TEST_CASE("bytes that are no message are an invalid model") {
  ModelSplitter splitter(1, true);
  CHECK_FAILS(splitter.Split("\x12\x7f\x01"), ErrorKind::kInvalidModel, "");
}

struct Silent : Notices {
  void Warn(std::string_view) override {}
};

TEST_CASE("a model written in chunks is the same when it is read again") {
  FakeFileSystem files;
  tensorflow::SavedModel wanted = SampleModel();
  files.files["in/saved_model.pb"] = wanted.SerializeAsString();
  const SavedModel model = Value(SavedModel::Open(files, "in"));
  ConvertSource source;
  source.path = "in";
  source.model = &model;
  ThreadPool pool(1);
  Silent silent;
  Conversion conversion{source, {}, "out/saved_model.cpb", files, pool, silent};
  REQUIRE_OK(Value(FindConverter("cpb"))->run(conversion));
  const SavedModel again = Value(SavedModel::Open(files, "out"));
  CHECK(again.form() == SavedModel::Form::kChunked);
  tensorflow::SavedModel got;
  REQUIRE(got.ParseFromString(std::string(again.bytes().view)));
  CHECK(CanonicalBytes(got) == CanonicalBytes(wanted));
}

}  // namespace
}  // namespace smcli
