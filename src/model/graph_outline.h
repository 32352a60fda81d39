// GraphOutline: what a scan over a GraphDef's bytes tells without decoding attributes or tensors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "model/shared_bytes.h"

namespace smcli {

// How often each op occurs, sorted by name.
using OpHistogram = std::vector<std::pair<std::string, int64_t>>;

struct GraphVersions {  // GraphDef.versions
  int producer = 0;
  int min_consumer = 0;
  std::vector<int> bad_consumers;
};
Result<GraphVersions> ReadGraphVersions(const SharedBytes& graph_def);

struct FunctionOutline {
  std::string name;
  int64_t num_nodes = 0;
  OpHistogram ops;
};

struct GraphOutline {
  GraphVersions versions;
  int64_t num_nodes = 0;
  OpHistogram ops;                         // of the main graph
  std::vector<FunctionOutline> functions;  // in file order
  OpHistogram all_ops;                     // main graph and functions
  int64_t constant_bytes = 0;              // values of Const nodes, as stored, functions included
};

// `InvalidModelError` (ProtoTruncated, ProtoBadTag, ...) names the byte. With `file`, which `graph_def` is a part of
// from its origin on, the bytes are read from there, and those of constants are not read at all.
Result<GraphOutline> ScanGraphDef(const SharedBytes& graph_def, const RandomAccessFile* file = nullptr);

// A node as the scan sees it. Views point into the scanned bytes.
struct NodeOutline {
  std::string_view name;
  std::string_view op;
  std::string_view def;  // bytes of the NodeDef
};
// The nodes of the main graph, in file order.
Result<std::vector<NodeOutline>> ListNodes(const SharedBytes& graph_def);

}  // namespace smcli
