// WeightStream: the elements of one tensor of a checkpoint, step by step, in the dtype in which they are to be written.
// Memory does not grow with the tensor where it lies in the file as it lies in memory (BundleReader::Runs): its pages
// are given back behind each step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "checkpoint/bundle_reader.h"
#include "tensor/tensor.h"

namespace smcli {

class WeightReader;

class WeightStream {
 public:
  DataType dtype() const { return dtype_; }
  const Shape& shape() const { return entry_->shape; }
  uint64_t num_bytes() const {
    return static_cast<uint64_t>(shape().num_elements()) * static_cast<uint64_t>(SizeOf(dtype_));
  }
  // The tensor where it had to be put together in memory, already verified and cast; always for strings and variants.
  const std::optional<Tensor>& whole() const { return whole_; }

  using Sink = std::function<Status(std::string_view)>;
  // Hands all elements, of a plain dtype, to `sink` in order. Stored checksums are compared meanwhile, so a mismatch
  // (`InvalidModelError` BundleChecksumMismatch) is only known when the sink has seen the bytes.
  Status Stream(const Sink& sink) const { return StreamAndSum(sink, nullptr); }
  // The same, and where `zip_crc` is not null, it becomes the CRC-32 of these bytes.
  Status StreamAndSum(const Sink& sink, uint32_t* zip_crc) const;
  // CRC-32 of these bytes, before any of them is needed; stored checksums are compared too.
  Result<uint32_t> ZipChecksum() const;

 private:
  friend class WeightReader;
  WeightStream(WeightReader& reader, const BundleEntry& entry, DataType dtype)
      : reader_(&reader), entry_(&entry), dtype_(dtype) {}

  // The bytes of a step as they are to be written.
  Result<Tensor> Cast(std::string_view bytes) const;
  bool casts() const { return dtype_ != entry_->dtype; }
  Status StreamRun(const BundleReader::Run& run, const Sink& sink, uint32_t* zip_crc) const;
  Status CheckRun(const BundleReader::Run& run, uint32_t crc) const;
  Result<uint32_t> RunChecksum(const BundleReader::Run& run, uint32_t before) const;

  WeightReader* reader_;
  const BundleEntry* entry_;
  DataType dtype_;
  std::optional<Tensor> whole_;
  std::vector<BundleReader::Run> runs_;
};

// Opens one stream after another, and gives pages back behind them: what is read next brings some of its neighbours
// back into memory, so that whole stretches of a file are given back at a time.
class WeightReader {
 public:
  WeightReader(const BundleReader& variables, ThreadPool& pool) : variables_(variables), pool_(pool) {}

  // `dtype`: the entry's own, or another plain one that its numbers are cast to. Errors of BundleReader::Read, but for
  // checksums. The reader outlives the stream.
  Result<WeightStream> Open(const BundleEntry& entry, DataType dtype);

 private:
  friend class WeightStream;
  void Release(const MappedFile& file, std::string_view part);

  const BundleReader& variables_;
  ThreadPool& pool_;
  std::shared_ptr<const void> mapping_;  // what was read last lies in it
  std::string_view read_;                // the stretch of it that was not given back yet
};

}  // namespace smcli
