#include "base/check.h"
#include "base/little_endian.h"
#include "base/patchable_file.h"
#include "base/utf8.h"
#include "formats/crc32.h"
#include "formats/zip.h"
#include "formats/zip_format.h"

namespace smcli {
namespace {

// 1980-01-01, the first day there is in a zip archive: the same input gives the same bytes.
constexpr uint16_t kTime = 0, kDate = 1 << 5 | 1;
constexpr uint16_t kVersion = 20, kVersion64 = 45;  // of the format that is needed: 2.0, with zip64 4.5

uint32_t Capped32(uint64_t value) { return value >= zip::kFull32 ? zip::kFull32 : static_cast<uint32_t>(value); }
uint16_t Capped16(uint64_t value) { return value >= zip::kFull16 ? zip::kFull16 : static_cast<uint16_t>(value); }

// The zip64 extra field with those of the values that 32 bits do not hold; empty when they hold all.
std::string Zip64Extra(std::initializer_list<uint64_t> values) {
  std::string content, extra;
  for (const uint64_t value : values) {
    if (value >= zip::kFull32) AppendFixed(value, content);
  }
  if (content.empty()) return extra;
  AppendFixed(zip::kZip64Extra, extra);
  AppendFixed(static_cast<uint16_t>(content.size()), extra);
  return extra + content;
}

// What local and central headers have in common.
void AppendCommonFields(const ZipMember& member, size_t extra_size, std::string& out) {
  AppendFixed(extra_size > 0 ? kVersion64 : kVersion, out);
  AppendFixed(member.flags, out);
  AppendFixed(member.method, out);
  AppendFixed(kTime, out);
  AppendFixed(kDate, out);
  AppendFixed(member.crc, out);
  AppendFixed(Capped32(member.stored_size), out);
  AppendFixed(Capped32(member.size), out);
  AppendFixed(static_cast<uint16_t>(member.name.size()), out);
  AppendFixed(static_cast<uint16_t>(extra_size), out);
}

std::string LocalHeader(const ZipMember& member) {
  // In a local header both sizes stand in the extra field, or none.
  const std::string extra = Zip64Extra({member.size, member.stored_size});
  std::string header;
  AppendFixed(zip::kLocalMagic, header);
  AppendCommonFields(member, extra.size(), header);
  return header + member.name + extra;
}

std::string CentralHeader(const ZipMember& member) {
  const std::string extra = Zip64Extra({member.size, member.stored_size, member.header_offset});
  std::string header;
  AppendFixed(zip::kCentralMagic, header);
  AppendFixed(extra.empty() ? kVersion : kVersion64, header);  // made by
  AppendCommonFields(member, extra.size(), header);
  header.append(12, '\0');  // comment length, disk, attributes
  header.resize(zip::kCentralSize - 4);
  AppendFixed(Capped32(member.header_offset), header);
  return header + member.name + extra;
}

// The end record, after a zip64 one if need be.
std::string EndRecords(uint64_t entries, uint64_t offset, uint64_t size) {
  std::string end;
  if (entries >= zip::kFull16 || offset >= zip::kFull32 || size >= zip::kFull32) {
    AppendFixed(zip::kEnd64Magic, end);
    AppendFixed(uint64_t{zip::kEnd64Size - 12}, end);
    AppendFixed(kVersion64, end);
    AppendFixed(kVersion64, end);
    AppendFixed(uint64_t{0}, end);  // disks
    AppendFixed(entries, end);
    AppendFixed(entries, end);
    AppendFixed(size, end);
    AppendFixed(offset, end);
    AppendFixed(zip::kLocator64Magic, end);
    AppendFixed(uint32_t{0}, end);
    AppendFixed(offset + size, end);
    AppendFixed(uint32_t{1}, end);
  }
  AppendFixed(zip::kEndMagic, end);
  AppendFixed(uint32_t{0}, end);  // disks
  AppendFixed(Capped16(entries), end);
  AppendFixed(Capped16(entries), end);
  AppendFixed(Capped32(size), end);
  AppendFixed(Capped32(offset), end);
  AppendFixed(uint16_t{0}, end);  // comment length
  return end;
}

}  // namespace

Status ZipWriter::Add(const std::string& name, std::span<const std::string_view> parts) {
  uint64_t size = 0;
  uint32_t crc = 0;
  for (const std::string_view part : parts) {
    size += part.size();
    crc = Crc32(part, crc);
  }
  SMCLI_RETURN_IF_ERROR(Begin(name, size, crc));
  for (const std::string_view part : parts) SMCLI_RETURN_IF_ERROR(Append(part));
  return {};
}

Status ZipWriter::Begin(const std::string& name, uint64_t size, uint32_t crc) {
  if (name.size() >= zip::kFull16) return UsageError("a member's name of {} bytes does not fit", name.size());
  if (!by_name_.emplace(name, members_.size()).second) return UsageError("there are two members {}", Quoted(name));
  ZipMember member;
  member.name = name;
  member.flags = zip::kUtf8Flag;
  member.header_offset = file_.size();
  member.size = member.stored_size = size;
  member.crc = crc;
  SMCLI_RETURN_IF_ERROR(file_.Append(LocalHeader(member)));
  members_.push_back(std::move(member));
  return {};
}

bool ZipWriter::takes_late_checksums() const { return AsPatchable(file_) != nullptr; }

Status ZipWriter::SetChecksum(uint32_t crc) {
  PatchableFile* const file = AsPatchable(file_);
  SMCLI_CHECK(file != nullptr && !members_.empty());
  members_.back().crc = crc;
  std::string bytes;
  AppendFixed(crc, bytes);
  return file->Replace(members_.back().header_offset + zip::kLocalCrc, bytes);
}

Status ZipWriter::Finish() {
  const uint64_t offset = file_.size();
  for (const ZipMember& member : members_) SMCLI_RETURN_IF_ERROR(file_.Append(CentralHeader(member)));
  return file_.Append(EndRecords(members_.size(), offset, file_.size() - offset));
}

}  // namespace smcli
