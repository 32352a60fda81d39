#include "model/saved_model.h"

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "model/chunked_proto.h"
#include "model/model_file.h"
#include "model/text_format.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"

namespace smcli {
namespace {

// Smaller files are faster scanned where they are mapped.
constexpr size_t kWorthReading = size_t{1} << 20;

// A text is turned into the message's bytes, and then read like any other.
template <typename Message>
Result<SharedBytes> TextToBytes(std::string_view text) {
  google::protobuf::Arena arena;
  auto* message = google::protobuf::Arena::CreateMessage<Message>(&arena);
  SMCLI_RETURN_IF_ERROR(ParseText(text, message));
  return SharedBytes(CanonicalBytes(*message));
}

SavedModel::Form FormOf(ModelContent content) {
  switch (content) {
    case ModelContent::kSavedModel: return SavedModel::Form::kBinary;
    case ModelContent::kGraphDef: return SavedModel::Form::kFrozenBinary;
    case ModelContent::kSavedModelText: return SavedModel::Form::kText;
    case ModelContent::kGraphDefText: return SavedModel::Form::kFrozenText;
    case ModelContent::kChunked: break;
  }
  return SavedModel::Form::kChunked;
}

Result<SharedBytes> MessageBytes(SavedModel::Form form, SharedBytes file) {
  switch (form) {
    case SavedModel::Form::kText: return TextToBytes<tensorflow::SavedModel>(file.view);
    case SavedModel::Form::kFrozenText: return TextToBytes<tensorflow::GraphDef>(file.view);
    case SavedModel::Form::kChunked: return JoinChunks(file);
    default: return file;
  }
}

std::string BracedTags(const MetaGraph& meta_graph) { return "{" + meta_graph.TagText() + "}"; }

}  // namespace

SavedModel::SavedModel() = default;
SavedModel::SavedModel(SavedModel&&) noexcept = default;
SavedModel& SavedModel::operator=(SavedModel&&) noexcept = default;
SavedModel::~SavedModel() = default;

Result<SavedModel> SavedModel::Open(FileSystem& files, std::string_view path) {
  SMCLI_ASSIGN_OR_RETURN(ModelFile found, FindModelFile(files, path));
  SMCLI_ASSIGN_OR_RETURN(const MappedFile file, files.Map(found.path));
  SMCLI_ASSIGN_OR_RETURN(const ModelContent content, IdentifyContent(file.bytes(), found.path));
  if (found.in_folder && (content == ModelContent::kGraphDef || content == ModelContent::kGraphDefText)) {
    return InvalidModelError(
        "{}: holds a GraphDef and no SavedModel; name the file itself to read it as a frozen graph", found.path);
  }
  std::shared_ptr<const RandomAccessFile> reader;
  const bool as_is = content == ModelContent::kSavedModel || content == ModelContent::kGraphDef;
  if (as_is && file.size() >= kWorthReading) {
    SMCLI_ASSIGN_OR_RETURN(reader, files.OpenRandomAccess(found.path));
  }
  SMCLI_ASSIGN_OR_RETURN(SavedModel model,
                         Read(SharedBytes(file.bytes(), file.keep_alive()), content, found.path, std::move(reader)));
  model.directory_ = std::move(found.directory);
  model.notes_.insert(model.notes_.begin(), found.notes.begin(), found.notes.end());
  return model;
}

Result<SavedModel> SavedModel::FromBytes(SharedBytes bytes, std::string name) {
  SMCLI_ASSIGN_OR_RETURN(const ModelContent content, IdentifyContent(bytes.view, name));
  return Read(std::move(bytes), content, std::move(name), nullptr);
}

Result<SavedModel> SavedModel::Read(SharedBytes bytes, ModelContent content, std::string name,
                                    std::shared_ptr<const RandomAccessFile> file) {
  SavedModel model;
  model.form_ = FormOf(content);
  model.file_ = std::move(name);
  model.file_size_ = bytes.view.size();
  SMCLI_ASSIGN_OR_RETURN(model.bytes_, MessageBytes(model.form_, std::move(bytes)).Annotate(model.file_));
  SMCLI_RETURN_IF_ERROR(model.ReadMetaGraphs(file));
  return model;
}

Status SavedModel::ReadMetaGraphs(const std::shared_ptr<const RandomAccessFile>& file) {
  if (frozen()) {
    SMCLI_ASSIGN_OR_RETURN(auto graph, MetaGraph::OpenGraphDef(bytes_, file_, file));
    meta_graphs_.push_back(std::move(graph));
    return {};
  }
  WireReader reader(bytes_.view, bytes_.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) schema_version_ = field.as_int64();
    if (!field.is(2, WireType::kBytes)) continue;
    std::string place = meta_graphs_.empty() ? file_ : fmt::format("{}: meta_graphs[{}]", file_, meta_graphs_.size());
    SMCLI_ASSIGN_OR_RETURN(auto meta_graph, MetaGraph::Open(bytes_.Part(field.bytes), std::move(place), file));
    meta_graphs_.push_back(std::move(meta_graph));
  }
  if (reader.cut_off()) {
    return InvalidModelError("{}: ends at byte {}, in the middle of the field at byte {} (ProtoTruncated)", file_,
                             bytes_.view.size(), reader.position());
  }
  SMCLI_RETURN_IF_ERROR(reader.status().Annotate(file_));
  if (schema_version_ != 0 && schema_version_ != 1) {
    notes_.push_back(
        fmt::format("{}: schema version {}, and 1 is known (UnknownSchemaVersion)", file_, schema_version_));
  }
  return {};
}

std::string SavedModel::variables_prefix() const { return JoinPath(JoinPath(directory_, "variables"), "variables"); }

Result<const MetaGraph*> SavedModel::PickMetaGraph(const std::optional<std::vector<std::string>>& tags) const {
  if (meta_graphs_.empty()) return InvalidModelError("{}: holds no meta-graph (SavedModelEmpty)", file_);
  std::vector<std::string> sets;
  for (const auto& meta_graph : meta_graphs_) sets.push_back(BracedTags(*meta_graph));
  const std::vector<std::string_view> names(sets.begin(), sets.end());
  if (tags) {
    const auto found = std::ranges::find_if(meta_graphs_, [&](const auto& graph) { return graph->HasTags(*tags); });
    if (found != meta_graphs_.end()) return found->get();
    const std::string asked = fmt::format("{{{}}}", fmt::join(*tags, ","));
    const std::string_view nearest = NearestName(asked, names);
    return NotFoundError("{}: no meta-graph is tagged {}{}; there are: {} (TagsNotFound)", file_, Escaped(asked),
                         nearest.empty() ? "" : fmt::format("; did you mean {}?", Escaped(nearest)), ListOf(names));
  }
  if (meta_graphs_.size() == 1) return meta_graphs_.front().get();
  const std::vector<std::string> serve = {"serve"};
  const MetaGraph* only = nullptr;
  size_t count = 0;
  for (const auto& meta_graph : meta_graphs_) {
    if (!meta_graph->HasTags(serve)) continue;
    only = meta_graph.get();
    ++count;
  }
  if (count == 1) return only;
  return UsageError("{}: which tag set? There are: {} (TagsAmbiguous)", file_, ListOf(names));
}

Status SavedModel::Validate() const {
  const std::string_view type = frozen() ? "tensorflow.GraphDef" : "tensorflow.SavedModel";
  return CheckWire(bytes_.view, type, bytes_.origin).Annotate(file_);
}

}  // namespace smcli
