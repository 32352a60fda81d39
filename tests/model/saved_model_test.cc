#include "model/saved_model.h"

#include "saved_model.pb.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

constexpr std::string_view kModel = R"(
  saved_model_schema_version: 1
  meta_graphs {
    meta_info_def { tags: "serve" tensorflow_version: "2.21.0" stripped_default_attrs: true
                    function_aliases { key: "f" value: "alias" } }
    graph_def { versions { producer: 1994 min_consumer: 12 }
                node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } } }
    saver_def { filename_tensor_name: "saver_filename:0" restore_op_name: "restore" version: V2 }
    signature_def { key: "serving_default" value {
        method_name: "tensorflow/serving/predict"
        inputs { key: "x" value { name: "x:0" dtype: DT_FLOAT tensor_shape { dim { size: -1 } } } }
        outputs { key: "y" value { name: "x:0" dtype: DT_FLOAT } } } }
    collection_def { key: "saved_model_main_op" value { node_list { value: "init:0" } } }
  })";

std::string ModelBytes() { return BytesOf<tensorflow::SavedModel>(kModel); }

std::string TaggedModel(std::initializer_list<std::vector<std::string>> tag_sets) {
  tensorflow::SavedModel model;
  for (const auto& tags : tag_sets) {
    auto* info = model.add_meta_graphs()->mutable_meta_info_def();
    for (const std::string& tag : tags) info->add_tags(tag);
  }
  return model.SerializeAsString();
}

TEST_CASE("a folder's saved_model.pb is read, parts and all") {
  FakeFileSystem files;
  files.files["m/saved_model.pb"] = ModelBytes();
  const SavedModel model = Value(SavedModel::Open(files, "m"));
  CHECK(model.form() == SavedModel::Form::kBinary);
  CHECK(model.directory() == "m");
  CHECK(model.file() == "m/saved_model.pb");
  CHECK(model.variables_prefix() == "m/variables/variables");
  CHECK(model.notes().empty());
  const MetaGraph& graph = *Value(model.PickMetaGraph(std::nullopt));
  CHECK(graph.TagText() == "serve");
  CHECK(graph.info().tensorflow_version == "2.21.0");
  CHECK(graph.info().stripped_default_attrs);
  CHECK(graph.info().function_aliases[0].second == "alias");
  REQUIRE(graph.saver());
  CHECK(graph.saver()->filename_tensor_name == "saver_filename:0");
  CHECK(graph.saver()->version == 2);
  CHECK(Value(graph.InitOpName()) == "init");
  CHECK_FALSE(graph.has_object_graph());
  CHECK(Value(graph.object_graph()) == nullptr);
  const Signature& signature = *Value(graph.PickSignature(std::nullopt));
  CHECK(signature.key == "serving_default");
  CHECK(signature.FindInput("x")->shape == PartialShape(std::vector<int64_t>{-1}));
  CHECK_FALSE(signature.FindOutput("y")->has_shape);
  CHECK(Value(graph.Outline()).versions.producer == 1994);
  CHECK(Value(graph.graph())->num_nodes() == 1);
  REQUIRE_OK(graph.CheckVersions());
  REQUIRE_OK(model.Validate());
}

TEST_CASE("text and binary give the same model") {
  FakeFileSystem files;
  files.files["m/saved_model.pbtxt"] = kModel;
  const SavedModel model = Value(SavedModel::Open(files, "m"));
  CHECK(model.form() == SavedModel::Form::kText);
  CHECK(model.bytes().view == ModelBytes());
}

TEST_CASE("which file of a folder is read") {
  FakeFileSystem files;
  files.files["m/saved_model.pbtxt"] = "no text proto";
  files.files["m/saved_model.pb"] = ModelBytes();
  CHECK(Value(SavedModel::Open(files, "m")).form() == SavedModel::Form::kBinary);
  files.files["m/saved_model.cpb"] = "junk";
  CHECK_FAILS(SavedModel::Open(files, "m"), ErrorKind::kInvalidModel, "m/saved_model.cpb: byte 0: is no Riegeli file");
}

