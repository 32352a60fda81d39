#include "formats/numpy_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

struct DtypeName {
  std::string_view name;
  DataType dtype;
};
// Where NumPy's names are not those of tf.DType.
constexpr DtypeName kDtypeNames[] = {
    {"float", DataType::kDouble},
    {"int", DataType::kInt64},
    {"bool", DataType::kBool},
    {"str", DataType::kString},
    {"bytes", DataType::kString},
    {"object", DataType::kString},
    {"complex", DataType::kComplex128},
    {"float_", DataType::kDouble},
    {"int_", DataType::kInt64},
    {"bool_", DataType::kBool},
    {"str_", DataType::kString},
    {"bytes_", DataType::kString},
    {"half", DataType::kHalf},
    {"single", DataType::kFloat},
    {"double", DataType::kDouble},
    {"byte", DataType::kInt8},
    {"ubyte", DataType::kUint8},
    {"short", DataType::kInt16},
    {"ushort", DataType::kUint16},
    {"intc", DataType::kInt32},
    {"uintc", DataType::kUint32},
    {"long", DataType::kInt64},
    {"ulong", DataType::kUint64},
    {"longlong", DataType::kInt64},
    {"ulonglong", DataType::kUint64},
    {"uint", DataType::kUint64},
    {"csingle", DataType::kComplex64},
    {"cdouble", DataType::kComplex128},
    {"f2", DataType::kHalf},
    {"f4", DataType::kFloat},
    {"f8", DataType::kDouble},
    {"i1", DataType::kInt8},
    {"i2", DataType::kInt16},
    {"i4", DataType::kInt32},
    {"i8", DataType::kInt64},
    {"u1", DataType::kUint8},
    {"u2", DataType::kUint16},
    {"u4", DataType::kUint32},
    {"u8", DataType::kUint64},
    {"b1", DataType::kBool},
    {"?", DataType::kBool},
    {"c8", DataType::kComplex64},
    {"c16", DataType::kComplex128},
    {"S", DataType::kString},
    {"U", DataType::kString},
    {"O", DataType::kString},
    {"f", DataType::kFloat},
    {"d", DataType::kDouble},
    {"e", DataType::kHalf},
    {"i", DataType::kInt32},
    {"l", DataType::kInt64},
};
// NumPy's names that TensorFlow shares.
constexpr DataTypeSet kNamedByNumpy = kNumbers | DataType::kBool;

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

bool IsPythonNumber(const PythonValue& v) {
  return v.boolean() || v.integer() || v.large_integer() || v.real() || v.complex();
}

// 0 bool, 1 integer, 2 real, 3 complex.
int RankOf(DataType dtype) { return IsComplex(dtype) ? 3 : IsReal(dtype) ? 2 : dtype == DataType::kBool ? 0 : 1; }

// The dtype of `array op number`: the array's, unless the number is of a higher kind.
DataType WithNumber(DataType array, const PythonValue& number) {
  if (number.complex() && RankOf(array) < 3) {
    return array == DataType::kFloat || array == DataType::kHalf ? DataType::kComplex64 : DataType::kComplex128;
  }
  if (number.real() && RankOf(array) < 2) return DataType::kDouble;
  if (!number.boolean() && RankOf(array) < 1) return DataType::kInt64;
  return array;
}

Result<Shape> Broadcast(const Shape& a, const Shape& b) {
  std::vector<int64_t> dims(static_cast<size_t>(std::max(a.rank(), b.rank())));
  for (int i = 1; i <= static_cast<int>(dims.size()); ++i) {
    const int64_t x = i <= a.rank() ? a.dim(a.rank() - i) : 1, y = i <= b.rank() ? b.dim(b.rank() - i) : 1;
    if (x != y && x != 1 && y != 1) {
      return UsageError("shapes {} and {} do not go together", a.ToString(), b.ToString());
    }
    dims[dims.size() - static_cast<size_t>(i)] = x == 1 ? y : x;
  }
  return Shape::Make(dims);
}

// For each element of `to`, the flat index of the element of `from` that broadcasting puts there.
std::vector<int64_t> SourceIndices(const Shape& from, const Shape& to) {
  std::vector<int64_t> index(static_cast<size_t>(to.num_elements()), 0);
  int64_t stride = 1, repeat = 1;
  for (int i = 1; i <= to.rank(); ++i) {
    const int64_t extent = to.dim(to.rank() - i);
    const int64_t own = i <= from.rank() ? from.dim(from.rank() - i) : 1;
    if (own != 1) {
      for (size_t k = 0; k < index.size(); ++k) index[k] += static_cast<int64_t>(k) / repeat % extent * stride;
    }
    stride *= own;
    repeat *= std::max<int64_t>(extent, 1);
  }
  return index;
}

