#include "tensor/tensor_proto.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/file.h"
#include "base/wire.h"
#include "tensor.pb.h"
#include "tensor/tensor_proto_fields.h"

namespace smcli {
namespace {

// A short message may ask for a long tensor: the last value fills it up. What is not in the file may take this much
// memory.
constexpr uint64_t kMaxFilledBytes = uint64_t{1} << 31;
constexpr int kMaxVariantDepth = 16;

WireType ElementWireType(uint32_t value_field) {
  switch (value_field) {
    case kFloatVal:
    case kScomplexVal: return WireType::kFixed32;
    case kDoubleVal:
    case kDcomplexVal: return WireType::kFixed64;
    case kStringVal:
    case kHandleVal:
    case kVariantVal:
    case kFloat8Val: return WireType::kBytes;
    default: return WireType::kVarint;
  }
}

// The message, read once for what decides how to read the values.
struct Parts {
  int32_t dtype_number = 0;
  std::string_view content;
  std::vector<int64_t> dims;
};

Status AppendDims(std::string_view bytes, std::vector<int64_t>& dims, bool& unknown_rank) {
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(3, WireType::kVarint)) unknown_rank = field.value != 0;
    if (!field.is(2, WireType::kBytes)) continue;
    int64_t size = 0;
    WireReader dim(field.bytes);
    WireField part;
    while (dim.Next(part)) {
      if (part.is(1, WireType::kVarint)) size = part.as_int64();
    }
    SMCLI_RETURN_IF_ERROR(dim.status());
    dims.push_back(size);
    if (dims.size() > static_cast<size_t>(kMaxRank)) {
      return InvalidModelError("a shape has more than {} dimensions (ShapeInvalid)", kMaxRank);
    }
  }
  return reader.status();
}

Result<Parts> ReadParts(std::string_view bytes) {
  Parts parts;
  bool unknown_rank = false;  // on a value its dims count, as in TensorFlow's reader
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(kDtype, WireType::kVarint)) parts.dtype_number = field.as_int32();
    if (field.is(kContent, WireType::kBytes)) parts.content = field.bytes;
    if (field.is(kShape, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(AppendDims(field.bytes, parts.dims, unknown_rank));
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return parts;
}

Result<DataType> ValueType(int32_t number) {
  if (number == 0 || IsRefNumber(number)) {
    return InvalidModelError("a tensor value has the dtype number {}, which no value can have (DtypeInvalid)", number);
  }
  if (const auto dtype = DataTypeFromNumber(number)) return *dtype;
  return UnsupportedError("a tensor value has the unknown dtype number {} (DtypeUnsupported)", number);
}

size_t AlignmentOf(DataType dtype) {
  const auto size = static_cast<size_t>(SizeOf(dtype));
  return kComplexes.Contains(dtype) ? size / 2 : size;
}

bool Aligned(std::string_view bytes, DataType dtype) {
  return reinterpret_cast<uintptr_t>(bytes.data()) % AlignmentOf(dtype) == 0;
}

// bool elements other than 0 and 1 must never reach a bool.
void NormalizeBools(Tensor& tensor) {
  auto* values = static_cast<uint8_t*>(tensor.mutable_raw_data());
  for (int64_t i = 0; i < tensor.num_elements(); ++i) values[i] = values[i] != 0;
}

bool AllBools(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<uint8_t>(c) <= 1; });
}

// A large constant is in memory once: what has been copied of a mapped file leaves the process.
void CopyOut(std::string_view content, const std::shared_ptr<const void>& keep_alive, char* out) {
  constexpr size_t kStep = size_t{1} << 22;
  for (size_t at = 0; at < content.size(); at += kStep) {
    const std::string_view step = content.substr(at, kStep);
    std::memcpy(out + at, step.data(), step.size());
    if (content.size() >= kStep) ReleasePages(step, keep_alive);
  }
}

