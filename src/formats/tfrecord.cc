#include "formats/tfrecord.h"

#include "base/crc32c.h"
#include "formats/inflate.h"

namespace smcli {
namespace {

constexpr size_t kLengthSize = sizeof(uint64_t);

bool StartsWithRecord(std::string_view file) {
  ByteReader reader(file);
  const auto length = reader.Take(kLengthSize);
  const auto crc = length ? reader.Fixed<uint32_t>() : std::nullopt;
  return crc && UnmaskCrc(*crc) == Crc32c(*length);
}

// How the file is compressed, to judge by its first bytes.
std::optional<DeflateForm> FormOf(std::string_view file) {
  if (file.starts_with("\x1f\x8b")) return DeflateForm::kGzip;
  if (file.starts_with("\x78")) return DeflateForm::kZlib;
  return std::nullopt;
}

void AppendMasked(std::string_view bytes, std::string& out) {
  const uint32_t masked = MaskCrc(Crc32c(bytes));
  out.append(reinterpret_cast<const char*>(&masked), sizeof(masked));
}

}  // namespace

Result<TfRecordReader> TfRecordReader::Open(MappedFile file, uint64_t max_size) {
  const auto form = StartsWithRecord(file.bytes()) ? std::nullopt : FormOf(file.bytes());
  if (!form) return TfRecordReader(std::move(file));
  SMCLI_ASSIGN_OR_RETURN(std::string inflated, InflateAll(file.bytes(), *form, max_size));
  return TfRecordReader(MappedFile::Of(std::move(inflated)));
}

Result<std::optional<std::string_view>> TfRecordReader::Next() {
  if (reader_.empty()) return std::nullopt;
  ++number_;
  const auto length_bytes = reader_.Take(kLengthSize);
  const auto length_crc = length_bytes ? reader_.Fixed<uint32_t>() : std::nullopt;
  const auto truncated = [&] { return InvalidModelError("record {} is cut off (RecordTruncated)", number_); };
  if (!length_crc) {
    reader_ = ByteReader();
    return truncated();
  }
  if (UnmaskCrc(*length_crc) != Crc32c(*length_bytes)) {
    reader_ = ByteReader();
    return InvalidModelError("record {}: the checksum of its length is wrong (RecordLengthChecksumMismatch)", number_);
  }
  const auto data = reader_.Take(*ByteReader(*length_bytes).Fixed<uint64_t>());
  const auto data_crc = data ? reader_.Fixed<uint32_t>() : std::nullopt;
  if (!data_crc) {
    reader_ = ByteReader();
    return truncated();
  }
  if (UnmaskCrc(*data_crc) != Crc32c(*data)) {
    return InvalidModelError("record {}: the checksum of its data is wrong (RecordDataChecksumMismatch)", number_);
  }
  return data;
}

void AppendTfRecord(std::string_view data, std::string& out) {
  const uint64_t length = data.size();
  const std::string_view length_bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  out.append(length_bytes);
  AppendMasked(length_bytes, out);
  out.append(data);
  AppendMasked(data, out);
}

}  // namespace smcli
