#include "model/attrs.h"

#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

// A node of its own, of an op without a schema unless TensorFlow has it.
struct NodeAttrs {
  explicit NodeAttrs(std::string_view text, AttrBindings call = {})
      : bytes(BytesOf<tensorflow::NodeDef>(text)), bindings(std::move(call)) {
    tensorflow::NodeDef def;
    REQUIRE(def.ParseFromString(bytes));
    name = def.name();
    op = def.op();
  }
  AttrReader reader() const {
    return AttrReader({.node = name, .op = op, .node_def = bytes, .schema = defs.Find(op), .bindings = &bindings});
  }

  OpDefs defs;
  std::string bytes, name, op;
  AttrBindings bindings;
};

TEST_CASE("attributes of every kind are read from a node") {
  const NodeAttrs node(R"(
    name: "n" op: "Custom"
    attr { key: "t" value { type: DT_INT64 } } attr { key: "ref" value { type: DT_FLOAT_REF } }
    attr { key: "i" value { i: -5 } } attr { key: "f" value { f: 0.5 } } attr { key: "b" value { b: true } }
    attr { key: "s" value { s: "a\000b" } } attr { key: "shape" value { shape { dim { size: 2 } dim { size: -1 } } } }
    attr { key: "any" value { shape { unknown_rank: true } } }
    attr { key: "tensor" value { tensor { dtype: DT_INT32 tensor_shape { dim { size: 3 } } int_val: 7 } } }
    attr { key: "func" value { func { name: "g" attr { key: "T" value { type: DT_HALF } } } } })");
  const AttrReader attrs = node.reader();
  CHECK(Value(attrs.Type("t")) == DataType::kInt64);
  CHECK(Value(attrs.Type("ref")) == DataType::kFloat);
  CHECK(Value(attrs.Int("i")) == -5);
  CHECK(Value(attrs.Float("f")) == 0.5f);
  CHECK(Value(attrs.Bool("b")));
  CHECK(Value(attrs.String("s")) == std::string("a\0b", 3));
  CHECK(Value(attrs.Shape("shape")) == PartialShape(std::vector<int64_t>{2, -1}));
  CHECK_FALSE(Value(attrs.Shape("any")).known_rank());
  const Tensor tensor = Value(attrs.Tensor("tensor"));
  CHECK(tensor.shape() == Shape{3});
  CHECK(tensor.flat<int32_t>()[2] == 7);
  const FuncAttr func = Value(attrs.Func("func"));
  CHECK(func.name == "g");
  REQUIRE(func.attrs.size() == 1);
  CHECK(func.attrs[0].first == "T");
  CHECK(attrs.Names().size() == 10);
}

TEST_CASE("lists are read packed and unpacked, and an empty list is a list of any kind") {
  const NodeAttrs node(R"(
    name: "n" op: "Custom" attr { key: "empty" value { list { } } }
    attr { key: "i" value { list { i: 1 i: -2 } } } attr { key: "f" value { list { f: 1.5 f: -2 } } }
    attr { key: "b" value { list { b: true b: false } } } attr { key: "s" value { list { s: "x" s: "" } } }
    attr { key: "t" value { list { type: DT_BOOL type: DT_STRING } } }
    attr { key: "shapes" value { list { shape { unknown_rank: true } shape { dim { size: 4 } } } } }
    attr { key: "tensors" value { list { tensor { dtype: DT_FLOAT float_val: 2 } } } }
    attr { key: "funcs" value { list { func { name: "a" } func { name: "b" } } } })");
  const AttrReader attrs = node.reader();
  CHECK(Value(attrs.Ints("i")) == std::vector<int64_t>{1, -2});
  CHECK(Value(attrs.Floats("f")) == std::vector<float>{1.5f, -2});
  CHECK(Value(attrs.Bools("b")) == std::vector<bool>{true, false});
  CHECK(Value(attrs.Strings("s")) == std::vector<std::string>{"x", ""});
  CHECK(Value(attrs.Types("t")) == std::vector<DataType>{DataType::kBool, DataType::kString});
  CHECK(Value(attrs.Shapes("shapes")).size() == 2);
  CHECK(Value(attrs.Tensors("tensors"))[0].scalar<float>() == 2);
  CHECK(Value(attrs.Funcs("funcs"))[1].name == "b");
  CHECK(Value(attrs.Ints("empty")).empty());
  CHECK(Value(attrs.Funcs("empty")).empty());

  // attr "i": list with i unpacked (18 05) and packed (1a 02 06 07)
  std::string entry, value, list = std::string("\x18\x05\x1a\x02\x06\x07", 6), node_def;
  AppendBytesField(1, list, value);
  AppendBytesField(1, "i", entry);
  AppendBytesField(2, value, entry);
  AppendBytesField(5, entry, node_def);
  const AttrReader mixed({.node = "n", .op = "Custom", .node_def = node_def});
  CHECK(Value(mixed.Ints("i")) == std::vector<int64_t>{5, 6, 7});
}

