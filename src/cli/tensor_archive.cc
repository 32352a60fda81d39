#include "cli/tensor_archive.h"

#include "base/path.h"
#include "base/utf8.h"
#include "formats/npy.h"
#include "formats/npz.h"

namespace smcli {

namespace {

class NpzFile final : public TensorArchive {
 public:
  NpzFile(Env& env, std::unique_ptr<OutputFile> file) : notes_(env), file_(std::move(file)), writer_(*file_) {}

  Status Add(std::string_view name, const Tensor& tensor) override {
    SMCLI_ASSIGN_OR_RETURN(const NpzWriter::Changes changes, writer_.Add(name, tensor).Annotate(Escaped(name)));
    notes_.Say(name, changes.widened, changes.lost_zeros);
    return {};
  }
  Status Finish() override {
    SMCLI_RETURN_IF_ERROR(writer_.Finish());
    return file_->Commit();
  }

 private:
  SavingNotes notes_;
  std::unique_ptr<OutputFile> file_;
  NpzWriter writer_;
};

// An OutputFile in memory, for stdout.
class StringFile final : public OutputFile {
 public:
  explicit StringFile(std::string& text) : text_(text) {}
  Status Append(std::string_view bytes) override {
    text_ += bytes;
    return {};
  }
  uint64_t size() const override { return text_.size(); }
  Status Commit() override { return {}; }

 private:
  std::string& text_;
};

Status MakeFolder(Env& env, const std::string& path) {
  const std::string folder(DirName(path));
  return folder.empty() ? Status() : env.files->MakeDirectories(folder);
}

}  // namespace

void SavingNotes::Say(std::string_view name, bool widened, bool lost_zeros) {
  if (widened && !widened_) env_.Note(fmt::format("{}: NumPy has no bfloat16; it is saved as float32", Escaped(name)));
  if (lost_zeros && !lost_zeros_) {
    env_.Note(fmt::format("{}: NumPy's strings end before trailing zero bytes; they are lost", Escaped(name)));
  }
  widened_ = widened_ || widened;
  lost_zeros_ = lost_zeros_ || lost_zeros;
}

Status SaveNpy(Env& env, const std::string& path, const Tensor& tensor, std::string_view name, SavingNotes& notes) {
  SMCLI_ASSIGN_OR_RETURN(const NpyImage image, MakeNpy(tensor).Annotate(Escaped(name)));
  SMCLI_RETURN_IF_ERROR(MakeFolder(env, path));
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, env.files->Create(path));
  SMCLI_RETURN_IF_ERROR(file->Append(image.header));
  SMCLI_RETURN_IF_ERROR(file->Append(image.data));
  SMCLI_RETURN_IF_ERROR(file->Commit());
  notes.Say(name, image.widened, image.lost_zeros);
  return {};
}

Result<std::unique_ptr<TensorArchive>> TensorArchive::Create(Env& env, const std::string& path) {
  SMCLI_RETURN_IF_ERROR(MakeFolder(env, path));
  SMCLI_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, env.files->Create(path));
  return std::unique_ptr<TensorArchive>(std::make_unique<NpzFile>(env, std::move(file)));
}

std::unique_ptr<TensorArchive> TensorArchive::InMemory(Env& env, std::string& bytes) {
  return std::make_unique<NpzFile>(env, std::make_unique<StringFile>(bytes));
}

bool IsTensorArchive(const FileSystem& files, const std::string& path) {
  if (files.Kind(path) != FileKind::kRegular) return false;
  const Result<MappedFile> file = files.Map(path);
  return file.ok() && file->bytes().starts_with("PK");
}

Result<std::map<std::string, Tensor, std::less<>>> ReadTensorArchive(const FileSystem& files, const std::string& path) {
  SMCLI_ASSIGN_OR_RETURN(MappedFile file, files.Map(path));
  SMCLI_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(std::move(file)).Annotate(path));
  std::map<std::string, Tensor, std::less<>> tensors;
  for (const std::string& name : reader.names()) {
    SMCLI_ASSIGN_OR_RETURN(tensors[name], reader.Read(name, DataType::kBfloat16).Annotate(path));
  }
  return tensors;
}

}  // namespace smcli
