// What `show` says of models that lack something.
#include "inspect/describe_model.h"

#include "checkpoint/bundle_writer.h"
#include "inspect/describe_variables.h"
#include "inspect/variable_names.h"
#include "report/printers.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

// The files of a model of ours, to take some away.
FakeFileSystem FilesOf(std::string_view name) {
  const auto real = MakeRealFileSystem();
  FakeFileSystem files;
  const std::string root = fmt::format("testdata/models/{}/", name);
  for (const char* file :
       {"saved_model.pb", "fingerprint.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"}) {
    if (real->Exists(root + file)) files.files[std::string("m/") + file] = Value(real->Read(root + file, 1 << 24));
  }
  return files;
}

std::string Shown(FakeFileSystem& files) {
  const SavedModel model = Value(SavedModel::Open(files, "m"));
  Report report;
  REQUIRE_OK(DescribeModel(files, model, *model.meta_graphs()[0], "m", &report.fields));
  std::string text;
  FindPrinter("text")->print(report, {}, &text);
  return text;
}

TEST_CASE("a model is shown whole") {
  FakeFileSystem files = FilesOf("cnn");
  const std::string text = Shown(files);
  CHECK(text.find("18 variables, 728 parameters") != std::string::npos);
  CHECK(text.find("serving_default") != std::string::npos);
  CHECK(text.find("cannot run") == std::string::npos);
}

TEST_CASE("missing data files, a missing index and a broken one are said, and the rest is shown") {
  FakeFileSystem files = FilesOf("cnn");
  files.files.erase("m/variables/variables.data-00000-of-00001");
  CHECK(Shown(files).find("the data file variables.data-00000-of-00001 is missing") != std::string::npos);
  files.files["m/variables/variables.index"].resize(60);
  CHECK(Shown(files).find("variables    unreadable: ") != std::string::npos);
  files.files.erase("m/variables/variables.index");
  CHECK(Shown(files).find("there is no variables/variables.index") != std::string::npos);
  files.files["m/fingerprint.pb"] = "\x0a";
  const std::string text = Shown(files);
  CHECK(text.find("fingerprint  unreadable: ") != std::string::npos);
  CHECK(text.find("serving_default") != std::string::npos);
}

TEST_CASE("variables have the names that Python gave them, slots of optimizers their own") {
  const auto files = MakeRealFileSystem();
  const SavedModel model = Value(SavedModel::Open(*files, "testdata/models/keras2_sequential"));
  const auto checkpoint = Value(OpenVariables(*files, model));
  const VariableNames names = NamesOfVariables(model.meta_graphs()[0].get(), *checkpoint);
  std::set<std::string> different;
  for (const auto& [key, name] : names.names()) {
    different.emplace(name);
    const size_t slot = key.find("/.OPTIMIZER_SLOT/optimizer/");
    if (slot == std::string::npos) continue;
    const std::string kind(key.substr(slot + 27, key.find('/', slot + 27) - slot - 27));
    CHECK(name.ends_with("/" + kind));
  }
  CHECK(different.size() == names.names().size());
  CHECK_FALSE(names.empty());
}

TEST_CASE("a checkpoint alone names its variables too; where it does not, the model's objects do") {
  const auto files = MakeRealFileSystem();
  const SavedModel model = Value(SavedModel::Open(*files, "testdata/models/keras2_sequential"));
  const MetaGraph* graph = model.meta_graphs()[0].get();
  const auto checkpoint = Value(OpenVariables(*files, model));
  const VariableNames names = NamesOfVariables(nullptr, *checkpoint);
  CHECK(names.names() == NamesOfVariables(graph, *checkpoint).names());

  tensorflow::TrackableObjectGraph trackables;
  REQUIRE(trackables.ParseFromString(std::string(Value(checkpoint->ObjectGraph()).bytes())));
  for (auto& node : *trackables.mutable_nodes()) {
    for (auto& attribute : *node.mutable_attributes()) attribute.clear_full_name();
  }
  FakeFileSystem fake;
  BundleWriter writer(fake, "p");
  REQUIRE_OK(writer.Add(kObjectGraphKey, Tensor::Scalar(trackables.SerializeAsString())));
  REQUIRE_OK(writer.Finish());
  const auto nameless = Value(BundleReader::Open(fake, "p"));
  CHECK(NamesOfVariables(nullptr, *nameless).empty());
  CHECK(NamesOfVariables(graph, *nameless).names() == names.names());
}

TEST_CASE("a checkpoint's keys lose what every key ends in") {
  CHECK(VariableName("a/kernel/.ATTRIBUTES/VARIABLE_VALUE") == "a/kernel");
  CHECK(VariableName("a/.ATTRIBUTES/OBJECT_CONFIG_JSON") == "a/OBJECT_CONFIG_JSON");
  CHECK(VariableName("plain") == "plain");
}

}  // namespace
}  // namespace smcli
