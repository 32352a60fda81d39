// The passes of `check`. Each looks at one side of a model and reports what breaks the rules; none stops another.
#pragma once

#include <span>

#include "check/collector.h"
#include "check/subject.h"

namespace smcli {

// Every byte of the model's file, its fingerprint, other model files beside it.
void CheckModelFile(const CheckSubject& subject, FindingCollector& found);
// LFS pointers and links in the folder.
void CheckFolder(const CheckSubject& subject, FindingCollector& found);
// Index, data files, where the tensors lie; with --deep, what they hold.
void CheckCheckpointFiles(const CheckSubject& subject, FindingCollector& found);
void CheckCheckpointData(const CheckSubject& subject, FindingCollector& found);

// What follows looks at one meta-graph.
void CheckGraphs(const GraphSubject& subject, FindingCollector& found);
void CheckNames(const GraphSubject& subject, FindingCollector& found);
void CheckObjects(const GraphSubject& subject, FindingCollector& found);
void CheckSignatures(const GraphSubject& subject, FindingCollector& found);
void CheckAssets(const GraphSubject& subject, FindingCollector& found);
void CheckUsage(const GraphSubject& subject, FindingCollector& found);
void CheckRest(const GraphSubject& subject, FindingCollector& found);
void CheckExecutor(const GraphSubject& subject, FindingCollector& found);

// The meta-graphs together, in the order of the file.
void CheckTagSets(const CheckSubject& subject, FindingCollector& found);
void CheckVariables(std::span<const GraphSubject> graphs, FindingCollector& found);
void CheckWarmup(const CheckSubject& subject, FindingCollector& found);

// That a tensor of the checkpoint could not be read, unless the passes over its files say so already.
void AddReadFailure(const CheckSubject& subject, const BundleEntry& entry, const Error& error, FindingCollector& found);

}  // namespace smcli