TEST_CASE("of a base folder the highest version is taken, and a note says so") {
  FakeFileSystem files;
  files.files["base/9/saved_model.pb"] = ModelBytes();
  files.files["base/010/saved_model.pb"] = ModelBytes();
  files.files["base/readme/x"] = "";
  const SavedModel model = Value(SavedModel::Open(files, "base"));
  CHECK(model.directory() == "base/010");
  REQUIRE(model.notes().size() == 1);
  CHECK_THAT(model.notes()[0], Catch::Contains("version 010"));
  files.files["base/11/other"] = "";
  CHECK_FAILS(SavedModel::Open(files, "base"), ErrorKind::kNotFound, "base/11: no SavedModel");
}

TEST_CASE("where there is no model, that is said") {
  FakeFileSystem files;
  CHECK_FAILS(SavedModel::Open(files, "gone"), ErrorKind::kNotFound, "gone: no such file or folder");
  files.files["empty/x"] = "";
  CHECK_FAILS(SavedModel::Open(files, "empty"), ErrorKind::kNotFound,
              "empty: no SavedModel: it holds none of saved_model.pb");
  files.files["old/export.meta"] = "";
  CHECK_FAILS(SavedModel::Open(files, "old"), ErrorKind::kNotFound, "older than SavedModel");
  files.directories.insert("d/saved_model.pb");
  CHECK_FAILS(SavedModel::Open(files, "d"), ErrorKind::kInvalidModel, "d/saved_model.pb: is a folder");
}

TEST_CASE("what is often found in a model's place is called by its name") {
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"", "is empty"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00", "is a Git LFS pointer"},
      {"<!DOCTYPE html><html>", "is a web page (HTML)"},
      {"PK\x03\x04rest", "is a zip archive"},
      {"\x1f\x8b\x08", "is a gzip archive"},
      {std::string("\x1c\0\0\0TFL3", 8), "is a TensorFlow Lite model"},
      {"\x89HDF\r\n\x1a\n", "is an HDF5 file"},
      {std::string("\x08\x01\x12\x04test"), "byte 4: a group is not balanced (ProtoBadGroup)"},
  };
  for (const auto& [bytes, message] : cases) {
    FakeFileSystem files;
    files.files["m/saved_model.pb"] = bytes;
    CHECK_FAILS(SavedModel::Open(files, "m"), ErrorKind::kInvalidModel, message);
  }
}

TEST_CASE("a model cut off anywhere is an invalid model or still a model, never a crash") {
  const std::string whole = ModelBytes();
  for (size_t size = 1; size < whole.size(); ++size) {
    FakeFileSystem files;
    files.files["m/saved_model.pb"] = whole.substr(0, size);
    const auto model = SavedModel::Open(files, "m");
    if (size > 2) CHECK_FAILS(model, ErrorKind::kInvalidModel, "m/saved_model.pb: ends at byte");
  }
}

TEST_CASE("a frozen graph is a file with one meta-graph and no tags") {
  FakeFileSystem files;
  const std::string text = R"(node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
                              versions { producer: 21 })";
  files.files["frozen.pb"] = BytesOf<tensorflow::GraphDef>(text);
  files.files["frozen.pbtxt"] = "# comment\n" + text;
  for (const char* path : {"frozen.pb", "frozen.pbtxt"}) {
    const SavedModel model = Value(SavedModel::Open(files, path));
    CHECK(model.frozen());
    REQUIRE(model.meta_graphs().size() == 1);
    const MetaGraph& graph = *Value(model.PickMetaGraph(std::nullopt));
    CHECK(graph.info().tags.empty());
    CHECK(Value(graph.graph())->Find("x") == 0);
    CHECK_FAILS(graph.PickSignature(std::nullopt), ErrorKind::kUsage, "has no signatures");
    REQUIRE_OK(model.Validate());
    tensorflow::MetaGraphDef def;
    REQUIRE_OK(graph.Parse(&def));
    CHECK(def.graph_def().node_size() == 1);
  }
  files.files["m/saved_model.pb"] = files.files["frozen.pb"];
  CHECK_FAILS(SavedModel::Open(files, "m"), ErrorKind::kInvalidModel,
              "name the file itself to read it as a frozen graph");
}

