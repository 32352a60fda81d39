// NumPy's .npz files: zip archives of .npy files, each an array under its name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "formats/crc32.h"
#include "formats/npy.h"
#include "formats/zip.h"
#include "tensor/tensor.h"

namespace smcli {

class NpzReader {
 public:
  // Errors of ZipReader::Open.
  static Result<NpzReader> Open(MappedFile file);

  // Without ".npy", in the archive's order, each once; members that are no .npy files are left out. Names may hold
  // slashes.
  const std::vector<std::string>& names() const { return names_; }
  bool Contains(std::string_view name) const;
  // `NotFoundError`, with the nearest name, where there is none; else errors of ZipReader::Read and ReadNpy.
  Result<Tensor> Read(std::string_view name, DataType raw = DataType::kInvalid) const;

 private:
  explicit NpzReader(ZipReader zip) : zip_(std::move(zip)) {}

  ZipReader zip_;
  std::vector<std::string> names_;
};

class NpzWriter {
 public:
  // `file` outlives the writer; the caller commits it.
  explicit NpzWriter(OutputFile& file) : zip_(file) {}

  // What was done to the array, which the user should hear of.
  struct Changes {
    bool widened = false;  // NpyImage's
    bool lost_zeros = false;
  };
  // Errors of MakeNpy and ZipWriter::Add.
  Result<Changes> Add(std::string_view name, const Tensor& tensor);
  // An array whose elements, as they lie in memory, come next, in calls of Append; `crc` is their CRC-32.
  Status Begin(std::string_view name, DataType dtype, const Shape& shape, uint32_t crc);
  Status Append(std::string_view bytes) { return zip_.Append(bytes); }
  // As of ZipWriter; `crc` is of the elements alone.
  bool takes_late_checksums() const { return zip_.takes_late_checksums(); }
  Status SetChecksum(uint32_t crc) { return zip_.SetChecksum(CombineCrc32(header_crc_, crc, size_)); }
  Status Finish() { return zip_.Finish(); }

 private:
  ZipWriter zip_;
  uint32_t header_crc_ = 0;  // of the array that was begun last
  uint64_t size_ = 0;        // of its elements
};

}  // namespace smcli
