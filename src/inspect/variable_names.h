// What variables are called in Python: the checkpoint's key "variables/0" is the object graph's "conv2d/kernel".
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "checkpoint/bundle_reader.h"
#include "model/meta_graph.h"

namespace smcli {

// By checkpoint key; only of variables that have a name.
using VariableNames = std::unordered_map<std::string, std::string>;

// Empty where nothing tells names: without an object graph, with one that cannot be read, and with one so large that
// matching it would take longer than listing the variables (kLargestMatched bytes). Keys name the variables then.
inline constexpr size_t kLargestMatched = size_t{4} << 20;
VariableNames NamesOfVariables(const MetaGraph& graph, const BundleReader& checkpoint);

}  // namespace smcli
