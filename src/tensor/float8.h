// The five float8 formats: conversion from and to float. Arithmetic is done in float.
#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace smcli {

// dtype: one of kFloat8s.
void Float8ToFloat(DataType dtype, const uint8_t* x, float* y, int64_t n);
// Rounds to nearest even. What is too large becomes infinity where the format has one, else NaN.
void FloatToFloat8(DataType dtype, const float* x, uint8_t* y, int64_t n);

}  // namespace smcli
