#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/utf8.h"
#include "formats/crc32.h"
#include "formats/inflate.h"
#include "formats/zip.h"
#include "formats/zip_format.h"

namespace smcli {
namespace {

struct Directory {
  uint64_t entries = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
};

Error Truncated() { return InvalidModelError("the archive is cut off or inconsistent (ZipTruncated)"); }

template <typename T>
T FixedAt(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// The end record: the last one whose comment reaches to the end of the file, else the last one.
std::optional<size_t> FindEnd(std::string_view file) {
  if (file.size() < zip::kEndSize) return std::nullopt;
  const size_t last = file.size() - zip::kEndSize;
  const size_t first = last > zip::kFull16 ? last - zip::kFull16 : 0;
  std::optional<size_t> found;
  for (size_t at = last + 1; at-- > first;) {
    if (FixedAt<uint32_t>(file, at) != zip::kEndMagic) continue;
    if (at + zip::kEndSize + FixedAt<uint16_t>(file, at + 20) == file.size()) return at;
    if (!found) found = at;
  }
  return found;
}

// The zip64 end record, which a locator in front of the end record points to.
Result<Directory> ReadDirectory64(std::string_view file, size_t end) {
  if (end < zip::kLocator64Size) return Truncated();
  const size_t locator = end - zip::kLocator64Size;
  const auto at = FixedAt<uint64_t>(file, locator + 8);
  if (FixedAt<uint32_t>(file, locator) != zip::kLocator64Magic || at > locator || locator - at < zip::kEnd64Size ||
      FixedAt<uint32_t>(file, at) != zip::kEnd64Magic) {
    return Truncated();
  }
  return Directory{FixedAt<uint64_t>(file, at + 32), FixedAt<uint64_t>(file, at + 40),
                   FixedAt<uint64_t>(file, at + 48)};
}

Result<Directory> LocateDirectory(std::string_view file) {
  const auto end = FindEnd(file);
  if (!end) return InvalidModelError("it is no zip archive (ZipNotFound)");
  const auto disk = FixedAt<uint16_t>(file, *end + 4);
  if (disk != 0 && disk != zip::kFull16)
    return UnsupportedError("a zip archive in several parts (ZipUnsupportedMethod)");
  Directory directory{FixedAt<uint16_t>(file, *end + 10), FixedAt<uint32_t>(file, *end + 12),
                      FixedAt<uint32_t>(file, *end + 16)};
  if (directory.entries == zip::kFull16 || directory.size == zip::kFull32 || directory.offset == zip::kFull32) {
    SMCLI_ASSIGN_OR_RETURN(directory, ReadDirectory64(file, *end));
  }
  if (directory.offset > *end || directory.size > *end - directory.offset ||
      directory.entries > directory.size / zip::kCentralSize) {
    return Truncated();
  }
  return directory;
}

// Replaces the member's fields that are full by those of its zip64 extra field.
bool ReadZip64Extra(std::string_view extra, ZipMember& member) {
  uint64_t* const fields[] = {&member.size, &member.stored_size, &member.header_offset};
  if (std::ranges::none_of(fields, [](const uint64_t* field) { return *field == zip::kFull32; })) return true;
  ByteReader reader(extra);
  while (!reader.empty()) {
    const auto id = reader.Fixed<uint16_t>(), length = reader.Fixed<uint16_t>();
    const auto content = id && length ? reader.Take(*length) : std::nullopt;
    if (!content) return false;
    if (*id != zip::kZip64Extra) continue;
    ByteReader values(*content);
    for (uint64_t* field : fields) {
      if (*field != zip::kFull32) continue;
      const auto value = values.Fixed<uint64_t>();
      if (!value) return false;
      *field = *value;
    }
    return true;
  }
  return false;
}

std::optional<ZipMember> ReadMember(ByteReader& reader) {
  const auto head = reader.Take(zip::kCentralSize);
  if (!head || FixedAt<uint32_t>(*head, 0) != zip::kCentralMagic) return std::nullopt;
  const auto name = reader.Take(FixedAt<uint16_t>(*head, 28));
  const auto extra = name ? reader.Take(FixedAt<uint16_t>(*head, 30)) : std::nullopt;
  if (!extra || !reader.Take(FixedAt<uint16_t>(*head, 32))) return std::nullopt;
  ZipMember member;
  member.name = *name;
  member.flags = FixedAt<uint16_t>(*head, 8);
  member.method = FixedAt<uint16_t>(*head, 10);
  member.crc = FixedAt<uint32_t>(*head, 16);
  member.stored_size = FixedAt<uint32_t>(*head, 20);
  member.size = FixedAt<uint32_t>(*head, 24);
  member.header_offset = FixedAt<uint32_t>(*head, 42);
  if (!ReadZip64Extra(*extra, member)) return std::nullopt;
  return member;
}

}  // namespace

Result<ZipReader> ZipReader::Open(MappedFile file) {
  ZipReader archive(std::move(file));
  SMCLI_RETURN_IF_ERROR(archive.ReadDirectory());
  return archive;
}

Status ZipReader::ReadDirectory() {
  SMCLI_ASSIGN_OR_RETURN(const Directory directory, LocateDirectory(file_.bytes()));
  ByteReader reader(file_.bytes().substr(static_cast<size_t>(directory.offset), static_cast<size_t>(directory.size)));
  for (uint64_t i = 0; i < directory.entries; ++i) {
    auto member = ReadMember(reader);
    if (!member) return Truncated();
    by_name_[member->name] = members_.size();
    members_.push_back(*std::move(member));
  }
  return {};
}

const ZipMember* ZipReader::Find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &members_[at->second];
}

Result<MappedFile> ZipReader::Read(const ZipMember& member) const {
  if ((member.flags & zip::kEncryptedFlag) != 0 || (member.method != zip::kStored && member.method != zip::kDeflated)) {
    return UnsupportedError("member {} is encrypted or compressed with method {} (ZipUnsupportedMethod)",
                            Quoted(member.name), member.method);
  }
  ByteReader reader(file_.bytes());
  const auto before = reader.Take(member.header_offset);
  const auto local = before ? reader.Take(zip::kLocalSize) : std::nullopt;
  if (!local || FixedAt<uint32_t>(*local, 0) != zip::kLocalMagic) return Truncated();
  // Only the lengths of name and extra field: the sizes are the central directory's.
  const auto names = reader.Take(uint64_t{FixedAt<uint16_t>(*local, 26)} + FixedAt<uint16_t>(*local, 28));
  const auto stored = names ? reader.Take(member.stored_size) : std::nullopt;
  if (!stored) return Truncated();
  MappedFile content(*stored, file_.keep_alive());
  if (member.method == zip::kDeflated) {
    SMCLI_ASSIGN_OR_RETURN(std::string inflated, Inflate(*stored, DeflateForm::kRaw, member.size));
    content = MappedFile::Of(std::move(inflated));
  }
  if (content.size() != member.size) return Truncated();
  if (Crc32(content.bytes()) != member.crc) {
    return InvalidModelError("member {}: checksum mismatch (ZipChecksumMismatch)", Quoted(member.name));
  }
  return content;
}

}  // namespace smcli
