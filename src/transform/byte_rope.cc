#include "transform/byte_rope.h"

#include "base/file.h"
#include "base/wire.h"

namespace smcli {
namespace {

constexpr size_t kSmall = 4096;         // copied, for the sake of fewer pieces
constexpr size_t kPieceSize = 1 << 16;  // an owned piece that reached it is closed

}  // namespace

void ByteRope::Append(std::string_view bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (pieces_.empty() || !pieces_.back().ours || owned_.back().size() >= kPieceSize) {
    owned_.emplace_back();
    pieces_.push_back({{}, true});
  }
  owned_.back() += bytes;
  pieces_.back().bytes = owned_.back();
}

void ByteRope::AppendView(std::string_view bytes) {
  if (bytes.size() <= kSmall) return Append(bytes);
  size_ += bytes.size();
  pieces_.push_back({bytes, false});
}

void ByteRope::AppendHead(uint32_t number, uint64_t length) {
  std::string head;
  AppendTag(number, WireType::kBytes, head);
  AppendVarint(length, head);
  Append(head);
}

void ByteRope::AppendAll(const ByteRope& other) {
  for (const Piece& piece : other.pieces_) {
    if (piece.ours) {
      Append(piece.bytes);
    } else {
      AppendView(piece.bytes);
    }
  }
}

std::string ByteRope::ToString() const {
  std::string bytes;
  bytes.reserve(size_);
  for (const Piece& piece : pieces_) bytes += piece.bytes;
  return bytes;
}

Status ByteRope::WriteTo(OutputFile& file) const {
  for (const Piece& piece : pieces_) SMCLI_RETURN_IF_ERROR(file.Append(piece.bytes));
  return {};
}

}  // namespace smcli
