#include "ops/image_jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>

// After <cstdio>, which it needs and does not include.
#include <jpeglib.h>

#include "ops/int_args.h"

namespace smcli {
namespace {

constexpr int64_t kMostPixels = int64_t{1} << 29;  // TensorFlow's bound on an image

// libjpeg's errors come back through longjmp: no object with a destructor may live in the frames between.
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

void Escape(j_common_ptr info) {
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  info->err->format_message(info, manager->message);
  std::longjmp(manager->escape, 1);
}
void Silence(j_common_ptr) {}

void Prepare(ErrorManager& errors) {
  jpeg_std_error(&errors.base);
  errors.base.error_exit = Escape;
  errors.base.output_message = Silence;
  errors.message[0] = '\0';
}

// Bytes in memory. Where they end early, an end-of-image marker is put in once, if that is wanted; otherwise reading
// stops there.
struct MemorySource {
  jpeg_source_mgr base;
  bool recover;
  bool ended;
};

constexpr JOCTET kEndOfImage[] = {0xff, JPEG_EOI};

void Nothing(j_decompress_ptr) {}
boolean FillInput(j_decompress_ptr info) {
  auto* source = reinterpret_cast<MemorySource*>(info->src);
  if (!source->recover || source->ended) {
    std::strcpy(reinterpret_cast<ErrorManager*>(info->err)->message, "the data ends early");
    return FALSE;  // libjpeg suspends what it does
  }
  source->ended = true;
  source->base.next_input_byte = kEndOfImage;
  source->base.bytes_in_buffer = sizeof kEndOfImage;
  return TRUE;
}
void SkipInput(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  jpeg_source_mgr* source = info->src;
  if (static_cast<size_t>(count) > source->bytes_in_buffer) {
    source->bytes_in_buffer = 0;
    FillInput(info);  // where it refuses, the next read suspends
    return;
  }
  source->next_input_byte += count;
  source->bytes_in_buffer -= static_cast<size_t>(count);
}

// A decompressor, destroyed with its scope.
struct Decompressor {
  jpeg_decompress_struct info{};
  ErrorManager errors{};
  MemorySource source{};
  bool created = false;

  ~Decompressor() {
    if (created) jpeg_destroy_decompress(&info);
  }

  Error Failure() const { return ModelError("invalid JPEG data or crop window, size {}: {}", size, errors.message); }

  // False after an error.
  bool ReadHeader(std::string_view bytes, bool recover) {
    Prepare(errors);
    info.err = &errors.base;
    size = bytes.size();
    if (setjmp(errors.escape)) return false;
    jpeg_create_decompress(&info);
    created = true;
    source.base.init_source = Nothing;
    source.base.term_source = Nothing;
    source.base.fill_input_buffer = FillInput;
    source.base.skip_input_data = SkipInput;
    source.base.resync_to_restart = jpeg_resync_to_restart;
    source.base.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    source.base.bytes_in_buffer = bytes.size();
    source.recover = recover;
    info.src = &source.base;
    return jpeg_read_header(&info, TRUE) == JPEG_HEADER_OK;
  }

  bool Start(const JpegDecoding& options, int channels) {
    if (setjmp(errors.escape)) return false;
    cmyk = channels == 3 && (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK);
    info.out_color_space = channels == 1 ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
    info.do_fancy_upsampling = options.fancy_upscaling ? TRUE : FALSE;
    info.scale_num = 1;
    info.scale_denom = static_cast<unsigned>(options.ratio);
    info.dct_method = options.fast_dct ? JDCT_IFAST : JDCT_ISLOW;
    jpeg_calc_output_dimensions(&info);
    return true;
  }

  // `row` holds a decoded row, `to` rows x width x channels. How many rows there were, -1 after an error. A crop is
  // made by libjpeg, whose chroma upsampling then sees nothing outside of its blocks, as in TensorFlow
  // (core/lib/jpeg/jpeg_mem.cc).
  int64_t ReadRows(const CropWindow& window, bool crop, int channels, uint8_t* row, uint8_t* to) {
    if (setjmp(errors.escape)) return -1;
    jpeg_start_decompress(&info);
    int64_t left = window.x;
    if (crop) {
      auto x = static_cast<JDIMENSION>(window.x), width = static_cast<JDIMENSION>(window.width);
      jpeg_crop_scanline(&info, &x, &width);
      left = static_cast<int64_t>(info.output_width) - window.width;
      if (jpeg_skip_scanlines(&info, static_cast<JDIMENSION>(window.y)) != window.y) return -1;
    }
    for (int64_t y = 0; y < window.height; ++y) {
      JSAMPROW rows[] = {row};
      if (jpeg_read_scanlines(&info, rows, 1) != 1) return y;
      CopyRow(left, window.width, channels, row, to + y * window.width * channels);
    }
    jpeg_abort_decompress(&info);
    return window.height;
  }

  void CopyRow(int64_t left, int64_t width, int channels, const uint8_t* row, uint8_t* to) const {
    const uint8_t* from = row + left * (cmyk ? 4 : channels);
    if (!cmyk) {
      std::memcpy(to, from, static_cast<size_t>(width * channels));
      return;
    }
    for (int64_t x = 0; x < width; ++x, from += 4, to += 3) ToRgb(from, to);
  }

  // The inverse of the simplest CMYK; Adobe stores it inverted already.
  void ToRgb(const uint8_t* cmyk_pixel, uint8_t* rgb) const {
    const int black = cmyk_pixel[3];
    for (int c = 0; c < 3; ++c) {
      const int ink = cmyk_pixel[c];
      rgb[c] = static_cast<uint8_t>(info.saw_Adobe_marker ? black * ink / 255 : (255 - black) * (255 - ink) / 255);
    }
  }

