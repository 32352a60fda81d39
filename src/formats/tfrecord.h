// TFRecord files, read and written record by record; the whole file may be compressed with gzip or zlib:
//
//   uint64 length, masked CRC-32C of these 8 bytes, the data, masked CRC-32C of the data
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"

namespace smcli {

class TfRecordReader {
 public:
  // `max_size`: what a compressed file may hold. Errors of InflateAll.
  static Result<TfRecordReader> Open(MappedFile file, uint64_t max_size);

  // The next record, as long as the reader's file; nullopt at the end. `InvalidModelError` RecordTruncated,
  // RecordLengthChecksumMismatch, RecordDataChecksumMismatch, with the record's number; after the last of these, and
  // only then, the next call goes on behind the bad record.
  Result<std::optional<std::string_view>> Next();

  // Keeps the records in place.
  const MappedFile& file() const { return file_; }

 private:
  explicit TfRecordReader(MappedFile file) : file_(std::move(file)), reader_(file_.bytes()) {}

  MappedFile file_;
  ByteReader reader_;
  int64_t number_ = 0;  // of records begun
};

// Appends one record.
void AppendTfRecord(std::string_view data, std::string& out);

}  // namespace smcli
