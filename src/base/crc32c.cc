#include "base/crc32c.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/crc32c_polynomial.h"
#include "base/crc32c_x86.h"
#include "base/thread_pool.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace smcli {
namespace {

// kTables[k][b]: what byte b becomes after k more zero bytes.
constexpr auto kTables = [] {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = crc32c::TimesX(value);
    tables[0][byte] = value;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t value = tables[k - 1][byte];
      tables[k][byte] = value >> 8 ^ tables[0][value & 255u];
    }
  }
  return tables;
}();

// Eight bytes a step (slicing-by-8).
uint32_t ExtendPortable(uint32_t crc, const char* bytes, size_t size) {
  for (; size >= 8; bytes += 8, size -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    word ^= crc;
    crc = 0;
    for (size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][word >> (8 * k) & 255u];
  }
  for (; size > 0; ++bytes, --size) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<uint8_t>(*bytes)) & 255u];
  return crc;
}

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
uint32_t ExtendArm(uint32_t crc, const char* bytes, size_t size) {
  for (; size >= 8; bytes += 8, size -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    crc = __crc32cd(crc, word);
  }
  for (; size > 0; ++bytes, --size) crc = __crc32cb(crc, static_cast<uint8_t>(*bytes));
  return crc;
}
#endif

// In two steps, the second of which reads what the first left in the cache.
template <uint32_t (*extend)(uint32_t, const char*, size_t)>
bool CompareStepwise(uint32_t& crc, const char* bytes, const char* others, size_t size) {
  constexpr size_t kStep = size_t{8} << 10;
  bool equal = true;
  for (size_t at = 0; at < size; at += kStep) {
    const size_t count = std::min(kStep, size - at);
    equal = equal && std::memcmp(bytes + at, others + at, count) == 0;
    crc = extend(crc, bytes + at, count);
  }
  return equal;
}

bool Always() { return true; }

const Crc32cMethod& BestMethod() {
  static const Crc32cMethod& best = *std::find_if(kCrc32cMethods, kCrc32cMethods + kNumCrc32cMethods,
                                                  [](const Crc32cMethod& method) { return method.supported(); });
  return best;
}

}  // namespace

const Crc32cMethod kCrc32cMethods[] = {
#if defined(__x86_64__)
    {"avx512", crc32c::ExtendAvx512, crc32c::CompareAvx512, crc32c::HasAvx512},
    {"sse4.2", crc32c::ExtendSse42, CompareStepwise<crc32c::ExtendSse42>, crc32c::HasSse42},
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
    {"armv8", ExtendArm, CompareStepwise<ExtendArm>, Always},
#endif
    {"portable", ExtendPortable, CompareStepwise<ExtendPortable>, Always},
};
const int kNumCrc32cMethods = sizeof(kCrc32cMethods) / sizeof(kCrc32cMethods[0]);

uint32_t Crc32c(std::string_view bytes, uint32_t before) {
  return ~BestMethod().extend(~before, bytes.data(), bytes.size());
}

bool ExtendCrc32cAndCompare(uint32_t& crc, std::string_view bytes, const char* others) {
  uint32_t registers = ~crc;
  const bool equal = BestMethod().compare(registers, bytes.data(), others, bytes.size());
  crc = ~registers;
  return equal;
}

uint32_t CombineCrc32c(uint32_t first, uint32_t second, uint64_t second_length) {
  // Appending n bytes multiplies by x^(8n); x has order 2^32 - 1 or a divisor of it modulo the polynomial.
  constexpr uint64_t kOrder = 0xffffffffu;
  const uint64_t bits = second_length % kOrder * 8 % kOrder;
  return crc32c::Multiply(first, crc32c::PowerOfX(bits)) ^ second;
}

uint32_t Crc32c(std::string_view bytes, ThreadPool& pool) {
  constexpr int64_t kPiece = int64_t{256} << 10;
  const auto size = static_cast<int64_t>(bytes.size());
  if (size < 2 * kPiece || pool.threads() == 1) return Crc32c(bytes);
  const int64_t pieces = (size + kPiece - 1) / kPiece;
  std::vector<uint32_t> sums(static_cast<size_t>(pieces));
  pool.ParallelFor(pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      sums[static_cast<size_t>(i)] = Crc32c(bytes.substr(static_cast<size_t>(i * kPiece), kPiece));
    }
  });
  uint32_t crc = 0;
  const uint32_t shift = crc32c::PowerOfX(8 * kPiece);
  for (int64_t i = 0; i + 1 < pieces; ++i) crc = crc32c::Multiply(crc, shift) ^ sums[static_cast<size_t>(i)];
  return CombineCrc32c(crc, sums.back(), static_cast<uint64_t>(size - (pieces - 1) * kPiece));
}

}  // namespace smcli
