#include "formats/numpy_dtype.h"

#include <algorithm>
#include <utility>

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

}  // namespace

std::optional<DataType> NumpyDtype(std::string_view name) {
  if (!name.empty() && (name[0] == '<' || name[0] == '=' || name[0] == '|')) name.remove_prefix(1);
  for (const DtypeName& row : kDtypeNames) {
    if (row.name == name) return row.dtype;
  }
  const std::optional<DataType> dtype = DataTypeFromName(name);
  if (dtype && kArithmetic.Contains(*dtype) && NumpyName(*dtype) == name) return dtype;
  return std::nullopt;
}

std::optional<DataType> TensorFlowDtype(std::string_view name) {
  if (name == "half") return DataType::kHalf;
  if (name == "double") return DataType::kDouble;
  const std::optional<DataType> dtype = DataTypeFromName(name);
  return dtype && NumpyName(*dtype) == name ? dtype : std::nullopt;
}

int KindRank(DataType dtype) { return IsComplex(dtype) ? 3 : IsReal(dtype) ? 2 : dtype == DataType::kBool ? 0 : 1; }

DataType PromoteTypes(DataType a, DataType b) {
  if (a == b) return a;
  if (!kArithmetic.Contains(a) || !kArithmetic.Contains(b)) return DataType::kInvalid;
  if (KindRank(a) > KindRank(b)) std::swap(a, b);  // b is of the higher kind
  if (a == DataType::kBool) return b;
  const int bits_a = SizeOf(a) * 8, bits_b = SizeOf(b) * 8;
  if (KindRank(b) == 1) {  // two integers
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
    return KindRank(other) < 2 ? DataType::kBfloat16 : other == DataType::kHalf ? DataType::kFloat : other;
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

}  // namespace smcli
