#include "table/format.h"

#include <algorithm>

#include "base/wire.h"

namespace smcli {
namespace {

bool LooksLikeText(std::string_view file) {
  return std::ranges::all_of(file.substr(0, 64),
                             [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t' || c == '\r'; });
}

}  // namespace

std::optional<BlockHandle> DecodeHandle(ByteReader& reader) {
  const auto offset = reader.Varint();
  const auto size = offset ? reader.Varint() : std::nullopt;
  if (!size) return std::nullopt;
  return BlockHandle{*offset, *size};
}

void AppendHandle(const BlockHandle& handle, std::string& out) {
  AppendVarint(handle.offset, out);
  AppendVarint(handle.size, out);
}

bool HandleFits(const BlockHandle& handle, uint64_t file_size) {
  if (file_size < kFooterSize + kTrailerSize) return false;
  const uint64_t limit = file_size - kFooterSize - kTrailerSize;
  return handle.offset <= limit && handle.size <= limit - handle.offset;
}

Result<Footer> DecodeFooter(std::string_view file) {
  if (file.size() < kFooterSize) {
    return InvalidModelError("{} bytes are too few for a table, whose footer alone has {} (TableTooShort)", file.size(),
                             kFooterSize);
  }
  ByteReader reader(file.substr(file.size() - kFooterSize));
  ByteReader end(file.substr(file.size() - sizeof(kTableMagic)));
  if (end.Fixed<uint64_t>() != kTableMagic) {
    const std::string_view hint = LooksLikeText(file) ? "this is a text file" : "this is not a checkpoint index";
    return InvalidModelError("the file does not end with a table's magic number; {} (TableBadMagic)", hint);
  }
  const auto metaindex = DecodeHandle(reader);
  const auto index = metaindex ? DecodeHandle(reader) : std::nullopt;
  if (!index || reader.position() > kFooterSize - sizeof(kTableMagic)) {
    return InvalidModelError("the footer's block handles cannot be read (TableBadHandle)");
  }
  for (const BlockHandle& handle : {*metaindex, *index}) {
    if (!HandleFits(handle, file.size())) {
      return InvalidModelError("the footer names a block at {} of {} bytes, outside the file's {} (TableBadHandle)",
                               handle.offset, handle.size, file.size());
    }
  }
  return Footer{*metaindex, *index};
}

std::string EncodeFooter(const Footer& footer) {
  std::string bytes;
  AppendHandle(footer.metaindex, bytes);
  AppendHandle(footer.index, bytes);
  bytes.resize(kFooterSize - sizeof(kTableMagic));
  bytes.append(reinterpret_cast<const char*>(&kTableMagic), sizeof(kTableMagic));
  return bytes;
}

}  // namespace smcli
