// JSON: what is read and written is read again as the same.
#include <cstdlib>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using smcli::Json;
  using smcli::JsonWriter;
  const auto value = Json::Parse({reinterpret_cast<const char*>(data), size});
  if (!value.ok()) return 0;
  for (const auto layout : {JsonWriter::Layout::kLines, JsonWriter::Layout::kLine}) {
    std::string text, again;
    JsonWriter(text, layout).Value(*value);
    const auto second = Json::Parse(text);
    if (!second.ok()) std::abort();
    JsonWriter(again, layout).Value(*second);
    if (text != again) std::abort();
  }
  return 0;
}
