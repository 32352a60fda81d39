#include "formats/numpy_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "formats/numpy_dtype.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

// The leaves of nested sequences in order, and the shape they make.
struct Leaves {
  std::vector<const PythonValue*> values;
  std::vector<int64_t> dims;     // of the nesting
  std::vector<int64_t> in_leaf;  // of the arrays that stand for leaves
};

std::vector<int64_t> DimsOf(const PythonValue& leaf) {
  const Tensor* array = leaf.array();
  if (!array) return {};
  return {array->shape().dims().begin(), array->shape().dims().end()};
}

// One level at a time: all values of a level must be sequences of one length, or all leaves of one shape.
Result<Leaves> Flatten(const PythonValue& value) {
  const Error ragged = UsageError("the lists make no array: their lengths differ");
  Leaves out;
  out.values = {&value};
  while (!out.values.empty() && out.values[0]->sequence()) {
    const size_t length = out.values[0]->sequence()->size();
    std::vector<const PythonValue*> next;
    next.reserve(out.values.size() * length);
    for (const PythonValue* item : out.values) {
      if (!item->sequence() || item->sequence()->size() != length) return ragged;
      for (const PythonValue& inner : *item->sequence()) next.push_back(&inner);
    }
    out.dims.push_back(static_cast<int64_t>(length));
    if (out.dims.size() > static_cast<size_t>(kMaxRank)) return ragged;
    out.values = std::move(next);
  }
  if (!out.values.empty()) out.in_leaf = DimsOf(*out.values[0]);
  for (const PythonValue* leaf : out.values) {
    if (leaf->sequence() || DimsOf(*leaf) != out.in_leaf) return ragged;
  }
  return out;
}

// kInvalid for what cannot stand in an array.
DataType LeafType(const PythonValue& leaf) {
  if (leaf.boolean()) return DataType::kBool;
  if (leaf.integer()) return DataType::kInt64;
  if (leaf.large_integer()) return DataType::kUint64;
  if (leaf.real()) return DataType::kDouble;
  if (leaf.complex()) return DataType::kComplex128;
  if (leaf.text() || leaf.bytes()) return DataType::kString;
  return leaf.array() ? leaf.array()->dtype() : DataType::kInvalid;
}

Result<DataType> CommonType(const std::vector<const PythonValue*>& leaves) {
  if (leaves.empty()) return DataType::kDouble;
  DataType common = LeafType(*leaves[0]);
  bool negative = false, large = false;
  for (const PythonValue* leaf : leaves) {
    const DataType type = LeafType(*leaf);
    if (type == DataType::kInvalid) return UsageError("{} is no array element", leaf->Repr());
    if ((type == DataType::kString) != (common == DataType::kString)) {
      return UsageError("strings and numbers make no array together");
    }
    negative = negative || (leaf->integer() && *leaf->integer() < 0);
    large = large || leaf->large_integer();
    // Non-negative Python ints share uint64 with one that needs it.
    const bool ints = (type == DataType::kUint64 && common == DataType::kInt64 && !leaf->array()) ||
                      (type == DataType::kInt64 && common == DataType::kUint64 && !leaf->array());
    common = ints ? DataType::kUint64 : PromoteTypes(common, type);
    if (common == DataType::kInvalid) return UsageError("the elements have no dtype in common");
  }
  if (large && negative && common == DataType::kUint64) return UsageError("the integers do not fit into one dtype");
  return common;
}

void WriteLeaf(const PythonValue& leaf, int64_t at, Tensor& out) {
  if (const bool* v = leaf.boolean()) {
    const int64_t value = *v ? 1 : 0;
    WriteInts({&value, 1}, false, at, out);
  } else if (leaf.integer()) {
    WriteInts({leaf.integer(), 1}, false, at, out);
  } else if (const uint64_t* large = leaf.large_integer()) {
    const auto value = static_cast<int64_t>(*large);
    WriteInts({&value, 1}, true, at, out);
  } else if (leaf.real()) {
    WriteDoubles({leaf.real(), 1}, at, out);
  } else if (leaf.complex()) {
    WriteComplexes({leaf.complex(), 1}, at, out);
  } else if (leaf.text() || leaf.bytes()) {
    out.mutable_data<std::string>()[at] = leaf.text() ? *leaf.text() : *leaf.bytes();
  }
}

Status WriteArrayLeaf(const Tensor& array, int64_t at, Tensor& out) {
  SMCLI_ASSIGN_OR_RETURN(const Tensor cast, CastArray(array, out.dtype()));
  DispatchBySize(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const auto values = cast.flat<T>();
    std::copy(values.begin(), values.end(), out.mutable_data<T>() + at);
  });
  return {};
}

}  // namespace

Result<Tensor> ArrayFromPython(const PythonValue& value) {
  if (const Tensor* array = value.array()) return *array;
  SMCLI_ASSIGN_OR_RETURN(Leaves leaves, Flatten(value));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, CommonType(leaves.values));
  std::vector<int64_t> dims = leaves.dims;
  dims.insert(dims.end(), leaves.in_leaf.begin(), leaves.in_leaf.end());
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(dims));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(dtype, shape));
  const int64_t step = leaves.values.empty() ? 0 : shape.num_elements() / static_cast<int64_t>(leaves.values.size());
  for (size_t i = 0; i < leaves.values.size(); ++i) {
    const PythonValue& leaf = *leaves.values[i];
    const int64_t at = static_cast<int64_t>(i) * step;
    if (leaf.array()) {
      SMCLI_RETURN_IF_ERROR(WriteArrayLeaf(*leaf.array(), at, out));
    } else {
      WriteLeaf(leaf, at, out);
    }
  }
  return out;
}

Result<Tensor> CastArray(const Tensor& array, DataType dtype) {
  if (array.dtype() == dtype) return array;
  if (!kArithmetic.Contains(array.dtype()) || !kArithmetic.Contains(dtype)) {
    return UsageError("{} cannot become {}", NumpyName(array.dtype()), NumpyName(dtype));
  }
  return CastNumbers(array, dtype);
}

}  // namespace smcli
