#include "formats/crc32.h"

#include <zlib.h>

#include <random>
#include <string>

#include "formats/crc32_x86.h"
#include "support/catch.h"

namespace smcli {
namespace {

std::string RandomBytes(size_t size) {
  std::mt19937 random(11);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

uint32_t ByZlib(std::string_view bytes, uint32_t before) {
  return static_cast<uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

TEST_CASE("the check value of CRC-32, and no bytes at all") {
  CHECK(Crc32("123456789") == 0xcbf43926u);
  CHECK(Crc32("") == 0);
  CHECK(Crc32({}, 0x12345678u) == 0x12345678u);
}

TEST_CASE("CRC-32 is zlib's for every length, alignment and start") {
  const std::string bytes = RandomBytes(70'000);
  for (size_t size = 0; size < 2700; ++size) {
    const std::string_view part = std::string_view(bytes).substr(size % 13, size);
    REQUIRE(Crc32(part, 0xdeadbeefu) == ByZlib(part, 0xdeadbeefu));
  }
  for (const size_t size : {4096u, 65'535u, 69'999u}) {
    const std::string_view part = std::string_view(bytes).substr(1, size);
    REQUIRE(Crc32(part) == ByZlib(part, 0));
  }
}

#if defined(__x86_64__)
TEST_CASE("CRC-32 without AVX-512 is the same") {
  if (!crc32::HasPclmul()) return;
  const std::string bytes = RandomBytes(9000);
  for (size_t size = 256; size < 8000; size += 37) {
    const char* at = bytes.data() + size % 7;
    size_t rest = size;
    const uint32_t folded = ~crc32::ExtendPclmul(~0x1234u, at, rest);
    CHECK(rest < 64);
    REQUIRE(ByZlib({at, rest}, folded) == ByZlib({bytes.data() + size % 7, size}, 0x1234u));
  }
}
#endif

TEST_CASE("two CRC-32 are combined") {
  const std::string bytes = RandomBytes(5000);
  for (const size_t cut : {0, 1, 500, 4999, 5000}) {
    const std::string_view first = std::string_view(bytes).substr(0, cut), second = std::string_view(bytes).substr(cut);
    CHECK(CombineCrc32(Crc32(first), Crc32(second), second.size()) == Crc32(bytes));
  }
}

}  // namespace
}  // namespace smcli
