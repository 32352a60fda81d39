#include "formats/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace smcli {
namespace {

// Deflate's best: a symbol of two bits for 258 bytes.
constexpr uint64_t kMaxRatio = 1032;

class Stream {
 public:
  Stream(std::string_view input, DeflateForm form) : rest_(input) {
    constexpr int kWindow = 15, kGzip = 16;
    const int bits = form == DeflateForm::kRaw ? -kWindow : form == DeflateForm::kZlib ? kWindow : kWindow + kGzip;
    ready_ = inflateInit2(&state_, bits) == Z_OK;
  }
  ~Stream() {
    if (ready_) inflateEnd(&state_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Fills out[from, to) as far as the data go; false when they are corrupt or cut off. done() tells whether they ended.
  bool Fill(std::string& out, size_t& from, size_t to) {
    while (ready_ && from < to) {
      if (state_.avail_in == 0 && !rest_.empty()) Refill();
      const auto room = static_cast<uInt>(std::min<size_t>(to - from, kMost));
      state_.next_out = reinterpret_cast<Bytef*>(out.data() + from);
      state_.avail_out = room;
      const int code = inflate(&state_, Z_NO_FLUSH);
      from += room - state_.avail_out;
      if (code == Z_STREAM_END) {
        done_ = true;
        return true;
      }
      if (code != Z_OK) return false;
    }
    return ready_;
  }

  bool done() const { return done_; }
  // What follows the stream that has ended.
  std::string_view Rest() const {
    return {reinterpret_cast<const char*>(state_.next_in), state_.avail_in + rest_.size()};
  }

 private:
  static constexpr size_t kMost = size_t{1} << 30;  // zlib counts in 32 bits

  void Refill() {
    const size_t count = std::min(rest_.size(), kMost);
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
    state_.avail_in = static_cast<uInt>(count);
    rest_.remove_prefix(count);
  }

  z_stream state_ = {};
  std::string_view rest_;
  bool ready_;
  bool done_ = false;
};

Error Corrupt() { return InvalidModelError("the compressed data are corrupt or cut off (DeflateCorrupt)"); }

}  // namespace

Result<std::string> Inflate(std::string_view compressed, DeflateForm form, uint64_t size) {
  if (size / kMaxRatio > compressed.size()) return Corrupt();
  // One byte more than is wanted shows whether the stream ends there.
  std::string out(static_cast<size_t>(size) + 1, '\0');
  Stream stream(compressed, form);
  size_t filled = 0;
  if (!stream.Fill(out, filled, out.size()) || !stream.done() || filled != size) return Corrupt();
  out.resize(filled);
  return out;
}

Result<std::string> InflateAll(std::string_view compressed, DeflateForm form, uint64_t max_size) {
  constexpr size_t kFirst = size_t{64} << 10;
  std::string out;
  size_t filled = 0;
  while (true) {
    Stream stream(compressed, form);
    do {
      if (filled == out.size()) out.resize(std::max(kFirst, 2 * filled));
      if (!stream.Fill(out, filled, out.size())) return Corrupt();
      if (filled > max_size) return InvalidModelError("the compressed data hold more than {} bytes", max_size);
    } while (!stream.done());
    compressed = stream.Rest();
    if (form != DeflateForm::kGzip || compressed.empty()) break;
  }
  out.resize(filled);
  return out;
}

}  // namespace smcli
