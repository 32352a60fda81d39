// Text of any bytes as a SavedModel, and what could be read written and read again.

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/text_format.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)smcli::FirstTextField(text).size();
  tensorflow::SavedModel model;
  if (!smcli::ParseText(text, &model).ok()) return 0;
  tensorflow::SavedModel again;
  if (smcli::ParseText(smcli::ToText(model), &again).ok()) (void)smcli::CanonicalBytes(again).size();
  return 0;
}
