#include "model/meta_graph.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "meta_graph.pb.h"
#include "model/collections.h"
#include "model/lazy.h"
#include "model/wire_check.h"

namespace smcli {
namespace {

// The graph version that this program is a reader of (graph_and_functions.md 2).
constexpr int kGraphVersion = 2500;

struct MessageEntry {  // of map<string, message>
  std::string key;
  SharedBytes value;
};

// A value that comes in pieces is put together, which is how protobuf merges messages.
Result<MessageEntry> ReadEntry(const SharedBytes& bytes) {
  MessageEntry entry;
  std::string merged;
  int values = 0;
  WireReader reader(bytes.view, bytes.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) entry.key = field.bytes;
    if (!field.is(2, WireType::kBytes)) continue;
    if (++values == 2) merged = entry.value.view;
    if (values >= 2) merged += field.bytes;
    entry.value = bytes.Part(field.bytes);
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  if (!IsValidUtf8(entry.key)) {
    return InvalidModelError("byte {}: a key is not UTF-8 (ProtoBadUtf8)", bytes.view.data() - bytes.origin);
  }
  if (values >= 2) entry.value = SharedBytes(std::move(merged));
  return entry;
}

// "a:0" -> "a": where an operation is wanted.
std::string OperationName(std::string_view name) { return std::string(name.substr(0, name.rfind(':'))); }

std::set<std::string_view> SetOf(std::span<const std::string> tags) { return {tags.begin(), tags.end()}; }

}  // namespace

struct MetaGraph::LazyParts {
  Lazy<OpDefs> op_defs;
  Lazy<FunctionLibrary> functions;
  Lazy<Graph> graph;
  Lazy<ObjectGraph> objects;
};

MetaGraph::MetaGraph() : lazy_(std::make_unique<LazyParts>()) {}
MetaGraph::~MetaGraph() = default;

Result<std::unique_ptr<MetaGraph>> MetaGraph::Open(SharedBytes bytes, std::string place,
                                                   std::shared_ptr<const RandomAccessFile> file) {
  std::unique_ptr<MetaGraph> meta_graph(new MetaGraph);
  meta_graph->bytes_ = std::move(bytes);
  meta_graph->place_ = std::move(place);
  meta_graph->file_ = std::move(file);
  SMCLI_RETURN_IF_ERROR(meta_graph->ReadParts().Annotate(meta_graph->place_));
  return meta_graph;
}

Result<std::unique_ptr<MetaGraph>> MetaGraph::OpenGraphDef(SharedBytes graph_def, std::string place,
                                                           std::shared_ptr<const RandomAccessFile> file) {
  std::unique_ptr<MetaGraph> meta_graph(new MetaGraph);
  meta_graph->place_ = std::move(place);
  meta_graph->file_ = std::move(file);
  meta_graph->graph_def_ = std::move(graph_def);
  return meta_graph;
}

// The fields of MetaGraphDef. A message that comes in pieces is put together first: that is how protobuf merges.
Status MetaGraph::ReadParts() {
  std::array<SharedBytes, 8> singular;  // by field number
  std::array<std::string, 8> merged;
  std::array<bool, 8> seen{};
  WireReader reader(bytes_.view, bytes_.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.type != WireType::kBytes || field.number > 7) continue;
    const size_t n = field.number;
    switch (n) {
      case 4: {
        SMCLI_ASSIGN_OR_RETURN(MessageEntry entry, ReadEntry(bytes_.Part(field.bytes)).Annotate("collection_def"));
        collections_.insert_or_assign(std::move(entry.key), std::move(entry.value));
        break;
      }
      case 5: SMCLI_RETURN_IF_ERROR(ReadSignature(bytes_.Part(field.bytes)).Annotate("signature_def")); break;
      case 6: asset_defs_.push_back(field.bytes); break;
      default:
        if (seen[n] && merged[n].empty()) merged[n] = singular[n].view;
        if (seen[n]) merged[n] += field.bytes;
        singular[n] = bytes_.Part(field.bytes);
        if (n == 7) has_object_graph_ = true;
        seen[n] = true;
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  for (size_t n = 0; n < merged.size(); ++n) {
    if (!merged[n].empty()) singular[n] = SharedBytes(std::move(merged[n]));
  }
  graph_def_ = singular[2];
  object_graph_ = singular[7];
  SMCLI_RETURN_IF_ERROR(ReadInfo(singular[1]).Annotate("meta_info_def"));
  if (seen[3]) SMCLI_RETURN_IF_ERROR(ReadSaver(singular[3]).Annotate("saver_def"));
  SortSignatures();
  return {};
}

Status MetaGraph::ReadInfo(const SharedBytes& meta_info) {
  std::string op_lists;
  int num_lists = 0;
  WireReader reader(meta_info.view, meta_info.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(7, WireType::kVarint)) info_.stripped_default_attrs = field.value != 0;
    if (field.type != WireType::kBytes) continue;
    const std::string_view text = field.bytes;
    switch (field.number) {
      case 1: info_.meta_graph_version = text; break;
      case 2:
        if (++num_lists > 1) op_lists.append(num_lists == 2 ? op_list_.view : "").append(text);
        op_list_ = meta_info.Part(text);
        break;
      case 4: info_.tags.emplace_back(text); break;
      case 5: info_.tensorflow_version = text; break;
      case 6: info_.tensorflow_git_version = text; break;
      case 8: {
        SMCLI_ASSIGN_OR_RETURN(const MessageEntry alias, ReadEntry(meta_info.Part(text)));
        info_.function_aliases.emplace_back(alias.key, alias.value.view);
        break;
      }
      default: continue;
    }
    if (field.number != 2 && field.number != 8 && !IsValidUtf8(text)) {
      return InvalidModelError("byte {}: a text is not UTF-8 (ProtoBadUtf8)", text.data() - meta_info.origin);
    }
  }
  if (num_lists > 1) op_list_ = SharedBytes(std::move(op_lists));
  std::ranges::sort(info_.function_aliases);
  return reader.status();
}

Status MetaGraph::ReadSaver(const SharedBytes& saver_def) {
  tensorflow::SaverDef def;
  SMCLI_RETURN_IF_ERROR(ParseMessage(saver_def.view, saver_def.origin, &def));
  saver_ = SaverInfo{.filename_tensor_name = def.filename_tensor_name(),
                     .save_tensor_name = def.save_tensor_name(),
                     .restore_op_name = def.restore_op_name(),
                     .version = def.version(),
                     .sharded = def.sharded(),
                     .max_to_keep = def.max_to_keep()};
  return {};
}

Status MetaGraph::ReadSignature(const SharedBytes& bytes) {
  SMCLI_ASSIGN_OR_RETURN(const MessageEntry entry, ReadEntry(bytes));
  const std::string place = fmt::format("signature '{}'", entry.key);
  tensorflow::SignatureDef def;
  SMCLI_RETURN_IF_ERROR(ParseMessage(entry.value.view, entry.value.origin, &def).Annotate(place));
  SMCLI_ASSIGN_OR_RETURN(Signature signature, MakeSignature(entry.key, def).Annotate(place));
  signatures_.push_back(std::move(signature));
  return {};
}

// Of equal keys the last one counts.
void MetaGraph::SortSignatures() {
  std::ranges::reverse(signatures_);
  std::ranges::stable_sort(signatures_, {}, &Signature::key);
  // Not std::ranges::unique, which Clang 14 refuses to compile over libstdc++ 12.
  const auto same_key = [](const Signature& a, const Signature& b) { return a.key == b.key; };
  signatures_.erase(std::unique(signatures_.begin(), signatures_.end(), same_key), signatures_.end());
}

bool MetaGraph::HasTags(std::span<const std::string> tags) const { return SetOf(tags) == SetOf(info_.tags); }

std::string MetaGraph::TagText() const { return fmt::format("{}", fmt::join(SetOf(info_.tags), ",")); }

const Signature* MetaGraph::FindSignature(std::string_view key) const {
  const auto found = std::ranges::lower_bound(signatures_, key, {}, &Signature::key);
  return found != signatures_.end() && found->key == key ? &*found : nullptr;
}

Result<const Signature*> MetaGraph::PickSignature(std::optional<std::string_view> key) const {
  if (const Signature* signature = FindSignature(key.value_or(kDefaultSignature))) return signature;
  std::vector<std::string_view> keys;
  const Signature* only = nullptr;
  for (const Signature& signature : signatures_) {
    if (signature.internal()) continue;
    keys.push_back(signature.key);
    only = &signature;
  }
  if (!key && keys.size() == 1) return only;
  if (keys.empty()) return UsageError("{}: the model has no signatures (SignatureNotFound)", place_);
  if (!key) return UsageError("{}: which signature? There are: {} (SignatureNotFound)", place_, ListOf(keys));
  return UsageError("{}: no signature \"{}\"{} (SignatureNotFound)", place_, *key, Suggestion(*key, keys));
}

Result<std::vector<Asset>> MetaGraph::Assets() const {
  std::vector<Asset> assets;
  for (std::string_view asset_def : asset_defs_) {
    SMCLI_ASSIGN_OR_RETURN(Asset asset, ReadAsset(asset_def, bytes_.origin).Annotate(place_));
    assets.push_back(std::move(asset));
  }
  if (!assets.empty()) return assets;
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Collection> collection, FindCollection("saved_model_assets"));
  if (!collection) return assets;
  for (const auto& [type_url, value] : collection->any) {
    if (type_url.substr(type_url.rfind('/') + 1) != "tensorflow.AssetFileDef") {
      return InvalidModelError("{}: collection 'saved_model_assets' holds a '{}' (AnyTypeMismatch)", place_, type_url);
    }
    SMCLI_ASSIGN_OR_RETURN(Asset asset, ReadAsset(value, value.data()).Annotate(place_));
    assets.push_back(std::move(asset));
  }
  return assets;
}

