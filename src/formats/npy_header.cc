#include "formats/npy_header.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.h"
#include "base/little_endian.h"
#include "base/utf8.h"
#include "formats/python_parser.h"

namespace smcli {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMagic = "\x93NUMPY"sv;
constexpr uint64_t kMaxHeader = uint64_t{10} << 20;

struct NumberRow {
  char kind;
  uint64_t size;
  DataType dtype;
};
constexpr NumberRow kNumbers[] = {
    {'b', 1, DataType::kBool},      {'i', 1, DataType::kInt8},        {'i', 2, DataType::kInt16},
    {'i', 4, DataType::kInt32},     {'i', 8, DataType::kInt64},       {'u', 1, DataType::kUint8},
    {'u', 2, DataType::kUint16},    {'u', 4, DataType::kUint32},      {'u', 8, DataType::kUint64},
    {'f', 2, DataType::kHalf},      {'f', 4, DataType::kFloat},       {'f', 8, DataType::kDouble},
    {'c', 8, DataType::kComplex64}, {'c', 16, DataType::kComplex128},
};

// What follows the byte order and the kind in descr.
std::optional<uint64_t> ItemSize(std::string_view digits) {
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return size;
}

Error UnsupportedDtype(std::string_view descr) {
  if (descr.find('O') != std::string_view::npos) {
    return UnsupportedError(
        "it holds pickled Python objects, which are never read; save numbers, or strings as dtype 'S' "
        "(NpyUnsupportedDtype)");
  }
  return UnsupportedError("dtype {} is not supported (NpyUnsupportedDtype)", Quoted(descr));
}

Status ParseDescr(std::string_view descr, NpyHeader& header) {
  std::string_view rest = descr;
  if (!rest.empty() && "<>=|"sv.find(rest[0]) != std::string_view::npos) {
    header.big_endian = rest[0] == '>';
    rest.remove_prefix(1);
  }
  const auto size = rest.empty() ? std::nullopt : ItemSize(rest.substr(1));
  if (!size) return UnsupportedDtype(descr);
  header.kind = rest[0] == 'a' ? 'S' : rest[0];
  header.item_size = *size;
  for (const NumberRow& row : kNumbers) {
    if (row.kind == header.kind && row.size == *size) {
      header.dtype = row.dtype;
      return {};
    }
  }
  if (header.kind == 'V') return {};
  if (header.kind != 'S' && header.kind != 'U') return UnsupportedDtype(descr);
  header.dtype = DataType::kString;
  if (header.kind == 'U' && __builtin_mul_overflow(*size, uint64_t{4}, &header.item_size))
    return UnsupportedDtype(descr);
  return {};
}

Error BadHeader(std::string_view why) { return InvalidModelError("its header is malformed: {} (NpyBadHeader)", why); }

Status ParseShape(const PythonValue& value, NpyHeader& header) {
  const PythonValue::Items* items = value.tuple();
  if (items == nullptr) return BadHeader("the shape is no tuple");
  std::vector<int64_t> dims;
  for (const PythonValue& item : *items) {
    if (item.integer() == nullptr) return BadHeader("the shape holds something else than integers");
    dims.push_back(*item.integer());
  }
  SMCLI_ASSIGN_OR_RETURN(header.shape, Shape::Make(dims).Annotate("NpyBadHeader"));
  return {};
}

// Python 2 wrote (2L, 3L).
std::string WithoutLongSuffixes(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool suffix = text[i] == 'L' && i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9';
    if (!suffix) plain += text[i];
  }
  return plain;
}

Status ParseDictionary(std::string_view text, NpyHeader& header) {
  auto parsed = ParsePythonLiteral(WithoutLongSuffixes(text));
  if (!parsed.ok()) return BadHeader(parsed.error().message());
  const PythonValue::Dict* dict = parsed->dict();
  if (dict == nullptr || dict->entries.size() != 3)
    return BadHeader("it is no dictionary of descr, fortran_order and shape");
  const auto find = [&](std::string_view name) -> const PythonValue* {
    for (const auto& [key, value] : dict->entries) {
      if (key.text() != nullptr && *key.text() == name) return &value;
    }
    return nullptr;
  };
  const PythonValue *descr = find("descr"), *fortran = find("fortran_order"), *shape = find("shape");
  if (!descr || !fortran || !shape) return BadHeader("it is no dictionary of descr, fortran_order and shape");
  if (fortran->boolean() == nullptr) return BadHeader("fortran_order is neither True nor False");
  header.fortran_order = *fortran->boolean();
  SMCLI_RETURN_IF_ERROR(ParseShape(*shape, header));
  if (descr->list() != nullptr) {
    return UnsupportedError("structured arrays are not supported (NpyUnsupportedDtype)");
  }
  if (descr->text() == nullptr) return UnsupportedDtype(descr->Repr());
  return ParseDescr(*descr->text(), header);
}

}  // namespace

Result<NpyHeader> ParseNpyHeader(std::string_view file) {
  if (!file.starts_with(kMagic)) {
    const bool pickle = file.size() > 1 && file[0] == '\x80' && static_cast<uint8_t>(file[1]) <= 5;
    if (pickle) return UnsupportedError("it is a pickle, which is never read (NpyUnsupportedDtype)");
    return InvalidModelError("it is no .npy file (NpyBadMagic)");
  }
  ByteReader reader(file.substr(kMagic.size()));
  const auto major = reader.Fixed<uint8_t>(), minor = reader.Fixed<uint8_t>();
  if (!major || !minor || *major < 1 || *major > 3 || *minor != 0) {
    return InvalidModelError("its .npy version is unknown (NpyBadVersion)");
  }
  const std::optional<uint64_t> length = *major == 1 ? std::optional<uint64_t>(reader.Fixed<uint16_t>())
                                                     : std::optional<uint64_t>(reader.Fixed<uint32_t>());
  const auto text = length && *length <= kMaxHeader ? reader.Take(*length) : std::nullopt;
  if (!text) return BadHeader("it is cut off or too long");
  NpyHeader header;
  SMCLI_RETURN_IF_ERROR(ParseDictionary(*text, header));
  header.data_begin = kMagic.size() + reader.position();
  return header;
}

std::string MakeNpyHeader(std::string_view descr, const Shape& shape) {
  constexpr size_t kAlignment = 64;
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                                 fmt::join(shape.dims(), ", "), shape.rank() == 1 ? "," : "");
  const auto padded = [&](size_t before) {
    return (before + text.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - before;
  };
  std::string header(kMagic);
  const size_t begin = kMagic.size() + 2;
  if (const size_t length = padded(begin + sizeof(uint16_t)); length <= UINT16_MAX) {
    header.append("\x01\0", 2);
    AppendFixed(static_cast<uint16_t>(length), header);
    text.resize(length - 1, ' ');
  } else {
    const size_t longer = padded(begin + sizeof(uint32_t));
    header.append("\x02\0", 2);
    AppendFixed(static_cast<uint32_t>(longer), header);
    text.resize(longer - 1, ' ');
  }
  return header + text + '\n';
}

}  // namespace smcli
