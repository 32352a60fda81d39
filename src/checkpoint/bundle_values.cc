#include "checkpoint/bundle_values.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/thread_pool.h"
#include "base/wire.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// A tensor of empty strings may have been written without any bytes; more of them than this are refused.
constexpr int64_t kMaxImpliedStrings = 1 << 20;

Error SizeMismatch(const StoredValue& value) {
  return InvalidModelError("{} bytes do not make a {} tensor of shape {} (BundleSizeMismatch)", value.bytes.size(),
                           Name(value.dtype), value.shape.ToString());
}

template <typename T>
uint32_t ExtendFixed(uint32_t crc, T value, bool big_endian) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  if (big_endian) std::reverse(bytes, bytes + sizeof(T));
  return Crc32c({bytes, sizeof(T)}, crc);
}

uint32_t ReadMasked(std::string_view bytes, bool big_endian) {
  uint32_t masked;
  std::memcpy(&masked, bytes.data(), sizeof(masked));
  return big_endian ? __builtin_bswap32(masked) : masked;
}

void SwapElements(std::string_view from, size_t width, char* to) {
  for (size_t i = 0; i < from.size(); i += width) {
    std::reverse_copy(from.data() + i, from.data() + i + width, to + i);
  }
}

Result<Tensor> DecodePlain(const StoredValue& value, const BundleDecoding& decoding) {
  const auto element = static_cast<uint64_t>(SizeOf(value.dtype));
  uint64_t expected = 0;
  const bool overflow = __builtin_mul_overflow(static_cast<uint64_t>(value.shape.num_elements()), element, &expected);
  if (overflow || expected != value.bytes.size()) return SizeMismatch(value);
  if (decoding.verify) {
    const uint32_t crc = decoding.pool ? Crc32c(value.bytes.bytes(), *decoding.pool) : Crc32c(value.bytes.bytes());
    SMCLI_RETURN_IF_ERROR(CheckCrc(crc, value.masked_crc, "BundleChecksumMismatch"));
  }
  if (value.shape.num_elements() == 0) return Tensor::Make(value.dtype, value.shape);
  const uint64_t width = kComplexes.Contains(value.dtype) ? element / 2 : element;
  if (!decoding.big_endian || width == 1) {
    return TensorFromContent(value.dtype, value.shape, value.bytes.bytes(), value.bytes.keep_alive());
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Make(value.dtype, value.shape));
  SwapElements(value.bytes.bytes(), width, static_cast<char*>(tensor.mutable_raw_data()));
  return tensor;
}

Result<Tensor> DecodeStrings(const StoredValue& value, const BundleDecoding& decoding) {
  const std::string_view bytes = value.bytes.bytes();
  const int64_t count = value.shape.num_elements();
  if (bytes.empty() && count <= kMaxImpliedStrings) return Tensor::Make(DataType::kString, value.shape);
  // Each length takes a byte at least.
  if (static_cast<uint64_t>(count) > bytes.size()) return SizeMismatch(value);
  ByteReader reader(bytes);
  std::vector<uint64_t> lengths(static_cast<size_t>(count));
  uint32_t crc = 0;
  for (uint64_t& length : lengths) {
    const auto varint = reader.Varint();
    if (!varint) return InvalidModelError("the lengths of its strings do not end in time (StringLengthsOverrun)");
    length = *varint;
    crc = length <= UINT32_MAX ? ExtendFixed(crc, static_cast<uint32_t>(length), decoding.big_endian)
                               : ExtendFixed(crc, length, decoding.big_endian);
  }
  const auto stored = reader.Take(sizeof(uint32_t));
  if (!stored) return InvalidModelError("the lengths of its strings do not end in time (StringLengthsOverrun)");
  if (decoding.verify) {
    const uint32_t masked = ReadMasked(*stored, decoding.big_endian);
    SMCLI_RETURN_IF_ERROR(CheckCrc(crc, masked, "StringLengthChecksumMismatch"));
    crc = Crc32c(reader.rest(), Crc32c(*stored, crc));
    SMCLI_RETURN_IF_ERROR(CheckCrc(crc, value.masked_crc, "BundleChecksumMismatch"));
  }
  std::vector<std::string> strings;
  strings.reserve(lengths.size());
  for (const uint64_t length : lengths) {
    const auto text = reader.Take(length);
    if (!text) return SizeMismatch(value);
    strings.emplace_back(*text);
  }
  if (!reader.empty()) return SizeMismatch(value);
  return Tensor::Strings(value.shape, std::move(strings));
}

// The variants are handed on as a TensorProto, whose reader knows what is in them.
Result<Tensor> DecodeVariants(const StoredValue& value, const BundleDecoding& decoding) {
  const std::string_view bytes = value.bytes.bytes();
  constexpr uint32_t kDtypeField = 1, kShapeField = 2, kDimField = 2, kSizeField = 1, kVariantField = 15;
  if (decoding.big_endian) return UnsupportedError("variants of a big-endian checkpoint (DtypeUnsupported)");
  if (static_cast<uint64_t>(value.shape.num_elements()) > bytes.size()) return SizeMismatch(value);
  std::string proto, shape;
  AppendVarintField(kDtypeField, static_cast<uint64_t>(DataType::kVariant), proto);
  for (const int64_t dim : value.shape.dims()) {
    std::string size;
    AppendVarintField(kSizeField, static_cast<uint64_t>(dim), size);
    AppendBytesField(kDimField, size, shape);
  }
  AppendBytesField(kShapeField, shape, proto);
  ByteReader reader(bytes);
  uint32_t crc = 0;
  for (int64_t i = 0; i < value.shape.num_elements(); ++i) {
    const auto message = reader.LengthPrefixed();
    const auto stored = message ? reader.Take(sizeof(uint32_t)) : std::nullopt;
    if (!stored) return InvalidModelError("variant {} reaches past its end (VariantUnparsable)", i);
    crc = Crc32c(*message, ExtendFixed(crc, static_cast<uint64_t>(message->size()), false));
    if (decoding.verify) SMCLI_RETURN_IF_ERROR(CheckCrc(crc, ReadMasked(*stored, false), "VariantChecksumMismatch"));
    crc = Crc32c(*stored, crc);
    AppendBytesField(kVariantField, *message, proto);
  }
  if (!reader.empty()) return SizeMismatch(value);
  if (decoding.verify) SMCLI_RETURN_IF_ERROR(CheckCrc(crc, value.masked_crc, "BundleChecksumMismatch"));
  return TensorFromBytes(proto);
}

}  // namespace

Status CheckCrc(uint32_t computed, uint32_t masked, std::string_view name) {
  if (computed == UnmaskCrc(masked)) return {};
  return InvalidModelError("checksum mismatch, stored {:08x}, computed {:08x} ({})", UnmaskCrc(masked), computed, name);
}

Result<Tensor> DecodeBundleValue(const StoredValue& value, const BundleDecoding& decoding) {
  switch (value.dtype) {
    case DataType::kString: return DecodeStrings(value, decoding);
    case DataType::kVariant: return DecodeVariants(value, decoding);
    case DataType::kInvalid:
    case DataType::kResource: return UnsupportedError("dtype {} (DtypeUnsupported)", Name(value.dtype));
    default: return DecodePlain(value, decoding);
  }
}

}  // namespace smcli
