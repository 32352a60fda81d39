// --to json: the SavedModel message in proto3's JSON mapping: bytes as base64, 64-bit integers as strings, NaN as
// "NaN", Any with its "@type". google.protobuf.json_format and protobuf's other libraries read it.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include "convert/converter.h"
#include "model/saved_model.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"

namespace smcli {
namespace {

constexpr const char* kTypePrefix = "type.googleapis.com";
constexpr const char* kType = "type.googleapis.com/tensorflow.SavedModel";

// Protobuf's way to an OutputFile; keeps the first error.
class FileStream final : public google::protobuf::io::CopyingOutputStream {
 public:
  explicit FileStream(OutputFile& file) : file_(file) {}
  bool Write(const void* bytes, int size) override {
    if (status_.ok()) status_ = file_.Append({static_cast<const char*>(bytes), static_cast<size_t>(size)});
    return status_.ok();
  }
  Status Take() { return std::move(status_); }

 private:
  OutputFile& file_;
  Status status_;
};

// The message with its maps sorted.
Result<std::string> SortedBytes(const SavedModel& model) {
  tensorflow::SavedModel message;
  const SharedBytes bytes = model.bytes();
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes.view, bytes.origin, &message).Annotate(model.file()));
  return CanonicalBytes(message);
}

Status WriteJson(Conversion& conversion) {
  SMCLI_ASSIGN_OR_RETURN(const std::string bytes, SortedBytes(*conversion.source.model));
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  const std::unique_ptr<google::protobuf::util::TypeResolver> types(
      google::protobuf::util::NewTypeResolverForDescriptorPool(kTypePrefix,
                                                               tensorflow::SavedModel::descriptor()->file()->pool()));
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  FileStream stream(*file);
  const google::protobuf::LogSilencer silence;
  {
    google::protobuf::io::CopyingOutputStreamAdaptor out(&stream);
    google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()));
    const auto status = google::protobuf::util::BinaryToJsonStream(types.get(), kType, &in, &out, options);
    out.Flush();
    SMCLI_RETURN_IF_ERROR(stream.Take());
    if (!status.ok()) {
      return UnsupportedError("{}: has no JSON form: {}", conversion.source.model->file(),
                              std::string(status.message()));
    }
  }
  return file->Commit();
}

}  // namespace

extern const Converter kJson = {
    .name = "json",
    .summary = "the model file as JSON, as protobuf maps it",
    .extension = "json",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kModel,
    .reads_variables = false,
    .flags = {},
    .run = WriteJson,
};

}  // namespace smcli
