// RecordWriter: writes a Riegeli/records container, the form of saved_model.cpb, as RecordFile (riegeli.h) reads it:
// one uncompressed record per chunk.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace smcli {

class RecordWriter {
 public:
  // `file` is empty and outlives the writer; the caller commits it.
  explicit RecordWriter(OutputFile& file) : file_(file) {}

  // Appends a record; the number under which RecordFile finds it.
  Result<uint64_t> Add(std::string_view record);

 private:
  Status WriteSignature();
  Status WriteChunk(char type, uint64_t records, std::string_view data, uint64_t decoded_size);
  // Bytes of the chunk from `begin` to `end`, with a block header wherever a block begins.
  Status Write(std::string_view bytes, uint64_t begin, uint64_t end);

  OutputFile& file_;
};

}  // namespace smcli