  size_t size = 0;
  bool cmyk = false;
};

bool Inside(const CropWindow& window, int64_t height, int64_t width) {
  return window.y >= 0 && window.x >= 0 && window.height > 0 && window.width > 0 &&
         window.y <= height - window.height && window.x <= width - window.width;
}

}  // namespace

Result<Tensor> DecodeJpeg(std::string_view bytes, const JpegDecoding& options) {
  Decompressor decoder;
  if (!decoder.ReadHeader(bytes, options.recover_truncated)) return decoder.Failure();
  const int channels = options.channels != 0 ? options.channels : std::min(decoder.info.num_components, 3);
  if (channels != 1 && channels != 3) return ModelError("a JPEG image of {} components", decoder.info.num_components);
  if (!decoder.Start(options, channels)) return decoder.Failure();
  const auto height = static_cast<int64_t>(decoder.info.output_height);
  const auto width = static_cast<int64_t>(decoder.info.output_width);
  if (height * width > kMostPixels) return ModelError("a JPEG image of {} x {} pixels is too large", height, width);
  const CropWindow window = options.crop.value_or(CropWindow{0, 0, height, width});
  if (!Inside(window, height, width)) {
    return ModelError("invalid JPEG data or crop window: {} x {} pixels at ({}, {}) of an image of {} x {}",
                      window.height, window.width, window.y, window.x, height, width);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor pixels, Tensor::Make(DataType::kUint8, Shape{window.height, window.width, channels}));
  const auto row = std::make_unique<uint8_t[]>(static_cast<size_t>(width) * 4);
  auto* to = pixels.mutable_data<uint8_t>();
  const int64_t rows = decoder.ReadRows(window, options.crop.has_value(), channels, row.get(), to);
  const float read = static_cast<float>(rows) / static_cast<float>(window.height);
  if (rows < 0 || read < std::min(1.0f, options.acceptable_fraction)) return decoder.Failure();
  std::fill(to + rows * window.width * channels, to + pixels.num_elements(), uint8_t{0});
  return pixels;
}

Result<JpegHeader> ReadJpegHeader(std::string_view bytes) {
  Decompressor decoder;
  if (!decoder.ReadHeader(bytes, false)) return decoder.Failure();
  return JpegHeader{static_cast<int32_t>(decoder.info.image_height), static_cast<int32_t>(decoder.info.image_width),
                    decoder.info.num_components};
}

namespace {

struct Compressor {
  jpeg_compress_struct info{};
  ErrorManager errors{};
  unsigned char* bytes = nullptr;  // libjpeg's, by malloc
  unsigned long size = 0;
  bool created = false;

  ~Compressor() {
    if (created) jpeg_destroy_compress(&info);
    std::free(bytes);
  }

  bool Write(const JpegEncoding& options, int64_t height, int64_t width, const uint8_t* pixels) {
    Prepare(errors);
    info.err = &errors.base;
    if (setjmp(errors.escape)) return false;
    jpeg_create_compress(&info);
    created = true;
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_height = static_cast<JDIMENSION>(height);
    info.image_width = static_cast<JDIMENSION>(width);
    info.input_components = options.channels;
    info.in_color_space = options.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    if (options.optimize_size) info.optimize_coding = TRUE;
    info.density_unit = options.density_per_inch ? 1 : 2;
    info.X_density = static_cast<UINT16>(options.x_density);
    info.Y_density = static_cast<UINT16>(options.y_density);
    jpeg_set_quality(&info, options.quality, TRUE);
    if (options.progressive) jpeg_simple_progression(&info);
    if (!options.chroma_downsampling) {
      for (int c = 0; c < info.num_components; ++c)
        info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
    }
    jpeg_start_compress(&info, TRUE);
    WriteMetadata(options.xmp_metadata);
    for (int64_t y = 0; y < height; ++y) {
      JSAMPROW rows[] = {const_cast<uint8_t*>(pixels) + y * width * options.channels};
      jpeg_write_scanlines(&info, rows, 1);
    }
    jpeg_finish_compress(&info);
    return true;
  }

  // An APP1 segment: the name of XMP with its NUL, then the packet.
  void WriteMetadata(const std::string& packet) {
    static constexpr char kName[] = "http://ns.adobe.com/xap/1.0/";
    if (packet.empty()) return;
    jpeg_write_m_header(&info, JPEG_APP0 + 1, static_cast<unsigned>(sizeof kName + packet.size()));
    for (char c : kName) jpeg_write_m_byte(&info, static_cast<unsigned char>(c));
    for (char c : packet) jpeg_write_m_byte(&info, static_cast<unsigned char>(c));
  }
};

}  // namespace

Result<std::string> EncodeJpeg(const Tensor& pixels, const JpegEncoding& options) {
  constexpr size_t kLongestMetadata = 65533 - 2 - 29;
  const int64_t height = pixels.dim(0);
  const int64_t width = pixels.dim(1);
  if (height < 1 || width < 1 || height > JPEG_MAX_DIMENSION || width > JPEG_MAX_DIMENSION) {
    return ModelError("an image of {} x {} pixels cannot be a JPEG", height, width);
  }
  if (options.xmp_metadata.size() > kLongestMetadata) return ModelError("xmp_metadata is too long");
  Compressor encoder;
  if (!encoder.Write(options, height, width, pixels.data<uint8_t>())) {
    return ModelError("JPEG encoding failed: {}", encoder.errors.message);
  }
  return std::string(reinterpret_cast<const char*>(encoder.bytes), encoder.size);
}

}  // namespace smcli
