// Matrices in memory as Eigen sees them, row by row.
#pragma once

#include <Eigen/Core>

#include "loops/conjugate.h"
#include "loops/linear_algebra.h"

namespace smcli::linear {

template <typename T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T>
using MatrixIn = Eigen::Map<const Matrix<T>>;
template <typename T>
using MatrixOut = Eigen::Map<Matrix<T>>;
template <typename T>
using VectorOut = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, 1>>;

}  // namespace smcli::linear
