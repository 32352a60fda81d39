// One node of a graph in every detail.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/meta_graph.h"
#include "report/report.h"

namespace smcli {

// Op, device, inputs with their types, who reads its outputs, attributes. `name` is a node, or a tensor of it, of the
// main graph or of `function`. `NotFoundError` with the nearest name.
Result<Value::Object> DescribeNode(const MetaGraph& meta_graph, const std::optional<std::string>& function,
                                   std::string_view name);

// The main graph, or the body of a function, however broken. `NotFoundError` with the nearest name.
Result<Graph> GraphToShow(const MetaGraph& meta_graph, const std::optional<std::string>& function);

}  // namespace smcli
