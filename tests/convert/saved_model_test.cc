// Slimmed and narrowed models, read back.
#include <memory>
#include <set>
#include <string>

#include "checkpoint/bundle_reader.h"
#include "convert/saved_model/restored_values.h"
#include "convert/saved_model/signature_edits.h"
#include "model/object_graph.h"
#include "model/saved_model.h"
#include "support/catch.h"
#include "transform/rewriter.h"

namespace smcli {
namespace {

constexpr const char* kHalfPlusTwo = "testdata/models/half_plus_two";

struct Opened {
  std::unique_ptr<FileSystem> files = MakeRealFileSystem();
  Result<SavedModel> model;
  const MetaGraph* graph;

  explicit Opened(const std::string& path) : model(SavedModel::Open(*files, path)), graph(nullptr) {
    REQUIRE(model.ok());
    const auto picked = model->PickMetaGraph(std::nullopt);
    REQUIRE(picked.ok());
    graph = *picked;
  }
};

TEST_CASE("shapes are read from dimensions with question marks") {
  REQUIRE(ParseDims("1,?,3")->ToString() == "[1,?,3]");
  REQUIRE(ParseDims("-1,3")->ToString() == "[?,3]");
  REQUIRE(ParseDims("[1,?,3]")->ToString() == "[1,?,3]");
  REQUIRE(ParseDims("[]")->ToString() == "[]");
  REQUIRE(ParseDims("")->ToString() == "[]");
  for (const char* text : {"a", "[", "1]", "[[1]]", "1,,2", "1;2", "-2", "9999999999999999999999"})
    REQUIRE_FALSE(ParseDims(text).ok());
}

TEST_CASE("edits name signatures by their old keys and may not make two of one name") {
  const Opened opened(kHalfPlusTwo);
  ConvertOptions options;
  options.rename_signature = {"serving_default=predict"};
  options.rename_input = {"serving_default:x=features"};
  const auto edits = SignatureEdits::Read(options, *opened.graph);
  REQUIRE(edits.ok());
  REQUIRE(edits->keys.at("serving_default") == "predict");
  REQUIRE(edits->signatures.at("serving_default").inputs.at("x") == "features");

  options.rename_signature = {"serving_default=regress_x_to_y"};
  REQUIRE_FALSE(SignatureEdits::Read(options, *opened.graph).ok());
  options.rename_signature = {"no such=a"};
  REQUIRE_FALSE(SignatureEdits::Read(options, *opened.graph).ok());
  options.rename_signature = {"no pair"};
  REQUIRE_FALSE(SignatureEdits::Read(options, *opened.graph).ok());
}

TEST_CASE("what a restore op assigns is followed through its functions") {
  const Opened opened(kHalfPlusTwo);
  const auto rewriter = Rewriter::Open(*opened.graph);
  REQUIRE(rewriter.ok());
  const std::string restore = opened.graph->saver()->restore_op_name;
  const auto values = FindRestoredValues(**rewriter, (*rewriter)->graph().Find(restore));
  REQUIRE(values.ok());
  std::set<std::string> keys, ops;
  for (const RestoredValue& value : *values) {
    keys.insert(value.key);
    ops.insert((*rewriter)->graph().node(value.node).op);
  }
  REQUIRE(keys == std::set<std::string>{"a/.ATTRIBUTES/VARIABLE_VALUE", "b/.ATTRIBUTES/VARIABLE_VALUE"});
  REQUIRE(ops == std::set<std::string>{"VarHandleOp"});
}

}  // namespace
}  // namespace smcli
