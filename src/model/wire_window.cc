#include "model/wire_window.h"

#include <algorithm>
#include <span>

#include "base/bytes.h"

namespace smcli {
namespace {

constexpr uint64_t kSmallStep = 1024;
constexpr uint64_t kLargeStep = 65536;
constexpr uint64_t kLongestHead = 20;  // a tag and a length, ten bytes each

}  // namespace

std::string_view WireWindow::Peek(uint64_t at, uint64_t count) {
  if (at < begin_ || at + count > end_) {
    if (file_ == nullptr) return at < end_ ? std::string_view(data_ + at, end_ - at) : std::string_view();
    step_ =
        at >= begin_ && at <= end_ + kSmallStep ? std::min(4 * std::max(step_, kSmallStep), kLargeStep) : kSmallStep;
    buffer_.resize(std::max(step_, count));
    const auto read = file_->Read(at, std::span<char>(buffer_));
    if (!read.ok()) Fail();
    data_ = buffer_.data();
    begin_ = at;
    end_ = at + (read.ok() ? *read : 0);
  }
  return {data_ + (at - begin_), std::min(count, end_ - at)};
}

std::string_view WireWindow::Bytes(const Field& field) {
  if (field.size() > kLargeStep) Fail();
  const std::string_view bytes = Peek(field.begin, std::min(field.size(), kLargeStep));
  if (bytes.size() < field.size()) Fail();
  return bytes.substr(0, field.size());
}

bool WireWindow::NextAny(uint64_t& at, uint64_t end, Field& field) {
  if (!ok_) return false;
  ByteReader head(Peek(at, std::min(kLongestHead, end - at)).substr(0, end - at));
  const auto tag = head.Varint();
  const auto fail = [&] {
    Fail();
    return false;
  };
  if (!tag || *tag < 8 || *tag >> 35 != 0) return fail();
  field.number = static_cast<uint32_t>(*tag >> 3);
  field.type = static_cast<WireType>(*tag & 7);
  uint64_t length = 0;
  switch (*tag & 7) {
    case 0: {
      const auto value = head.Varint();
      if (!value) return fail();
      field.value = *value;
      break;
    }
    case 1: length = 8; break;
    case 2: {
      const auto declared = head.Varint();
      if (!declared) return fail();
      length = *declared;
      break;
    }
    case 5: length = 4; break;
    default: return fail();  // groups, which nobody writes, and what is no field
  }
  field.begin = at + head.position();
  if (length > end - field.begin) return fail();
  field.end = field.begin + length;
  at = field.end;
  return true;
}

}  // namespace smcli
