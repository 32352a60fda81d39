#include "inspect/describe_files.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "formats/tfrecord.h"
#include "inspect/describe_graph.h"
#include "model/fingerprint.h"
#include "model/keras_metadata.h"
#include "model/warmup.h"

namespace smcli {
namespace {

// Bytes of a file, or nothing where there is no such file.
Value SizeOfFile(FileSystem& files, const std::string& path) {
  if (files.Kind(path) != FileKind::kRegular) return Value();
  const Result<MappedFile> file = files.Map(path);
  return file.ok() ? Value::Bytes(file->size()) : Value();
}

// The sound records at the beginning of a TFRecord file.
int64_t CountRecords(MappedFile file) {
  const uint64_t size = file.size();
  Result<TfRecordReader> reader = TfRecordReader::Open(std::move(file), size);
  int64_t records = 0;
  while (reader.ok()) {
    const Result<std::optional<std::string_view>> record = reader->Next();
    if (!record.ok() || !*record) break;
    ++records;
  }
  return records;
}

Value DetailOf(FileSystem& files, const std::string& path, std::string_view name) {
  if (name != BaseName(kWarmupFile)) return Value();
  const Result<MappedFile> file = files.Map(path);
  if (!file.ok()) return Value();
  return Value::Text(Counted(CountRecords(*file), "warm-up request"));
}

Result<std::optional<Fingerprint>> ReadStored(FileSystem& files, const SavedModel& model) {
  const std::string path = JoinPath(model.directory(), kFingerprintFile);
  if (model.frozen() || files.Kind(path) != FileKind::kRegular) return std::optional<Fingerprint>();
  SMCLI_ASSIGN_OR_RETURN(const MappedFile file, files.Map(path));
  Result<Fingerprint> fingerprint = ReadFingerprint(file.bytes());
  if (!fingerprint.ok()) return std::move(fingerprint).Annotate(path).error();
  return std::optional(*std::move(fingerprint));
}

Value HashValue(uint64_t hash) { return Value::WithGist(fmt::format("{}", hash), Value::Natural(hash)); }

std::string_view StateText(FingerprintCheck::State state) {
  switch (state) {
    case FingerprintCheck::State::kMatch: return "match";
    case FingerprintCheck::State::kMismatch: return "MISMATCH";
    case FingerprintCheck::State::kNotComparable: break;
  }
  return "not comparable";
}

// A member of a JSON object that is text; empty otherwise.
std::string TextMember(const Json& json, std::string_view name) {
  const Json* member = json.Find(name);
  return member && member->string() ? *member->string() : std::string();
}

std::vector<KerasNode> KerasNodes(FileSystem& files, const SavedModel& model) {
  const Result<MappedFile> file = files.Map(JoinPath(model.directory(), kKerasMetadataFile));
  if (!file.ok()) return {};
  Result<std::vector<KerasNode>> nodes = ReadKerasMetadata(file->bytes());
  return nodes.ok() ? *std::move(nodes) : std::vector<KerasNode>();
}

}  // namespace

Result<Table> AssetTable(FileSystem& files, const SavedModel& model, const MetaGraph& graph) {
  Table table;
  table.columns = {{"name", "asset"}, {"bytes", "size"}, {"tensor", "tensor"}};
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Asset> assets, graph.Assets());
  for (const Asset& asset : assets) {
    const Result<std::string> path = AssetPath(model.directory(), asset.filename);
    table.Add(
        {Value::Text(asset.filename), path.ok() ? SizeOfFile(files, *path) : Value(), Value::Text(asset.tensor_name)});
  }
  return table;
}

Table ExtraFileTable(FileSystem& files, const SavedModel& model) {
  Table table;
  table.columns = {{"name", "file"}, {"bytes", "size"}, {"detail", "detail"}};
  const std::string folder = JoinPath(model.directory(), "assets.extra");
  const Result<std::vector<DirectoryEntry>> entries = files.List(folder);
  if (!entries.ok()) return table;
  for (const DirectoryEntry& entry : *entries) {
    const std::string path = JoinPath(folder, entry.name);
    table.Add({Value::Text(entry.name), SizeOfFile(files, path), DetailOf(files, path, entry.name)});
  }
  return table;
}

