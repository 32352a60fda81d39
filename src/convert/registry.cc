// The table of targets. A new one is its file, a declaration and a row here.
#include "base/lookup.h"
#include "base/utf8.h"
#include "convert/converter.h"

namespace smcli {

extern const Converter kCheckpoint;
extern const Converter kCpb;
extern const Converter kDot;
extern const Converter kFrozen;
extern const Converter kJson;
extern const Converter kNpz;
extern const Converter kPbtxt;
extern const Converter kSafetensors;
extern const Converter kSavedModel;

namespace {

constexpr const Converter* kConverters[] = {
    &kSavedModel,   //
    &kFrozen,       //
    &kNpz,          //
    &kSafetensors,  //
    &kCheckpoint,   //
    &kPbtxt,        //
    &kJson,         //
    &kCpb,
    &kDot,  //
};

// Names that are understood, so that the answer is not "unknown".
constexpr std::string_view kPlanned[] = {"onnx", "tflite", "tfjs"};

}  // namespace

std::span<const Converter* const> AllConverters() { return kConverters; }

std::span<const std::string_view> PlannedTargets() { return kPlanned; }

Result<const Converter*> FindConverter(std::string_view name) {
  if (const Converter* converter = FindByName(AllConverters(), name)) return converter;
  if (std::ranges::find(kPlanned, name) != std::end(kPlanned)) {
    std::vector<std::string_view> names;
    for (const Converter* converter : AllConverters()) names.push_back(converter->name);
    return UnsupportedError("--to {} is not there yet; the targets are {}", name, fmt::join(names, ", "));
  }
  return UnknownNameError("target", Escaped(name), AllConverters());
}

}  // namespace smcli
