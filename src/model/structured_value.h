// StructuredValue: the Python structure of a function's arguments and results, as the object graph stores it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace tensorflow {
class StructuredValue;
}  // namespace tensorflow

namespace smcli {

struct StructuredValue {
  enum class Kind {
    kUnset,
    kNone,
    kFloat,
    kInt,
    kString,
    kBool,
    kShape,
    kDtype,
    kTensorSpec,  // name, shape, dtype; bounded ones too (bounds in items: minimum, maximum)
    kTypeSpec,    // of a composite: name is the class, items the one type_state, components how many tensors
    kList,
    kTuple,
    kDict,        // keys sorted by bytes
    kNamedTuple,  // name is the class, keys the fields in order
    kTensor,
    kNumpy,
  };

  Kind kind = Kind::kUnset;
  double float_value = 0;
  int64_t int_value = 0;
  bool bool_value = false;
  std::string name;  // kString: the string; else see Kind
  PartialShape shape;
  DataType dtype = DataType::kInvalid;
  int dtype_number = 0;     // as in the file
  int type_spec_class = 0;  // kTypeSpec: number of TypeSpecProto.TypeSpecClass
  int components = 0;       // kTypeSpec: num_flat_components, 0 if not given
  bool bounded = false;     // kTensorSpec
  std::vector<std::string> keys;
  std::vector<StructuredValue> items;
  Tensor tensor;  // kTensor, kNumpy

  const StructuredValue* Find(std::string_view key) const;  // among dict or named tuple entries
};

// `InvalidModelError` beyond 100 levels.
Result<StructuredValue> ReadStructuredValue(const tensorflow::StructuredValue& value);

// One tensor (or, for composites, group of tensors) of a structure, found depth first.
struct StructureLeaf {
  std::string path;  // dictionary keys, field names, positions, joined by '/'
  const StructuredValue* value = nullptr;
  int num_tensors = 0;  // 0 for what is no tensor (Python values)
};
// `root` outlives the answer. Dictionaries in ascending order of their keys.
std::vector<StructureLeaf> FlattenStructure(const StructuredValue& root);
// How many tensors the structure flattens to.
int64_t CountTensors(const StructuredValue& value);

}  // namespace smcli
