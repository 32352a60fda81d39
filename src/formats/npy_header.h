// The head of a .npy file: magic 93 4E 55 4D 50 59, version (two bytes), the length of the text (uint16 in version 1,
// uint32 in 2 and 3), and the text, a Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
// padded with blanks and ended by a line feed so that the data begin at a multiple of 64.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace smcli {

struct NpyHeader {
  DataType dtype = DataType::kInvalid;  // kInvalid: kind 'V', bytes without a meaning
  char kind = 0;                        // of descr: b i u f c S U V
  uint64_t item_size = 0;               // bytes of an element
  bool big_endian = false;              // of elements that have a byte order
  bool fortran_order = false;
  Shape shape;
  size_t data_begin = 0;
};

// `InvalidModelError` NpyBadMagic, NpyBadVersion, NpyBadHeader; `UnsupportedError` NpyUnsupportedDtype, for pickled
// objects too, which are never read.
Result<NpyHeader> ParseNpyHeader(std::string_view file);

// Of an array in row-major order, version 1 where it fits, else 2.
std::string MakeNpyHeader(std::string_view descr, const Shape& shape);

}  // namespace smcli
