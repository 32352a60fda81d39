#include "model/graph_outline.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/wire.h"
#include "model/wire_check.h"
#include "model/wire_window.h"

namespace smcli {
namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using Counts = std::unordered_map<std::string, int64_t, TextHash, std::equal_to<>>;

void Count(std::string_view op, Counts& counts) {
  const auto found = counts.find(op);
  if (found != counts.end()) {
    ++found->second;
  } else {
    counts.emplace(op, 1);
  }
}

OpHistogram Sorted(const Counts& counts) {
  OpHistogram histogram(counts.begin(), counts.end());
  std::ranges::sort(histogram);
  return histogram;
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

// Goes once over the messages, and into those alone that are counted.
class Scanner {
 public:
  explicit Scanner(WireWindow window) : window_(std::move(window)) {}

  // nullopt: something is unusual or wrong.
  std::optional<GraphOutline> Scan(uint64_t at, uint64_t end) {
    WireWindow::Field field;
    while (window_.Next(at, end, field)) {
      if (field.type != WireType::kBytes) continue;
      if (field.number == 1) {
        ScanNode(field, main_);
        ++outline_.num_nodes;
      }
      if (field.number == 2) ScanLibrary(field);
      if (field.number == 4) {
        const std::string_view versions = window_.Bytes(field);
        if (!MergeVersions(versions, versions.data(), outline_.versions).ok()) window_.Fail();
      }
    }
    if (!window_.ok()) return std::nullopt;
    outline_.ops = Sorted(main_);
    for (const FunctionOutline& function : outline_.functions) {
      for (const auto& [op, count] : function.ops) main_[op] += count;
    }
    outline_.all_ops = Sorted(main_);
    return std::move(outline_);
  }

 private:
  using Field = WireWindow::Field;

  void ScanNode(const Field& node, Counts& counts) {
    op_.clear();
    bool attr_before_op = false;
    uint64_t at = node.begin;
    Field field;
    while (window_.Next(at, node.end, field)) {
      if (field.is(2, WireType::kBytes)) op_ = window_.Bytes(field);
      if (!field.is(5, WireType::kBytes)) continue;
      attr_before_op = attr_before_op || op_.empty();
      if (op_ == "Const" && !attr_before_op) ScanConstantAttr(field);
    }
    Count(op_, counts);
    if (!attr_before_op || op_ != "Const") return;
    at = node.begin;
    while (window_.Next(at, node.end, field)) {
      if (field.is(5, WireType::kBytes)) ScanConstantAttr(field);
    }
  }

  // If it is attr["value"], the tensor in it.
  void ScanConstantAttr(const Field& entry) {
    uint64_t at = entry.begin;
    bool is_value = false;
    Field value, part;
    while (window_.Next(at, entry.end, part)) {
      if (part.is(1, WireType::kBytes)) is_value = window_.Bytes(part) == "value";
      if (part.is(2, WireType::kBytes)) value = part;
      if (is_value && part.is(2, WireType::kBytes)) break;  // the usual order; what follows lies behind the tensor
    }
    if (!is_value) return;
    at = value.begin;
    while (window_.Next(at, value.end, part)) {
      if (part.is(8, WireType::kBytes)) ScanTensor(part);
    }
  }

  // Bytes of a TensorProto's values, whatever field they are in.
  void ScanTensor(const Field& tensor) {
    uint64_t at = tensor.begin;
    Field field;
    for (uint64_t start = at; window_.Next(at, tensor.end, field); start = at) {
      if (field.number < 4) continue;
      outline_.constant_bytes += static_cast<int64_t>(field.type == WireType::kBytes ? field.size() : at - start);
    }
  }

  void ScanLibrary(const Field& library) {
    uint64_t at = library.begin;
    Field field;
    while (window_.Next(at, library.end, field)) {
      if (field.is(1, WireType::kBytes)) ScanFunction(field);
    }
  }

  void ScanFunction(const Field& function_def) {
    FunctionOutline function;
    Counts counts;
    uint64_t at = function_def.begin;
    Field field;
    while (window_.Next(at, function_def.end, field)) {
      if (field.is(3, WireType::kBytes)) {
        ScanNode(field, counts);
        ++function.num_nodes;
      }
      if (!field.is(1, WireType::kBytes)) continue;
      uint64_t in_signature = field.begin;
      Field part;
      while (window_.Next(in_signature, field.end, part)) {
        if (part.is(1, WireType::kBytes)) function.name = window_.Bytes(part);
      }
    }
    function.ops = Sorted(counts);
    outline_.functions.push_back(std::move(function));
  }

  WireWindow window_;
  std::string op_;
  GraphOutline outline_;
  Counts main_;
};

// Why a scan stopped: the first thing that is wrong with the messages that it looks into.
Status FindFault(const SharedBytes& graph_def) {
  return CheckWire(graph_def.view, "tensorflow.GraphDef", graph_def.origin);
}

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

Result<GraphOutline> ScanGraphDef(const SharedBytes& graph_def, const RandomAccessFile* file) {
  const auto begin = static_cast<uint64_t>(graph_def.view.data() - graph_def.origin);
  const uint64_t end = begin + graph_def.view.size();
  const WireWindow window = file != nullptr ? WireWindow(*file) : WireWindow(std::string_view(graph_def.origin, end));
  if (auto outline = Scanner(window).Scan(begin, end)) return *std::move(outline);
  SMCLI_RETURN_IF_ERROR(FindFault(graph_def));
  return InvalidModelError("byte {}: the graph cannot be scanned", begin);
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
