#include "cli/image_pixels.h"

#include <cstring>

#include "base/utf8.h"
#include "ops/image_file.h"

namespace smcli {
namespace {

Tensor BytesOf(const std::vector<ImageBytes>& images, const PartialShape& wanted) {
  std::vector<std::string> strings;
  for (const ImageBytes& image : images) strings.push_back(image.bytes);
  const auto count = static_cast<int64_t>(strings.size());
  Tensor tensor = Tensor::Strings(Shape{count}, std::move(strings));
  if (count == 1 && wanted.Accepts(Shape{})) return std::move(tensor).Reshaped(Shape{});
  if (wanted.known_rank() && wanted.rank() == 2) return std::move(tensor).Reshaped(Shape{count, 1});
  return tensor;
}

// What the input's last size asks for; 0: as stored.
int ChannelsFor(const PartialShape& wanted) {
  if (!wanted.known_rank()) return 0;
  if (wanted.rank() == 2) return 1;
  if (wanted.rank() < 3) return 0;
  const int64_t last = wanted.dim(wanted.rank() - 1);
  return last == 1 || last == 3 || last == 4 ? static_cast<int>(last) : 0;
}

Result<Tensor> Pixels(const ImageBytes& image, int channels) {
  Result<Tensor> pixels = DecodeStillImage(image.bytes, channels);
  if (!pixels.ok()) return UsageError("{}: {}", Escaped(image.place), pixels.error().message());
  return pixels;
}

Result<Tensor> Stack(const std::vector<ImageBytes>& images, int channels) {
  SMCLI_ASSIGN_OR_RETURN(const Tensor first, Pixels(images[0], channels));
  std::vector<int64_t> dims = {static_cast<int64_t>(images.size())};
  dims.insert(dims.end(), first.shape().dims().begin(), first.shape().dims().end());
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(dims));
  SMCLI_ASSIGN_OR_RETURN(Tensor all, Tensor::Make(DataType::kUint8, shape));
  uint8_t* to = all.mutable_data<uint8_t>();
  for (size_t i = 0; i < images.size(); ++i, to += first.num_bytes()) {
    SMCLI_ASSIGN_OR_RETURN(const Tensor pixels, Pixels(images[i], channels));
    if (pixels.shape() != first.shape()) {
      return UsageError("{} is {}, {} is {}; images of one input have one size", Escaped(images[0].place),
                        first.shape().ToString(), Escaped(images[i].place), pixels.shape().ToString());
    }
    std::memcpy(to, pixels.raw_data(), pixels.num_bytes());
  }
  return all;
}

}  // namespace

Result<Tensor> TensorFromImages(const std::vector<ImageBytes>& images, const TensorSpec& spec) {
  if (spec.dtype == DataType::kString) return BytesOf(images, spec.shape);
  SMCLI_ASSIGN_OR_RETURN(Tensor pixels, Stack(images, ChannelsFor(spec.shape)));
  if (images.size() > 1) return pixels;
  const int64_t height = pixels.dim(1), width = pixels.dim(2), channels = pixels.dim(3);
  if (spec.shape.known_rank() && spec.shape.rank() == 4) return pixels;
  if (spec.shape.known_rank() && spec.shape.rank() == 2) return std::move(pixels).Reshaped(Shape{height, width});
  return std::move(pixels).Reshaped(Shape{height, width, channels});
}

}  // namespace smcli
