// WireWindow: the fields of protobuf messages that are read from a file piece by piece, so that constants of many
// megabytes are stepped over and never enter the process's memory. (Mapped, each would bring in 64 KiB around its
// edges.) Positions are offsets into the file. Anything unusual is a fault without words: who meets one looks again at
// the mapped bytes with WireReader, which says what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/wire.h"

namespace smcli {

class WireWindow {
 public:
  // A message lies in [begin, end), or its value is a number.
  struct Field {
    uint32_t number = 0;
    WireType type = WireType::kVarint;
    uint64_t value = 0;
    uint64_t begin = 0;
    uint64_t end = 0;

    bool is(uint32_t field, WireType wire_type) const { return number == field && type == wire_type; }
    uint64_t size() const { return end - begin; }
  };

  // Over bytes in memory, or over a file that is read.
  explicit WireWindow(std::string_view memory) : data_(memory.data()), end_(memory.size()) {}
  explicit WireWindow(const RandomAccessFile& file) : file_(&file) {}

  // The field at `at`, which moves behind it; false at `end`, and after a fault.
  bool Next(uint64_t& at, uint64_t end, Field& field) {
    if (at >= end) return false;
    if (at >= begin_ && at + 2 <= end_ && at + 2 <= end) {  // the usual case: a short field of bytes
      const auto tag = static_cast<uint8_t>(data_[at - begin_]);
      const auto length = static_cast<uint8_t>(data_[at - begin_ + 1]);
      if ((tag & 0x87) == 2 && tag >= 8 && length < 0x80 && length <= end - at - 2) {
        field = {static_cast<uint32_t>(tag >> 3), WireType::kBytes, 0, at + 2, at + 2 + length};
        at = field.end;
        return true;
      }
    }
    return NextAny(at, end, field);
  }

  // The bytes of a short field, valid until the next call of anything; a fault beyond 64 KiB.
  std::string_view Bytes(const Field& field);

  bool ok() const { return ok_; }
  void Fail() { ok_ = false; }

 private:
  bool NextAny(uint64_t& at, uint64_t end, Field& field);
  // Up to `count` bytes at `at`; fewer at the end of the file.
  std::string_view Peek(uint64_t at, uint64_t count);

  const RandomAccessFile* file_ = nullptr;
  const char* data_ = nullptr;  // what is in [begin_, end_)
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  std::string buffer_;
  uint64_t step_ = 0;  // bytes to read next: few after a jump, more while reading on
  bool ok_ = true;
};

}  // namespace smcli
