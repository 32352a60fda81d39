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

class WeightStream {
 public:
  // `dtype`: the entry's own, or another plain one that its numbers are cast to. Errors of BundleReader::Read, but for
  // checksums.
  static Result<WeightStream> Open(const BundleReader& reader, const BundleEntry& entry, DataType dtype,
                                   ThreadPool& pool);

  DataType dtype() const { return dtype_; }
  const Shape& shape() const { return entry_->shape; }
  // The tensor where it had to be put together in memory, already verified and cast; always for strings and variants.
  const std::optional<Tensor>& whole() const { return whole_; }

  using Sink = std::function<Status(std::string_view)>;
  // Hands all elements, of a plain dtype, to `sink` in order. Stored checksums are compared meanwhile, so a mismatch
  // (`InvalidModelError` BundleChecksumMismatch) is only known when the sink has seen the bytes.
  Status Stream(const Sink& sink) const;
  // CRC-32 of these bytes; stored checksums are compared too.
  Result<uint32_t> ZipChecksum() const;

 private:
  WeightStream(const BundleReader& reader, const BundleEntry& entry, DataType dtype, ThreadPool& pool)
      : reader_(&reader), entry_(&entry), dtype_(dtype), pool_(&pool) {}

  // The bytes of a step as they are to be written.
  Result<Tensor> Cast(std::string_view bytes) const;
  bool casts() const { return dtype_ != entry_->dtype; }
  Status CheckRun(const BundleReader::Run& run, uint32_t crc) const;
  Result<uint32_t> RunChecksum(const BundleReader::Run& run, uint32_t before) const;

  const BundleReader* reader_;
  const BundleEntry* entry_;
  DataType dtype_;
  ThreadPool* pool_;
  std::optional<Tensor> whole_;
  std::vector<BundleReader::Run> runs_;
};

}  // namespace smcli