Status CheckContent(DataType dtype, const Shape& shape, std::string_view content) {
  uint64_t wanted = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(shape.num_elements()), static_cast<uint64_t>(SizeOf(dtype)),
                             &wanted) ||
      wanted != content.size()) {
    return InvalidModelError("a {} tensor of shape {} has {} bytes (TensorContentSizeMismatch)", Name(dtype),
                             shape.ToString(), content.size());
  }
  return {};
}

// Plain values as they come from the wire, narrowed into memory one after another.
class PlainWriter {
 public:
  // `unit`: bytes of one number, which of complex types is half an element.
  PlainWriter(void* memory, size_t size, size_t unit)
      : at_(static_cast<char*>(memory)), end_(at_ + size), unit_(unit) {}

  void Put(uint64_t bits) {
    if (at_ == end_) return;
    std::memcpy(at_, &bits, unit_);  // little-endian: the low bytes come first
    at_ += unit_;
  }
  void PutAll(std::string_view raw) {
    const size_t count = std::min(raw.size(), static_cast<size_t>(end_ - at_));
    if (count > 0) std::memcpy(at_, raw.data(), count);
    at_ += count;
  }
  char* at() const { return at_; }

 private:
  char* at_;
  char* end_;
  size_t unit_;
};

Status ReadPlainValues(std::string_view bytes, uint32_t value_field, bool is_bool, PlainWriter& out) {
  const WireType element = ElementWireType(value_field);
  const auto put = [&](uint64_t bits) { out.Put(is_bool ? bits != 0 : bits); };
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.number != value_field) continue;
    if (field.type == element && element != WireType::kBytes) {
      put(field.value);
    } else if (field.type == WireType::kBytes) {
      if (element == WireType::kVarint) {
        if (!ForEachPackedVarint(field.bytes, put))
          return InvalidModelError("a packed list of values is cut off (ProtoTruncated)");
      } else if (const size_t unit = element == WireType::kFixed64 ? 8 : 4;
                 element != WireType::kBytes && field.bytes.size() % unit != 0) {
        return InvalidModelError("a packed list of values is cut off (ProtoTruncated)");
      } else {
        out.PutAll(field.bytes);
      }
    }
  }
  return reader.status();
}

// Repeats the last whole element that was written up to the end; zeros when there is none.
void FillUp(char* begin, char* written, char* end, size_t element) {
  const size_t whole = static_cast<size_t>(written - begin) / element * element;
  char* at = begin + whole;
  if (whole == 0) {
    std::memset(begin, 0, static_cast<size_t>(end - begin));
    return;
  }
  const char* source = at - element;
  size_t ready = element;  // bytes from `source` on that repeat it
  while (at != end) {
    const size_t count = std::min(ready, static_cast<size_t>(end - at));
    std::memcpy(at, source, count);
    at += count;
    ready += count;
  }
}

// Every number takes at least one byte of the file, so tensors within that bound are no bomb.
Status CheckFilled(DataType dtype, const Shape& shape, size_t element, size_t stored) {
  uint64_t wanted = 0;
  const bool overflow =
      __builtin_mul_overflow(static_cast<uint64_t>(shape.num_elements()), static_cast<uint64_t>(element), &wanted);
  if (overflow || (wanted > kMaxFilledBytes && static_cast<uint64_t>(shape.num_elements()) > stored)) {
    return InvalidModelError("a {} tensor declares {} elements ({}) and holds {} bytes (ShapeTooLarge)", Name(dtype),
                             shape.num_elements(), shape.ToString(), stored);
  }
  return {};
}

Result<Tensor> FromPlainValues(DataType dtype, const Shape& shape, std::string_view bytes) {
  const auto element = static_cast<size_t>(SizeOf(dtype));
  SMCLI_RETURN_IF_ERROR(CheckFilled(dtype, shape, element, bytes.size()));
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Make(dtype, shape));
  auto* begin = static_cast<char*>(tensor.mutable_raw_data());
  PlainWriter writer(begin, tensor.num_bytes(), AlignmentOf(dtype));
  SMCLI_RETURN_IF_ERROR(ReadPlainValues(bytes, ValueField(dtype), dtype == DataType::kBool, writer));
  FillUp(begin, writer.at(), begin + tensor.num_bytes(), element);
  return tensor;
}

