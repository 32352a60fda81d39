// The values of a variable, or of a constant of the graph.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "model/meta_graph.h"
#include "report/report.h"

namespace smcli {

// Name, dtype, shape and values of what `text` names: a variable (by key or name) of `checkpoint`, or a Const node of
// `graph`, either of which may be null; with NumPy's basic indexing in brackets after it. People see all
// values, or those at the edges where `summarize` says so and they are many. `NotFoundError` with the nearest name.
Result<Value::Object> DescribeValue(const BundleReader* checkpoint, const MetaGraph* graph, std::string_view text,
                                    bool summarize);

}  // namespace smcli
