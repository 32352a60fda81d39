#include "tensor/dtype.h"

#include <array>

namespace smcli {
namespace {

struct TypeRow {
  std::string_view name;
  std::string_view numpy_name;
  std::string_view enum_name;
  int size;
};

// Indexed by the number of types.proto.
constexpr std::array<TypeRow, kNumDataTypes> kRows = {{
    {"invalid", "invalid", "DT_INVALID", 0},
    {"float", "float32", "DT_FLOAT", 4},
    {"double", "float64", "DT_DOUBLE", 8},
    {"int32", "int32", "DT_INT32", 4},
    {"uint8", "uint8", "DT_UINT8", 1},
    {"int16", "int16", "DT_INT16", 2},
    {"int8", "int8", "DT_INT8", 1},
    {"string", "string", "DT_STRING", 0},
    {"complex64", "complex64", "DT_COMPLEX64", 8},
    {"int64", "int64", "DT_INT64", 8},
    {"bool", "bool", "DT_BOOL", 1},
    {"qint8", "qint8", "DT_QINT8", 1},
    {"quint8", "quint8", "DT_QUINT8", 1},
    {"qint32", "qint32", "DT_QINT32", 4},
    {"bfloat16", "bfloat16", "DT_BFLOAT16", 2},
    {"qint16", "qint16", "DT_QINT16", 2},
    {"quint16", "quint16", "DT_QUINT16", 2},
    {"uint16", "uint16", "DT_UINT16", 2},
    {"complex128", "complex128", "DT_COMPLEX128", 16},
    {"half", "float16", "DT_HALF", 2},
    {"resource", "resource", "DT_RESOURCE", 0},
    {"variant", "variant", "DT_VARIANT", 0},
    {"uint32", "uint32", "DT_UINT32", 4},
    {"uint64", "uint64", "DT_UINT64", 8},
    {"float8_e5m2", "float8_e5m2", "DT_FLOAT8_E5M2", 1},
    {"float8_e4m3fn", "float8_e4m3fn", "DT_FLOAT8_E4M3FN", 1},
    {"float8_e4m3fnuz", "float8_e4m3fnuz", "DT_FLOAT8_E4M3FNUZ", 1},
    {"float8_e4m3b11fnuz", "float8_e4m3b11fnuz", "DT_FLOAT8_E4M3B11FNUZ", 1},
    {"float8_e5m2fnuz", "float8_e5m2fnuz", "DT_FLOAT8_E5M2FNUZ", 1},
    {"int4", "int4", "DT_INT4", 1},
    {"uint4", "uint4", "DT_UINT4", 1},
    {"int2", "int2", "DT_INT2", 1},
    {"uint2", "uint2", "DT_UINT2", 1},
    {"float4_e2m1fn", "float4_e2m1fn", "DT_FLOAT4_E2M1FN", 1},
}};

const TypeRow& Row(DataType dtype) { return kRows[static_cast<size_t>(dtype)]; }

}  // namespace

std::optional<DataType> DataTypeFromNumber(int number) {
  if (number > kRefOffset) number -= kRefOffset;
  if (number <= 0 || number >= kNumDataTypes) return std::nullopt;
  return static_cast<DataType>(number);
}

std::string_view Name(DataType dtype) { return Row(dtype).name; }
std::string_view NumpyName(DataType dtype) { return Row(dtype).numpy_name; }
std::string_view EnumName(DataType dtype) { return Row(dtype).enum_name; }
int SizeOf(DataType dtype) { return Row(dtype).size; }

std::optional<DataType> DataTypeFromName(std::string_view name) {
  for (int i = 1; i < kNumDataTypes; ++i) {
    const TypeRow& row = kRows[static_cast<size_t>(i)];
    if (name == row.name || name == row.numpy_name || name == row.enum_name) return static_cast<DataType>(i);
  }
  return std::nullopt;
}

}  // namespace smcli
