// Elements of any numeric dtype as wide numbers, a run at a time: for code that treats all dtypes alike and is not in a
// hurry.
#pragma once

#include <complex>
#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace smcli {

// Elements [first, first + out.size()) of a tensor. Quantised and narrow integers count as integers.
void ReadInts(const Tensor& tensor, int64_t first, std::span<int64_t> out);    // integers and bool; uint64 by its bits
void ReadDoubles(const Tensor& tensor, int64_t first, std::span<double> out);  // real numbers and bool
void ReadComplexes(const Tensor& tensor, int64_t first, std::span<std::complex<double>> out);  // all numbers and bool

// The reverse, into a tensor that is exclusive. Integers wrap; a real number that an integer type does not hold becomes
// that type's least value, as on x86; bool is "not zero"; the imaginary part is dropped where there is no room for it.
void WriteInts(std::span<const int64_t> values, bool are_uint64, int64_t first, Tensor& tensor);
void WriteDoubles(std::span<const double> values, int64_t first, Tensor& tensor);
void WriteComplexes(std::span<const std::complex<double>> values, int64_t first, Tensor& tensor);

// The plain integer dtype that holds an element of a quantised or narrow one in memory; others are themselves.
DataType StorageOf(DataType dtype);

// Integer dtypes in the widest sense: int8 ... uint64, quantised and four-bit ones.
bool IsIntegral(DataType dtype);
bool IsReal(DataType dtype);  // float, double, half, bfloat16
bool IsComplex(DataType dtype);

// Every number of `tensor` in another numeric dtype (numpy's astype); bool counts as 0 and 1.
Result<Tensor> CastNumbers(const Tensor& tensor, DataType dtype);

// Flat index of the first element that `dtype` cannot hold exactly; -1: all fit. For integers into integers or floats.
int64_t FirstInexact(const Tensor& integers, DataType dtype);

}  // namespace smcli
