#include "model/wire_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include <vector>

#include "base/check.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "model/wire_schema.h"

namespace smcli {
namespace {

constexpr size_t kMaxDepth = 100;  // protobuf's limit: messages below the root

// One message that is being read, and the field of its parent that it is.
struct Level {
  const WireMessage* type;
  std::string_view bytes;
  WireReader reader;
  const WireFieldType* field;
};

// Which element of the repeated field of `parent` the message is that begins at `child`.
int64_t ElementIndex(std::string_view parent, uint32_t number, const char* child) {
  int64_t index = -1;
  WireReader reader(parent);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == number) ++index;
    if (field.type == WireType::kBytes && field.bytes.data() == child) break;
  }
  return index;
}

class Checker {
 public:
  explicit Checker(const char* origin) : origin_(origin) {}

  Status Check(std::string_view bytes, const WireMessage& type) {
    levels_.push_back({&type, bytes, WireReader(bytes, origin_), nullptr});
    WireField field;
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (!level.reader.Next(field)) {
        if (!level.reader.ok()) return level.reader.status().Annotate(Path(nullptr));
        levels_.pop_back();
        continue;
      }
      if (field.type != WireType::kBytes) continue;
      const WireFieldType* known = level.type->Find(field.number);
      if (known == nullptr) continue;
      SMCLI_RETURN_IF_ERROR(CheckBytes(field, *known));
    }
    return {};
  }

 private:
  Status CheckBytes(const WireField& field, const WireFieldType& known) {
    switch (known.kind) {
      case WireFieldKind::kString:
        return IsValidUtf8(field.bytes) ? Status() : Fault(field, &known, "is not UTF-8 (ProtoBadUtf8)");
      case WireFieldKind::kMessage: {
        if (levels_.size() > kMaxDepth)
          return Fault(field, &known, "is nested more than 100 levels deep (ProtoTooDeep)");
        levels_.push_back({known.message, field.bytes, WireReader(field.bytes, origin_), &known});
        return {};
      }
      case WireFieldKind::kBytes: return {};
      default: return CheckPacked(field, known);
    }
  }

  Status CheckPacked(const WireField& field, const WireFieldType& known) {
    if (!known.repeated) return {};  // a wrong wire type: an unknown field
    size_t unit = 0;
    switch (known.kind) {
      case WireFieldKind::kFloat:
      case WireFieldKind::kFixed32:
      case WireFieldKind::kSfixed32: unit = 4; break;
      case WireFieldKind::kDouble:
      case WireFieldKind::kFixed64:
      case WireFieldKind::kSfixed64: unit = 8; break;
      default: break;
    }
    const bool whole = unit != 0 ? field.bytes.size() % unit == 0 : ForEachPackedVarint(field.bytes, [](uint64_t) {});
    return whole ? Status() : Fault(field, &known, "is a packed list that is cut off (ProtoTruncated)");
  }

  Status Fault(const WireField& field, const WireFieldType* known, std::string_view reason) const {
    return InvalidModelError("byte {}: {} {}", field.whole.data() - origin_, Path(known), reason);
  }

  std::string Path(const WireFieldType* last) const {
    std::string path;
    if (levels_.size() == 1 && last == nullptr) return std::string(levels_[0].type->name);
    for (size_t i = 1; i < levels_.size() && i < 12; ++i) {
      path += fmt::format("{}{}", path.empty() ? "" : ".", levels_[i].field->name);
      if (levels_[i].field->repeated) {
        path +=
            fmt::format("[{}]", ElementIndex(levels_[i - 1].bytes, levels_[i].field->number, levels_[i].bytes.data()));
      }
    }
    if (levels_.size() > 12) path += "...";
    if (last != nullptr) path += fmt::format("{}{}", path.empty() ? "" : ".", last->name);
    return path;
  }

  const char* origin_;
  std::vector<Level> levels_;
};

}  // namespace

Status CheckWire(std::string_view bytes, std::string_view type, const char* origin) {
  const WireMessage* message = WireSchema::Of().Find(type);
  SMCLI_CHECK(message != nullptr);
  return Checker(origin).Check(bytes, *message);
}

Status ParseMessage(std::string_view bytes, const char* origin, google::protobuf::Message* message) {
  if (bytes.size() > static_cast<size_t>(INT32_MAX)) {
    return UnsupportedError("a {} of {} bytes is larger than protobuf can handle (ProtoTooLarge)",
                            message->GetDescriptor()->name(), bytes.size());
  }
  const google::protobuf::LogSilencer silence;  // protobuf would write to stderr by itself
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  SMCLI_RETURN_IF_ERROR(CheckWire(bytes, message->GetTypeName(), origin));
  return InvalidModelError("byte {}: no {} can be read here", bytes.data() - origin, message->GetDescriptor()->name());
}

std::string CanonicalBytes(const google::protobuf::Message& message) {
  // Names from text may not be UTF-8; whoever reads the bytes says so.
  const google::protobuf::LogSilencer silence;
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

}  // namespace smcli
