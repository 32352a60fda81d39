#include "model/riegeli.h"

#include <brotli/decode.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "model/highway_hash.h"

namespace smcli {
namespace {

constexpr uint64_t kBlock = 65536;
constexpr uint64_t kBlockHeader = 24;
constexpr uint64_t kUsable = kBlock - kBlockHeader;
constexpr uint64_t kChunkHeader = 40;
// Writers keep records below 2^30 bytes; what claims to be larger is a trap, not a model.
constexpr uint64_t kMaxDecoded = uint64_t{1} << 31;

// Where `size` bytes of content end that begin at `position`, block headers counted.
uint64_t EndOf(uint64_t position, uint64_t size) {
  return position + size + (size + (position + kUsable - 1) % kBlock) / kUsable * kBlockHeader;
}

// A chunk must not end inside a block header.
uint64_t RoundUp(uint64_t position) {
  const uint64_t rest = (kBlock - position % kBlock) % kBlock;
  return position + (rest > kUsable - 1 ? rest - (kUsable - 1) : 0);
}

std::string_view CompressionName(char type) {
  switch (type) {
    case 'z': return "Zstd";
    case 's': return "Snappy";
    default: return "unknown";
  }
}

// A Brotli stream that is said to have `size` bytes. Memory grows with what really comes out.
Result<std::string> DecodeBrotli(std::string_view stream, uint64_t size) {
  constexpr size_t kStep = size_t{1} << 20;
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> decoder(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!decoder) return InternalError("cannot make a Brotli decoder");
  std::string out;
  size_t available_in = stream.size();
  const auto* next_in = reinterpret_cast<const uint8_t*>(stream.data());
  BrotliDecoderResult state = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  while (state == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && out.size() < size) {
    const size_t before = out.size();
    out.resize(static_cast<size_t>(std::min<uint64_t>(size, before + std::max(before, kStep))));
    size_t available_out = out.size() - before;
    auto* next_out = reinterpret_cast<uint8_t*>(out.data() + before);
    state = BrotliDecoderDecompressStream(decoder.get(), &available_in, &next_in, &available_out, &next_out, nullptr);
    out.resize(out.size() - available_out);
  }
  // An exact buffer may be full before the decoder has seen the stream's end.
  if (state == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT || size == 0) {
    size_t no_space = 0;
    state = BrotliDecoderDecompressStream(decoder.get(), &available_in, &next_in, &no_space, nullptr, nullptr);
  }
  if (state != BROTLI_DECODER_RESULT_SUCCESS || available_in != 0 || out.size() != size) {
    return InvalidModelError("a Brotli stream is broken, or is not of {} bytes (DecompressionFailed)", size);
  }
  return out;
}

// One of the two buffers of a simple chunk, as stored.
Result<SharedBytes> DecodeBuffer(char compression, const SharedBytes& stored) {
  if (compression == 0) return stored;
  ByteReader reader(stored.view);
  const auto size = reader.Varint();
  if (!size || *size > kMaxDecoded)
    return InvalidModelError("a compressed buffer claims an impossible size (RiegeliBadSizes)");
  SMCLI_ASSIGN_OR_RETURN(std::string decoded, DecodeBrotli(reader.rest(), *size));
  return SharedBytes(std::move(decoded));
}

}  // namespace

// Content across a block border is copied together, the rest is looked at where it is.
Result<SharedBytes> RecordFile::Extract(uint64_t begin, uint64_t skip, uint64_t length) const {
  const uint64_t size = file_.view.size();
  uint64_t at = begin % kBlock == 0 ? begin + kBlockHeader : begin;
  const auto truncated = [&] {
    return InvalidModelError("byte {}: the file ends inside a chunk (RiegeliTruncated)", size);
  };
  while (true) {  // to the start of what is wanted
    const uint64_t in_block = kBlock - at % kBlock;
    if (skip < in_block) break;
    skip -= in_block;
    at += in_block + kBlockHeader;
  }
  at += skip;
  if (at > size || length > size - at) return truncated();
  if (length <= kBlock - at % kBlock) return file_.Part(file_.view.substr(at, length));
  std::string joined;
  joined.reserve(length);
  while (joined.size() < length) {
    const uint64_t count = std::min<uint64_t>(length - joined.size(), kBlock - at % kBlock);
    if (at > size || count > size - at) return truncated();
    joined.append(file_.view.substr(at, count));
    at += count + kBlockHeader;
  }
  return SharedBytes(std::move(joined));
}

Result<RecordFile::Chunk> RecordFile::ReadHeader(uint64_t begin, uint8_t& type) const {
  SMCLI_ASSIGN_OR_RETURN(const SharedBytes header, Extract(begin, 0, kChunkHeader));
  std::array<uint64_t, 5> words;
  std::memcpy(words.data(), header.view.data(), sizeof words);
  if (RiegeliHash(header.view.substr(8)) != words[0]) {
    return InvalidModelError("byte {}: the header of a chunk is damaged (RiegeliHeaderHashMismatch)", begin);
  }
  Chunk chunk{.begin = begin,
              .data_size = words[1],
              .data_hash = words[2],
              .num_records = words[3] >> 8,
              .decoded_size = words[4]};
  type = static_cast<uint8_t>(words[3] & 0xff);
  const uint64_t size = file_.view.size();
  if (chunk.data_size > size || EndOf(begin, kChunkHeader + chunk.data_size) > size ||
      chunk.num_records > size - begin) {
    return InvalidModelError("byte {}: a chunk of {} bytes does not end in the file (RiegeliTruncated)", begin,
                             chunk.data_size);
  }
  return chunk;
}

Result<RecordFile> RecordFile::Open(SharedBytes bytes) {
  RecordFile file;
  file.file_ = std::move(bytes);
  const uint64_t size = file.file_.view.size();
  uint64_t at = 0;
  while (at < size) {
    uint8_t type = 0;
    auto header = file.ReadHeader(at, type);
    if (at == 0 && (!header.ok() || type != 's' || header->data_size != 0 || header->num_records != 0)) {
      return InvalidModelError("byte 0: is no Riegeli file of records (RiegeliBadSignature)");
    }
    if (!header.ok()) return std::move(header).error();
    const bool records = type == 'r';
    if (!records && header->num_records > 0) {
      return UnsupportedError("byte {}: chunks of type '{}' are not supported (RiegeliUnsupportedChunkType)", at,
                              type == 't' ? "transposed" : fmt::format("{:#x}", type));
    }
    if (records && header->num_records > 0) file.chunks_.push_back(*header);
    at = std::max(EndOf(at, kChunkHeader + header->data_size), RoundUp(at + header->num_records));
  }
  if (size == 0) return InvalidModelError("byte 0: is no Riegeli file of records (RiegeliBadSignature)");
  return file;
}

Result<RecordFile::Decoded> RecordFile::Decode(size_t index) const {
  const Chunk& chunk = chunks_[index];
  SMCLI_ASSIGN_OR_RETURN(const SharedBytes data, Extract(chunk.begin, kChunkHeader, chunk.data_size));
  if (RiegeliHash(data.view) != chunk.data_hash) {
    return InvalidModelError("byte {}: the data of a chunk is damaged (RiegeliDataHashMismatch)", chunk.begin);
  }
  const auto bad_sizes = [&] {
    return InvalidModelError("byte {}: the sizes of a chunk's records do not add up (RiegeliBadSizes)", chunk.begin);
  };
  ByteReader reader(data.view);
  const auto compression = reader.Fixed<char>();
  const auto sizes_stored = compression ? reader.LengthPrefixed() : std::nullopt;
  if (!sizes_stored) return bad_sizes();
  if (*compression != 0 && *compression != 'b') {
    return UnsupportedError("byte {}: compression '{}' is not supported (RiegeliUnsupportedCompression)", chunk.begin,
                            CompressionName(*compression));
  }
  SMCLI_ASSIGN_OR_RETURN(const SharedBytes sizes, DecodeBuffer(*compression, data.Part(*sizes_stored)));
  Decoded decoded{.chunk = index, .values = {}, .ends = {}};
  SMCLI_ASSIGN_OR_RETURN(decoded.values, DecodeBuffer(*compression, data.Part(reader.rest())));
  ByteReader lengths(sizes.view);
  uint64_t end = 0;
  for (uint64_t i = 0; i < chunk.num_records; ++i) {
    const auto length = lengths.Varint();
    if (!length || *length > decoded.values.view.size() - end) return bad_sizes();
    end += *length;
    decoded.ends.push_back(end);
  }
  if (!lengths.empty() || end != decoded.values.view.size() || end != chunk.decoded_size) return bad_sizes();
  return decoded;
}

Result<SharedBytes> RecordFile::Read(uint64_t position) {
  const auto after = std::ranges::upper_bound(chunks_, position, {}, &Chunk::begin);
  const auto index = static_cast<size_t>(after - chunks_.begin());
  if (index == 0 || position - chunks_[index - 1].begin >= chunks_[index - 1].num_records) {
    return InvalidModelError("no record has the position {} (ChunkOffsetUnknown)", position);
  }
  if (!decoded_ || decoded_->chunk != index - 1) {
    SMCLI_ASSIGN_OR_RETURN(decoded_, Decode(index - 1));
  }
  const auto record = static_cast<size_t>(position - chunks_[index - 1].begin);
  const uint64_t begin = record == 0 ? 0 : decoded_->ends[record - 1];
  return decoded_->values.Part(decoded_->values.view.substr(begin, decoded_->ends[record] - begin));
}

std::optional<uint64_t> RecordFile::last_record() const {
  if (chunks_.empty()) return std::nullopt;
  return chunks_.back().begin + chunks_.back().num_records - 1;
}

}  // namespace smcli
