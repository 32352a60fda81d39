// The files of a model's folder beside its graph.
#include <algorithm>
#include <vector>

#include "base/path.h"
#include "convert/saved_model/model_folder.h"
#include "keras_metadata.pb.h"
#include "meta_graph.pb.h"
#include "model/keras_metadata.h"
#include "model/meta_graph.h"
#include "model/saved_model.h"
#include "model/wire_check.h"

namespace smcli {
namespace {

// Deeper folders are a circle of links.
constexpr int kMaxDepth = 32;

Status CopyFile(FileSystem& files, const std::string& from, const std::string& to) {
  SMCLI_ASSIGN_OR_RETURN(const MappedFile bytes, files.Map(from));
  return WriteFile(files, to, bytes.bytes());
}

// Regular files of a folder, and of those in it. What is neither file nor folder is no part of a model.
Status CopyFolder(FileSystem& files, const std::string& from, const std::string& to) {
  struct Folder {
    std::string from, to;
    int depth;
  };
  std::vector<Folder> work = {{from, to, 0}};
  while (!work.empty()) {
    const Folder folder = std::move(work.back());
    work.pop_back();
    if (folder.depth > kMaxDepth) return InvalidModelError("{}: folders lie too deep in each other", from);
    SMCLI_RETURN_IF_ERROR(files.MakeDirectories(folder.to));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, files.List(folder.from));
    for (const DirectoryEntry& entry : entries) {
      std::string source = JoinPath(folder.from, entry.name), target = JoinPath(folder.to, entry.name);
      if (entry.kind == FileKind::kDirectory) {
        work.push_back({std::move(source), std::move(target), folder.depth + 1});
      } else if (entry.kind == FileKind::kRegular) {
        SMCLI_RETURN_IF_ERROR(CopyFile(files, source, target));
      }
    }
  }
  return {};
}

// The assets that the meta-graph still names.
Status CopyNamedAssets(const ExportedModel& model, Conversion& conversion) {
  const std::string bytes = CanonicalBytes(model.meta_graph());
  SMCLI_ASSIGN_OR_RETURN(const auto meta_graph, MetaGraph::Open(SharedBytes(bytes), model.source().path));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Asset> assets, meta_graph->Assets());
  for (const Asset& asset : assets) {
    SMCLI_ASSIGN_OR_RETURN(const std::string from, AssetPath(model.source().model->directory(), asset.filename));
    SMCLI_ASSIGN_OR_RETURN(const std::string to, AssetPath(conversion.out, asset.filename));
    SMCLI_RETURN_IF_ERROR(conversion.files.MakeDirectories(std::string(DirName(to))));
    SMCLI_RETURN_IF_ERROR(CopyFile(conversion.files, from, to));
  }
  return {};
}

// Keras finds its objects by their numbers.
Status CopyKerasMetadata(const ExportedModel& model, const std::string& from, Conversion& conversion) {
  const std::string to = JoinPath(conversion.out, kKerasMetadataFile);
  if (!model.node_numbers()) return CopyFile(conversion.files, from, to);
  SMCLI_ASSIGN_OR_RETURN(const MappedFile bytes, conversion.files.Map(from));
  third_party::tensorflow::python::keras::protobuf::SavedMetadata metadata, kept;
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes.bytes(), bytes.bytes().data(), &metadata).Annotate(from));
  const std::vector<int32_t>& numbers = *model.node_numbers();
  for (auto& node : *metadata.mutable_nodes()) {
    const auto id = static_cast<size_t>(std::max(node.node_id(), 0));
    if (node.node_id() < 0 || id >= numbers.size() || numbers[id] < 0) continue;
    node.set_node_id(numbers[id]);
    *kept.add_nodes() = std::move(node);
  }
  return WriteFile(conversion.files, to, CanonicalBytes(kept));
}

}  // namespace

Status CopySideFiles(const ExportedModel& model, Conversion& conversion) {
  const std::string& source = model.source().model->directory();
  std::vector<std::string_view> folders = {"assets.extra"};
  if (model.pruned()) {
    SMCLI_RETURN_IF_ERROR(CopyNamedAssets(model, conversion));
  } else {
    folders.insert(folders.end(), {"assets", "debug"});
  }
  for (const std::string_view folder : folders) {
    const std::string from = JoinPath(source, folder);
    if (conversion.files.Kind(from) != FileKind::kDirectory) continue;
    SMCLI_RETURN_IF_ERROR(CopyFolder(conversion.files, from, JoinPath(conversion.out, folder)));
  }
  const std::string keras = JoinPath(source, kKerasMetadataFile);
  if (!conversion.files.Exists(keras)) return {};
  if (model.keeps_keras_metadata()) return CopyKerasMetadata(model, keras, conversion);
  conversion.notices.Warn(fmt::format("{} is left out: Keras could not build this model from it", kKerasMetadataFile));
  return {};
}

}  // namespace smcli
