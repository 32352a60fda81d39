#include "table/table.h"

#include <mutex>

namespace smcli {

struct Table::RecentBlock {
  std::mutex mutex;
  uint64_t offset = UINT64_MAX;
  Block block;
};

Table::Table(MappedFile file, Block index)
    : file_(std::move(file)), index_(std::move(index)), recent_(std::make_shared<RecentBlock>()) {}

Result<Table> Table::Open(MappedFile file) {
  SMCLI_ASSIGN_OR_RETURN(const Footer footer, DecodeFooter(file.bytes()));
  SMCLI_ASSIGN_OR_RETURN(Block index, Block::Read(file, footer.index).Annotate("index block"));
  return Table(std::move(file), std::move(index));
}

Result<Block> Table::ReadBlock(std::string_view index_value) const {
  ByteReader reader(index_value);
  const auto handle = DecodeHandle(reader);
  if (!handle) return InvalidModelError("the index block holds what is no block handle (TableBadHandle)");
  const std::lock_guard lock(recent_->mutex);
  if (recent_->offset != handle->offset) {
    auto block = Block::Read(file_, *handle);
    if (!block.ok()) return std::move(block).Annotate(fmt::format("block at {}", handle->offset));
    recent_->block = *std::move(block);
    recent_->offset = handle->offset;
  }
  return recent_->block;
}

Result<std::optional<Table::Value>> Table::Find(std::string_view key) const {
  BlockCursor index(index_);
  if (!index.Seek(key)) {
    SMCLI_RETURN_IF_ERROR(index.status().Annotate("index block"));
    return std::nullopt;
  }
  SMCLI_ASSIGN_OR_RETURN(Block block, ReadBlock(index.value()));
  BlockCursor data(std::move(block));
  if (data.Seek(key) && data.key() == key) return Value{data.value(), data.block().keep_alive()};
  SMCLI_RETURN_IF_ERROR(data.status());
  return std::nullopt;
}

bool TableCursor::NextBlock() {
  if (!index_.Next()) {
    status_ = index_.status().Annotate("index block");
    return false;
  }
  auto block = table_.ReadBlock(index_.value());
  if (!block.ok()) {
    status_ = std::move(block).error();
    return false;
  }
  if (block_has_keys_) {
    last_key_ = data_.key();
    has_last_key_ = true;
    block_has_keys_ = false;
  }
  data_ = BlockCursor(*std::move(block));
  return true;
}

bool TableCursor::Next() {
  if (!status_.ok()) return false;
  while (!data_.Next()) {
    status_ = data_.status();
    if (!status_.ok() || !NextBlock()) return false;
  }
  const bool ascending = block_has_keys_ || !has_last_key_ || last_key_ < key();
  block_has_keys_ = true;
  if (ascending && key() <= index_.key()) return true;
  status_ = InvalidModelError("the keys are not in ascending order from block to block (BlockBadEntry)");
  return false;
}

}  // namespace smcli
