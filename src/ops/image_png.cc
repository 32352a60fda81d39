#include "ops/image_png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

namespace smcli {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 31;

// libpng's errors come back through longjmp: no object with a destructor may live in the frames between.
struct Errors {
  std::jmp_buf escape;
  char message[128];
};

void Escape(png_structp png, png_const_charp message) {
  auto* errors = static_cast<Errors*>(png_get_error_ptr(png));
  std::strncpy(errors->message, message, sizeof errors->message - 1);
  std::longjmp(errors->escape, 1);
}
void Silence(png_structp, png_const_charp) {}

struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Errors errors{};
  std::string_view rest;
  int passes = 1;
  bool widen = false;  // eight bits become sixteen

  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }

  static void Read(png_structp png, png_bytep to, png_size_t count) {
    auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
    if (count > reader->rest.size()) png_error(png, "the data ends early");
    std::memcpy(to, reader->rest.data(), count);
    reader->rest.remove_prefix(count);
  }

  bool ReadHeader(std::string_view bytes) {
    rest = bytes;
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors, Escape, Silence);
    if (png == nullptr) return false;
    info = png_create_info_struct(png);
    if (info == nullptr || setjmp(errors.escape)) return false;
    png_set_read_fn(png, this, Read);
    png_read_info(png, info);
    return true;
  }

  // The transformations that lead to `channels` and the bits wanted, in libpng's order (lib/png/png_io.cc of
  // TensorFlow).
  bool Transform(int channels, bool sixteen) {
    if (setjmp(errors.escape)) return false;
    const int color_type = png_get_color_type(png, info);
    const int depth = png_get_bit_depth(png, info);
    const bool alpha = (color_type & PNG_COLOR_MASK_ALPHA) != 0;
    const bool transparent = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
    const bool grey = (color_type & PNG_COLOR_MASK_COLOR) == 0;
    if (channels % 2 != 0) {
      if (alpha || transparent) png_set_strip_alpha(png);
    } else if (!alpha && transparent) {
      png_set_tRNS_to_alpha(png);
    } else if (!alpha) {
      png_set_add_alpha(png, (1u << depth) - 1u, PNG_FILLER_AFTER);
    }
    if (depth > 8 && !sixteen) png_set_strip_16(png);
    widen = depth <= 8 && sixteen;
    png_set_packing(png);
    passes = png_set_interlace_handling(png);
    if (sixteen) png_set_swap(png);
    if (color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (grey && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (channels < 3 && !grey) png_set_rgb_to_gray(png, 1, 0.299, 0.587);
    if (channels >= 3 && grey) png_set_gray_to_rgb(png);
    png_read_update_info(png, info);
    return true;
  }

  bool ReadRows(uint8_t* to, int64_t height, int64_t row_bytes) {
    if (setjmp(errors.escape)) return false;
    for (int pass = 0; pass < passes; ++pass) {
      for (int64_t y = 0; y < height; ++y) png_read_row(png, to + y * row_bytes, nullptr);
    }
    return true;
  }
};

// In place: `count` bytes at the start of `out` become as many 16-bit numbers, 0 to 0 and 255 to 65535.
void Widen(uint16_t* out, int64_t count) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(out);
  for (int64_t i = count - 1; i >= 0; --i) out[i] = static_cast<uint16_t>(bytes[i] * 257);
}

int StoredChannels(Reader& reader) {
  if (png_get_color_type(reader.png, reader.info) != PNG_COLOR_TYPE_PALETTE)
    return png_get_channels(reader.png, reader.info);
  return png_get_valid(reader.png, reader.info, PNG_INFO_tRNS) != 0 ? 4 : 3;
}

}  // namespace

Result<Tensor> DecodePng(std::string_view bytes, int channels, DataType dtype) {
  Reader reader;
  const auto failure = [&] { return ModelError("invalid PNG data, size {}: {}", bytes.size(), reader.errors.message); };
  if (!reader.ReadHeader(bytes)) return failure();
  if (channels == 0) channels = StoredChannels(reader);
  const bool sixteen = dtype == DataType::kUint16;
  const auto height = static_cast<int64_t>(png_get_image_height(reader.png, reader.info));
  const auto width = static_cast<int64_t>(png_get_image_width(reader.png, reader.info));
  if (height <= 0 || width <= 0 || height > kMostBytes / 8 / width) {
    return ModelError("a PNG image of {} x {} pixels is too large", height, width);
  }
  if (!reader.Transform(channels, sixteen)) return failure();
  const int64_t row_bytes = width * channels * (sixteen && !reader.widen ? 2 : 1);
  if (static_cast<int64_t>(png_get_rowbytes(reader.png, reader.info)) != row_bytes) {
    return ModelError("a PNG image whose rows have {} bytes and not {}", png_get_rowbytes(reader.png, reader.info),
                      row_bytes);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor pixels, Tensor::Make(dtype, Shape{height, width, channels}));
  // Interlaced images are read in passes that leave some pixels for later.
  std::memset(pixels.mutable_raw_data(), 0, pixels.num_bytes());
  if (!reader.ReadRows(static_cast<uint8_t*>(pixels.mutable_raw_data()), height, row_bytes)) return failure();
  if (reader.widen) Widen(pixels.mutable_data<uint16_t>(), pixels.num_elements());
  return pixels;
}

namespace {

struct Writer {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Errors errors{};
  std::string* bytes;

  explicit Writer(std::string* to) : bytes(to) {}
  ~Writer() { png_destroy_write_struct(&png, &info); }

  static void Append(png_structp png, png_bytep from, png_size_t count) {
    static_cast<Writer*>(png_get_io_ptr(png))->bytes->append(reinterpret_cast<const char*>(from), count);
  }
  static void Flush(png_structp) {}

  bool Write(const Tensor& pixels, int compression) {
    constexpr int kColorTypes[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                   PNG_COLOR_TYPE_RGB_ALPHA};
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors, Escape, Silence);
    if (png == nullptr) return false;
    info = png_create_info_struct(png);
    if (info == nullptr || setjmp(errors.escape)) return false;
    png_set_write_fn(png, this, Append, Flush);
    if (compression >= 0) png_set_compression_level(png, compression);
    const int depth = 8 * SizeOf(pixels.dtype());
    png_set_IHDR(png, info, static_cast<png_uint_32>(pixels.dim(1)), static_cast<png_uint_32>(pixels.dim(0)), depth,
                 kColorTypes[pixels.dim(2)], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    if (depth > 8) png_set_swap(png);
    const int64_t row_bytes = pixels.dim(1) * pixels.dim(2) * SizeOf(pixels.dtype());
    for (int64_t y = 0; y < pixels.dim(0); ++y) {
      png_write_row(png, static_cast<const png_byte*>(pixels.raw_data()) + y * row_bytes);
    }
    png_write_end(png, nullptr);
    return true;
  }
};

}  // namespace

Result<std::string> EncodePng(const Tensor& pixels, int compression) {
  std::string bytes;
  Writer writer(&bytes);
  if (!writer.Write(pixels, compression)) return ModelError("PNG encoding failed: {}", writer.errors.message);
  return bytes;
}

}  // namespace smcli
