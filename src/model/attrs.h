// AttrReader: the attributes of one node, typed. It reads the bytes of the NodeDef itself, so nothing is decoded that
// nobody asks for, and a tensor attribute is a view into the model's file where its alignment allows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/wire.h"
#include "model/op_defs.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace smcli {

enum class AttrField : uint32_t;  // attr_value.h

// Values for the placeholders of a function body: attribute name, bytes of its AttrValue.
using AttrBindings = std::vector<std::pair<std::string, std::string>>;

// A function-valued attribute: `f` of PartitionedCall, `then_branch` of If.
struct FuncAttr {
  std::string name;
  AttrBindings attrs;  // what the function's own attributes are, seldom any
};

// Where an AttrReader finds its node. `bindings` and `keep_alive` may be null.
struct AttrSource {
  std::string_view node;  // name, for messages
  std::string_view op;
  std::string_view node_def;  // bytes of the NodeDef
  const OpSchema* schema = nullptr;
  const AttrBindings* bindings = nullptr;
  const std::shared_ptr<const void>* keep_alive = nullptr;
};

// An attribute that the node does not set has the default of its OpDef; a placeholder has the value of its binding.
// Errors are `InvalidModelError`s (AttrMissing, AttrTypeMismatch) that name node, op and attribute.
// Cheap to copy; valid while the Graph is.
class AttrReader {
 public:
  explicit AttrReader(const AttrSource& source) : source_(source) {}

  std::string_view node() const { return source_.node; }
  std::string_view op() const { return source_.op; }
  const OpSchema* schema() const { return source_.schema; }

  bool IsSet(std::string_view name) const;      // on the node itself
  bool Has(std::string_view name) const;        // there, or by default
  std::vector<std::string_view> Names() const;  // those set on the node, in file order

  // References (DT_FLOAT_REF) are answered by their base type. A dtype number beyond the known ones is
  // `UnsupportedError`.
  Result<DataType> Type(std::string_view name) const;
  Result<int64_t> Int(std::string_view name) const;
  Result<float> Float(std::string_view name) const;
  Result<bool> Bool(std::string_view name) const;
  Result<std::string> String(std::string_view name) const;
  Result<PartialShape> Shape(std::string_view name) const;
  Result<smcli::Tensor> Tensor(std::string_view name) const;
  Result<FuncAttr> Func(std::string_view name) const;

  Result<std::vector<DataType>> Types(std::string_view name) const;
  Result<std::vector<int64_t>> Ints(std::string_view name) const;
  Result<std::vector<float>> Floats(std::string_view name) const;
  Result<std::vector<bool>> Bools(std::string_view name) const;
  Result<std::vector<std::string>> Strings(std::string_view name) const;
  Result<std::vector<PartialShape>> Shapes(std::string_view name) const;
  Result<std::vector<smcli::Tensor>> Tensors(std::string_view name) const;
  Result<std::vector<FuncAttr>> Funcs(std::string_view name) const;

  // For attributes that need not be there (names that begin with an underscore, newer attributes): `fallback` when
  // neither node nor OpDef has the attribute, or when it is of another kind.
  DataType Type(std::string_view name, DataType fallback) const;
  int64_t Int(std::string_view name, int64_t fallback) const;
  float Float(std::string_view name, float fallback) const;
  bool Bool(std::string_view name, bool fallback) const;
  std::string String(std::string_view name, std::string_view fallback) const;

  // The bytes of the AttrValue message, defaults and bindings applied; for printing, comparing and copying.
  std::optional<std::string_view> Raw(std::string_view name) const;

 private:
  Result<std::string_view> Value(std::string_view name) const;
  Result<WireField> Member(std::string_view name, AttrField field) const;
  template <typename T, typename Read>
  Result<std::vector<T>> List(std::string_view name, uint32_t number, WireType element, Read read) const;
  Error Place(std::string_view name, Error error) const;
  Error Mismatch(std::string_view name, std::string_view wanted, std::string_view value) const;

  AttrSource source_;
};

// The number and dtypes of a node's inputs and outputs, as its schema and attributes say. `InvalidModelError` when an
// attribute that decides is missing or absurd. The reader's schema must not be null.
struct ArgTypes {
  std::vector<DataType> types;  // flattened: one per tensor; references as their base type
  std::vector<bool> is_ref;
};
Result<ArgTypes> InputTypes(const AttrReader& attrs);
Result<ArgTypes> OutputTypes(const AttrReader& attrs);
Result<int32_t> NumInputs(const AttrReader& attrs);
Result<int32_t> NumOutputs(const AttrReader& attrs);
// How many tensors one argument stands for.
Result<int32_t> NumTensors(const AttrReader& attrs, const ArgSchema& arg);

}  // namespace smcli
