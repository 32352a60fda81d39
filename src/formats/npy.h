// NumPy's .npy files, to tensors and back. Object arrays, which hold pickled Python, are never read nor written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// The array in `file`, which may be part of a larger file. Numbers that lie in the file as they lie in memory are not
// copied. Both kinds of strings (S: bytes, U: code points, which become UTF-8) lose the zeros that pad them.
// Arrays of bytes without a meaning ('|V1', '|V2'), which is how NumPy saves bfloat16 and its like, are read as `raw`,
// whose size must fit. Bytes behind the array are ignored.
// `InvalidModelError` NpyBadHeader, NpyDataTruncated, ...; `UnsupportedError` NpyUnsupportedDtype.
Result<Tensor> ReadNpy(const MappedFile& file, DataType raw = DataType::kInvalid);

// A tensor as a .npy file: header, then data. The data may look into the tensor, which must outlive them.
struct NpyImage {
  std::string header;
  std::string_view data;
  MappedFile owned;         // where the data are, if they had to be made
  bool widened = false;     // bfloat16 and float8 became float32, which NumPy lacks
  bool lost_zeros = false;  // a string ends with a zero byte, which NumPy's S takes for padding

  uint64_t size() const { return header.size() + data.size(); }
};

// The header of an array whose elements are written as they lie in memory. `UnsupportedError` where NumPy has no such
// dtype.
Result<std::string> NpyHeaderOf(DataType dtype, const Shape& shape);

// Can tensors of this dtype be written? Not handles, variants and float4.
bool NpyHolds(DataType dtype);
// Quantised and narrow integers become the integers that hold them, strings S of the longest one's length.
// `UnsupportedError` for handles, variants and float4.
Result<NpyImage> MakeNpy(const Tensor& tensor);

}  // namespace smcli
