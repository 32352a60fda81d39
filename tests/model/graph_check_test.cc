#include "model/function_calls.h"
#include "model/graph.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

// What CheckGraphTypes says of the main graph, one line per fault.
std::string Faults(std::string_view text) {
  const TextGraph graph(text);
  std::vector<Error> problems;
  std::string faults;
  for (const Error& error : CheckGraphTypes(Value(graph.Build(&problems)), graph.context()))
    faults += error.message() + "\n";
  return faults;
}

constexpr std::string_view kX =
    R"(node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } })";

TEST_CASE("a sound graph has no faults") {
  CHECK(Faults(std::string(kX) + R"(node { name: "r" op: "Relu" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
      node { name: "odd" op: "NoSuchOp" input: "r" attr { key: "T" value { i: 1 } } }
      node { name: "v" op: "VariableV2" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { } } } }
      node { name: "a" op: "Assign" input: "v" input: "r" attr { key: "T" value { type: DT_FLOAT } } })") == "");
}

TEST_CASE("faults of attributes and edges are named") {
  const auto one = [](std::string_view node, const char* message) {
    INFO(node);
    CHECK_THAT(Faults(std::string(kX) + std::string(node)), Catch::Contains(message));
  };
  one(R"(node { name: "r" op: "Relu" input: "x" attr { key: "T" value { type: DT_INT32 } } })",
      "node 'r' (Relu): input 0 is float from 'x:0', and int32 is wanted (InputTypeMismatch)");
  one(R"(node { name: "r" op: "Relu" input: "x" attr { key: "T" value { type: DT_STRING } } })",
      "attribute 'T' is string, which the op does not take (AttrTypeMismatch)");
  one(R"(node { name: "r" op: "Relu" input: "x" attr { key: "T" value { i: 1 } } })",
      "should be a type and is a int (AttrTypeMismatch)");
  one(R"(node { name: "r" op: "Relu" input: "x" })", "attribute 'T' is missing (AttrMissing)");
  one(R"(node { name: "n" op: "AddN" attr { key: "N" value { i: 0 } } attr { key: "T" value { type: DT_FLOAT } } })",
      "attribute 'N' is 0, and at least 1 is allowed");
  one(R"(node { name: "a" op: "Assign" input: "x" input: "x" attr { key: "T" value { type: DT_FLOAT } } })",
      "input 0 is a value from 'x:0', and a reference is wanted");
  one(R"(node { name: "bad name" op: "NoOp" })", "is no name for a node (BadNodeName)");
  one(R"(node { name: "c" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value { tensor {
         dtype: DT_INT32 int_val: 1 } } } })",
      "its dtype is float and its value is int32");
  one(R"(node { name: "c" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value { tensor {
         dtype: DT_FLOAT tensor_shape { dim { size: 1152921504606846976 } } tensor_content: "abcd" } } } })",
      "node 'c' (Const): its value: a float tensor of shape [1152921504606846976] has 4 bytes "
      "(TensorContentSizeMismatch)");
  one(R"(node { name: "p" op: "PartitionedCall" attr { key: "f" value { func { name: "gone" } } }
         attr { key: "Tin" value { list { } } } attr { key: "Tout" value { list { } } } })",
      "names the function 'gone', which the library does not have (FunctionNotFound)");
}

TEST_CASE("a call must fit its function") {
  const std::string text = R"(library { function { signature { name: "f" input_arg { name: "a" type: DT_INT32 }
                                                                    output_arg { name: "o" type: DT_INT32 } } ret { key: "o" value: "a" } } }
      node { name: "p" op: "PartitionedCall" input: "x" attr { key: "f" value { func { name: "f" } } }
             attr { key: "Tin" value { list { type: DT_FLOAT } } } attr { key: "Tout" value { list { type: DT_FLOAT } } } })";
  const std::string faults = Faults(std::string(kX) + text);
  CHECK_THAT(faults,
             Catch::Contains("node 'p' (PartitionedCall): function 'f' takes other arguments (FunctionArgMismatch)"));
  CHECK_THAT(faults, Catch::Contains("function 'f' returns other values (FunctionArgMismatch)"));
}