Result<std::string> MetaGraph::InitOpName() const {
  if (const Signature* signature = FindSignature(kInitOpSignature)) {
    const TensorSpec* output = signature->FindOutput(kInitOpSignature);
    if (output == nullptr) {
      return InvalidModelError("{}: signature '{}' has no output of that name (InitOpMalformed)", place_,
                               kInitOpSignature);
    }
    return OperationName(output->tensor_name);
  }
  for (std::string_view key : {"saved_model_main_op", "legacy_init_op"}) {
    SMCLI_ASSIGN_OR_RETURN(const std::optional<Collection> collection, FindCollection(key));
    if (!collection) continue;
    if (collection->kind != Collection::Kind::kNodeList || collection->strings.size() != 1) {
      return InvalidModelError("{}: collection '{}' should name one op and names {} (InitOpMalformed)", place_, key,
                               collection->strings.size());
    }
    return OperationName(collection->strings.front());
  }
  return std::string();
}

Result<std::optional<Collection>> MetaGraph::FindCollection(std::string_view key) const {
  std::optional<Collection> found;
  const auto entry = collections_.find(key);
  if (entry == collections_.end()) return found;
  SMCLI_ASSIGN_OR_RETURN(found,
                         ReadCollection(entry->first, entry->second.view, entry->second.origin).Annotate(place_));
  return found;
}

