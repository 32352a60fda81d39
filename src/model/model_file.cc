#include "model/model_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/path.h"
#include "base/wire.h"
#include "model/text_format.h"

namespace smcli {
namespace {

constexpr std::string_view kBinaryName = "saved_model.pb";
constexpr std::string_view kTextName = "saved_model.pbtxt";
constexpr std::string_view kChunkedName = "saved_model.cpb";

// "0012" -> 12.
std::optional<uint64_t> VersionNumber(std::string_view name) {
  uint64_t version = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), version);
  if (name.empty() || parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
  return version;
}

// Of names that may not be looked at or are no files, the first that is in the folder; empty: none is.
Result<std::string> ListedAmong(const FileSystem& files, const std::string& directory,
                                const std::vector<std::string_view>& names) {
  if (names.empty()) return std::string();
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, files.List(directory));
  for (const std::string_view name : names) {
    if (std::ranges::find(entries, name, &DirectoryEntry::name) != entries.end()) return JoinPath(directory, name);
  }
  return std::string();
}

// The model file of an export folder, by the order of saved_model.md 1.1; empty: there is none.
Result<std::string> ModelFileIn(const FileSystem& files, const std::string& directory,
                                std::vector<std::string>& notes) {
  std::vector<std::string_view> strange;
  for (std::string_view name : {kChunkedName, kBinaryName, kTextName}) {
    const std::string path = JoinPath(directory, name);
    const FileKind kind = files.Kind(path);
    if (kind == FileKind::kNone) continue;
    if (kind == FileKind::kOther) {
      strange.push_back(name);
      continue;
    }
    if (kind == FileKind::kDirectory) return InvalidModelError("{}: is a folder, and should be the model's file", path);
    if (name == kChunkedName && files.Exists(JoinPath(directory, kBinaryName))) {
      notes.push_back(
          fmt::format("{}: holds {} and {}; the former is read (TwoModelFiles)", directory, kChunkedName, kBinaryName));
    }
    return path;
  }
  return ListedAmong(files, directory, strange);
}

// The folder of the highest version under a serving base folder.
Result<std::string> HighestVersion(const FileSystem& files, const std::string& directory) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, files.List(directory));
  std::string best;
  uint64_t best_version = 0;
  for (const DirectoryEntry& entry : entries) {
    const auto version = VersionNumber(entry.name);
    if (entry.kind != FileKind::kDirectory || !version) continue;
    if (best.empty() || *version > best_version) {
      best = entry.name;
      best_version = *version;
    }
  }
  return best;
}

Error NoModel(const FileSystem& files, const std::string& directory) {
  if (files.Exists(JoinPath(directory, "export.meta"))) {
    return NotFoundError("{}: no SavedModel; export.meta is of an export format older than SavedModel (NotASavedModel)",
                         directory);
  }
  return NotFoundError("{}: no SavedModel: it holds none of {}, {}, {} and no numbered versions (NotASavedModel)",
                       directory, kBinaryName, kTextName, kChunkedName);
}

struct Signature {
  size_t offset;
  std::string_view bytes;
  std::string_view what;
};

// Files that are met where a model was expected.
constexpr std::array<Signature, 12> kStrangers = {{
    {0, "version https://git-lfs.github.com/spec/",
     "a Git LFS pointer, not the file itself: fetch it with 'git lfs pull'"},
    {0, "<!DOCTYPE", "a web page (HTML), perhaps of a download that failed"},
    {0, "<!doctype", "a web page (HTML), perhaps of a download that failed"},
    {0, "<html", "a web page (HTML), perhaps of a download that failed"},
    {0, "<?xml", "an XML file, perhaps of a download that failed"},
    {0, "PK\x03\x04", "a zip archive: unpack it first"},
    {0, "\x1f\x8b", "a gzip archive: unpack it first"},
    {0, "\x89HDF\r\n\x1a\n", "an HDF5 file (Keras weights), which smcli does not read (Hdf5Unsupported)"},
    {4, "TFL3", "a TensorFlow Lite model, not a SavedModel"},
    {257, "ustar", "a tar archive: unpack it first"},
    {0, "\x80\x04\x95", "a Python pickle, which smcli never reads"},
    {0, "\x80\x02}", "a Python pickle, which smcli never reads"},
}};

