#include "checkpoint/version_check.h"

#include "base/wire.h"

namespace smcli {
namespace {

constexpr int kReaderVersion = 1;

}  // namespace

Status CheckVersion(std::string_view version_def) {
  int producer = 0, min_consumer = 0;
  bool refused = false;
  WireReader reader(version_def);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) producer = field.as_int32();
    if (field.is(2, WireType::kVarint)) min_consumer = field.as_int32();
    if (field.is(3, WireType::kVarint)) refused = refused || field.as_int32() == kReaderVersion;
    if (field.is(3, WireType::kBytes)) {
      ForEachPackedVarint(field.bytes, [&](uint64_t bad) { refused = refused || bad == kReaderVersion; });
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  if (producer >= 0 && min_consumer <= kReaderVersion && !refused) return {};
  return UnsupportedError(
      "checkpoint version {} (needs a reader of version {}) is not ours, {} (BundleVersionUnsupported)", producer,
      min_consumer, kReaderVersion);
}

}  // namespace smcli
