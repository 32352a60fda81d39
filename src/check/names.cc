#include "check/names.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "check/passes.h"

namespace smcli {

bool HasControls(std::string_view name) {
  while (!name.empty()) {
    const CodePoint point = FirstCodePoint(name);
    if (point.value == CodePoint::kInvalid || IsControl(point.value)) return true;
    name.remove_prefix(static_cast<size_t>(point.length));
  }
  return false;
}

// Names of nodes and signatures have rules of their own.
void CheckNames(const GraphSubject& subject, FindingCollector& found) {
  const auto check = [&](std::string_view what, std::string_view name) {
    if (!HasControls(name)) return;
    found.Add("NAME_PRINTABLE", subject.model.model_file, subject.PlaceIn(fmt::format("{} {}", what, name)),
              "its name holds control characters");
  };
  for (const std::string& tag : subject.meta.info().tags) check("tag", tag);
  if (const auto assets = subject.meta.Assets(); assets.ok()) {
    for (const Asset& asset : *assets) check("asset", asset.filename);
  }
  if (subject.context.functions == nullptr) return;
  for (const std::string_view name : subject.context.functions->names()) check("function", name);
}

}  // namespace smcli