// Riegeli's signature: chunked.md 1.
constexpr std::string_view kChunkedStart("\x83\xAF\x70\xD1\x0D\x88\x4A\x3F", 8);

// How a checkpoint's index ends, and a checkpoint of the V1 format: tensor_bundle.md 2.
constexpr std::string_view kTableEnd("\x57\xFB\x80\x8B\x24\x75\x47\xDB", 8);

// What files of a checkpoint are named: PREFIX.data-00000-of-00001. The prefix, or nothing.
std::string_view PrefixOfDataFile(std::string_view path) {
  const size_t at = path.rfind(".data-");
  return at != std::string_view::npos && path.find("-of-", at) != std::string_view::npos ? path.substr(0, at) : "";
}

bool HasTextName(std::string_view path) {
  const std::string_view extension = Extension(path);
  return extension == ".pbtxt" || extension == ".txt" || extension == ".prototxt" || extension == ".textproto";
}

// A SavedModel begins with a varint 1 and has messages 2; a GraphDef has messages 1 and 4.
ModelContent BinaryContent(std::string_view bytes) {
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) return ModelContent::kSavedModel;
    if (field.is(1, WireType::kBytes) || field.is(4, WireType::kBytes)) return ModelContent::kGraphDef;
  }
  return ModelContent::kSavedModel;
}

}  // namespace

Result<ModelFile> FindModelFile(const FileSystem& files, std::string_view path) {
  ModelFile model;
  std::string at(path.empty() ? "." : path);
  const FileKind kind = files.Kind(at);
  if (kind == FileKind::kNone) return NotFoundError("{}: no such file or folder", at);
  if (kind != FileKind::kDirectory) {
    model.directory = DirName(at).empty() ? "." : std::string(DirName(at));
    model.path = std::move(at);
    return model;
  }
  model.in_folder = true;
  model.directory = at;
  SMCLI_ASSIGN_OR_RETURN(model.path, ModelFileIn(files, at, model.notes));
  if (!model.path.empty()) return model;
  SMCLI_ASSIGN_OR_RETURN(const std::string version, HighestVersion(files, at));
  if (version.empty()) return NoModel(files, at);
  model.directory = JoinPath(at, version);
  model.notes.push_back(fmt::format("{}: version {} is taken, the highest", at, version));
  SMCLI_ASSIGN_OR_RETURN(model.path, ModelFileIn(files, model.directory, model.notes));
  if (model.path.empty()) return NoModel(files, model.directory);
  return model;
}

Result<ModelContent> IdentifyContent(std::string_view bytes, std::string_view path) {
  if (bytes.empty()) return InvalidModelError("{}: is empty", path);
  for (const Signature& stranger : kStrangers) {
    if (bytes.size() >= stranger.offset && bytes.substr(stranger.offset).starts_with(stranger.bytes)) {
      return InvalidModelError("{}: is {}", path, stranger.what);
    }
  }
  if (bytes.ends_with(kTableEnd)) return InvalidModelError("{}: is a table of a checkpoint, which has no graph", path);
  if (const std::string_view prefix = PrefixOfDataFile(path); !prefix.empty()) {
    return InvalidModelError("{}: is a data file of a checkpoint; the checkpoint's name is {}", path, prefix);
  }
  if (bytes.starts_with(kChunkedStart) || Extension(path) == ".cpb") return ModelContent::kChunked;
  if (!HasTextName(path)) return BinaryContent(bytes);
  const std::string_view first = FirstTextField(bytes);
  static constexpr std::array<std::string_view, 5> kGraphFields = {"node", "library", "versions", "version",
                                                                   "debug_info"};
  const bool graph = std::ranges::find(kGraphFields, first) != kGraphFields.end();
  return graph ? ModelContent::kGraphDefText : ModelContent::kSavedModelText;
}

}  // namespace smcli
