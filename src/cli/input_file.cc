#include "cli/input_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/rest_request.h"
#include "formats/npy.h"
#include "formats/npz.h"
#include "formats/python_parser.h"
#include "ops/image_file.h"

namespace smcli {

namespace {

constexpr uint64_t kMaxStdinBytes = uint64_t{1} << 34;

enum class Content { kNpy, kNpz, kImage, kJson, kText };

bool IsNamedJson(std::string_view path) { return Extension(path) == ".json"; }

Content ContentOf(std::string_view bytes, std::string_view path) {
  using std::string_view_literals::operator""sv;
  if (bytes.starts_with("\x93NUMPY"sv)) return Content::kNpy;
  if (bytes.starts_with("PK\x03\x04"sv) || bytes.starts_with("PK\x05\x06"sv)) return Content::kNpz;
  if (ImageFormatOf(bytes) != ImageFormat::kUnknown) return Content::kImage;
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool bracket = first != std::string_view::npos && (bytes[first] == '[' || bytes[first] == '{');
  return bracket || IsNamedJson(path) ? Content::kJson : Content::kText;
}

Result<MappedFile> OpenInput(FileSystem& files, const std::string& path) {
  if (path == "-") {
    SMCLI_ASSIGN_OR_RETURN(std::string bytes, ReadDescriptor(0, "stdin", kMaxStdinBytes));
    return MappedFile::Of(std::move(bytes));
  }
  if (files.Kind(path) == FileKind::kOther) {
    SMCLI_ASSIGN_OR_RETURN(std::string bytes, files.Read(path, kMaxStdinBytes));
    return MappedFile::Of(std::move(bytes));
  }
  return files.Map(path);
}

Result<Tensor> FromNpz(const MappedFile& file, const std::string& member) {
  SMCLI_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(file));
  if (!member.empty()) return reader.Read(member, DataType::kBfloat16);
  const std::vector<std::string>& names = reader.names();
  if (names.size() == 1) return reader.Read(names[0], DataType::kBfloat16);
  if (names.empty()) return UsageError("the file holds no arrays");
  const std::vector<std::string_view> views(names.begin(), names.end());
  return UsageError("the file holds {} arrays; choose one as FILE.npz[NAME]: {}", names.size(), ListOf(views));
}

Result<InputValue> FromContent(Env& env, const MappedFile& file, const std::string& path, const std::string& member) {
  InputValue value;
  value.place = path;
  switch (ContentOf(file.bytes(), path)) {
    case Content::kNpy: {
      if (!member.empty())
        env.Note(fmt::format("{} holds a single array; the name {} is not needed", path, Quoted(member)));
      SMCLI_ASSIGN_OR_RETURN(Tensor tensor, ReadNpy(file, DataType::kBfloat16).Annotate(path));
      return InputValue::Array(path, std::move(tensor));
    }
    case Content::kNpz: {
      SMCLI_ASSIGN_OR_RETURN(Tensor tensor, FromNpz(file, member).Annotate(path));
      return InputValue::Array(member.empty() ? path : fmt::format("{}[{}]", path, member), std::move(tensor));
    }
    case Content::kImage: return InputValue::Images(path, {{path, std::string(file.bytes())}});
    case Content::kJson: {
      const Result<Json> json = Json::Parse(file.bytes());
      if (!json.ok() && IsNamedJson(path)) return UsageError("{}: {}", path, json.error().message());
      if (!json.ok()) break;  // text that begins with a bracket
      SMCLI_ASSIGN_OR_RETURN(PythonValue python, PythonFromJson(*json).Annotate(path));
      return InputValue::Json(path, std::move(python));
    }
    case Content::kText: break;
  }
  value.kind = InputValue::Kind::kText;
  value.bytes = file.bytes();
  return value;
}

// "g.npz[key]" -> "g.npz" and "key", where a file of the first name is there. Members may hold brackets, as files may.
std::pair<std::string, std::string> SplitMember(const FileSystem& files, const std::string& value) {
  if (!value.ends_with(']')) return {value, ""};
  for (size_t at = value.find('[', 1); at != std::string::npos; at = value.find('[', at + 1)) {
    std::string path = value.substr(0, at);
    if (path == "-" || files.Exists(path)) return {std::move(path), value.substr(at + 1, value.size() - at - 2)};
  }
  return {value, ""};
}

// The files of one folder whose names match, sorted.
Result<std::vector<std::string>> MatchingFiles(const FileSystem& files, const std::string& pattern) {
  const std::string folder(DirName(pattern));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, files.List(folder.empty() ? "." : folder));
  std::vector<std::string> paths;
  for (const DirectoryEntry& entry : entries) {
    if (entry.kind != FileKind::kRegular || !GlobMatches(BaseName(pattern), entry.name)) continue;
    paths.push_back(folder.empty() ? entry.name : JoinPath(folder, entry.name));
  }
  if (paths.empty()) return NotFoundError("{}: no file matches", Escaped(pattern));
  std::ranges::sort(paths);
  return paths;
}

Result<InputValue> ImagesMatching(FileSystem& files, const std::string& pattern) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> paths, MatchingFiles(files, pattern));
  std::vector<ImageBytes> images;
  for (const std::string& path : paths) {
    SMCLI_ASSIGN_OR_RETURN(const MappedFile file, files.Map(path));
    if (ImageFormatOf(file.bytes()) == ImageFormat::kUnknown) {
      return UsageError("{}: no image; a pattern with '*' is for images", Escaped(path));
    }
    images.push_back({path, std::string(file.bytes())});
  }
  return InputValue::Images(pattern, std::move(images));
}

}  // namespace

Result<InputValue> ReadInputFile(Env& env, std::string_view name, const std::string& value) {
  if (value.empty()) return UsageError("--inputs {}=: a file or a literal belongs after the '='", Escaped(name));
  std::pair<std::string, std::string> file = {value, ""};
  if (value != "-" && !env.files->Exists(value)) file = SplitMember(*env.files, value);
  if (file.first == "-" || env.files->Exists(file.first)) {
    SMCLI_ASSIGN_OR_RETURN(const MappedFile bytes, OpenInput(*env.files, file.first));
    return FromContent(env, bytes, file.first, file.second);
  }
  Result<PythonValue> literal = ParsePythonLiteral(value);
  if (literal.ok()) return InputValue::Python("--inputs", *std::move(literal));
  const bool bracket = std::string_view("[({'\"").find(value[0]) != std::string_view::npos;
  if (bracket) return std::move(literal).error().Annotate(fmt::format("--inputs {}", Escaped(name)));
  if (value.find('*') != std::string::npos) return ImagesMatching(*env.files, value);
  return NotFoundError("{}: no such file, and no literal either", Escaped(value.substr(0, value.find('[', 1))));
}

Result<std::string> ReadInputText(FileSystem& files, const std::string& path) {
  SMCLI_ASSIGN_OR_RETURN(const MappedFile file, OpenInput(files, path));
  return std::string(file.bytes());
}

}  // namespace smcli
