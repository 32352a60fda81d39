// Decoding of images: what is refused, and how.
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

// A bitmap of 24 bits, one pixel wide: each row is three bytes and one of padding.
std::string Bitmap(int height) {
  std::string out("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0", 22);
  out += std::string{static_cast<char>(height), 0, 0, 0, 1, 0, 24, 0};
  out.resize(54);
  for (int y = 0; y < height; ++y) out += {3, 2, 1, 0};
  return out;
}

Result<std::vector<Tensor>> Decode(std::string_view op, std::string bytes) {
  const OpRunner runner(fmt::format(R"(op: "{}")", op), {DataType::kUint8});
  return runner.Run({MakeTensor<std::string>({}, {std::move(bytes)})});
}

TEST_CASE("a bitmap is exactly as long as its rows") {
  for (const std::string_view op : {"DecodeBmp", "DecodeImage"}) {
    const std::string bitmap = Bitmap(2);
    const Tensor pixels = Value(Decode(op, bitmap))[0];
    CHECK(pixels.shape() == Shape{2, 1, 3});
    CHECK(pixels.flat<uint8_t>()[0] == 1);
    CHECK_FAILS(Decode(op, bitmap + 'x'), ErrorKind::kModel, "63 bytes, its rows end at 62");
    CHECK_FAILS(Decode(op, bitmap.substr(0, 61)), ErrorKind::kModel, "61 bytes, its rows end at 62");
  }
}

TEST_CASE("formats that are known and not decoded are named") {
  CHECK_FAILS(Decode("DecodeImage", std::string("RIFF\4\0\0\0WEBPVP8L", 16)), ErrorKind::kUnsupported, "WebP");
  CHECK_FAILS(Decode("DecodeImage", "\xff\x0a..."), ErrorKind::kUnsupported, "JPEG XL");
  CHECK_FAILS(Decode("DecodeImage", std::string("\0\0\0\x0cJXL \r\n\x87\n....", 16)), ErrorKind::kUnsupported,
              "JPEG XL");
  CHECK_FAILS(Decode("DecodeImage", "RIFF    WAVE"), ErrorKind::kModel, "unknown image file format");
}

}  // namespace
}  // namespace smcli
