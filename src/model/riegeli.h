// RecordFile: a Riegeli/records container, the form of saved_model.cpb (chunked.md 1 to 3).
//
//   file          = blocks of 65536 bytes, each beginning with a header of 24 that the content runs around
//   content       = chunks: the file's signature, then chunks of records
//   chunk         = 40 bytes: hash of the rest, data size, hash of data, type and number of records, decoded size;
//   data; padding simple chunk  = compression byte, size of sizes, sizes, values
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "model/shared_bytes.h"

namespace smcli {

class RecordFile {
 public:
  // Reads the chunk headers, and no data.
  static Result<RecordFile> Open(SharedBytes file);

  // The record whose position number this is: begin of its chunk, plus how many records stand before it there.
  // `InvalidModelError` ChunkOffsetUnknown, RiegeliDataHashMismatch, RiegeliBadSizes, DecompressionFailed;
  // `UnsupportedError` RiegeliUnsupportedCompression.
  Result<SharedBytes> Read(uint64_t position);
  // The last record; nullopt: there is none.
  std::optional<uint64_t> last_record() const;

 private:
  struct Chunk {
    uint64_t begin = 0;
    uint64_t data_size = 0;
    uint64_t data_hash = 0;
    uint64_t num_records = 0;
    uint64_t decoded_size = 0;
  };
  struct Decoded {  // the chunk that was read last
    size_t chunk = 0;
    SharedBytes values;
    std::vector<uint64_t> ends;  // of each record in values
  };

  Result<Chunk> ReadHeader(uint64_t begin, uint8_t& type) const;
  Result<SharedBytes> Extract(uint64_t begin, uint64_t skip, uint64_t length) const;
  Result<Decoded> Decode(size_t index) const;

  SharedBytes file_;
  std::vector<Chunk> chunks_;  // those with records
  std::optional<Decoded> decoded_;
};

}  // namespace smcli
