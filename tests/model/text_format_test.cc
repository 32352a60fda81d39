#include "model/text_format.h"

#include "base/file.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

TEST_CASE("what is written as text reads back to the same message") {
  const auto files = MakeRealFileSystem();
  for (const char* name : {"half_plus_two", "many_dtypes", "multi_meta_graphs", "no_signatures"}) {
    INFO(name);
    const MappedFile file = Value(files->Map(fmt::format("testdata/models/{}/saved_model.pb", name)));
    tensorflow::SavedModel model, back;
    REQUIRE_OK(ParseMessage(file.bytes(), file.bytes().data(), &model));
    REQUIRE_OK(ParseText(ToText(model), &back));
    CHECK((CanonicalBytes(back) == CanonicalBytes(model)));
  }
}

TEST_CASE("text is written two blanks per level, maps sorted, bytes in octal") {
  tensorflow::NodeDef node;
  node.set_name("n");
  (*node.mutable_attr())["b"].set_s("\x01\"\xff");
  (*node.mutable_attr())["a"].set_f(0.1f);
  CHECK(ToText(node) ==
        "name: \"n\"\nattr {\n  key: \"a\"\n  value {\n    f: 0.1\n  }\n}\nattr {\n  key: \"b\"\n  value {\n    s: "
        "\"\\001\\\"\\377\"\n  }\n}\n");
}

TEST_CASE("the forms of text that writers use are understood") {
  const std::string plain =
      BytesOf<tensorflow::NodeDef>(R"(name: "ab" input: "x" input: "y" attr { key: "i" value { i: 31 } })");
  CHECK(BytesOf<tensorflow::NodeDef>(
            "name: 'a' \"b\" # comment\n input: ['x', 'y'], attr < key: 'i'; value: { i: 0x1f } >") == plain);
}

TEST_CASE("text nested without end is refused") {
  std::string text = "attr { value { func {";
  for (int i = 0; i < 100000; ++i) text += "attr { value { func {";
  tensorflow::NodeDef node;
  CHECK_FAILS(ParseText(text, &node), ErrorKind::kInvalidModel, "too deep");
}

TEST_CASE("the first field of a text is found behind comments") {
  CHECK(FirstTextField("# c\n\n  node {") == "node");
  CHECK(FirstTextField("") == "");
  CHECK(FirstTextField("# only") == "");
  CHECK(FirstTextField("{") == "");
}

}  // namespace
}  // namespace smcli
