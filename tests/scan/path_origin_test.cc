#include "scan/path_origin.h"

#include "base/file.h"
#include "model/saved_model.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

PathOrigin OriginIn(const char* folder, std::string_view function, std::string_view node, std::string_view argument) {
  const SavedModel model = Value(SavedModel::Open(*MakeRealFileSystem(), folder));
  const MetaGraph& meta_graph = *model.meta_graphs()[0];
  Bodies bodies = Value(Bodies::Read(meta_graph));
  PathTracer tracer(meta_graph, bodies);
  const BodyId body = function.empty() ? kMainBody : bodies.Find(function).value();
  return tracer.Trace(body, node, argument);
}

PathOrigin OriginOf(std::string_view function, std::string_view node, std::string_view argument) {
  return OriginIn("testdata/scan/hidden", function, node, argument);
}

TEST_CASE("an asset is known through the call that hands it on") {
  const PathOrigin origin = OriginOf("fill_table", "fill", "filename");
  CHECK(origin.IsAsset());
  CHECK(origin.Text() == "the asset \"vocabulary.txt\"");
}

TEST_CASE("the saver's path is not an asset, and no longer the saver's where a signature gives it too") {
  CHECK(OriginOf("save", "saved", "prefix").IsSaver());
  CHECK_FALSE(OriginOf("save", "saved", "prefix").IsAsset());
  CHECK_FALSE(OriginOf("restore", "restored", "prefix").IsSaver());
}

TEST_CASE("a joined name is told as such") {
  const PathOrigin origin = OriginOf("read", "contents", "filename");
  CHECK(origin.joined);
  REQUIRE(origin.sources.size() == 2);
  CHECK(origin.sources[0] == PathSource{PathSource::Kind::kConstant, "/tmp/"});
  CHECK(origin.sources[1] == PathSource{PathSource::Kind::kInput, "key of lookup"});
}

TEST_CASE("an attribute is a constant") { CHECK(OriginOf("call_out", "python", "token").Text() == "\"pyfunc_3\""); }

TEST_CASE("the asset of a table that TensorFlow exported is found") {
  const SavedModel model = Value(SavedModel::Open(*MakeRealFileSystem(), "testdata/models/vocab_lookup"));
  const MetaGraph& meta_graph = *model.meta_graphs()[0];
  Bodies bodies = Value(Bodies::Read(meta_graph));
  PathTracer tracer(meta_graph, bodies);
  int tables = 0;
  for (BodyId body = 0; body < static_cast<BodyId>(bodies.size()); ++body) {
    for (const Bodies::NodeName& node : bodies.Nodes(body)) {
      if (node.op != "InitializeTableFromTextFileV2") continue;
      ++tables;
      CHECK(tracer.Trace(body, node.name, "filename").IsAsset());
    }
  }
  CHECK(tables > 0);
}

}  // namespace
}  // namespace smcli
