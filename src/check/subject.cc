#include "check/subject.h"

#include <fmt/format.h>

#include "base/path.h"
#include "checkpoint/data_files.h"
#include "model/model_file.h"

namespace smcli {
namespace {

// Does the index, or a data file, lie at this prefix?
bool HasCheckpoint(const FileSystem& files, const std::string& prefix) {
  const std::string directory(DirName(prefix));
  const auto entries = files.List(directory.empty() ? "." : directory);
  if (!entries.ok()) return files.Exists(prefix + ".index");
  const std::string name(BaseName(prefix));
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name == name + ".index" || entry.name.starts_with(name + ".data-")) return true;
  }
  return false;
}

// Where the model would be, when its file could not be read.
void FindDirectory(CheckSubject& subject) {
  const bool is_folder = subject.files.Kind(subject.path) == FileKind::kDirectory;
  const auto found = FindModelFile(subject.files, subject.path);
  if (found.ok()) {
    subject.directory = found->directory;
    subject.model_file = found->path;
    return;
  }
  const std::string parent(DirName(subject.path));
  subject.directory = is_folder ? subject.path : parent.empty() ? "." : parent;
  subject.model_file = is_folder ? JoinPath(subject.path, "saved_model.pb") : subject.path;
}

void ReportUnreadable(const CheckSubject& subject, const Error& error, FindingCollector& found) {
  const bool pointer = error.message().find("Git LFS pointer") != std::string::npos;
  found.AddProblem(error, pointer ? "FILE_NOT_LFS_POINTER" : "MODEL_FILE_READABLE", subject.model_file, "");
}

void OpenCheckpoint(CheckSubject& subject, FindingCollector& found) {
  if (subject.model && subject.model->frozen()) return;
  if (!subject.is_checkpoint) subject.prefix = JoinPath(JoinPath(subject.directory, "variables"), "variables");
  subject.has_checkpoint_files = HasCheckpoint(subject.files, subject.prefix);
  if (!subject.has_checkpoint_files) return;
  const std::string index = subject.IndexFile();
  if (!subject.files.Exists(index)) {
    found.Add("CHECKPOINT_INDEX_PRESENT", index, "", "is missing, and its data files are there");
    return;
  }
  auto reader = BundleReader::Open(subject.files, subject.prefix);
  if (reader.ok()) {
    subject.checkpoint = *std::move(reader);
    return;
  }
  const auto bytes = subject.files.Map(index);
  const bool pointer = bytes.ok() && !PointerHint(bytes->bytes()).empty();
  if (!pointer) found.AddProblem(reader.error(), "CHECKPOINT_INDEX_READABLE", index, "");
}

// A V1 checkpoint is no more than its tables, which are no model files. False where the path is none.
bool OpenV1(CheckSubject& subject) {
  if (subject.files.Kind(subject.path) == FileKind::kDirectory || HasCheckpoint(subject.files, subject.path))
    return false;
  auto reader = BundleReader::Open(subject.files, subject.path);
  if (!reader.ok()) return false;
  subject.is_checkpoint = true;
  subject.prefix = subject.path;
  subject.has_checkpoint_files = true;
  subject.checkpoint = *std::move(reader);
  return true;
}

}  // namespace

std::string CheckSubject::IndexFile() const { return checkpoint && checkpoint->is_v1() ? prefix : prefix + ".index"; }

std::string JoinPlaces(std::string_view outer, std::string_view inner) {
  if (outer.empty() || inner.empty()) return fmt::format("{}{}", outer, inner);
  return fmt::format("{}, {}", outer, inner);
}

std::string GraphSubject::PlaceOf(const Graph& body) const {
  return PlaceIn(body.name().empty() ? std::string() : fmt::format("function {}", body.name()));
}

std::string GraphSubject::PlaceIn(std::string_view inner) const { return JoinPlaces(place, inner); }

int32_t GraphSubject::FindNode(std::string_view name) const {
  if (!graph) return -1;
  const auto parsed = ParseTensorName(name);
  return graph->Find(parsed ? parsed->node : name);
}

GraphSubject OpenGraph(const CheckSubject& model, const MetaGraph& meta) {
  GraphSubject subject{model, meta, {}, {}, {}, {}, {}};
  if (model.model->meta_graphs().size() > 1) subject.place = fmt::format("meta-graph {{{}}}", meta.TagText());
  auto context = meta.context();
  if (!context.ok()) {
    subject.broken = std::move(context).error();
    return subject;
  }
  subject.context = *context;
  auto graph = meta.GraphWithProblems(subject.problems);
  if (graph.ok()) {
    subject.graph.emplace(*std::move(graph));
  } else {
    subject.broken = std::move(graph).error();
  }
  return subject;
}

Status OpenSubject(CheckSubject& subject, FindingCollector& found) {
  FindDirectory(subject);
  const std::string prefix(WithoutIndexSuffix(subject.path));
  if (prefix == subject.path && OpenV1(subject)) return {};
  auto model = SavedModel::Open(subject.files, subject.path);
  if (model.ok()) {
    subject.model.emplace(*std::move(model));
    subject.directory = subject.model->directory();
    subject.model_file = subject.model->file();
    if (subject.model->meta_graphs().empty()) {
      found.Add("MODEL_META_GRAPH_PRESENT", subject.model_file, "", "holds no meta-graph");
    }
  } else if (model.error().kind() == ErrorKind::kNotFound || prefix != subject.path) {
    if (!HasCheckpoint(subject.files, prefix)) return std::move(model).error();
    subject.is_checkpoint = true;
    subject.prefix = prefix;
  } else {
    ReportUnreadable(subject, model.error(), found);
  }
  OpenCheckpoint(subject, found);
  return {};
}

}  // namespace smcli
