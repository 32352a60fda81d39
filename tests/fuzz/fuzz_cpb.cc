// A chunked model of any bytes. Its hashes would keep a fuzzer out, so a mutator of our own puts them right.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "model/chunked_proto.h"
#include "model/highway_hash.h"
#include "model/saved_model.h"

// Weak: there is none where the corpus is only replayed.
extern "C" __attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

constexpr size_t kSignature = 64;
constexpr size_t kHeader = 40;
constexpr size_t kBlock = 65536;

std::string_view View(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// Of the chunks in the first block, which lie in one piece.
void PutHashesRight(uint8_t* data, size_t size) {
  for (size_t at = kSignature; at + kHeader <= std::min(size, kBlock);) {
    uint64_t data_size, type_and_records;
    std::memcpy(&data_size, data + at + 8, sizeof data_size);
    std::memcpy(&type_and_records, data + at + 24, sizeof type_and_records);
    const size_t left = std::min(size, kBlock) - at - kHeader;
    if (data_size > left) data_size = left;
    std::memcpy(data + at + 8, &data_size, sizeof data_size);
    const uint64_t data_hash = smcli::RiegeliHash(View(data + at + kHeader, data_size));
    std::memcpy(data + at + 16, &data_hash, sizeof data_hash);
    const uint64_t header_hash = smcli::RiegeliHash(View(data + at + 8, kHeader - 8));
    std::memcpy(data + at, &header_hash, sizeof header_hash);
    at += std::max<uint64_t>(kHeader + data_size, std::min<uint64_t>(type_and_records >> 8, kBlock));
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int) {
  size = LLVMFuzzerMutate(data, size, max_size);
  PutHashesRight(data, size);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const smcli::SharedBytes file(std::string(View(data, size)));
  const auto joined = smcli::JoinChunks(file);
  if (joined.ok()) (void)smcli::SavedModel::FromBytes(*joined, "saved_model.cpb").ok();
  return 0;
}