TEST_CASE("text that cannot be read is named with line and column") {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"meta_graphs {\n  no_such: 1 }",
       "line 2, column 10: Message type \"tensorflow.MetaGraphDef\" has no field named \"no_such\" "
       "(TextProtoUnknownField)"},
      {"meta_graphs { saver_def { version: V9 } }", "(TextProtoUnknownEnum)"},
      {"meta_graphs {", "(TextProtoSyntax)"},
      {"saved_model_schema_version: 1 saved_model_schema_version: 2", "(TextProtoSyntax)"},
  };
  for (const auto& [text, message] : cases) {
    FakeFileSystem files;
    files.files["m/saved_model.pbtxt"] = text;
    CHECK_FAILS(SavedModel::Open(files, "m"), ErrorKind::kInvalidModel, message);
  }
}

TEST_CASE("a meta-graph is picked by its set of tags") {
  const SavedModel model = Value(SavedModel::FromBytes(
      SharedBytes("\x08\x01" + TaggedModel({{"serve", "tpu"}, {"serve"}, {}, {"tpu", "serve"}})), "m"));
  const auto tags = [](std::vector<std::string> list) { return std::optional(std::move(list)); };
  CHECK(Value(model.PickMetaGraph(tags({"serve"}))) == model.meta_graphs()[1].get());
  CHECK(Value(model.PickMetaGraph(tags({"tpu", "serve", "tpu"}))) == model.meta_graphs()[0].get());
  CHECK(Value(model.PickMetaGraph(tags({}))) == model.meta_graphs()[2].get());
  CHECK(Value(model.PickMetaGraph(std::nullopt)) == model.meta_graphs()[1].get());
  CHECK_FAILS(model.PickMetaGraph(tags({"gpu"})), ErrorKind::kNotFound,
              "no meta-graph is tagged {gpu}; there are: {serve,tpu}, {serve}, {}");
  const SavedModel two = Value(SavedModel::FromBytes(SharedBytes("\x08\x01" + TaggedModel({{"a"}, {"b"}})), "m"));
  CHECK_FAILS(two.PickMetaGraph(std::nullopt), ErrorKind::kUsage, "which tag set? There are: {a}, {b} (TagsAmbiguous)");
  const SavedModel none = Value(SavedModel::FromBytes(SharedBytes(std::string("\x08\x01")), "m"));
  CHECK_FAILS(none.PickMetaGraph(std::nullopt), ErrorKind::kInvalidModel, "SavedModelEmpty");
}

TEST_CASE("an unknown schema version is noted, and 0 is not") {
  CHECK(Value(SavedModel::FromBytes(SharedBytes(std::string("\x08\x00", 2)), "m")).notes().empty());
  CHECK_THAT(Value(SavedModel::FromBytes(SharedBytes(std::string("\x08\x02")), "m")).notes().at(0),
             Catch::Contains("UnknownSchemaVersion"));
}

TEST_CASE("signatures are asked for by key, and what is unknown brings a list") {
  const SavedModel model = Value(SavedModel::FromBytes(SharedBytes(ModelBytes()), "m"));
  const MetaGraph& graph = *model.meta_graphs()[0];
  CHECK_FAILS(graph.PickSignature("serving_defaults"), ErrorKind::kUsage, "did you mean \"serving_default\"?");
  CHECK(graph.FindSignature("no") == nullptr);
}

TEST_CASE("parts of a meta-graph that come in pieces are merged") {
  std::string meta_graph, info_a, info_b, graph_a, graph_b, node_a, node_b, model = "\x08\x01";
  AppendBytesField(4, "serve", info_a);
  AppendBytesField(4, "tpu", info_b);
  AppendBytesField(1, "a", node_a);
  AppendBytesField(2, "NoOp", node_a);
  AppendBytesField(1, "b", node_b);
  AppendBytesField(2, "NoOp", node_b);
  AppendBytesField(1, node_a, graph_a);
  AppendBytesField(1, node_b, graph_b);
  for (const std::string& info : {info_a, info_b}) AppendBytesField(1, info, meta_graph);
  for (const std::string& graph : {graph_a, graph_b}) AppendBytesField(2, graph, meta_graph);
  AppendBytesField(2, meta_graph, model);
  const SavedModel opened = Value(SavedModel::FromBytes(SharedBytes(model), "m"));
  CHECK(opened.meta_graphs()[0]->TagText() == "serve,tpu");
  CHECK(Value(opened.meta_graphs()[0]->graph())->num_nodes() == 2);
}

