#include "formats/npy.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "formats/npy_header.h"
#include "tensor/float8.h"
#include "tensor/numbers.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// Elements of no size take no bytes of the file, so their number needs a bound of its own.
constexpr int64_t kMaxEmptyItems = 1 << 20;
// One long string makes all others as long.
constexpr size_t kMaxStringBytes = size_t{1} << 34;

// Column-major to row-major, items of `size` bytes.
std::string Transposed(std::string_view data, const Shape& shape, size_t size) {
  const int rank = shape.rank();
  std::vector<size_t> strides(static_cast<size_t>(rank));  // in the source, in bytes
  for (size_t i = 0, stride = size; i < strides.size();
       stride *= static_cast<size_t>(shape.dim(static_cast<int>(i++)))) {
    strides[i] = stride;
  }
  std::string out(data.size(), '\0');
  std::vector<int64_t> index(static_cast<size_t>(rank), 0);
  size_t from = 0;
  for (size_t to = 0; to < out.size(); to += size) {
    std::memcpy(out.data() + to, data.data() + from, size);
    for (int i = rank - 1; i >= 0; --i) {
      const auto at = static_cast<size_t>(i);
      from += strides[at];
      if (++index[at] < shape.dim(i)) break;
      from -= strides[at] * static_cast<size_t>(shape.dim(i));
      index[at] = 0;
    }
  }
  return out;
}

std::string Swapped(std::string_view data, size_t width) {
  std::string out(data.size(), '\0');
  for (size_t i = 0; i < data.size(); i += width) {
    std::reverse_copy(data.begin() + static_cast<ptrdiff_t>(i), data.begin() + static_cast<ptrdiff_t>(i + width),
                      out.begin() + static_cast<ptrdiff_t>(i));
  }
  return out;
}

// The bytes that one number has a byte order over; 1 for strings of bytes.
size_t SwapWidth(const NpyHeader& header) {
  switch (header.kind) {
    case 'U': return 4;
    case 'c': return header.item_size / 2;
    case 'i':
    case 'u':
    case 'f': return header.item_size;
    default: return 1;
  }
}

// An item of kind U: code points of four bytes.
std::string Utf8Of(std::string_view item) {
  std::string text;
  for (size_t i = 0; i < item.size(); i += 4) {
    uint32_t code_point;
    std::memcpy(&code_point, item.data() + i, sizeof(code_point));
    AppendUtf8(code_point, text);
  }
  return text;
}

Tensor StringsOf(std::string_view data, const NpyHeader& header) {
  std::vector<std::string> strings;
  const auto count = static_cast<size_t>(header.shape.num_elements());
  strings.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view item = data.substr(i * header.item_size, header.item_size);
    std::string text = header.kind == 'U' ? Utf8Of(item) : std::string(item);
    text.resize(text.find_last_not_of('\0') + 1);
    strings.push_back(std::move(text));
  }
  return Tensor::Strings(header.shape, std::move(strings));
}

Status ChooseRaw(DataType raw, NpyHeader& header) {
  if (header.kind != 'V') return {};
  if (raw == DataType::kInvalid || static_cast<uint64_t>(SizeOf(raw)) != header.item_size) {
    return UnsupportedError(
        "its elements are {} bytes without a meaning (dtype '|V{}'); save them as float32 "
        "(NpyUnsupportedDtype)",
        header.item_size, header.item_size);
  }
  header.dtype = raw;
  return {};
}

// numpy's type code of the elements as they are written; strings and what has no code of its own are treated apart.
std::string_view Descr(DataType dtype) {
  switch (dtype) {
    case DataType::kBool: return "|b1";
    case DataType::kInt8:
    case DataType::kQint8:
    case DataType::kInt4:
    case DataType::kInt2: return "|i1";
    case DataType::kUint8:
    case DataType::kQuint8:
    case DataType::kUint4:
    case DataType::kUint2: return "|u1";
    case DataType::kInt16:
    case DataType::kQint16: return "<i2";
    case DataType::kUint16:
    case DataType::kQuint16: return "<u2";
    case DataType::kInt32:
    case DataType::kQint32: return "<i4";
    case DataType::kUint32: return "<u4";
    case DataType::kInt64: return "<i8";
    case DataType::kUint64: return "<u8";
    case DataType::kHalf: return "<f2";
    case DataType::kFloat: return "<f4";
    case DataType::kDouble: return "<f8";
    case DataType::kComplex64: return "<c8";
    case DataType::kComplex128: return "<c16";
    default: return {};
  }
}