constexpr std::string_view kCalls = R"(
  library {
    function { signature { name: "a" } node_def { name: "n" op: "PartitionedCall" attr { key: "f" value { func { name: "b" } } } } }
    function { signature { name: "b" } node_def { name: "n" op: "If" attr { key: "then_branch" value { func { name: "c" } } }
                                                              attr { key: "else_branch" value { func { name: "a" } } } } }
    function { signature { name: "c" } node_def { name: "n" op: "NoOp" } }
    function { signature { name: "self" } node_def { name: "n" op: "self" } } }
  node { name: "case" op: "Case" attr { key: "branches" value { list { func { name: "a" } func { name: "gone" } } } } })";

TEST_CASE("functions are found in whatever attribute calls them") {
  const TextGraph text(kCalls);
  std::vector<Error> problems;
  const auto calls = FunctionCalls(Value(text.Build(&problems)), text.functions());
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].node == "case");
  CHECK(calls[0].attr == "branches");
  CHECK(calls[0].function == "a");
  CHECK(calls[1].function == "gone");
  const auto in_b = FunctionCalls(*Value(text.functions().Get("b")), text.functions());
  REQUIRE(in_b.size() == 2);
  const auto in_self = FunctionCalls(*Value(text.functions().Get("self")), text.functions());
  REQUIRE(in_self.size() == 1);
  CHECK(in_self[0].attr.empty());
}

TEST_CASE("functions that call themselves are found, by whatever way round") {
  const TextGraph text(kCalls);
  const auto circles = RecursiveFunctions(text.functions());
  REQUIRE(circles.size() == 2);
  CHECK(circles[0] == std::vector<std::string_view>{"a", "b"});
  CHECK(circles[1] == std::vector<std::string_view>{"self"});
}

TEST_CASE("functions of one name must be one function") {
  const auto open = [](std::string_view text) {
    return FunctionLibrary::Open(SharedBytes(BytesOf<tensorflow::GraphDef>(text)));
  };
  CHECK(Value(open("library { function { signature { name: 'f' } } function { signature { name: 'f' } } }"))
            ->names()
            .size() == 1);
  CHECK_FAILS(
      open("library { function { signature { name: 'f' } } function { signature { name: 'f' is_stateful: true } } }"),
      ErrorKind::kInvalidModel, "DuplicateFunctionName");
  CHECK_FAILS(Value(open(""))->Get("f"), ErrorKind::kInvalidModel,
              "the library has no function 'f' (FunctionNotFound)");
}

TEST_CASE("a function tells what its arguments are") {
  const auto library = Value(FunctionLibrary::Open(SharedBytes(BytesOf<tensorflow::GraphDef>(R"(library {
      function { signature { name: "f" input_arg { name: "v" type: DT_RESOURCE handle_data { dtype: DT_HALF shape { dim { size: 3 } } } } }
                 arg_attr { key: 0 value { attr { key: "_user_specified_name" value { s: "weights" } }
                                           attr { key: "_output_shapes" value { list { shape { dim { size: -1 } } } } } } }
                 attr { key: "_noinline" value { b: true } } }
      gradient { function_name: "f" gradient_func: "g" } })"))));
  const Function& function = *Value(library->Get("f"));
  REQUIRE(function.args().size() == 1);
  CHECK(function.args()[0].handle_data.at(0).dtype == DataType::kHalf);
  CHECK(function.args()[0].handle_data.at(0).shape.ToString() == "[3]");
  CHECK(function.args()[0].user_name == "weights");
  CHECK(function.args()[0].shape->ToString() == "[?]");
  CHECK(function.FindAttr("_noinline"));
  CHECK_FALSE(function.FindAttr("other"));
  CHECK(library->GradientOf("f") == "g");
  CHECK(library->GradientOf("g").empty());
}

}  // namespace
}  // namespace smcli