Result<std::vector<Collection>> MetaGraph::Collections() const {
  std::vector<Collection> collections;
  for (const auto& [key, bytes] : collections_) {
    SMCLI_ASSIGN_OR_RETURN(Collection collection, ReadCollection(key, bytes.view, bytes.origin).Annotate(place_));
    collections.push_back(std::move(collection));
  }
  return collections;
}

Result<std::vector<CollectionVariable>> MetaGraph::CollectionVariables(std::string_view key) const {
  std::vector<CollectionVariable> variables;
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Collection> collection, FindCollection(key));
  if (!collection || collection->kind != Collection::Kind::kBytesList) return variables;
  for (const std::string& bytes : collection->strings) {
    SMCLI_ASSIGN_OR_RETURN(CollectionVariable variable, ReadCollectionVariable(bytes).Annotate(place_));
    variables.push_back(std::move(variable));
  }
  return variables;
}

Result<GraphOutline> MetaGraph::Outline() const {
  // A graph that was put together from pieces lies nowhere in the file.
  const bool in_file = file_ && (bytes_.view.empty() || graph_def_.origin == bytes_.origin);
  return ScanGraphDef(graph_def_, in_file ? file_.get() : nullptr).Annotate(place_);
}

Result<const OpDefs*> MetaGraph::op_defs() const {
  return lazy_->op_defs.Get([&] { return OpDefs::Open(op_list_).Annotate(place_); });
}

