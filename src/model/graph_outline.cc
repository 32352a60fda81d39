#include "model/graph_outline.h"

#include <algorithm>
#include <unordered_map>

#include "base/wire.h"

namespace smcli {
namespace {

using Counts = std::unordered_map<std::string_view, int64_t>;

OpHistogram Sorted(const Counts& counts) {
  OpHistogram histogram(counts.begin(), counts.end());
  std::ranges::sort(histogram);
  return histogram;
}

// Bytes of a TensorProto's values, whatever field they are in.
int64_t ValueBytes(std::string_view tensor) {
  int64_t total = 0;
  WireReader reader(tensor);
  WireField field;
  while (reader.Next(field)) {
    if (field.number < 4) continue;
    total += static_cast<int64_t>(field.type == WireType::kBytes ? field.bytes.size() : field.whole.size());
  }
  return total;
}

// The tensor in attr["value"] of a Const node. What cannot be read counts nothing: an outline is no check.
int64_t ConstantBytes(std::string_view node_def) {
  int64_t total = 0;
  WireReader node(node_def);
  WireField field;
  while (node.Next(field)) {
    if (!field.is(5, WireType::kBytes)) continue;
    std::string_view key, value;
    WireReader entry(field.bytes);
    WireField part;
    while (entry.Next(part)) {
      if (part.is(1, WireType::kBytes)) key = part.bytes;
      if (part.is(2, WireType::kBytes)) value = part.bytes;
    }
    if (key != "value") continue;
    WireReader attr(value);
    WireField member;
    while (attr.Next(member)) {
      if (member.is(8, WireType::kBytes)) total += ValueBytes(member.bytes);
    }
  }
  return total;
}

Status MergeVersions(std::string_view bytes, const char* origin, GraphVersions& versions) {
  const auto add_bad = [&](uint64_t number) {
    versions.bad_consumers.push_back(static_cast<int32_t>(static_cast<uint32_t>(number)));
  };
  WireReader reader(bytes, origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) versions.producer = field.as_int32();
    if (field.is(2, WireType::kVarint)) versions.min_consumer = field.as_int32();
    if (field.is(3, WireType::kVarint)) add_bad(field.value);
    if (field.is(3, WireType::kBytes)) ForEachPackedVarint(field.bytes, add_bad);
  }
  return reader.status();
}

class Scanner {
 public:
  explicit Scanner(const char* origin) : origin_(origin) {}

  Status Scan(std::string_view graph_def) {
    WireReader reader(graph_def, origin_);
    WireField field;
    while (reader.Next(field)) {
      if (field.type != WireType::kBytes) continue;
      if (field.number == 1) SMCLI_RETURN_IF_ERROR(ScanNode(field.bytes, main_));
      if (field.number == 2) SMCLI_RETURN_IF_ERROR(ScanLibrary(field.bytes));
      if (field.number == 4) SMCLI_RETURN_IF_ERROR(MergeVersions(field.bytes, origin_, outline_.versions));
      if (field.number == 1) ++outline_.num_nodes;
    }
    return reader.status();
  }

  GraphOutline Take() {
    outline_.ops = Sorted(main_);
    for (const FunctionOutline& function : outline_.functions) {
      for (const auto& [op, count] : function.ops) main_[op] += count;
    }
    outline_.all_ops = Sorted(main_);
    return std::move(outline_);
  }

 private:
  Status ScanNode(std::string_view node_def, Counts& counts) {
    std::string_view op;
    WireReader reader(node_def, origin_);
    WireField field;
    while (reader.Next(field)) {
      if (field.is(2, WireType::kBytes)) op = field.bytes;
    }
    SMCLI_RETURN_IF_ERROR(reader.status());
    ++counts[op];
    if (op == "Const") outline_.constant_bytes += ConstantBytes(node_def);
    return {};
  }

  Status ScanLibrary(std::string_view library) {
    WireReader reader(library, origin_);
    WireField field;
    while (reader.Next(field)) {
      if (field.is(1, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(ScanFunction(field.bytes));
    }
    return reader.status();
  }

  Status ScanFunction(std::string_view function_def) {
    FunctionOutline function;
    Counts counts;
    WireReader reader(function_def, origin_);
    WireField field;
    while (reader.Next(field)) {
      if (field.is(3, WireType::kBytes)) {
        SMCLI_RETURN_IF_ERROR(ScanNode(field.bytes, counts));
        ++function.num_nodes;
      }
      if (!field.is(1, WireType::kBytes)) continue;
      WireReader signature(field.bytes, origin_);
      WireField part;
      while (signature.Next(part)) {
        if (part.is(1, WireType::kBytes)) function.name = part.bytes;
      }
      SMCLI_RETURN_IF_ERROR(signature.status());
    }
    SMCLI_RETURN_IF_ERROR(reader.status());
    function.ops = Sorted(counts);
    outline_.functions.push_back(std::move(function));
    return {};
  }

  const char* origin_;
  GraphOutline outline_;
  Counts main_;
};

}  // namespace

Result<GraphVersions> ReadGraphVersions(const SharedBytes& graph_def) {
  GraphVersions versions;
  WireReader reader(graph_def.view, graph_def.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(4, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(MergeVersions(field.bytes, graph_def.origin, versions));
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return versions;
}

Result<GraphOutline> ScanGraphDef(const SharedBytes& graph_def) {
  Scanner scanner(graph_def.origin);
  SMCLI_RETURN_IF_ERROR(scanner.Scan(graph_def.view));
  return scanner.Take();
}

Result<std::vector<NodeOutline>> ListNodes(const SharedBytes& graph_def) {
  std::vector<NodeOutline> nodes;
  WireReader reader(graph_def.view, graph_def.origin);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(1, WireType::kBytes)) continue;
    NodeOutline& node = nodes.emplace_back();
    node.def = field.bytes;
    WireReader parts(field.bytes, graph_def.origin);
    WireField part;
    while (parts.Next(part)) {
      if (part.is(1, WireType::kBytes)) node.name = part.bytes;
      if (part.is(2, WireType::kBytes)) node.op = part.bytes;
    }
    SMCLI_RETURN_IF_ERROR(parts.status());
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return nodes;
}

}  // namespace smcli
