// What NumPy calls dtypes, and which dtype holds two.
#pragma once

#include <optional>
#include <string_view>

#include "tensor/dtype.h"

namespace smcli {

// What NumPy computes with.
inline constexpr DataTypeSet kArithmetic = kNumbers | DataType::kBool;

// What NumPy calls a dtype: "float32", "float", "i8", "<f4", "bfloat16", "str". Note that "float" is float64 here.
std::optional<DataType> NumpyDtype(std::string_view name);
// What tf.NAME is: "float32", "half", "qint8".
std::optional<DataType> TensorFlowDtype(std::string_view name);

// The kinds in the order in which NumPy promotes them: 0 bool, 1 integer, 2 real, 3 complex.
int KindRank(DataType dtype);

// The dtype that holds both, as numpy.promote_types; kInvalid when there is none.
DataType PromoteTypes(DataType a, DataType b);

}  // namespace smcli
