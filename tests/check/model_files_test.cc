// Damage of the files of a model: all of it is findings, whatever can still be read.
#include <unistd.h>

#include "base/path.h"
#include "check/faulty_model.h"
#include "support/scratch_directory.h"

namespace smcli {
namespace {

constexpr std::string_view kPointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4665a5ea423c2713d436b5ee50593a9640e0018c1550b5a0002f74190d6caea8\nsize 12345\n";

TEST_CASE("a model file that cannot be read is a finding") {
  const auto one = [](std::string bytes, const std::string& rule, const std::string& text) {
    FaultyModel model("half_plus_two");
    model.File("saved_model.pb") = std::move(bytes);
    CheckFinds(model, rule, {"m/saved_model.pb", text});
  };
  one("", "MODEL_FILE_READABLE", "empty");
  one("<!DOCTYPE html><html></html>", "MODEL_FILE_READABLE", "a web page");
  one(std::string(kPointer), "FILE_NOT_LFS_POINTER", "Git LFS pointer");
  one("PK\x03\x04....", "MODEL_FILE_READABLE", "zip");
}

TEST_CASE("a model file that is cut off or damaged in the middle is a finding, with the byte") {
  for (const double part : {0.1, 0.5, 0.6, 0.9, 0.999}) {
    INFO(part);
    FaultyModel model("half_plus_two");
    std::string& bytes = model.File("saved_model.pb");
    bytes.resize(static_cast<size_t>(static_cast<double>(bytes.size()) * part));
    CheckFinds(model, "MODEL_FILE_READABLE", {"m/saved_model.pb", "byte"});
  }
  FaultyModel model("half_plus_two");
  std::string& bytes = model.File("saved_model.pb");
  bytes[bytes.find("serving_default_x") + 3] = '\xff';
  CheckFinds(model, "MODEL_FILE_WELL_FORMED", {"m/saved_model.pb", "is not UTF-8"},
             {"GRAPH_NODE_NAME_VALID", "GRAPH_INPUT_EXISTS", "GRAPH_READABLE", "SIGNATURE_TENSOR_EXISTS"});
}

TEST_CASE("a folder in the place of the model file is a finding") {
  FaultyModel model("half_plus_two");
  model.Remove("saved_model.pb");
  model.files().directories.insert("m/saved_model.pb");
  CheckFinds(model, "MODEL_FILE_READABLE", {"m/saved_model.pb", "folder"});
}

TEST_CASE("a model file that the system refuses is a finding") {
  FaultyModel model("half_plus_two");
  model.files().unreadable.insert("m/saved_model.pb");
  CheckFinds(model, "MODEL_FILE_READABLE", {"m/saved_model.pb", "Permission denied"});
}

TEST_CASE("a text model that is broken is a finding with its line") {
  FaultyModel model("half_plus_two");
  model.Remove("saved_model.pb");
  model.Put("saved_model.pbtxt", "saved_model_schema_version: 1\nmeta_graphs {\n  bogus: 1\n}\n");
  CheckFinds(model, "MODEL_FILE_READABLE", {"m/saved_model.pbtxt", "3"});
}

TEST_CASE("two model files, no meta-graph, two of the same tags") {
  FaultyModel two("half_plus_two");
  two.Put("saved_model.pbtxt", "saved_model_schema_version: 1");
  CheckFinds(two, "MODEL_FILE_ONE_FORM", {"saved_model.pbtxt", "lies beside saved_model.pb"});
  FaultyModel none("half_plus_two");
  none.Edit([](tensorflow::SavedModel& model) { model.clear_meta_graphs(); });
  CheckFinds(none, "MODEL_META_GRAPH_PRESENT", {"holds no meta-graph"});
  FaultyModel same("half_plus_two");
  same.Edit([](tensorflow::SavedModel& model) { model.add_meta_graphs()->CopyFrom(model.meta_graphs(0)); });
  CheckFinds(same, "META_GRAPH_TAGS_UNIQUE", {"meta-graph {serve}"});
}

TEST_CASE("a fingerprint of another model is only noteworthy") {
  FaultyModel model("half_plus_two");
  model.EditGraph([](tensorflow::GraphDef& graph) { graph.mutable_node(0)->mutable_attr()->erase("_output_shapes"); });
  CheckFinds(model, "MODEL_FINGERPRINT_MATCHES", {"fingerprint.pb"});
}

TEST_CASE("pointers of Git LFS are found in every place") {
  const auto one = [](const std::string& model_name, const std::string& file) {
    INFO(file);
    FaultyModel model(model_name);
    model.File(file) = kPointer;
    CheckFinds(model, "FILE_NOT_LFS_POINTER", {"m/" + file});
  };
  one("half_plus_two", "variables/variables.index");
  one("half_plus_two", "variables/variables.data-00000-of-00001");
  one("vocab_lookup", "assets/vocab.txt");
}

TEST_CASE("links out of the folder are found, and what they lead to is not read") {
  ScratchDirectory scratch;
  const std::string inside = scratch.Path("model"), outside = scratch.Path("outside");
  FaultyModel source("vocab_lookup");
  for (const auto& [path, bytes] : source.files().files) {
    const std::string target = inside + path.substr(1);
    REQUIRE_OK(scratch.files().MakeDirectories(std::string(DirName(target))));
    REQUIRE_OK(WriteFile(scratch.files(), target, bytes));
  }
  const std::string file = inside + "/assets/vocab.txt";
  const CheckPolicy policy = Value(CheckPolicy::Make({}));
  ThreadPool pool(1);
  CHECK(Value(CheckModel(scratch.files(), inside, policy, {}, pool)).findings.empty());
  SECTION("a file") {
    REQUIRE_OK(scratch.files().Rename(file, outside));
    REQUIRE(symlink(outside.c_str(), file.c_str()) == 0);
  }
  SECTION("a whole folder") {
    REQUIRE_OK(scratch.files().Rename(inside + "/assets", outside));
    REQUIRE(symlink(outside.c_str(), (inside + "/assets").c_str()) == 0);
  }
  SECTION("the model file") {
    REQUIRE_OK(scratch.files().Rename(inside + "/saved_model.pb", outside));
    REQUIRE(symlink(outside.c_str(), (inside + "/saved_model.pb").c_str()) == 0);
  }
  const CheckAnswer answer = Value(CheckModel(scratch.files(), inside, policy, {}, pool));
  REQUIRE(answer.findings.size() == 1);
  CHECK(answer.findings[0].rule == "FILE_INSIDE_FOLDER");
  CHECK(answer.findings[0].severity == Severity::kWarning);
}

TEST_CASE("assets: missing, not declared, outside of the folder, for nobody") {
  FaultyModel missing("vocab_lookup");
  missing.Remove("assets/vocab.txt");
  CheckFinds(missing, "ASSET_FILE_PRESENT", {"m/assets/vocab.txt", "is missing"});
  FaultyModel folder("vocab_lookup");
  folder.Remove("assets/vocab.txt");
  folder.files().directories.insert("m/assets/vocab.txt");
  CheckFinds(folder, "ASSET_FILE_PRESENT", {"m/assets/vocab.txt", "is no file"});
  for (const char* name : {"../../etc/passwd", "/etc/hostname", "a/../../x", ".."}) {
    INFO(name);
    FaultyModel escaping("vocab_lookup");
    escaping.Edit([&](tensorflow::SavedModel& model) {
      model.mutable_meta_graphs(0)->mutable_asset_file_def(0)->set_filename(name);
    });
    CheckFinds(escaping, "ASSET_INSIDE_FOLDER", {name});
  }
  FaultyModel tensor("vocab_lookup");
  tensor.Edit([](tensorflow::SavedModel& model) {
    model.mutable_meta_graphs(0)->mutable_asset_file_def(0)->mutable_tensor_info()->set_name("gone:0");
  });
  CheckFinds(tensor, "ASSET_TENSOR_EXISTS", {"gone:0"});
  FaultyModel unnamed("vocab_lookup");
  unnamed.Edit([](tensorflow::SavedModel& model) {
    model.mutable_meta_graphs(0)->mutable_asset_file_def(0)->clear_tensor_info();
  });
  CheckFinds(unnamed, "ASSET_TENSOR_EXISTS", {"no tensor takes its path"});
  FaultyModel extra("vocab_lookup");
  extra.Put("assets/old.txt", "x");
  CheckFinds(extra, "ASSET_DECLARED", {"m/assets/old.txt"});
  FaultyModel index("vocab_lookup");
  index.Edit([](tensorflow::SavedModel& model) {
    for (auto& node : *model.mutable_meta_graphs(0)->mutable_object_graph_def()->mutable_nodes()) {
      if (node.has_asset()) node.mutable_asset()->set_asset_file_def_index(7);
    }
  });
  CheckFinds(index, "OBJECT_ASSET_EXISTS", {"asset 7"});
}

}  // namespace
}  // namespace smcli
