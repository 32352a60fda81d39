// --to cpb: saved_model.cpb, the form of models that are larger than one protobuf message can be. TensorFlow loads it
// in the place of saved_model.pb.
#include "chunk.pb.h"
#include "convert/converter.h"
#include "convert/model_splitter.h"
#include "model/record_writer.h"
#include "model/saved_model.h"

namespace smcli {
namespace {

using tensorflow::proto_splitter::ChunkedField;
using tensorflow::proto_splitter::ChunkInfo;
using tensorflow::proto_splitter::ChunkMetadata;

// Values of this many bytes become chunks of their own.
constexpr uint64_t kLeastContent = 16 << 10;
// What is left must be well below what protobuf can read.
constexpr size_t kLargestRest = size_t{1} << 30;

void AddSteps(const std::vector<SplitStep>& path, ChunkedField* field) {
  for (const SplitStep& step : path) {
    auto* const tag = field->add_field_tag();
    switch (step.kind) {
      case SplitStep::Kind::kField: tag->set_field(static_cast<uint32_t>(step.number)); break;
      case SplitStep::Kind::kIndex: tag->set_index(step.number); break;
      case SplitStep::Kind::kKey: tag->mutable_map_key()->set_s(step.key); break;
    }
  }
}

Status AddChunk(std::string_view bytes, ChunkInfo::Type type, RecordWriter& records, ChunkMetadata& metadata) {
  SMCLI_ASSIGN_OR_RETURN(const uint64_t position, records.Add(bytes));
  ChunkInfo* const info = metadata.add_chunks();
  info->set_type(type);
  info->set_size(bytes.size());
  info->set_offset(position);
  return {};
}

Status WriteChunks(const std::string& rest, const std::vector<SplitPart>& parts, OutputFile& file) {
  RecordWriter records(file);
  ChunkMetadata metadata;
  metadata.mutable_version()->set_splitter_version(1);
  SMCLI_RETURN_IF_ERROR(AddChunk(rest, ChunkInfo::MESSAGE, records, metadata));
  metadata.mutable_message()->set_chunk_index(0);
  for (const SplitPart& part : parts) {
    ChunkedField* const field = metadata.mutable_message()->add_chunked_fields();
    AddSteps(part.path, field);
    field->mutable_message()->set_chunk_index(static_cast<uint64_t>(metadata.chunks_size()));
    SMCLI_RETURN_IF_ERROR(part.is_message ? AddChunk(part.message, ChunkInfo::MESSAGE, records, metadata)
                                          : AddChunk(part.view, ChunkInfo::BYTES, records, metadata));
  }
  SMCLI_ASSIGN_OR_RETURN(const uint64_t last, records.Add(metadata.SerializeAsString()));
  (void)last;
  return {};
}

Status WriteCpb(Conversion& conversion) {
  const SavedModel& model = *conversion.source.model;
  const SharedBytes bytes = model.bytes();
  auto splitter = std::make_unique<ModelSplitter>(kLeastContent, false);
  SMCLI_ASSIGN_OR_RETURN(std::string rest, splitter->Split(bytes.view).Annotate(model.file()));
  if (rest.size() > kLargestRest) {
    splitter = std::make_unique<ModelSplitter>(kLeastContent, true);
    SMCLI_ASSIGN_OR_RETURN(rest, splitter->Split(bytes.view));
  }
  if (rest.size() > kLargestRest) {
    return UnsupportedError("{}: {} bytes are left that cannot be cut into chunks", model.file(), rest.size());
  }
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  SMCLI_RETURN_IF_ERROR(WriteChunks(rest, splitter->parts(), *file));
  return file->Commit();
}

}  // namespace

extern const Converter kCpb = {
    .name = "cpb",
    .summary = "the model file in chunks, for models beyond 2 GB: saved_model.cpb",
    .extension = "cpb",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kModel,
    .reads_variables = false,
    .flags = {},
    .run = WriteCpb,
};

}  // namespace smcli
