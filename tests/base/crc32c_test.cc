#include "base/crc32c.h"

#include <random>
#include <string>

#include "base/thread_pool.h"
#include "support/catch.h"

namespace smcli {
namespace {

std::string RandomBytes(size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST_CASE("known checksums: the check value, and the vectors of RFC 3720") {
  CHECK(Crc32c("") == 0);
  CHECK(Crc32c("123456789") == 0xe3069283u);
  CHECK(Crc32c(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(Crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
}

TEST_CASE("a checksum goes on from an earlier one, and two are combined") {
  const std::string bytes = RandomBytes(5000);
  const uint32_t whole = Crc32c(bytes);
  for (const size_t cut : {0, 1, 7, 8, 500, 4999, 5000}) {
    const std::string_view first = std::string_view(bytes).substr(0, cut), second = std::string_view(bytes).substr(cut);
    CHECK(Crc32c(second, Crc32c(first)) == whole);
    CHECK(CombineCrc32c(Crc32c(first), Crc32c(second), second.size()) == whole);
  }
}

TEST_CASE("every method gives the same checksum for every length, alignment and start") {
  const std::string bytes = RandomBytes(20'000);
  const Crc32cMethod& portable = kCrc32cMethods[kNumCrc32cMethods - 1];
  CHECK(portable.name == "portable");
  for (int m = 0; m + 1 < kNumCrc32cMethods; ++m) {
    const Crc32cMethod& method = kCrc32cMethods[m];
    if (!method.supported()) continue;
    INFO(method.name);
    for (size_t size = 0; size < 2700; ++size) {
      const size_t offset = size % 13;
      REQUIRE(method.extend(~0u, bytes.data() + offset, size) == portable.extend(~0u, bytes.data() + offset, size));
    }
    for (const size_t size : {3071, 3072, 3073, 4096, 10'000, 19'999}) {
      REQUIRE(method.extend(0x12345678u, bytes.data() + 1, size) ==
              portable.extend(0x12345678u, bytes.data() + 1, size));
    }
  }
}

TEST_CASE("every method tells along the way whether other bytes are the same") {
  const std::string bytes = RandomBytes(20'000);
  for (int m = 0; m < kNumCrc32cMethods; ++m) {
    const Crc32cMethod& method = kCrc32cMethods[m];
    if (!method.supported()) continue;
    INFO(method.name);
    for (const size_t size : {0, 1, 255, 2047, 2048, 2049, 2303, 10'000, 19'000}) {
      std::string others = bytes.substr(0, size);
      uint32_t registers = ~0u;
      CHECK(method.compare(registers, bytes.data(), others.data(), size));
      CHECK(registers == method.extend(~0u, bytes.data(), size));
      for (size_t at = 0; at<size; at += size> 100 ? size / 97 : 1) {
        others[at] = static_cast<char>(others[at] ^ 1);
        registers = ~0u;
        REQUIRE_FALSE(method.compare(registers, bytes.data(), others.data(), size));
        REQUIRE(registers == method.extend(~0u, bytes.data(), size));
        others[at] = bytes[at];
      }
    }
  }
  uint32_t crc = Crc32c(std::string_view(bytes).substr(0, 9));
  CHECK(ExtendCrc32cAndCompare(crc, std::string_view(bytes).substr(9), bytes.data() + 9));
  CHECK(crc == Crc32c(bytes));
}

TEST_CASE("a split over threads gives the same checksum") {
  ThreadPool pool(3);
  for (const size_t size : {0, 1000, 524'288, 524'289, 3'000'001}) {
    const std::string bytes = RandomBytes(size);
    CHECK(Crc32c(bytes, pool) == Crc32c(bytes));
  }
}

TEST_CASE("the mask is undone by its inverse") {
  CHECK(MaskCrc(0) == 0xa282ead8u);
  for (const uint32_t crc : {0u, 1u, 0xe3069283u, 0xffffffffu, 0xa282ead8u}) CHECK(UnmaskCrc(MaskCrc(crc)) == crc);
}

}  // namespace
}  // namespace smcli
