#include "table/table_builder.h"

#include <snappy.h>

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/little_endian.h"
#include "base/wire.h"

namespace smcli {
namespace {

size_t CommonPrefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// A short string s with last <= s < next.
std::string Separator(std::string_view last, std::string_view next) {
  const size_t same = CommonPrefix(last, next);
  if (same < std::min(last.size(), next.size())) {
    const auto byte = static_cast<uint8_t>(last[same]);
    if (byte < 0xff && byte + 1 < static_cast<uint8_t>(next[same])) {
      return std::string(last.substr(0, same)) + static_cast<char>(byte + 1);
    }
  }
  return std::string(last);
}

// A short string s with last <= s.
std::string Successor(std::string_view last) {
  const size_t at = last.find_first_not_of('\xff');
  if (at == std::string_view::npos) return std::string(last);
  return std::string(last.substr(0, at)) + static_cast<char>(static_cast<uint8_t>(last[at]) + 1);
}

std::string EncodedHandle(const BlockHandle& handle) {
  std::string bytes;
  AppendHandle(handle, bytes);
  return bytes;
}

}  // namespace

void BlockBuilder::Add(std::string_view key, std::string_view value) {
  size_t shared = 0;
  if (since_restart_ == restart_interval_) {
    AppendFixed(static_cast<uint32_t>(bytes_.size()), restarts_);
    since_restart_ = 0;
  } else {
    shared = CommonPrefix(last_key_, key);
  }
  ++since_restart_;
  AppendVarint(shared, bytes_);
  AppendVarint(key.size() - shared, bytes_);
  AppendVarint(value.size(), bytes_);
  bytes_ += key.substr(shared);
  bytes_ += value;
  last_key_ = key;
}

std::string BlockBuilder::Finish() {
  std::string block = std::move(bytes_) + restarts_;
  AppendFixed(static_cast<uint32_t>(restarts_.size() / sizeof(uint32_t)), block);
  *this = BlockBuilder(restart_interval_);
  return block;
}

TableBuilder::TableBuilder(OutputFile& file, const Options& options)
    : file_(file), options_(options), data_(options.restart_interval) {}

Status TableBuilder::Add(std::string_view key, std::string_view value) {
  SMCLI_CHECK(!has_keys_ || last_key_ < key);
  const bool large = key.size() + value.size() >= 2 * options_.block_size;
  if (large && !data_.empty()) SMCLI_RETURN_IF_ERROR(FlushDataBlock());
  if (pending_) {
    index_.Add(Separator(last_key_, key), EncodedHandle(pending_handle_));
    pending_ = false;
  }
  data_.Add(key, value);
  last_key_ = key;
  has_keys_ = true;
  return data_.size() >= options_.block_size ? FlushDataBlock() : Status();
}

Status TableBuilder::FlushDataBlock() {
  SMCLI_ASSIGN_OR_RETURN(pending_handle_, WriteBlock(data_.Finish()));
  pending_ = true;
  return {};
}

Result<BlockHandle> TableBuilder::WriteBlock(const std::string& contents) {
  std::string stored;
  uint8_t type = kRawBlock;
  if (options_.snappy) {
    snappy::Compress(contents.data(), contents.size(), &stored);
    // Less gain than an eighth is not worth the reader's time.
    if (stored.size() < contents.size() - contents.size() / 8) type = kSnappyBlock;
  }
  if (type == kRawBlock) stored = contents;
  const BlockHandle handle{file_.size(), stored.size()};
  stored += static_cast<char>(type);
  AppendFixed(MaskCrc(Crc32c(stored)), stored);
  SMCLI_RETURN_IF_ERROR(file_.Append(stored));
  return handle;
}

Status TableBuilder::Finish() {
  if (!data_.empty()) SMCLI_RETURN_IF_ERROR(FlushDataBlock());
  Footer footer;
  SMCLI_ASSIGN_OR_RETURN(footer.metaindex, WriteBlock(BlockBuilder(options_.restart_interval).Finish()));
  if (pending_) index_.Add(Successor(last_key_), EncodedHandle(pending_handle_));
  SMCLI_ASSIGN_OR_RETURN(footer.index, WriteBlock(index_.Finish()));
  return file_.Append(EncodeFooter(footer));
}

}  // namespace smcli