int64_t IntegerPower(int64_t base, int64_t exponent) {
  uint64_t value = 1, square = static_cast<uint64_t>(base);
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) value *= square;
    square *= square;
  }
  return static_cast<int64_t>(value);
}

// Integers of any width as NumPy computes them: wrapping, division by zero gives 0.
template <typename T>
Result<int64_t> IntegerOp(char op, int64_t left, int64_t right) {
  const auto a = static_cast<uint64_t>(left), b = static_cast<uint64_t>(right);
  switch (op) {
    case '+': return static_cast<int64_t>(a + b);
    case '-': return static_cast<int64_t>(a - b);
    case '*': return static_cast<int64_t>(a * b);
    case '^':
      if (std::is_signed_v<T> && right < 0) return UsageError("integers to negative integer powers are not allowed");
      return IntegerPower(left, right);
    default: break;
  }
  const T x = static_cast<T>(left), y = static_cast<T>(right);
  if (y == 0 || (std::is_signed_v<T> && y == T(-1))) {
    return op == 'f' && y != 0 ? static_cast<int64_t>(uint64_t{0} - a) : 0;
  }
  const T quotient = static_cast<T>(x / y), rest = static_cast<T>(x % y);
  const bool down = rest != 0 && (rest < 0) != (y < 0);
  return static_cast<int64_t>(op == 'f' ? quotient - (down ? 1 : 0) : rest + (down ? y : 0));
}

double RealOp(char op, double a, double b) {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '^': return std::pow(a, b);
    case 'f': return std::floor(a / b);
    default: break;
  }
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

Result<std::complex<double>> ComplexOp(char op, std::complex<double> a, std::complex<double> b) {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '^': return std::pow(a, b);
    default: return UsageError("complex numbers have no floor division");
  }
}

char OpLetter(std::string_view op) { return op == "**" ? '^' : op == "//" ? 'f' : op[0]; }

Result<Tensor> Compute(char op, const Tensor& a, const Tensor& b, DataType dtype) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Broadcast(a.shape(), b.shape()));
  SMCLI_ASSIGN_OR_RETURN(const Tensor left, CastArray(a, dtype));
  SMCLI_ASSIGN_OR_RETURN(const Tensor right, CastArray(b, dtype));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(dtype, shape));
  const std::vector<int64_t> from_left = SourceIndices(a.shape(), shape), from_right = SourceIndices(b.shape(), shape);
  for (int64_t i = 0; i < shape.num_elements(); ++i) {
    const int64_t l = from_left[static_cast<size_t>(i)], r = from_right[static_cast<size_t>(i)];
    if (IsComplex(dtype)) {
      std::array<std::complex<double>, 2> v;
      ReadComplexes(left, l, {&v[0], 1});
      ReadComplexes(right, r, {&v[1], 1});
      SMCLI_ASSIGN_OR_RETURN(const std::complex<double> value, ComplexOp(op, v[0], v[1]));
      WriteComplexes({&value, 1}, i, out);
    } else if (IsReal(dtype)) {
      std::array<double, 2> v;
      ReadDoubles(left, l, {&v[0], 1});
      ReadDoubles(right, r, {&v[1], 1});
      const double value = RealOp(op, v[0], v[1]);
      WriteDoubles({&value, 1}, i, out);
    } else {
      std::array<int64_t, 2> v;
      ReadInts(left, l, {&v[0], 1});
      ReadInts(right, r, {&v[1], 1});
      const bool is_unsigned = dtype == DataType::kUint64;
      SMCLI_ASSIGN_OR_RETURN(const int64_t value,
                             is_unsigned ? IntegerOp<uint64_t>(op, v[0], v[1]) : IntegerOp<int64_t>(op, v[0], v[1]));
      WriteInts({&value, 1}, is_unsigned, i, out);
    }
  }
  return out;
}

constexpr DataTypeSet kArithmetic = kNumbers | DataType::kBool;

}  // namespace

