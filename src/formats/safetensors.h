// safetensors files, read and written:
//
//   uint64 N (little-endian), N bytes of JSON, then the data of all tensors without gaps
//   JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ..., "__metadata__": {"k": "v"}}
//   (offsets count from the start of the data; the JSON may end with blanks)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

struct SafetensorsEntry {
  std::string name;
  std::string dtype_name;               // "F32"
  DataType dtype = DataType::kInvalid;  // kInvalid: a format of less than a byte, or one we do not know
  Shape shape;
  uint64_t begin = 0;  // in the data
  uint64_t end = 0;
};

class SafetensorsReader {
 public:
  // `InvalidModelError` SafetensorsHeaderInvalid, SafetensorsOffsetsInvalid.
  static Result<SafetensorsReader> Open(MappedFile file);

  // In the order of their data.
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }
  const std::vector<std::pair<std::string, std::string>>& metadata() const { return metadata_; }
  // Not copied where the data lie aligned. `UnsupportedError` for a dtype we lack.
  Result<Tensor> Read(const SafetensorsEntry& entry) const;

 private:
  MappedFile data_;
  std::vector<SafetensorsEntry> entries_;
  std::vector<std::pair<std::string, std::string>> metadata_;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

// Has safetensors a form for it? Quantised and narrow integers become the integers that hold them; strings, complex128
// and some eight-bit floats have none.
bool SafetensorsHolds(DataType dtype);

// A tensor to be written.
struct SafetensorsItem {
  std::string name;
  DataType dtype = DataType::kInvalid;
  Shape shape;

  uint64_t num_bytes() const;
};
// Sorts the items into the order of descending element size, then of names, so that all lie aligned, and writes all but
// their elements, which the caller then appends in this order. The caller commits the file. `UnsupportedError` for a
// dtype without a form, and for names that are not UTF-8, that are there twice or that safetensors reserves.
Status WriteSafetensorsHeader(OutputFile& file, std::vector<SafetensorsItem>& items,
                              std::span<const std::pair<std::string, std::string>> metadata);

// Header and elements.
Status WriteSafetensors(OutputFile& file, std::vector<NamedTensor> tensors);

}  // namespace smcli
