#include "convert/message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include "model/saved_model.h"
#include "saved_model.pb.h"

namespace smcli {

Status ParseMessage(const ConvertSource& source, tensorflow::SavedModel* message) {
  const SharedBytes bytes = source.model->bytes();
  const std::string& file = source.model->file();
  if (bytes.view.size() > static_cast<size_t>(INT32_MAX)) {
    return UnsupportedError("{}: a message of {} bytes is larger than protobuf can handle (ProtoTooLarge)", file,
                            bytes.view.size());
  }
  const google::protobuf::LogSilencer silence;
  if (message->ParseFromArray(bytes.view.data(), static_cast<int>(bytes.view.size()))) return {};
  SMCLI_RETURN_IF_ERROR(source.model->Validate());
  return InvalidModelError("{}: protobuf cannot read it as a SavedModel (ProtoUnparsable)", file);
}

Result<std::string> CanonicalBytes(const ConvertSource& source) {
  tensorflow::SavedModel message;
  SMCLI_RETURN_IF_ERROR(ParseMessage(source, &message));
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  if (!message.SerializeToCodedStream(&coded)) return InternalError("{}: cannot be serialized", source.path);
  coded.Trim();
  return bytes;
}

}  // namespace smcli
