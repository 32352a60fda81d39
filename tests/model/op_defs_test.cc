#include "model/op_defs.h"

#include "model/attrs.h"
#include "op_def.pb.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

TEST_CASE("every op of the embedded table is found by its name") {
  const std::vector<std::string_view> names = BuiltinOpNames();
  REQUIRE(names.size() > 1000);
  CHECK(std::ranges::is_sorted(names));
  for (std::string_view name : names) {
    const std::string_view line = FindBuiltinOpLine(name);
    INFO(name);
    REQUIRE(line.substr(0, line.find('\t')) == name);
    CHECK(ParseOpLine(line).name == name);
  }
}

TEST_CASE("what is no op is not found") {
  for (std::string_view name : {"", "AAAA", "Zzz", "MatMu", "MatMul2", "\n", "MatMul\ta:=T"})
    CHECK_FALSE(IsTensorFlowOp(name));
  CHECK(OpDefs().Find("NoSuchOp") == nullptr);
}

TEST_CASE("arguments of an op line: fixed dtypes, type attributes, counts, lists, references") {
  const OpSchema concat = ParseOpLine(FindBuiltinOpLine("ConcatV2"));
  REQUIRE(concat.inputs.size() == 2);
  CHECK(concat.inputs[0].name == "values");
  CHECK(concat.inputs[0].type_attr == "T");
  CHECK(concat.inputs[0].number_attr == "N");
  CHECK(concat.inputs[1].type_attr == "Tidx");
  CHECK_FALSE(concat.fixed_inputs);
  CHECK(concat.fixed_outputs);
  const OpSchema branch = ParseOpLine(FindBuiltinOpLine("If"));
  CHECK(branch.inputs[1].type_list_attr == "Tin");
  CHECK(branch.stateful);
  const OpSchema assign = ParseOpLine(FindBuiltinOpLine("Assign"));
  CHECK(assign.inputs[0].is_ref);
  CHECK(assign.outputs[0].is_ref);
  CHECK_FALSE(assign.inputs[1].is_ref);
  const OpSchema shape = ParseOpLine(FindBuiltinOpLine("StringSplit"));
  CHECK(shape.outputs[0].type == DataType::kInt64);
  CHECK(ParseOpLine(FindBuiltinOpLine("AddV2")).commutative);
  CHECK(ParseOpLine(FindBuiltinOpLine("AdjustContrast")).deprecated == 2);
}

TEST_CASE("attributes of an op line: allowed values, minimum, default") {
  const OpSchema conv = ParseOpLine(FindBuiltinOpLine("Conv2D"));
  const AttrSchema* padding = conv.FindAttr("padding");
  REQUIRE(padding != nullptr);
  CHECK(padding->allowed_strings == std::vector<std::string>{"SAME", "VALID", "EXPLICIT"});
  CHECK_FALSE(padding->default_value);
  CHECK(conv.FindAttr("T")->allowed_types.Contains(DataType::kHalf));
  CHECK_FALSE(conv.FindAttr("T")->allowed_types.Contains(DataType::kString));
  CHECK(ParseOpLine(FindBuiltinOpLine("ConcatV2")).FindAttr("N")->minimum == 2);
  CHECK(conv.FindAttr("strides")->TypeName() == "list(int)");
  CHECK(conv.FindAttr("no") == nullptr);
}

// Defaults of the table read back by way of an AttrReader over a node that sets nothing.
TEST_CASE("defaults of every kind can be read") {
  const auto reader = [](const OpSchema& schema) {
    return AttrReader({.node = "n", .op = schema.name, .node_def = {}, .schema = &schema});
  };
  const OpSchema conv = ParseOpLine(FindBuiltinOpLine("Conv2D"));
  CHECK(Value(reader(conv).Ints("dilations")) == std::vector<int64_t>{1, 1, 1, 1});
  CHECK(Value(reader(conv).Ints("explicit_paddings")).empty());
  CHECK(Value(reader(conv).String("data_format")) == "NHWC");
  CHECK(Value(reader(conv).Bool("use_cudnn_on_gpu")));
  const OpSchema table = ParseOpLine(FindBuiltinOpLine("MutableDenseHashTableV2"));
  CHECK(Value(reader(table).Int("initial_num_buckets")) == 131072);
  CHECK(Value(reader(table).Float("max_load_factor")) == 0.8f);
  CHECK(Value(reader(table).Shape("value_shape")) == PartialShape(std::vector<int64_t>{}));
  const OpSchema placeholder = ParseOpLine(FindBuiltinOpLine("Placeholder"));
  CHECK_FALSE(Value(reader(placeholder).Shape("shape")).known_rank());
  const OpSchema text = ParseOpLine(FindBuiltinOpLine("InitializeTableFromTextFileV2"));
  CHECK(Value(reader(text).String("delimiter")) == "\t");
  CHECK(Value(reader(text).Int("vocab_size")) == -1);
  const OpSchema arg_max = ParseOpLine(FindBuiltinOpLine("ArgMax"));
  CHECK(Value(reader(arg_max).Type("output_type")) == DataType::kInt64);
}

TEST_CASE("TensorFlow's definitions come first, the model's own serve the ops that it lacks") {
  const std::string list = BytesOf<tensorflow::OpList>(R"(
    op { name: "GatherV2" input_arg { name: "params" type: DT_INT32 } }
    op { name: "MyOp" output_arg { name: "out" type: DT_FLOAT_REF }
         attr { name: "x" type: 'list(string)' default_value { list { s: "a" s: "b" } } has_minimum: true minimum: 1 }
         is_stateful: true }
    op { name: "Broken" attr { name: "T" type: "no such kind" } })");
  const auto defs = Value(OpDefs::Open(SharedBytes(list)));
  const OpSchema* gather = defs->Find("GatherV2");
  REQUIRE(gather != nullptr);
  CHECK(gather->inputs.size() == 3);
  CHECK(gather->FindAttr("batch_dims") != nullptr);
  const OpSchema* mine = defs->Find("MyOp");
  REQUIRE(mine != nullptr);
  CHECK(mine->stateful);
  CHECK(mine->outputs[0].is_ref);
  CHECK(mine->outputs[0].type == DataType::kFloat);
  CHECK(mine->FindAttr("x")->minimum == 1);
  CHECK(defs->InModel("MyOp"));
  CHECK_FALSE(defs->InModel("MatMul"));
  CHECK(defs->Find("MatMul") != nullptr);
  CHECK(defs->Find("MyOp") == mine);
  CHECK(defs->Find("Broken") == nullptr);
}

TEST_CASE("a list of ops that is cut off is an invalid model") {
  std::string list = BytesOf<tensorflow::OpList>(R"(op { name: "A" } op { name: "LongerName" })");
  list.pop_back();
  CHECK_FAILS(OpDefs::Open(SharedBytes(list)), ErrorKind::kInvalidModel, "stripped_op_list: byte");
}

}  // namespace
}  // namespace smcli