Result<Tensor> Widened(const Tensor& tensor) {
  if (tensor.dtype() == DataType::kBfloat16) return CastNumbers(tensor, DataType::kFloat);
  SMCLI_ASSIGN_OR_RETURN(Tensor floats, Tensor::Make(DataType::kFloat, tensor.shape()));
  Float8ToFloat(tensor.dtype(), tensor.data<uint8_t>(), floats.mutable_data<float>(), tensor.num_elements());
  return floats;
}

Result<NpyImage> StringImage(const Tensor& tensor) {
  NpyImage image;
  size_t longest = 1;  // numpy has no strings of length 0
  for (const std::string& text : tensor.flat<std::string>()) {
    longest = std::max(longest, text.size());
    image.lost_zeros = image.lost_zeros || text.ends_with('\0');
  }
  size_t size = 0;
  if (__builtin_mul_overflow(longest, static_cast<size_t>(tensor.num_elements()), &size) || size > kMaxStringBytes) {
    return UnsupportedError("{} strings as wide as the longest, of {} bytes, are more than a .npy file should hold",
                            tensor.num_elements(), longest);
  }
  std::string data(size, '\0');
  size_t at = 0;
  for (const std::string& text : tensor.flat<std::string>()) {
    text.copy(data.data() + at, text.size());
    at += longest;
  }
  image.header = MakeNpyHeader(fmt::format("|S{}", longest), tensor.shape());
  image.owned = MappedFile::Of(std::move(data));
  image.data = image.owned.bytes();
  return image;
}

}  // namespace

Result<Tensor> ReadNpy(const MappedFile& file, DataType raw) {
  SMCLI_ASSIGN_OR_RETURN(NpyHeader header, ParseNpyHeader(file.bytes()));
  SMCLI_RETURN_IF_ERROR(ChooseRaw(raw, header));
  const auto count = static_cast<uint64_t>(header.shape.num_elements());
  const uint64_t available = file.size() - header.data_begin;
  uint64_t size = 0;
  if (__builtin_mul_overflow(count, header.item_size, &size) || size > available) {
    return InvalidModelError("shape {} needs more data than the {} bytes that are there (NpyDataTruncated)",
                             header.shape.ToString(), available);
  }
  if (header.item_size == 0 && header.shape.num_elements() > kMaxEmptyItems) {
    return InvalidModelError("shape {} has too many elements without a byte (NpyDataTruncated)",
                             header.shape.ToString());
  }
  std::string_view data = file.bytes().substr(header.data_begin, static_cast<size_t>(size));
  MappedFile made;
  if (header.fortran_order && header.shape.rank() > 1 && size > 0) {
    made = MappedFile::Of(Transposed(data, header.shape, static_cast<size_t>(header.item_size)));
    data = made.bytes();
  }
  if (const size_t width = SwapWidth(header); header.big_endian && width > 1) {
    made = MappedFile::Of(Swapped(data, width));
    data = made.bytes();
  }
  if (header.dtype == DataType::kString) return StringsOf(data, header);
  if (size == 0) return Tensor::Make(header.dtype, header.shape);
  return TensorFromContent(header.dtype, header.shape, data, made.size() > 0 ? made.keep_alive() : file.keep_alive());
}

Result<std::string> NpyHeaderOf(DataType dtype, const Shape& shape) {
  const std::string_view descr = Descr(dtype);
  if (descr.empty()) return UnsupportedError("NumPy has no dtype for {}", Name(dtype));
  return MakeNpyHeader(descr, shape);
}

bool NpyHolds(DataType dtype) {
  return dtype == DataType::kString || dtype == DataType::kBfloat16 || kFloat8s.Contains(dtype) ||
         !Descr(dtype).empty();
}

Result<NpyImage> MakeNpy(const Tensor& tensor) {
  if (tensor.dtype() == DataType::kString) return StringImage(tensor);
  NpyImage image;
  if (tensor.dtype() == DataType::kBfloat16 || kFloat8s.Contains(tensor.dtype())) {
    SMCLI_ASSIGN_OR_RETURN(const Tensor floats, Widened(tensor));
    image.owned = MappedFile::Of(std::string(floats.bytes()));
    image.data = image.owned.bytes();
    image.header = MakeNpyHeader("<f4", tensor.shape());
    image.widened = true;
    return image;
  }
  SMCLI_ASSIGN_OR_RETURN(image.header, NpyHeaderOf(tensor.dtype(), tensor.shape()));
  if (tensor.num_elements() > 0) image.data = tensor.bytes();
  return image;
}

}  // namespace smcli
