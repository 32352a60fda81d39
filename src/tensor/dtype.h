// DataType: TensorFlow's element types under TensorFlow's numbers (types.proto), and what each is in memory.
#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tensor/float16.h"

namespace smcli {

enum class DataType : int {
  kInvalid = 0,
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kComplex64 = 8,
  kInt64 = 9,
  kBool = 10,
  kQint8 = 11,
  kQuint8 = 12,
  kQint32 = 13,
  kBfloat16 = 14,
  kQint16 = 15,
  kQuint16 = 16,
  kUint16 = 17,
  kComplex128 = 18,
  kHalf = 19,
  kResource = 20,
  kVariant = 21,
  kUint32 = 22,
  kUint64 = 23,
  kFloat8E5m2 = 24,
  kFloat8E4m3fn = 25,
  kFloat8E4m3fnuz = 26,
  kFloat8E4m3b11fnuz = 27,
  kFloat8E5m2fnuz = 28,
  kInt4 = 29,
  kUint4 = 30,
  kInt2 = 31,
  kUint2 = 32,
  kFloat4E2m1fn = 33,
};
inline constexpr int kNumDataTypes = 34;

// A number of types.proto + 100 is the reference form of a type: what a V1 VariableV2 puts out.
inline constexpr int kRefOffset = 100;
// nullopt for a number that names no type. References are answered by their base type.
std::optional<DataType> DataTypeFromNumber(int number);
inline bool IsRefNumber(int number) { return number > kRefOffset; }

std::string_view Name(DataType dtype);       // "float", "int32", "half": the names of OpDefs
std::string_view NumpyName(DataType dtype);  // "float32", "int32", "float16": what tf.DType.name says
std::string_view EnumName(DataType dtype);   // "DT_FLOAT"
// Any of the three spellings.
std::optional<DataType> DataTypeFromName(std::string_view name);

// Bytes of an element in memory, in tensor_content and in bundles; 0 for string, resource, variant and invalid.
int SizeOf(DataType dtype);

// A set of types, e.g. kFloats | DataType::kInt32.
class DataTypeSet {
 public:
  constexpr DataTypeSet() = default;
  constexpr DataTypeSet(DataType dtype) : bits_(uint64_t{1} << static_cast<int>(dtype)) {}
  constexpr bool Contains(DataType dtype) const { return (bits_ >> static_cast<int>(dtype) & 1u) != 0; }
  constexpr bool ContainsAll(DataTypeSet other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr DataTypeSet operator|(DataTypeSet a, DataTypeSet b) { return DataTypeSet(a.bits_ | b.bits_); }
  friend constexpr DataTypeSet operator-(DataTypeSet a, DataTypeSet b) { return DataTypeSet(a.bits_ & ~b.bits_); }
  constexpr bool operator==(const DataTypeSet&) const = default;

 private:
  constexpr explicit DataTypeSet(uint64_t bits) : bits_(bits) {}
  uint64_t bits_ = 0;
};
constexpr DataTypeSet operator|(DataType a, DataType b) { return DataTypeSet(a) | DataTypeSet(b); }

inline constexpr DataTypeSet kFloats = DataType::kFloat | DataType::kDouble | DataType::kHalf | DataType::kBfloat16;
inline constexpr DataTypeSet kComplexes = DataType::kComplex64 | DataType::kComplex128;
inline constexpr DataTypeSet kSignedInts = DataType::kInt8 | DataType::kInt16 | DataType::kInt32 | DataType::kInt64;
inline constexpr DataTypeSet kUnsignedInts =
    DataType::kUint8 | DataType::kUint16 | DataType::kUint32 | DataType::kUint64;
inline constexpr DataTypeSet kInts = kSignedInts | kUnsignedInts;
inline constexpr DataTypeSet kRealNumbers = kFloats | kInts;
inline constexpr DataTypeSet kNumbers = kRealNumbers | kComplexes;
inline constexpr DataTypeSet kQuantized =
    DataType::kQint8 | DataType::kQuint8 | DataType::kQint16 | DataType::kQuint16 | DataType::kQint32;
inline constexpr DataTypeSet kFloat8s = DataType::kFloat8E5m2 | DataType::kFloat8E4m3fn | DataType::kFloat8E4m3fnuz |
                                        DataType::kFloat8E4m3b11fnuz | DataType::kFloat8E5m2fnuz;
inline constexpr DataTypeSet kIndexTypes = DataType::kInt32 | DataType::kInt64;
// Types whose elements are plain bytes.
inline constexpr DataTypeSet kPlain = kNumbers | kQuantized | kFloat8s | DataType::kBool | DataType::kInt4 |
                                      DataType::kUint4 | DataType::kInt2 | DataType::kUint2 | DataType::kFloat4E2m1fn;
inline constexpr DataTypeSet kAllTypes = kPlain | DataType::kString | DataType::kResource | DataType::kVariant;

// The DataType of a C++ element type. Quantised and 4-bit types share the integer types and have no entry of their own.
template <typename T>
inline constexpr DataType kDataTypeOf = DataType::kInvalid;
template <>
inline constexpr DataType kDataTypeOf<float> = DataType::kFloat;
template <>
inline constexpr DataType kDataTypeOf<double> = DataType::kDouble;
template <>
inline constexpr DataType kDataTypeOf<int8_t> = DataType::kInt8;
template <>
inline constexpr DataType kDataTypeOf<int16_t> = DataType::kInt16;
template <>
inline constexpr DataType kDataTypeOf<int32_t> = DataType::kInt32;
template <>
inline constexpr DataType kDataTypeOf<int64_t> = DataType::kInt64;
template <>
inline constexpr DataType kDataTypeOf<uint8_t> = DataType::kUint8;
template <>
inline constexpr DataType kDataTypeOf<uint16_t> = DataType::kUint16;
template <>
inline constexpr DataType kDataTypeOf<uint32_t> = DataType::kUint32;
template <>
inline constexpr DataType kDataTypeOf<uint64_t> = DataType::kUint64;
template <>
inline constexpr DataType kDataTypeOf<bool> = DataType::kBool;
template <>
inline constexpr DataType kDataTypeOf<Half> = DataType::kHalf;
template <>
inline constexpr DataType kDataTypeOf<BFloat16> = DataType::kBfloat16;
template <>
inline constexpr DataType kDataTypeOf<std::complex<float>> = DataType::kComplex64;
template <>
inline constexpr DataType kDataTypeOf<std::complex<double>> = DataType::kComplex128;
template <>
inline constexpr DataType kDataTypeOf<std::string> = DataType::kString;

template <typename T>
struct TypeTag {
  using type = T;
};

// DispatchX(dtype, f) calls f(TypeTag<T>{}) with the C++ type of a dtype of the family X and answers true, or answers
// false. Quantised and narrow integers come as the integers that hold them.
//   DispatchFloats(dtype, [&](auto tag) { using T = typename decltype(tag)::type; ... });
// Take the narrowest family that fits: every type of it is instantiated.
template <typename F>
bool DispatchFloats(DataType dtype, F&& f) {
  switch (dtype) {
    case DataType::kFloat: f(TypeTag<float>{}); return true;
    case DataType::kDouble: f(TypeTag<double>{}); return true;
    case DataType::kHalf: f(TypeTag<Half>{}); return true;
    case DataType::kBfloat16: f(TypeTag<BFloat16>{}); return true;
    default: return false;
  }
}
template <typename F>
bool DispatchInts(DataType dtype, F&& f) {
  switch (dtype) {
    case DataType::kInt8:
    case DataType::kQint8:
    case DataType::kInt4:
    case DataType::kInt2: f(TypeTag<int8_t>{}); return true;
    case DataType::kInt16:
    case DataType::kQint16: f(TypeTag<int16_t>{}); return true;
    case DataType::kInt32:
    case DataType::kQint32: f(TypeTag<int32_t>{}); return true;
    case DataType::kInt64: f(TypeTag<int64_t>{}); return true;
    case DataType::kUint8:
    case DataType::kQuint8:
    case DataType::kUint4:
    case DataType::kUint2: f(TypeTag<uint8_t>{}); return true;
    case DataType::kUint16:
    case DataType::kQuint16: f(TypeTag<uint16_t>{}); return true;
    case DataType::kUint32: f(TypeTag<uint32_t>{}); return true;
    case DataType::kUint64: f(TypeTag<uint64_t>{}); return true;
    default: return false;
  }
}
template <typename F>
bool DispatchComplexes(DataType dtype, F&& f) {
  switch (dtype) {
    case DataType::kComplex64: f(TypeTag<std::complex<float>>{}); return true;
    case DataType::kComplex128: f(TypeTag<std::complex<double>>{}); return true;
    default: return false;
  }
}
template <typename F>
bool DispatchRealNumbers(DataType dtype, F&& f) {
  return DispatchFloats(dtype, f) || DispatchInts(dtype, f);
}
template <typename F>
bool DispatchNumbers(DataType dtype, F&& f) {
  return DispatchRealNumbers(dtype, f) || DispatchComplexes(dtype, f);
}
template <typename F>
bool DispatchNumbersAndBool(DataType dtype, F&& f) {
  if (dtype == DataType::kBool) {
    f(TypeTag<bool>{});
    return true;
  }
  return DispatchNumbers(dtype, f);
}
// By element size only (moves, gathers, transposes): uint8_t, uint16_t, uint32_t, uint64_t, complex<double>,
// std::string.
template <typename F>
bool DispatchBySize(DataType dtype, F&& f) {
  if (dtype == DataType::kString) {
    f(TypeTag<std::string>{});
    return true;
  }
  switch (SizeOf(dtype)) {
    case 1: f(TypeTag<uint8_t>{}); return true;
    case 2: f(TypeTag<uint16_t>{}); return true;
    case 4: f(TypeTag<uint32_t>{}); return true;
    case 8: f(TypeTag<uint64_t>{}); return true;
    case 16: f(TypeTag<std::complex<double>>{}); return true;
    default: return false;
  }
}

}  // namespace smcli