Result<const FunctionLibrary*> MetaGraph::functions() const {
  return lazy_->functions.Get([&] { return FunctionLibrary::Open(graph_def_).Annotate(place_); });
}

Result<GraphContext> MetaGraph::context() const {
  GraphContext context;
  SMCLI_ASSIGN_OR_RETURN(context.ops, op_defs());
  SMCLI_ASSIGN_OR_RETURN(context.functions, functions());
  return context;
}

Result<const Graph*> MetaGraph::graph() const {
  return lazy_->graph.Get([&]() -> Result<std::unique_ptr<Graph>> {
    SMCLI_ASSIGN_OR_RETURN(const GraphContext around, context());
    SMCLI_ASSIGN_OR_RETURN(Graph graph, BuildGraph(graph_def_, around).Annotate(place_));
    return std::make_unique<Graph>(std::move(graph));
  });
}

Result<Graph> MetaGraph::GraphWithProblems(std::vector<Error>& problems) const {
  SMCLI_ASSIGN_OR_RETURN(const GraphContext around, context());
  return BuildGraph(graph_def_, around, &problems).Annotate(place_);
}

Result<const ObjectGraph*> MetaGraph::object_graph() const {
  if (!has_object_graph_) return nullptr;
  return lazy_->objects.Get([&] { return ObjectGraph::Read(object_graph_).Annotate(place_); });
}

Status MetaGraph::CheckVersions() const {
  SMCLI_ASSIGN_OR_RETURN(const GraphVersions versions, ReadGraphVersions(graph_def_).Annotate(place_));
  if (versions.min_consumer > kGraphVersion) {
    return InvalidModelError("{}: the graph asks for readers of version {}, this one is {} (GraphVersionUnsupported)",
                             place_, versions.min_consumer, kGraphVersion);
  }
  if (std::ranges::find(versions.bad_consumers, kGraphVersion) != versions.bad_consumers.end()) {
    return InvalidModelError("{}: the graph refuses readers of version {} (GraphVersionUnsupported)", place_,
                             kGraphVersion);
  }
  return {};
}

Status MetaGraph::ParseGraphDef(tensorflow::GraphDef* def) const {
  return ParseMessage(graph_def_.view, graph_def_.origin, def).Annotate(place_);
}

Status MetaGraph::Parse(tensorflow::MetaGraphDef* def) const {
  if (!bytes_.view.empty()) return ParseMessage(bytes_.view, bytes_.origin, def).Annotate(place_);
  def->Clear();
  return ParseGraphDef(def->mutable_graph_def());
}

Result<std::string> AssetPath(std::string_view export_dir, std::string_view filename) {
  const auto escapes = [&] {
    return InvalidModelError("asset '{}' is not a file under assets/ (PathEscapes)", filename);
  };
  if (filename.empty() || filename.front() == '/' || filename.find('\0') != filename.npos) return escapes();
  for (size_t start = 0; start <= filename.size();) {
    const size_t end = std::min(filename.find('/', start), filename.size());
    if (filename.substr(start, end - start) == "..") return escapes();
    start = end + 1;
  }
  return JoinPath(JoinPath(export_dir, "assets"), filename);
}

}  // namespace smcli