DataType PromoteTypes(DataType a, DataType b) {
  if (a == b) return a;
  if (!kArithmetic.Contains(a) || !kArithmetic.Contains(b)) return DataType::kInvalid;
  if (RankOf(a) > RankOf(b)) std::swap(a, b);  // b is of the higher kind
  if (a == DataType::kBool) return b;
  const int bits_a = SizeOf(a) * 8, bits_b = SizeOf(b) * 8;
  if (RankOf(b) == 1) {  // two integers
    const bool signed_a = kSignedInts.Contains(a), signed_b = kSignedInts.Contains(b);
    if (signed_a == signed_b) return bits_a > bits_b ? a : b;
    const int bits_unsigned = signed_a ? bits_b : bits_a, bits_signed = signed_a ? bits_a : bits_b;
    if (bits_signed > bits_unsigned) return signed_a ? a : b;
    return bits_unsigned == 8    ? DataType::kInt16
           : bits_unsigned == 16 ? DataType::kInt32
           : bits_unsigned == 32 ? DataType::kInt64
                                 : DataType::kDouble;
  }
  if (b == DataType::kBfloat16 || a == DataType::kBfloat16) {
    const DataType other = a == DataType::kBfloat16 ? b : a;
    return RankOf(other) < 2 ? DataType::kBfloat16 : other == DataType::kHalf ? DataType::kFloat : other;
  }
  // How precise a real type each side needs: 16, 32 or 64 bits.
  const auto need = [](DataType t, int bits) {
    if (IsComplex(t)) return bits / 2;
    if (IsReal(t)) return bits;
    return bits == 8 ? 16 : bits == 16 ? 32 : 64;
  };
  const int precision = std::max(need(a, bits_a), need(b, bits_b));
  if (IsComplex(b)) return precision <= 32 ? DataType::kComplex64 : DataType::kComplex128;
  return precision == 16 ? DataType::kHalf : precision == 32 ? DataType::kFloat : DataType::kDouble;
}

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

std::optional<DataType> NumpyDtype(std::string_view name) {
  if (!name.empty() && (name[0] == '<' || name[0] == '=' || name[0] == '|')) name.remove_prefix(1);
  for (const DtypeName& row : kDtypeNames) {
    if (row.name == name) return row.dtype;
  }
  const std::optional<DataType> dtype = DataTypeFromName(name);
  if (dtype && kNamedByNumpy.Contains(*dtype) && NumpyName(*dtype) == name) return dtype;
  return std::nullopt;
}

std::optional<DataType> TensorFlowDtype(std::string_view name) {
  if (name == "half") return DataType::kHalf;
  if (name == "double") return DataType::kDouble;
  const std::optional<DataType> dtype = DataTypeFromName(name);
  return dtype && NumpyName(*dtype) == name ? dtype : std::nullopt;
}

Result<Tensor> CastArray(const Tensor& array, DataType dtype) {
  if (array.dtype() == dtype) return array;
  if (!kArithmetic.Contains(array.dtype()) || !kArithmetic.Contains(dtype)) {
    return UsageError("{} cannot become {}", NumpyName(array.dtype()), NumpyName(dtype));
  }
  return CastNumbers(array, dtype);
}

Result<Tensor> ArrayBinary(std::string_view op, const PythonValue& left, const PythonValue& right) {
  SMCLI_ASSIGN_OR_RETURN(const Tensor a, ArrayFromPython(left));
  SMCLI_ASSIGN_OR_RETURN(const Tensor b, ArrayFromPython(right));
  DataType dtype = IsPythonNumber(right)  ? WithNumber(a.dtype(), right)
                   : IsPythonNumber(left) ? WithNumber(b.dtype(), left)
                                          : PromoteTypes(a.dtype(), b.dtype());
  if (!kArithmetic.Contains(dtype) || !kArithmetic.Contains(a.dtype()) || !kArithmetic.Contains(b.dtype())) {
    return UsageError("{} {} {} is not defined", NumpyName(a.dtype()), op, NumpyName(b.dtype()));
  }
  if (op == "/" && RankOf(dtype) < 2) dtype = DataType::kDouble;
  if (dtype == DataType::kBool) {
    if (op == "-") return UsageError("numpy boolean subtract is not defined");
    if (op != "+" && op != "*") dtype = DataType::kInt8;
  }
  return Compute(OpLetter(op), a, b, dtype);
}

Result<Tensor> ArrayNegative(const Tensor& array) {
  if (!kNumbers.Contains(array.dtype())) return UsageError("{} has no sign", NumpyName(array.dtype()));
  // -x, not 0 - x, which would lose the sign of zero.
  const auto minus_one = Tensor::Scalar(int64_t{-1});
  return Compute('*', array, minus_one, array.dtype());
}

}  // namespace smcli
