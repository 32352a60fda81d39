// Where the bytes of a model are: variables and constants by name scope, functions, the rest of the graph, assets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "model/saved_model.h"
#include "report/report.h"

namespace smcli {

// Something with a size under a name whose parts are scopes.
struct SizedName {
  std::string name;
  uint64_t bytes = 0;
};

// The values of the Const nodes of the main graph, or of a function.
Result<std::vector<SizedName>> ConstantsOf(const MetaGraph& meta_graph);
Result<std::vector<SizedName>> FunctionConstantsOf(const MetaGraph& meta_graph);

// The files under assets/ that are there.
Result<std::vector<SizedName>> AssetSizes(FileSystem& files, const SavedModel& model, const MetaGraph& graph);

uint64_t SumOf(const std::vector<SizedName>& parts);

// A heading and all that belongs under it.
struct SizeGroup {
  std::string_view name;
  std::vector<SizedName> parts;
};

// Groups, then their scopes down to `depth` levels, the largest first at each level: name, bytes, percent of all.
Table SizeTable(const std::vector<SizeGroup>& groups, int64_t depth);

}  // namespace smcli
