#include <algorithm>

#include "base/wire.h"
#include "diff/canonical_attr.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// Fields of TensorProto.
constexpr uint32_t kDtype = 1, kShape = 2, kVersion = 3, kContent = 4;

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// "_temp_0123456789abcdef0123456789abcdef/part" -> "_temp_/part", wherever it stands in the text.
std::string WithoutTemporaryName(std::string_view text) {
  constexpr std::string_view kBefore = "_temp_", kAfter = "/part";
  constexpr size_t kDigits = 32;
  std::string out;
  for (size_t at = text.find(kBefore); at != text.npos; at = text.find(kBefore)) {
    const std::string_view digits = text.substr(at + kBefore.size(), kDigits);
    const std::string_view after = text.substr(std::min(text.size(), at + kBefore.size() + kDigits));
    out += text.substr(0, at + kBefore.size());
    const bool generated =
        digits.size() == kDigits && std::ranges::all_of(digits, IsHexDigit) && after.starts_with(kAfter);
    text = generated ? after : text.substr(at + kBefore.size());
  }
  out += text;
  return out;
}

// How many numbers, strings or messages a field of TensorProto holds.
uint64_t CountValues(const WireField& field) {
  if (field.number < 5 || field.type != WireType::kBytes) return field.number < 5 ? 0 : 1;
  switch (field.number) {
    case 5:
    case 9: return field.bytes.size() / 4;  // float_val, scomplex_val
    case 6:
    case 12: return field.bytes.size() / 8;  // double_val, dcomplex_val
    case 8:
    case 14:
    case 15: return 1;                   // string_val, resource_handle_val, variant_val
    case 18: return field.bytes.size();  // float8_val
    default:                             // varints: each ends with a byte below 0x80
      return static_cast<uint64_t>(std::ranges::count_if(field.bytes, [](char c) { return (c & 0x80) == 0; }));
  }
}

struct Parts {
  std::string_view dtype;    // the field as it stands
  std::string_view content;  // tensor_content
  std::string values;        // all fields that hold values, as they stand
  uint64_t halves = 0;       // twice the number of values: a complex one comes as two numbers

  uint64_t count() const { return halves / 2; }
};

Result<Parts> ReadParts(std::string_view tensor_proto) {
  Parts parts;
  WireReader reader(tensor_proto);
  WireField field;
  while (reader.Next(field)) {
    switch (field.number) {
      case kDtype: parts.dtype = field.whole; break;
      case kContent: parts.content = field.bytes; break;
      case kShape:
      case kVersion: break;
      default:
        parts.values += field.whole;
        parts.halves += field.number == 9 || field.number == 12 ? CountValues(field) : 2 * CountValues(field);
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return parts;
}

// The values that the proto stores, without those that its shape repeats.
Result<Tensor> StoredValues(const Parts& parts) {
  std::string dim, shape, proto(parts.dtype);
  AppendVarintField(1, parts.count(), dim);
  AppendBytesField(2, dim, shape);
  AppendBytesField(kShape, shape, proto);
  return TensorFromBytes(proto + parts.values);
}

// Without the elements at the end that equal the one before them.
std::string_view Trimmed(std::string_view bytes, size_t element) {
  while (bytes.size() >= 2 * element &&
         std::memcmp(bytes.data() + bytes.size() - element, bytes.data() + bytes.size() - 2 * element, element) == 0) {
    bytes.remove_suffix(element);
  }
  return bytes;
}

void AppendStrings(std::span<const std::string> strings, std::string& out) {
  while (strings.size() >= 2 && strings.back() == strings[strings.size() - 2])
    strings = strings.first(strings.size() - 1);
  AppendNumber(strings.size(), out);
  for (const std::string& text : strings) AppendText(WithoutTemporaryName(text), out);
}

bool AppendElements(const TensorHeader& header, const Parts& parts, std::string& out) {
  const auto element = static_cast<size_t>(SizeOf(header.dtype));
  const auto shape = header.shape.ToShape();
  if (!shape || (header.dtype != DataType::kString && element == 0)) return false;
  if (shape->num_elements() == 0) return true;
  if (!parts.content.empty() && element != 0) {
    const auto elements = static_cast<uint64_t>(shape->num_elements());
    if (parts.content.size() % element != 0 || parts.content.size() / element != elements) return false;
    AppendText(Trimmed(parts.content, element), out);
    return true;
  }
  if (!parts.content.empty()) return false;
  if (parts.count() == 0) {  // every element is the type's zero
    if (element == 0) {
      AppendStrings(std::vector<std::string>(1), out);
    } else {
      AppendText(std::string(element, '\0'), out);
    }
    return true;
  }
  const auto values = StoredValues(parts);
  if (!values.ok() || values->num_elements() > shape->num_elements()) return false;
  if (header.dtype == DataType::kString) {
    AppendStrings(values->flat<std::string>(), out);
  } else {
    AppendText(Trimmed(values->bytes(), element), out);
  }
  return true;
}

}  // namespace

void AppendCanonicalTensor(std::string_view tensor_proto, std::string& out) {
  const size_t start = out.size();
  const auto header = ReadTensorHeader(tensor_proto);
  const auto parts = ReadParts(tensor_proto);
  if (header.ok() && parts.ok()) {
    out += 't';
    AppendNumber(static_cast<uint64_t>(static_cast<int64_t>(header->dtype_number)), out);
    AppendNumber(static_cast<uint64_t>(static_cast<int64_t>(header->shape.rank())), out);
    for (const int64_t dim : header->shape.dims()) AppendNumber(static_cast<uint64_t>(dim), out);
    if (AppendElements(*header, *parts, out)) return;
    out.resize(start);
  }
  out += 'r';  // what cannot be understood stands for itself
  AppendText(tensor_proto, out);
}

}  // namespace smcli