TEST_CASE("depth and UTF-8 are checked where everything is asked for") {
  std::string value = "x";
  for (int i = 0; i < 120; ++i) {
    std::string list, outer;
    AppendBytesField(1, value, list);
    AppendBytesField(51, list, outer);
    value = outer;
  }
  std::string function, entry, objects, meta_graph, model = "\x08\x01";
  AppendBytesField(3, value, function);
  AppendBytesField(1, "f", entry);
  AppendBytesField(2, function, entry);
  AppendBytesField(2, entry, objects);
  AppendBytesField(7, objects, meta_graph);
  AppendBytesField(2, meta_graph, model);
  const SavedModel deep = Value(SavedModel::FromBytes(SharedBytes(model), "m"));
  CHECK_FAILS(deep.Validate(), ErrorKind::kInvalidModel, "nested more than 100 levels deep (ProtoTooDeep)");
  CHECK_FAILS(deep.meta_graphs()[0]->object_graph(), ErrorKind::kInvalidModel, "m: object_graph_def: byte");

  std::string saver;
  AppendBytesField(1, "\xff\xfe", saver);
  meta_graph.clear();
  AppendBytesField(3, saver, meta_graph);
  model = "\x08\x01";
  AppendBytesField(2, meta_graph, model);
  CHECK_FAILS(SavedModel::FromBytes(SharedBytes(model), "m"), ErrorKind::kInvalidModel,
              "m: saver_def: byte 6: filename_tensor_name is not UTF-8 (ProtoBadUtf8)");
}

TEST_CASE("assets come from the list, else from the collection, and stay under assets/") {
  const auto assets = [](std::string_view parts) {
    const std::string text = fmt::format("saved_model_schema_version: 1 meta_graphs {{ {} }}", parts);
    const SavedModel model = Value(SavedModel::FromBytes(SharedBytes(BytesOf<tensorflow::SavedModel>(text)), "m"));
    return model.meta_graphs()[0]->Assets();
  };
  CHECK(Value(assets("")).empty());
  const auto listed = Value(assets(R"(asset_file_def { tensor_info { name: "Const:0" } filename: "a/b.txt" })"));
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].tensor_name == "Const:0");
  CHECK(listed[0].filename == "a/b.txt");
  const auto collected = Value(assets(R"(collection_def { key: "saved_model_assets" value { any_list { value {
      [type.googleapis.com/tensorflow.AssetFileDef] { tensor_info { name: "c:0" } filename: "v.txt" } } } } })"));
  REQUIRE(collected.size() == 1);
  CHECK(collected[0].filename == "v.txt");
  CHECK_FAILS(
      assets(
          R"(collection_def { key: "saved_model_assets" value { any_list { value { type_url: "x/tensorflow.Other" } } } })"),
      ErrorKind::kInvalidModel, "AnyTypeMismatch");
  CHECK(Value(AssetPath("m", "a/b.txt")) == "m/assets/a/b.txt");
  CHECK(Value(AssetPath("m", "..a/b..")) == "m/assets/..a/b..");
  for (const char* bad : {"", "/etc/passwd", "..", "../x", "a/../../x", "a/.."}) {
    CHECK_FAILS(AssetPath("m", bad), ErrorKind::kInvalidModel, "PathEscapes");
  }
}

TEST_CASE("the init op is named by its signature or by a collection") {
  const auto init = [](std::string_view parts) {
    const std::string text = fmt::format("saved_model_schema_version: 1 meta_graphs {{ {} }}", parts);
    return Value(SavedModel::FromBytes(SharedBytes(BytesOf<tensorflow::SavedModel>(text)), "m"))
        .meta_graphs()[0]
        ->InitOpName();
  };
  const std::string key = "__saved_model_init_op";
  CHECK(Value(init("")).empty());
  CHECK(Value(init(
            fmt::format(R"(signature_def {{ key: "{0}" value {{ outputs {{ key: "{0}" value {{ name: "NoOp" }} }} }} }}
                                  collection_def {{ key: "legacy_init_op" value {{ node_list {{ value: "old" }} }} }})",
                        key))) == "NoOp");
  CHECK_FAILS(init(fmt::format(R"(signature_def {{ key: "{}" value {{ }} }})", key)), ErrorKind::kInvalidModel,
              "InitOpMalformed");
  CHECK(Value(init(R"(collection_def { key: "legacy_init_op" value { node_list { value: "old" } } })")) == "old");
  CHECK_FAILS(init(R"(collection_def { key: "saved_model_main_op" value { node_list { value: "a" value: "b" } } })"),
              ErrorKind::kInvalidModel, "should name one op and names 2 (InitOpMalformed)");
}

