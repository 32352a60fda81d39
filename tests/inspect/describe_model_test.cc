// What `show` says of models that lack something.
#include "inspect/describe_model.h"

#include "inspect/describe_variables.h"
#include "inspect/variable_names.h"
#include "report/printers.h"
#include "support/catch.h"
#include "support/fake_file_system.h"

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
  const VariableNames names = NamesOfVariables(*model.meta_graphs()[0], *checkpoint);
  std::set<std::string> different;
  for (const auto& [key, name] : names) {
    different.insert(name);
    const size_t slot = key.find("/.OPTIMIZER_SLOT/optimizer/");
    if (slot == std::string::npos) continue;
    const std::string kind = key.substr(slot + 27, key.find('/', slot + 27) - slot - 27);
    CHECK(name.ends_with("/" + kind));
  }
  CHECK(different.size() == names.size());
  CHECK_FALSE(names.empty());
}

TEST_CASE("a checkpoint's keys lose what every key ends in") {
  CHECK(VariableName("a/kernel/.ATTRIBUTES/VARIABLE_VALUE") == "a/kernel");
  CHECK(VariableName("a/.ATTRIBUTES/OBJECT_CONFIG_JSON") == "a/OBJECT_CONFIG_JSON");
  CHECK(VariableName("plain") == "plain");
}

}  // namespace
}  // namespace smcli