Result<Tensor> Decode(std::string_view bytes, const std::shared_ptr<const void>& keep_alive, int depth);

Result<ResourceHandle> DecodeHandle(std::string_view bytes) {
  ResourceHandle handle;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(3, WireType::kBytes)) handle.name = field.bytes;
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return handle;
}

Result<Variant> DecodeVariant(std::string_view bytes, int depth) {
  if (depth > kMaxVariantDepth) return InvalidModelError("variants are nested too deeply (VariantUnparsable)");
  auto variant = std::make_shared<StoredVariant>();
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) variant->name = field.bytes;
    if (field.is(2, WireType::kBytes)) variant->metadata = field.bytes;
    if (field.is(3, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(Tensor tensor, Decode(field.bytes, nullptr, depth + 1));
      variant->tensors.push_back(std::move(tensor));
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return Variant(std::move(variant));
}

// The elements of a tensor without plain bytes: those of its value field, or of the list in tensor_content.
Result<std::vector<std::string_view>> ElementBytes(DataType dtype, int64_t count, std::string_view bytes,
                                                   std::string_view content) {
  std::vector<std::string_view> elements;
  if (content.empty()) {
    WireReader reader(bytes);
    WireField field;
    while (reader.Next(field)) {
      if (field.is(ValueField(dtype), WireType::kBytes) && static_cast<int64_t>(elements.size()) < count) {
        elements.push_back(field.bytes);
      }
    }
    SMCLI_RETURN_IF_ERROR(reader.status());
    return elements;
  }
  const auto malformed = [&] {
    return InvalidModelError("tensor_content of a {} tensor is no list of {} strings (StringListMalformed)",
                             Name(dtype), count);
  };
  if (static_cast<uint64_t>(count) > content.size()) return malformed();
  ByteReader lengths(content);
  std::vector<uint64_t> sizes;
  sizes.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const auto size = lengths.Varint();
    if (!size) return malformed();
    sizes.push_back(*size);
  }
  for (uint64_t size : sizes) {
    const auto element = lengths.Take(size);
    if (!element) return malformed();
    elements.push_back(*element);
  }
  if (!lengths.empty()) return malformed();
  return elements;
}

Result<Tensor> FromObjects(DataType dtype, const Shape& shape, std::string_view bytes, std::string_view content,
                           int depth) {
  SMCLI_RETURN_IF_ERROR(CheckFilled(dtype, shape, 2 * sizeof(std::string), bytes.size()));
  SMCLI_ASSIGN_OR_RETURN(const auto elements, ElementBytes(dtype, shape.num_elements(), bytes, content));
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Make(dtype, shape));
  if (dtype == DataType::kString) {
    const auto out = tensor.mutable_flat<std::string>();
    for (size_t i = 0; i < out.size() && !elements.empty(); ++i) out[i] = elements[std::min(i, elements.size() - 1)];
    return tensor;
  }
  for (size_t i = 0; i < elements.size(); ++i) {
    if (dtype == DataType::kResource) {
      SMCLI_ASSIGN_OR_RETURN(tensor.mutable_flat<ResourceHandle>()[i], DecodeHandle(elements[i]));
    } else {
      SMCLI_ASSIGN_OR_RETURN(tensor.mutable_flat<Variant>()[i], DecodeVariant(elements[i], depth));
    }
  }
  return tensor;
}

Result<Tensor> Decode(std::string_view bytes, const std::shared_ptr<const void>& keep_alive, int depth) {
  SMCLI_ASSIGN_OR_RETURN(const Parts parts, ReadParts(bytes));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, ValueType(parts.dtype_number));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(parts.dims));
  if (shape.num_elements() == 0) return Tensor::Make(dtype, shape);
  if (SizeOf(dtype) == 0) return FromObjects(dtype, shape, bytes, parts.content, depth);
  if (!parts.content.empty()) return TensorFromContent(dtype, shape, parts.content, keep_alive);
  return FromPlainValues(dtype, shape, bytes);
}

}  // namespace

