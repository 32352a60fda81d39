// The overview of a model: what a person wants to know first, on one screen.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "model/saved_model.h"
#include "report/report.h"

namespace smcli {

// Appends kind and path, file, producer, tags, variables, graph, missing ops, files beside it, signatures. Reads no
// values. Variables, assets and files that are broken or missing are said to be so; an unreadable graph is an error.
Status DescribeModel(FileSystem& files, const SavedModel& model, const MetaGraph& graph, const std::string& path,
                     Value::Object* out);

// One of several graphs of a model: tags, producer, graph, missing ops, signatures.
Status DescribeMetaGraph(const MetaGraph& graph, Value::Object* out);

// The overview of a checkpoint without a model.
void DescribeCheckpoint(const BundleReader& checkpoint, const std::string& path, Value::Object* out);

// Variables that the main graph declares, saved or not.
int64_t CountVariables(const GraphOutline& outline);

// The checkpoint of a model: null where it has none.
Result<std::unique_ptr<BundleReader>> OpenVariables(FileSystem& files, const SavedModel& model);

}  // namespace smcli
