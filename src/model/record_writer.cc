#include "model/record_writer.h"

#include <algorithm>
#include <string>

#include "base/little_endian.h"
#include "base/wire.h"
#include "model/highway_hash.h"

namespace smcli {
namespace {

constexpr uint64_t kBlock = 65536, kBlockHeader = 24, kUsable = kBlock - kBlockHeader, kChunkHeader = 40;

// A header that begins with the hash of what follows in it.
std::string Hashed(const std::string& rest) {
  std::string header;
  AppendFixed(RiegeliHash(rest), header);
  return header + rest;
}

// Where a chunk that begins at `begin` ends: after its bytes, the block headers inside included, and far enough that
// each of its records can have a number of its own.
uint64_t ChunkEnd(uint64_t begin, uint64_t size, uint64_t records) {
  const uint64_t bytes_end = begin + size + (size + (begin + kUsable - 1) % kBlock) / kUsable * kBlockHeader;
  const uint64_t numbers = begin + records;
  const uint64_t to_block = (kBlock - numbers % kBlock) % kBlock;
  return std::max(bytes_end, numbers + (to_block > kUsable - 1 ? to_block - (kUsable - 1) : 0));
}

}  // namespace

Status RecordWriter::Write(std::string_view bytes, uint64_t begin, uint64_t end) {
  while (!bytes.empty()) {
    const uint64_t at = file_.size();
    if (at % kBlock == 0) {
      std::string distances;
      AppendFixed(at - begin, distances);
      AppendFixed(end - at, distances);
      SMCLI_RETURN_IF_ERROR(file_.Append(Hashed(distances)));
    }
    const std::string_view part = bytes.substr(0, kBlock - file_.size() % kBlock);
    SMCLI_RETURN_IF_ERROR(file_.Append(part));
    bytes.remove_prefix(part.size());
  }
  return {};
}

Status RecordWriter::WriteChunk(char type, uint64_t records, std::string_view data, uint64_t decoded_size) {
  const uint64_t begin = file_.size();
  const uint64_t end = ChunkEnd(begin, kChunkHeader + data.size(), records);
  std::string rest;
  AppendFixed(data.size(), rest);
  AppendFixed(RiegeliHash(data), rest);
  AppendFixed(static_cast<uint8_t>(type) | records << 8, rest);
  AppendFixed(decoded_size, rest);
  SMCLI_RETURN_IF_ERROR(Write(Hashed(rest), begin, end));
  SMCLI_RETURN_IF_ERROR(Write(data, begin, end));
  while (file_.size() < end) {
    static constexpr char kZero = 0;
    SMCLI_RETURN_IF_ERROR(Write({&kZero, 1}, begin, end));
  }
  return {};
}

Status RecordWriter::WriteSignature() { return WriteChunk('s', 0, {}, 0); }

Result<uint64_t> RecordWriter::Add(std::string_view record) {
  if (file_.size() == 0) SMCLI_RETURN_IF_ERROR(WriteSignature());
  constexpr char kUncompressed = 0;
  std::string sizes;
  AppendVarint(record.size(), sizes);
  std::string data(1, kUncompressed);
  AppendVarint(sizes.size(), data);
  data += sizes;
  data += record;
  const uint64_t begin = file_.size();
  SMCLI_RETURN_IF_ERROR(WriteChunk('r', 1, data, record.size()));
  return begin;
}

}  // namespace smcli
