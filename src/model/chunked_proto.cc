#include "model/chunked_proto.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "base/wire.h"
#include "chunk.pb.h"
#include "model/riegeli.h"
#include "model/wire_check.h"
#include "model/wire_tree.h"
#include "saved_model.pb.h"

namespace smcli {
namespace {

using google::protobuf::FieldDescriptor;
using tensorflow::proto_splitter::ChunkedField;
using tensorflow::proto_splitter::ChunkedMessage;
using tensorflow::proto_splitter::ChunkInfo;
using tensorflow::proto_splitter::ChunkMetadata;
using tensorflow::proto_splitter::FieldIndex;

constexpr int kMaxPath = 100;  // steps, all enclosing paths together: as deep as messages may be nested
constexpr int32_t kJoinVersion = 0;

template <typename... Args>
Error PathError(fmt::format_string<Args...> text, Args&&... args) {
  return InvalidModelError("{} (ChunkPathInvalid)", fmt::format(text, std::forward<Args>(args)...));
}

// The key of a map entry as it stands in the entry: field 1, tag and all.
Result<std::string> KeyField(const FieldIndex::MapKey& key) {
  std::string field;
  switch (key.type_case()) {
    case FieldIndex::MapKey::kS: AppendBytesField(1, key.s(), field); return field;
    case FieldIndex::MapKey::kBoolean: AppendVarintField(1, key.boolean() ? 1 : 0, field); return field;
    case FieldIndex::MapKey::kUi32: AppendVarintField(1, key.ui32(), field); return field;
    case FieldIndex::MapKey::kUi64: AppendVarintField(1, key.ui64(), field); return field;
    case FieldIndex::MapKey::kI32: AppendVarintField(1, static_cast<uint64_t>(int64_t{key.i32()}), field); return field;
    case FieldIndex::MapKey::kI64: AppendVarintField(1, static_cast<uint64_t>(key.i64()), field); return field;
    case FieldIndex::MapKey::TYPE_NOT_SET: break;
  }
  return PathError("a step into a map has no key");
}

// The order in which fields are merged (chunked.md 6): by field numbers and indexes, shorter paths first, then by
// chunk.
bool Before(const ChunkedField* a, const ChunkedField* b) {
  const int common = std::min(a->field_tag_size(), b->field_tag_size());
  for (int i = 0; i < common; ++i) {
    const FieldIndex& x = a->field_tag(i);
    const FieldIndex& y = b->field_tag(i);
    if (x.kind_case() != y.kind_case()) return x.kind_case() < y.kind_case();
    if (x.kind_case() == FieldIndex::kField && x.field() != y.field()) return x.field() < y.field();
    if (x.kind_case() == FieldIndex::kIndex && x.index() != y.index()) return x.index() < y.index();
  }
  if (a->field_tag_size() != b->field_tag_size()) return a->field_tag_size() < b->field_tag_size();
  return a->message().chunk_index() < b->message().chunk_index();
}

class Joiner {
 public:
  Joiner(RecordFile& records, const ChunkMetadata& metadata)
      : records_(records), metadata_(metadata), used_(static_cast<size_t>(metadata.chunks_size())) {}

  // `depth`: steps from the root to `target`.
  Status Merge(const ChunkedMessage& chunked, WireMessage& target, int depth) {
    if (chunked.has_chunk_index()) {
      SMCLI_ASSIGN_OR_RETURN(const SharedBytes chunk, ReadChunk(chunked.chunk_index()));
      SMCLI_RETURN_IF_ERROR(target.Merge(chunk).Annotate(fmt::format("chunk {}", chunked.chunk_index())));
    }
    std::vector<const ChunkedField*> fields;
    for (const ChunkedField& field : chunked.chunked_fields()) fields.push_back(&field);
    std::ranges::stable_sort(fields, Before);
    for (const ChunkedField* field : fields) SMCLI_RETURN_IF_ERROR(MergeField(*field, target, depth));
    return {};
  }

 private:
  Result<SharedBytes> ReadChunk(uint64_t index) {
    if (index >= static_cast<uint64_t>(metadata_.chunks_size())) {
      return InvalidModelError("chunk {} of {} (ChunkIndexOutOfRange)", index, metadata_.chunks_size());
    }
    if (used_[index]) return PathError("chunk {} is used twice", index);  // a small file would make a large model
    used_[index] = true;
    const ChunkInfo& info = metadata_.chunks(static_cast<int>(index));
    const std::string place = fmt::format("chunk {}", index);
    SMCLI_ASSIGN_OR_RETURN(const SharedBytes record, records_.Read(info.offset()).Annotate(place));
    if (record.view.size() != info.size()) {
      return InvalidModelError("{}: should have {} bytes and has {} (ChunkTypeMismatch)", place, info.size(),
                               record.view.size());
    }
    return record;
  }