Result<Tensor> TensorFromContent(DataType dtype, const Shape& shape, std::string_view content,
                                 const std::shared_ptr<const void>& keep_alive) {
  SMCLI_RETURN_IF_ERROR(CheckContent(dtype, shape, content));
  const bool clean = dtype != DataType::kBool || AllBools(content);
  if (keep_alive && clean && Aligned(content, dtype)) return Tensor::View(dtype, shape, content, keep_alive);
  SMCLI_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Make(dtype, shape));
  CopyOut(content, keep_alive, static_cast<char*>(tensor.mutable_raw_data()));
  if (!clean) NormalizeBools(tensor);
  return tensor;
}

Result<Tensor> TensorFromBytes(std::string_view bytes, const std::shared_ptr<const void>& keep_alive) {
  return Decode(bytes, keep_alive, 0);
}

Result<Tensor> TensorFromProto(const tensorflow::TensorProto& proto) {
  return Decode(proto.SerializeAsString(), nullptr, 0);
}

Result<std::string> TensorToBytes(const Tensor& tensor) {
  tensorflow::TensorProto proto;
  if (SizeOf(tensor.dtype()) == 0) {
    SMCLI_RETURN_IF_ERROR(TensorToProto(tensor, &proto));
  } else {
    proto.set_dtype(static_cast<tensorflow::DataType>(static_cast<int>(tensor.dtype())));
    ShapeToProto(PartialShape(tensor.shape()), proto.mutable_tensor_shape());
    proto.set_tensor_content(std::string(tensor.bytes()));
  }
  std::string bytes;
  if (proto.ByteSizeLong() > std::numeric_limits<int32_t>::max() || !proto.SerializeToString(&bytes)) {
    return ModelError("a tensor of {} bytes does not fit into a message", tensor.num_bytes());
  }
  return bytes;
}

Result<TensorHeader> ReadTensorHeader(std::string_view bytes) {
  SMCLI_ASSIGN_OR_RETURN(Parts parts, ReadParts(bytes));
  TensorHeader header;
  header.dtype_number = parts.dtype_number;
  header.dtype = DataTypeFromNumber(parts.dtype_number).value_or(DataType::kInvalid);
  header.shape = PartialShape(std::move(parts.dims));
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.number >= kContent)
      header.stored_bytes += field.type == WireType::kBytes ? field.bytes.size() : field.whole.size();
  }
  return header;
}

Status CheckTensorBytes(std::string_view bytes) {
  SMCLI_ASSIGN_OR_RETURN(const Parts parts, ReadParts(bytes));
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, ValueType(parts.dtype_number));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(parts.dims));
  if (shape.num_elements() == 0) return {};
  if (SizeOf(dtype) == 0) {
    SMCLI_RETURN_IF_ERROR(FromObjects(dtype, shape, bytes, parts.content, 0));
    return {};
  }
  if (!parts.content.empty()) return CheckContent(dtype, shape, parts.content);
  return CheckFilled(dtype, shape, static_cast<size_t>(SizeOf(dtype)), bytes.size());
}

PartialShape ShapeFromProto(const tensorflow::TensorShapeProto& proto) {
  if (proto.unknown_rank()) return {};
  std::vector<int64_t> dims;
  for (const auto& dim : proto.dim()) dims.push_back(std::max<int64_t>(dim.size(), -1));
  return PartialShape(std::move(dims));
}

Result<PartialShape> ShapeFromBytes(std::string_view bytes) {
  std::vector<int64_t> dims;
  bool unknown_rank = false;
  SMCLI_RETURN_IF_ERROR(AppendDims(bytes, dims, unknown_rank));
  if (unknown_rank) return PartialShape();
  for (int64_t& size : dims) size = std::max<int64_t>(size, -1);
  return PartialShape(std::move(dims));
}

}  // namespace smcli