TEST_CASE("graphs that refuse this reader are refused") {
  const auto check = [](std::string_view versions) {
    const std::string text =
        fmt::format("saved_model_schema_version: 1 meta_graphs {{ graph_def {{ versions {{ {} }} }} }}", versions);
    return Value(SavedModel::FromBytes(SharedBytes(BytesOf<tensorflow::SavedModel>(text)), "m"))
        .meta_graphs()[0]
        ->CheckVersions();
  };
  REQUIRE_OK(check("producer: 99999 min_consumer: 12"));
  CHECK_FAILS(check("min_consumer: 99999"), ErrorKind::kInvalidModel, "GraphVersionUnsupported");
  CHECK_FAILS(check("bad_consumers: 2500"), ErrorKind::kInvalidModel, "GraphVersionUnsupported");
}

TEST_CASE("an outline counts nodes, ops, functions and the bytes of constants") {
  const std::string text = R"(
    node { name: "c" op: "Const" attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 2 } }
           tensor_content: "12345678" } } } }
    node { name: "x" op: "Placeholder" } node { name: "d" op: "Const" }
    library { function { signature { name: "f" } node_def { name: "n" op: "Relu" } node_def { name: "m" op: "Const"
              attr { key: "value" value { tensor { string_val: "abc" } } } } } }
    versions { producer: 5 min_consumer: 1 bad_consumers: 3 bad_consumers: 4 })";
  const GraphOutline outline = Value(ScanGraphDef(SharedBytes(BytesOf<tensorflow::GraphDef>(text))));
  CHECK(outline.num_nodes == 3);
  CHECK(outline.ops == OpHistogram{{"Const", 2}, {"Placeholder", 1}});
  CHECK(outline.all_ops == OpHistogram{{"Const", 3}, {"Placeholder", 1}, {"Relu", 1}});
  REQUIRE(outline.functions.size() == 1);
  CHECK(outline.functions[0].name == "f");
  CHECK(outline.functions[0].num_nodes == 2);
  CHECK(outline.constant_bytes == 11);
  CHECK(outline.versions.bad_consumers == std::vector<int>{3, 4});
  CHECK_FAILS(ScanGraphDef(SharedBytes(std::string("\x0a\x05"))), ErrorKind::kInvalidModel, "byte 0");
}

TEST_CASE("an outline read from a file is the one read from memory") {
  tensorflow::GraphDef def;
  for (int i = 0; i < 3000; ++i) {
    tensorflow::NodeDef* node = def.add_node();
    node->set_name(std::string(static_cast<size_t>(i % 90), 'n'));
    node->set_op(i % 7 == 0 ? "Const" : i % 3 == 0 ? "AddV2" : "Relu");
    if (i % 7 == 0) {
      auto* tensor = (*node->mutable_attr())["value"].mutable_tensor();
      tensor->set_tensor_content(std::string(static_cast<size_t>(i * 37 % 90000), 'x'));
      (*node->mutable_attr())["dtype"].set_type(tensorflow::DT_FLOAT);
    }
    *def.mutable_library()->add_function()->add_node_def() = *node;
  }
  FakeFileSystem files;
  const std::string bytes = def.SerializeAsString();
  files.files["g"] = bytes;
  const auto file = Value(files.OpenRandomAccess("g"));
  const GraphOutline a = Value(ScanGraphDef(SharedBytes(bytes)));
  const GraphOutline b = Value(ScanGraphDef(SharedBytes(bytes), file.get()));
  CHECK(a.num_nodes == 3000);
  CHECK(a.functions.size() == 3000);
  CHECK(a.all_ops == b.all_ops);
  CHECK(a.ops == b.ops);
  CHECK(a.constant_bytes == b.constant_bytes);
  CHECK(a.functions[7].ops == b.functions[7].ops);
}

}  // namespace
}  // namespace smcli