  Status MergeField(const ChunkedField& field, WireMessage& root, int depth) {
    if (field.field_tag().empty()) return Merge(field.message(), root, depth + 1);
    if (depth + field.field_tag_size() > kMaxPath) return PathError("a path has more than {} steps", kMaxPath);
    WireMessage* at = &root;
    for (int i = 0; i < field.field_tag_size();) {
      const FieldIndex& step = field.field_tag(i++);
      if (step.kind_case() != FieldIndex::kField) return PathError("a path begins a message with no field number");
      const FieldDescriptor* known = at->type().FindFieldByNumber(static_cast<int>(step.field() & INT32_MAX));
      if (known == nullptr) return PathError("{} has no field {}", at->type().name(), step.field());
      const FieldIndex* inside = known->is_repeated() && i < field.field_tag_size() ? &field.field_tag(i++) : nullptr;
      if (known->is_repeated() && inside == nullptr)
        return PathError("field '{}' is repeated, and no element is named", known->name());
      if (known->type() != FieldDescriptor::TYPE_MESSAGE) {
        if (i != field.field_tag_size()) return PathError("a path goes on behind field '{}'", known->name());
        return SetValue(field.message(), *known, inside, *at);
      }
      SMCLI_ASSIGN_OR_RETURN(at, Step(*known, inside, *at));
    }
    return Merge(field.message(), *at, depth + field.field_tag_size());
  }

  static Result<WireMessage*> Step(const FieldDescriptor& known, const FieldIndex* inside, WireMessage& at) {
    if (inside == nullptr) return at.Enter(known);
    if (known.is_map()) {
      if (inside->kind_case() != FieldIndex::kMapKey)
        return PathError("map '{}' is entered without a key", known.name());
      if (known.message_type()->FindFieldByNumber(2)->type() != FieldDescriptor::TYPE_MESSAGE) {
        return PathError("map '{}' holds no messages", known.name());
      }
      SMCLI_ASSIGN_OR_RETURN(const std::string key, KeyField(inside->map_key()));
      return at.EnterEntry(known, key);
    }
    if (inside->kind_case() != FieldIndex::kIndex)
      return PathError("list '{}' is entered without an index", known.name());
    return at.EnterElement(known, inside->index());
  }

  Status SetValue(const ChunkedMessage& value, const FieldDescriptor& known, const FieldIndex* inside,
                  WireMessage& at) {
    const bool text = known.type() == FieldDescriptor::TYPE_BYTES || known.type() == FieldDescriptor::TYPE_STRING;
    if (!text || !value.has_chunk_index()) return PathError("field '{}' cannot be the value of a chunk", known.name());
    SMCLI_ASSIGN_OR_RETURN(SharedBytes chunk, ReadChunk(value.chunk_index()));
    if (inside == nullptr) {
      at.SetBytes(known, std::move(chunk));
      return {};
    }
    if (inside->kind_case() != FieldIndex::kIndex)
      return PathError("list '{}' is entered without an index", known.name());
    return at.SetElementBytes(known, inside->index(), std::move(chunk));
  }

  RecordFile& records_;
  const ChunkMetadata& metadata_;
  std::vector<bool> used_;
};

}  // namespace

Result<SharedBytes> JoinChunks(const SharedBytes& file) {
  SMCLI_ASSIGN_OR_RETURN(RecordFile records, RecordFile::Open(file));
  const std::optional<uint64_t> last = records.last_record();
  if (!last) return InvalidModelError("holds no records (ChunkMetadataMissing)");
  SMCLI_ASSIGN_OR_RETURN(const SharedBytes record, records.Read(*last));
  ChunkMetadata metadata;
  if (Status parsed = ParseMessage(record.view, record.origin, &metadata); !parsed.ok()) {
    return std::move(parsed).error().Annotate("the last record is no list of chunks (ChunkMetadataMissing)");
  }
  if (metadata.version().join_version() > kJoinVersion) {
    return UnsupportedError("is to be joined by rules of version {}, and {} is known (JoinVersionUnsupported)",
                            metadata.version().join_version(), kJoinVersion);
  }
  WireMessage root(*tensorflow::SavedModel::descriptor());
  SMCLI_RETURN_IF_ERROR(Joiner(records, metadata).Merge(metadata.message(), root, 0));
  std::string joined;
  joined.reserve(root.Size());
  root.Write(joined);
  return SharedBytes(std::move(joined));
}

}  // namespace smcli
