// TensorProto's fields by number, and which of them holds the values of a dtype.
#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace smcli {

// Field numbers of TensorProto.
enum TensorField : uint32_t {
  kDtype = 1,
  kShape = 2,
  kContent = 4,
  kFloatVal = 5,
  kDoubleVal = 6,
  kIntVal = 7,
  kStringVal = 8,
  kScomplexVal = 9,
  kInt64Val = 10,
  kBoolVal = 11,
  kDcomplexVal = 12,
  kHalfVal = 13,
  kHandleVal = 14,
  kVariantVal = 15,
  kUint32Val = 16,
  kUint64Val = 17,
  kFloat8Val = 18,
};

// Where the values of a dtype are when they are not in tensor_content.
constexpr uint32_t ValueField(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat: return kFloatVal;
    case DataType::kDouble: return kDoubleVal;
    case DataType::kString: return kStringVal;
    case DataType::kComplex64: return kScomplexVal;
    case DataType::kInt64: return kInt64Val;
    case DataType::kBool: return kBoolVal;
    case DataType::kComplex128: return kDcomplexVal;
    case DataType::kHalf:
    case DataType::kBfloat16: return kHalfVal;
    case DataType::kResource: return kHandleVal;
    case DataType::kVariant: return kVariantVal;
    case DataType::kUint32: return kUint32Val;
    case DataType::kUint64: return kUint64Val;
    case DataType::kFloat4E2m1fn: return kFloat8Val;
    default: return kFloat8s.Contains(dtype) ? kFloat8Val : kIntVal;
  }
}

}  // namespace smcli
