#include "ops/image_gif.h"

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "ops/int_args.h"

namespace smcli {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 31;

int Read(GifFileType* file, GifByteType* to, int count) {
  auto* rest = static_cast<std::string_view*>(file->UserData);
  const size_t taken = std::min(rest->size(), static_cast<size_t>(std::max(count, 0)));
  std::memcpy(to, rest->data(), taken);
  rest->remove_prefix(taken);
  return static_cast<int>(taken);
}

struct Close {
  void operator()(GifFileType* file) const { DGifCloseFile(file, nullptr); }
};

std::string Reason(int code) {
  const char* text = GifErrorString(code);
  return text ? text : "unknown error";
}

// How many images of a GIF end before its bytes do. giflib counts one more where the bytes end within an image, or not,
// by its version; TensorFlow's drops it.
int CountWholeImages(std::string_view bytes) {
  constexpr size_t kScreen = 13, kDescriptor = 10;  // with what stands before them
  constexpr char kExtension = 0x21, kImage = 0x2c;
  const auto color_map = [](char flags) { return flags & 0x80 ? size_t{3} << ((flags & 7) + 1) : size_t{0}; };
  if (bytes.size() < kScreen) return 0;
  size_t at = kScreen + color_map(bytes[10]);
  for (int count = 0;; ++count) {
    while (at < bytes.size() && bytes[at] != kImage) {
      if (bytes[at] != kExtension) return count;
      for (at += 2; at < bytes.size() && bytes[at] != 0;) at += 1 + static_cast<uint8_t>(bytes[at]);
      ++at;
    }
    if (at >= bytes.size() || bytes.size() - at < kDescriptor) return count;
    at += kDescriptor + color_map(bytes[at + kDescriptor - 1]) + 1;  // the code size
    while (at < bytes.size() && bytes[at] != 0) at += 1 + static_cast<uint8_t>(bytes[at]);
    if (at++ >= bytes.size()) return count;
  }
}

// Draws frame k into `canvas`, which holds the frame before (zeros for the first).
Status Draw(GifFileType* file, int k, int64_t height, int64_t width, uint8_t* canvas) {
  const SavedImage& image = file->SavedImages[k];
  const GifImageDesc& place = image.ImageDesc;
  GraphicsControlBlock control;
  const bool controlled = DGifSavedExtensionToGCB(file, k, &control) == GIF_OK;
  const int transparent = controlled ? control.TransparentColor : NO_TRANSPARENT_COLOR;
  const ColorMapObject* colors = place.ColorMap ? place.ColorMap : file->SColorMap;
  if (colors == nullptr) return ModelError("frame {} of the GIF has no color map", k);
  if (image.RasterBits == nullptr) return ModelError("frame {} of the GIF has no pixels", k);
  const int64_t bottom = std::min<int64_t>(int64_t{place.Top} + place.Height, height);
  const int64_t right = std::min<int64_t>(int64_t{place.Left} + place.Width, width);
  for (int64_t y = std::max(place.Top, 0); y < bottom; ++y) {
    const GifByteType* from = image.RasterBits + (y - place.Top) * place.Width;
    for (int64_t x = std::max(place.Left, 0); x < right; ++x) {
      const int color = from[x - place.Left];
      if (color == transparent) continue;
      if (color >= colors->ColorCount) {
        return ModelError("color index {} of the GIF is outside of its color map of {}", color, colors->ColorCount);
      }
      uint8_t* to = canvas + (y * width + x) * 3;
      to[0] = colors->Colors[color].Red;
      to[1] = colors->Colors[color].Green;
      to[2] = colors->Colors[color].Blue;
    }
  }
  return {};
}

}  // namespace

Result<Tensor> DecodeGif(std::string_view bytes, bool animated) {
  std::string_view rest = bytes;
  int code = D_GIF_SUCCEEDED;
  const std::unique_ptr<GifFileType, Close> file(DGifOpen(&rest, Read, &code));
  if (!file) return ModelError("invalid GIF data (size {}): {}", bytes.size(), Reason(code));
  const bool complete = DGifSlurp(file.get()) == GIF_OK;
  const int count = complete ? file->ImageCount : std::min(file->ImageCount, CountWholeImages(bytes));
  if (!complete && (count <= 0 || file->SavedImages[count - 1].RasterBits == nullptr)) {
    return ModelError("invalid GIF data (size {}): {}", bytes.size(), Reason(file->Error));
  }
  if (count <= 0) return ModelError("the GIF has no image");
  const int frames = animated ? count : 1;
  int64_t height = 0;
  int64_t width = 0;
  for (int k = 0; k < frames; ++k) {
    height = std::max<int64_t>(height, file->SavedImages[k].ImageDesc.Height);
    width = std::max<int64_t>(width, file->SavedImages[k].ImageDesc.Width);
  }
  const int64_t frame_bytes = height * width * 3;
  if (frame_bytes <= 0 || frames > kMostBytes / frame_bytes) {
    return ModelError("a GIF of {} frames of {} x {} pixels is too large", frames, height, width);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor pixels, Tensor::Make(DataType::kUint8, Shape{frames, height, width, 3}));
  uint8_t* canvas = pixels.mutable_data<uint8_t>();
  std::memset(canvas, 0, static_cast<size_t>(frame_bytes));
  for (int k = 0; k < frames; ++k, canvas += frame_bytes) {
    if (k > 0) std::memcpy(canvas, canvas - frame_bytes, static_cast<size_t>(frame_bytes));
    SMCLI_RETURN_IF_ERROR(Draw(file.get(), k, height, width, canvas));
  }
  return pixels;
}

}  // namespace smcli
