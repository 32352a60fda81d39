// OpDefs: what is known about ops besides how to compute them: argument names, arities, attributes and their defaults.
// Sources, in this order: the table of TensorFlow's ops inside this program (op_defs.txt, written by
// tools/oracle/dump_op_defs.py, which documents its grammar), then, for ops that TensorFlow lacks, the model's own
// stripped_op_list. TensorFlow goes by its registry alone: what a model says of a known op is hearsay.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/shared_bytes.h"
#include "tensor/dtype.h"

namespace smcli {

// The kinds that an AttrDef's type names; `list(X)` is X and AttrSchema::list.
enum class AttrKind : uint8_t { kString, kInt, kFloat, kBool, kType, kShape, kTensor, kFunc };
std::string_view Name(AttrKind kind);  // "int"
std::optional<AttrKind> AttrKindFromName(std::string_view name);

struct AttrSchema {
  std::string_view name;
  AttrKind kind = AttrKind::kInt;
  bool list = false;
  std::optional<int64_t> minimum;            // smallest int, or smallest list length
  std::optional<std::string> default_value;  // bytes of an AttrValue message; absent: the attribute is required
  DataTypeSet allowed_types;                 // empty: any
  std::vector<std::string> allowed_strings;  // empty: any

  std::string TypeName() const;  // "list(type)"
};

// Exactly one of the four says what the argument holds: a fixed dtype, a type attr (T), or a list(type) attr (Tin).
// With number_attr the argument is N tensors of that one dtype.
struct ArgSchema {
  std::string_view name;
  DataType type = DataType::kInvalid;
  std::string_view type_attr;
  std::string_view number_attr;
  std::string_view type_list_attr;
  bool is_ref = false;

  bool single() const { return number_attr.empty() && type_list_attr.empty(); }
};

// An OpDef, or the signature of a function of the model. Views point into the bytes it was read from.
struct OpSchema {
  std::string_view name;
  std::vector<ArgSchema> inputs;
  std::vector<ArgSchema> outputs;
  std::vector<AttrSchema> attrs;
  bool stateful = false;
  bool commutative = false;
  bool aggregate = false;
  int deprecated = 0;        // the GraphDef version that deprecated it; 0: is not
  bool fixed_inputs = true;  // every input argument is one tensor, so the arity needs no attributes
  bool fixed_outputs = true;

  const AttrSchema* FindAttr(std::string_view name) const;
};

// Reads the bytes of an OpDef message. `InvalidModelError` names the byte.
Result<OpSchema> ParseOpDef(std::string_view op_def);
// Reads one line of op_defs.txt; the views point into it.
OpSchema ParseOpLine(std::string_view line);

// The line of op_defs.txt for an op, found by binary search; empty: TensorFlow has no such op.
std::string_view FindBuiltinOpLine(std::string_view op);
// Is the op one that stock TensorFlow registers?
inline bool IsTensorFlowOp(std::string_view op) { return !FindBuiltinOpLine(op).empty(); }
// Every op of op_defs.txt, sorted by bytes.
std::vector<std::string_view> BuiltinOpNames();

// Schemas are read when first asked for. Safe to use from several threads; pointers stay valid while the OpDefs lives.
class OpDefs {
 public:
  OpDefs();  // TensorFlow's ops alone
  // With the bytes of a stripped_op_list (OpList message) for the ops that TensorFlow lacks.
  static Result<std::unique_ptr<OpDefs>> Open(SharedBytes op_list);

  OpDefs(const OpDefs&) = delete;
  OpDefs& operator=(const OpDefs&) = delete;

  // Null: neither TensorFlow nor the model defines the op, or the model's definition cannot be read.
  const OpSchema* Find(std::string_view op) const;
  // Does the model's own list hold the op?
  bool InModel(std::string_view op) const { return model_.contains(op); }

 private:
  SharedBytes list_;
  std::unordered_map<std::string_view, std::string_view> model_;  // op name -> bytes of its OpDef
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string_view, std::unique_ptr<OpSchema>> parsed_;
};

}  // namespace smcli
