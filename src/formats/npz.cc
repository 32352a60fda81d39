#include "formats/npz.h"

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

constexpr std::string_view kSuffix = ".npy";

std::string MemberName(std::string_view name) { return std::string(name).append(kSuffix); }

}  // namespace

Result<NpzReader> NpzReader::Open(MappedFile file) {
  SMCLI_ASSIGN_OR_RETURN(ZipReader zip, ZipReader::Open(std::move(file)));
  NpzReader reader(std::move(zip));
  for (const ZipMember& member : reader.zip_.members()) {
    const bool last_of_name = reader.zip_.Find(member.name) == &member;
    if (!member.name.ends_with(kSuffix) || !last_of_name) continue;
    reader.names_.push_back(member.name.substr(0, member.name.size() - kSuffix.size()));
  }
  return reader;
}

bool NpzReader::Contains(std::string_view name) const { return zip_.Find(MemberName(name)) != nullptr; }

Result<Tensor> NpzReader::Read(std::string_view name, DataType raw) const {
  const ZipMember* member = zip_.Find(MemberName(name));
  if (member == nullptr) {
    const std::vector<std::string_view> names(names_.begin(), names_.end());
    return NotFoundError("there is no array {}{}", Quoted(name), Suggestion(name, names));
  }
  SMCLI_ASSIGN_OR_RETURN(const MappedFile content, zip_.Read(*member));
  return ReadNpy(content, raw).Annotate(Escaped(member->name));
}

Result<NpzWriter::Changes> NpzWriter::Add(std::string_view name, const Tensor& tensor) {
  SMCLI_ASSIGN_OR_RETURN(const NpyImage image, MakeNpy(tensor));
  const std::string_view parts[] = {image.header, image.data};
  SMCLI_RETURN_IF_ERROR(zip_.Add(MemberName(name), parts));
  return Changes{image.widened, image.lost_zeros};
}

Status NpzWriter::Begin(std::string_view name, DataType dtype, const Shape& shape, uint32_t crc) {
  SMCLI_ASSIGN_OR_RETURN(const std::string header, NpyHeaderOf(dtype, shape));
  header_crc_ = Crc32(header);
  size_ = static_cast<uint64_t>(shape.num_elements()) * static_cast<uint64_t>(SizeOf(dtype));
  SMCLI_RETURN_IF_ERROR(zip_.Begin(MemberName(name), header.size() + size_, CombineCrc32(header_crc_, crc, size_)));
  return zip_.Append(header);
}

}  // namespace smcli
