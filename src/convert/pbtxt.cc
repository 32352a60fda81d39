// --to pbtxt: saved_model.pbtxt, which TensorFlow loads in the place of saved_model.pb.
#include "convert/converter.h"
#include "model/saved_model.h"
#include "model/text_format.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"

namespace smcli {
namespace {

Status WritePbtxt(Conversion& conversion) {
  tensorflow::SavedModel message;
  const SharedBytes bytes = conversion.source.model->bytes();
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes.view, bytes.origin, &message).Annotate(conversion.source.model->file()));
  return WriteFile(conversion.files, conversion.out, ToText(message));
}

}  // namespace

extern const Converter kPbtxt = {
    .name = "pbtxt",
    .summary = "the model file as text, all graphs of it: saved_model.pbtxt",
    .extension = "pbtxt",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kModel,
    .reads_variables = false,
    .flags = {},
    .run = WritePbtxt,
};

}  // namespace smcli