TEST_CASE("a missing attribute and one of another kind name node, op and attribute") {
  const NodeAttrs node(
      R"(name: "conv" op: "Conv2D" attr { key: "T" value { i: 3 } } attr { key: "strides" value { i: 1 } })");
  const AttrReader attrs = node.reader();
  CHECK_FAILS(attrs.String("padding"), ErrorKind::kInvalidModel,
              "node 'conv' (Conv2D): attribute 'padding' is missing (AttrMissing)");
  CHECK_FAILS(attrs.Type("T"), ErrorKind::kInvalidModel,
              "node 'conv' (Conv2D): attribute 'T' should be a type and is a int (AttrTypeMismatch)");
  CHECK_FAILS(attrs.Ints("strides"), ErrorKind::kInvalidModel, "should be a list");
  CHECK(attrs.Int("nothing", 12) == 12);
  CHECK(attrs.Int("strides", 12) == 1);
  CHECK(attrs.Float("strides", 0.5f) == 0.5f);
  CHECK(attrs.String("_class", "none") == "none");
  CHECK(attrs.Bool("_x", true));
  CHECK(attrs.Type("T", DataType::kHalf) == DataType::kHalf);
}

TEST_CASE("defaults come from the op, and only what is set counts as set") {
  const NodeAttrs node(R"(name: "m" op: "MatMul" attr { key: "T" value { type: DT_FLOAT } })");
  const AttrReader attrs = node.reader();
  CHECK_FALSE(Value(attrs.Bool("transpose_a")));
  CHECK(attrs.Has("transpose_a"));
  CHECK_FALSE(attrs.IsSet("transpose_a"));
  CHECK(attrs.IsSet("T"));
}

TEST_CASE("placeholders are filled by the call") {
  const std::string half = BytesOf<tensorflow::AttrValue>("type: DT_HALF");
  const NodeAttrs node(R"(name: "n" op: "Relu" attr { key: "T" value { placeholder: "Tx" } })", {{"Tx", half}});
  CHECK(Value(node.reader().Type("T")) == DataType::kHalf);
  const NodeAttrs open(R"(name: "n" op: "Relu" attr { key: "T" value { placeholder: "Ty" } })", {{"Tx", half}});
  CHECK_FAILS(open.reader().Type("T"), ErrorKind::kInvalidModel,
              "a placeholder that the call does not fill (AttrMissing)");
}

TEST_CASE("an unknown dtype is unsupported, not invalid") {
  const NodeAttrs node(R"(name: "n" op: "Custom" attr { key: "T" value { type: 77 } })");
  CHECK_FAILS(node.reader().Type("T"), ErrorKind::kUnsupported, "unknown dtype number 77");
}

TEST_CASE("a tensor attribute is a view into the node when its bytes lie aligned") {
  const std::string text = R"(name: "n" op: "Const" attr { key: "value" value { tensor { dtype: DT_UINT8
      tensor_shape { dim { size: 4 } } tensor_content: "\001\002\003\004" } } })";
  auto bytes = std::make_shared<const std::string>(BytesOf<tensorflow::NodeDef>(text));
  const std::shared_ptr<const void> owner = bytes;
  const AttrReader attrs({.node = "n", .op = "Const", .node_def = *bytes, .keep_alive = &owner});
  const Tensor tensor = Value(attrs.Tensor("value"));
  const auto* data = static_cast<const char*>(tensor.raw_data());
  CHECK((data >= bytes->data() && data < bytes->data() + bytes->size()));
  CHECK(tensor.flat<uint8_t>()[3] == 4);
}

TEST_CASE("arities and dtypes follow from the attributes") {
  const NodeAttrs concat(
      R"(name: "c" op: "ConcatV2" attr { key: "N" value { i: 3 } } attr { key: "T" value { type: DT_HALF } })");
  CHECK(Value(NumInputs(concat.reader())) == 4);
  CHECK(Value(NumOutputs(concat.reader())) == 1);
  CHECK(Value(InputTypes(concat.reader())).types ==
        std::vector<DataType>{DataType::kHalf, DataType::kHalf, DataType::kHalf, DataType::kInt32});
  const NodeAttrs call(R"(name: "p" op: "PartitionedCall" attr { key: "Tin" value { list { type: DT_FLOAT } } }
                          attr { key: "Tout" value { list { type: DT_INT32 type: DT_STRING } } })");
  CHECK(Value(NumOutputs(call.reader())) == 2);
  CHECK(Value(OutputTypes(call.reader())).types == std::vector<DataType>{DataType::kInt32, DataType::kString});
  const NodeAttrs variable(R"(name: "v" op: "VariableV2" attr { key: "dtype" value { type: DT_FLOAT } })");
  CHECK(Value(OutputTypes(variable.reader())).is_ref == std::vector<bool>{true});
}

TEST_CASE("an absurd arity is an invalid model and takes no memory") {
  for (const char* n : {"-1", "9223372036854775807", "1048577"}) {
    const NodeAttrs node(fmt::format(R"(name: "c" op: "AddN" attr {{ key: "N" value {{ i: {} }} }}
                                        attr {{ key: "T" value {{ type: DT_FLOAT }} }})",
                                     n));
    CHECK_FAILS(NumInputs(node.reader()), ErrorKind::kInvalidModel, "InputCountMismatch");
    CHECK_FAILS(InputTypes(node.reader()), ErrorKind::kInvalidModel, "InputCountMismatch");
  }
}

}  // namespace
}  // namespace smcli
