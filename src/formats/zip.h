// Zip archives, read and written: what .npz files are. Members are stored or deflated; zip64 is understood.
//
//   per member: local header 50 4B 03 04 (30 bytes), name, extra field, data
//   central directory: per member 50 4B 01 02 (46 bytes), name, extra field, comment
//   [zip64 end record 50 4B 06 06, its locator 50 4B 06 07]  end record 50 4B 05 06 (22 bytes), comment
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace smcli {

struct ZipMember {
  std::string name;  // as it is in the archive: never to be used as a path
  uint16_t method = 0;
  uint16_t flags = 0;
  uint32_t crc = 0;
  uint64_t stored_size = 0;  // compressed
  uint64_t size = 0;
  uint64_t header_offset = 0;
};

class ZipReader {
 public:
  // `InvalidModelError` ZipNotFound, ZipTruncated; `UnsupportedError` for archives in several parts.
  static Result<ZipReader> Open(MappedFile file);

  // In the archive's order. Of equal names the last counts, as in Python.
  const std::vector<ZipMember>& members() const { return members_; }
  const ZipMember* Find(std::string_view name) const;

  // The content, its checksum verified: a view where it is stored, else inflated. `InvalidModelError` ZipTruncated,
  // ZipChecksumMismatch, DeflateCorrupt; `UnsupportedError` ZipUnsupportedMethod for other methods and encryption.
  Result<MappedFile> Read(const ZipMember& member) const;

 private:
  explicit ZipReader(MappedFile file) : file_(std::move(file)) {}
  Status ReadDirectory();

  MappedFile file_;
  std::vector<ZipMember> members_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

class ZipWriter {
 public:
  // `file` outlives the writer; the caller commits it.
  explicit ZipWriter(OutputFile& file) : file_(file) {}

  // A member made of these runs of bytes, stored. `UsageError` for a name that was there before.
  Status Add(const std::string& name, std::span<const std::string_view> parts);
  // A member of `size` bytes with this checksum, which come next, in one or more calls of Append. Likewise.
  Status Begin(const std::string& name, uint64_t size, uint32_t crc);
  Status Append(std::string_view bytes) { return file_.Append(bytes); }
  // Can the checksum of a member that was begun be told after its bytes? Then Begin takes any number for it.
  bool takes_late_checksums() const;
  // Of the member begun last, all of whose bytes were appended.
  Status SetChecksum(uint32_t crc);
  // Writes the directory.
  Status Finish();

 private:
  OutputFile& file_;
  std::vector<ZipMember> members_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

}  // namespace smcli
