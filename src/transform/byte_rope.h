// ByteRope: a message in pieces. Large values (weights, mapped from a file) are pieces of their own that nobody copies.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smcli {

class OutputFile;

class ByteRope {
 public:
  ByteRope() = default;
  ByteRope(const ByteRope&) = delete;
  ByteRope& operator=(const ByteRope&) = delete;

  // Copied.
  void Append(std::string_view bytes);
  // Copied when small; else the bytes must outlive the rope.
  void AppendView(std::string_view bytes);
  // Tag and length of a field of type bytes; the payload is to follow.
  void AppendHead(uint32_t number, uint64_t length);
  // What the other rope copied is copied again; it need not live on, but what it only views must.
  void AppendAll(const ByteRope& other);

  uint64_t size() const { return size_; }
  std::string ToString() const;
  Status WriteTo(OutputFile& file) const;

 private:
  struct Piece {
    std::string_view bytes;
    bool ours = false;  // in owned_
  };

  std::deque<std::string> owned_;
  std::vector<Piece> pieces_;
  uint64_t size_ = 0;
};

}  // namespace smcli
