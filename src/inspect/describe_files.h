// What lies beside the graph: assets, files for servers, the fingerprint, Keras' notes.
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "model/saved_model.h"
#include "report/report.h"

namespace smcli {

// Assets that the graph names, with the tensor that gets the path, and their size; null size: the file is missing.
Result<Table> AssetTable(FileSystem& files, const SavedModel& model, const MetaGraph& graph);
// The files of assets.extra/: name, size; of warm-up requests, how many.
Table ExtraFileTable(FileSystem& files, const SavedModel& model);

// "vocab.txt (1.2 KiB), labels.txt (missing)" for people.
Value FilesSummary(Table table);

// The stored fingerprint as it is; null where there is none. Nothing is computed.
Result<Value> StoredFingerprint(FileSystem& files, const SavedModel& model);
// Stored and computed hashes side by side: field, stored, computed, match, note.
Result<Value::Object> CompareFingerprint(FileSystem& files, const SavedModel& model);

// "Sequential my_model, 5 layers": what keras_metadata.pb says of the whole; null where nothing does.
Value KerasSummary(FileSystem& files, const SavedModel& model);

}  // namespace smcli