Value FilesSummary(Table table) {
  constexpr size_t kNamed = 6;
  std::string gist;
  for (size_t i = 0; i < table.rows.size() && i < kNamed; ++i) {
    const std::vector<Value>& cells = table.rows[i].cells;
    const uint64_t* bytes = cells[1].natural();
    const std::string detail = cells[2].text() && table.columns[2].key == "detail" ? ", " + *cells[2].text() : "";
    gist +=
        fmt::format("{}{} ({}{})", i > 0 ? ", " : "", *cells[0].text(), bytes ? HumanSize(*bytes) : "missing", detail);
  }
  if (table.rows.size() > kNamed) gist += fmt::format(" and {} more", table.rows.size() - kNamed);
  return Value::WithGist(gist.empty() ? "none" : gist, Value::Of(std::move(table)));
}

Result<Value> StoredFingerprint(FileSystem& files, const SavedModel& model) {
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Fingerprint> stored, ReadStored(files, model));
  if (!stored) return Value::WithGist("none", Value());
  return Value::WithGist(
      Singleprint(*stored),
      Value::Of(Value::Object{{"saved_model_checksum", "", Value::Natural(stored->saved_model_checksum)},
                              {"graph_def_program_hash", "", Value::Natural(stored->graph_def_program_hash)},
                              {"signature_def_hash", "", Value::Natural(stored->signature_def_hash)},
                              {"saved_object_graph_hash", "", Value::Natural(stored->saved_object_graph_hash)},
                              {"checkpoint_hash", "", Value::Natural(stored->checkpoint_hash)},
                              {"producer", "", stored->producer ? Value::Int(*stored->producer) : Value()},
                              {"uuid", "", Value::Text(stored->uuid)}}));
}

Result<Value::Object> CompareFingerprint(FileSystem& files, const SavedModel& model) {
  SMCLI_ASSIGN_OR_RETURN(const std::optional<Fingerprint> stored, ReadStored(files, model));
  if (!stored) return Value::Object{{"singleprint", "stored fingerprint", Value::WithGist("none", Value())}};
  const Result<MappedFile> index = files.Map(model.variables_prefix() + ".index");
  const std::optional<std::string_view> index_bytes = index.ok() ? std::optional(index->bytes()) : std::nullopt;
  SMCLI_ASSIGN_OR_RETURN(const std::vector<FingerprintCheck> checks, CheckFingerprint(*stored, model, index_bytes));
  Table table;
  table.columns = {
      {"field", "hash"}, {"stored", "stored"}, {"computed", "computed"}, {"state", "state"}, {"note", "note"}};
  for (const FingerprintCheck& check : checks) {
    table.Add({Value::Text(check.field), HashValue(check.stored), HashValue(check.computed),
               Value::Text(StateText(check.state)), check.note.empty() ? Value() : Value::Text(check.note)});
  }
  Value::Object object;
  object.push_back({"singleprint", "singleprint", Value::Text(Singleprint(*stored))});
  object.push_back({"uuid", stored->uuid.empty() ? "" : "uuid", Value::Text(stored->uuid)});
  object.push_back({"hashes", "hashes", Value::Of(std::move(table))});
  return object;
}

Value KerasSummary(FileSystem& files, const SavedModel& model) {
  const std::vector<KerasNode> nodes = KerasNodes(files, model);
  const auto is_layer = [](const KerasNode& node) {
    constexpr std::string_view kLayer = "root.layer-";
    return node.path.starts_with(kLayer) && node.path.find('.', kLayer.size()) == std::string::npos;
  };
  int64_t layers = 0;
  Value::Object object;
  std::string gist;
  for (const KerasNode& node : nodes) {
    layers += is_layer(node);
    if (node.path != "root") continue;
    const Result<Json> metadata = Json::Parse(node.metadata);
    if (!metadata.ok()) continue;
    const std::string kind = TextMember(*metadata, "class_name");
    const std::string name = TextMember(*metadata, "name");
    object.push_back({"class", "", Value::Text(kind)});
    object.push_back({"name", "", Value::Text(name)});
    gist = fmt::format("{} {}", kind, name);
  }
  if (gist.empty()) return Value();
  object.push_back({"layers", "", Value::Count(layers)});
  if (layers > 0) gist += ", " + Counted(layers, "layer");
  return Value::WithGist(std::move(gist), Value::Of(std::move(object)));
}

}  // namespace smcli
