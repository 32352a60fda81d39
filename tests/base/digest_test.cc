#include <array>
#include <string>

#include "base/fingerprint.h"
#include "base/sha256.h"
#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("SHA-256 of FIPS 180's examples") {
  CHECK(Sha256Hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Sha256Hex(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on how the bytes come in") {
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += static_cast<char>(i * 7);
  for (size_t step = 1; step < 130; ++step) {
    Sha256 sha;
    for (size_t i = 0; i < bytes.size(); i += step) sha.Update(std::string_view(bytes).substr(i, step));
    REQUIRE(sha.HexDigest() == Sha256Hex(bytes));
  }
}

TEST_CASE("the processor's SHA instructions and the portable code agree") {
  const Sha256Blocks hardware = Sha256BlocksHardware();
  if (hardware == nullptr) return;
  std::array<uint8_t, 640> blocks;
  for (size_t i = 0; i < blocks.size(); ++i) blocks[i] = static_cast<uint8_t>(i * i);
  std::array<uint32_t, 8> a = {1, 2, 3, 4, 5, 6, 7, 0xffffffffu}, b = a;
  hardware(a.data(), blocks.data(), 10);
  Sha256BlocksPortable(b.data(), blocks.data(), 10);
  CHECK(a == b);
}

// Values of tf.strings.to_hash_bucket_fast's function, tf.fingerprint.
TEST_CASE("Fingerprint64 is FarmHash's") {
  CHECK(Fingerprint64("") == 0x9ae16a3b2f90404full);
  CHECK(Fingerprint64("a") == 12917804110809363939ull);
  CHECK(Fingerprint64("hello world") == 0x588fb7478bd6b01bull);
}

}  // namespace
}  // namespace smcli
